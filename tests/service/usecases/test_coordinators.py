"""Coordinators: adding them, signing in, and giving nothing away."""

import pytest
from argon2 import PasswordHasher

from service.errors import Conflict, InvalidInput, NotFound, Unauthorized
from service.records.coordinator import Role
from service.usecases import coordinators
from service.usecases.coordinators import (
    add_coordinator,
    get_coordinator,
    list_coordinators,
    remove_coordinator,
    set_password,
    sign_in,
)
from tests.service.usecases.cast import NOW, OTHER, P


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Cheap hashes: what is tested here is not how long one takes."""
    coordinators._hash_of_nobody.cache_clear()
    monkeypatch.setattr(coordinators, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield
    coordinators._hash_of_nobody.cache_clear()


def add(store, login="cleo@harbour", **changes):
    return add_coordinator(store, P, login=login, role=Role.COORDINATOR, now=NOW, **changes)


def test_a_coordinator_signs_in_with_the_password_that_was_made(store):
    coordinator, password = add(store)

    assert len(password) >= 16
    assert sign_in(store, P, login="cleo@harbour", password=password).coordinator_id == coordinator.coordinator_id


def test_logins_do_not_mind_capitals_and_blanks(store):
    _, password = add(store, login=" Cleo@Harbour ")

    assert sign_in(store, P, login="cleo@harbour ", password=password).login == "Cleo@Harbour"
    with pytest.raises(Conflict) as refused:
        add(store, login="CLEO@harbour")
    assert refused.value.code == "login_taken"


def test_a_chosen_password_is_kept_as_a_hash_only(store):
    coordinator, _ = add(store, password="a long enough one")

    assert coordinator.password_hash.startswith("$argon2id$")
    assert sign_in(store, P, login="cleo@harbour", password="a long enough one")


@pytest.mark.parametrize(
    ("platform_id", "login", "password"),
    [
        (P, "cleo@harbour", "a wrong password"),
        (P, "nobody", "a long enough one"),
        (OTHER, "cleo@harbour", "a long enough one"),
        ("nowhere", "cleo@harbour", "a long enough one"),
        (P, "", ""),
        (P, "\x00", "\x00"),
    ],
)
def test_every_wrong_sign_in_is_refused_in_the_same_words_after_the_same_hashing(
    store, monkeypatch, platform_id, login, password
):
    add(store, password="a long enough one")
    hashed = []
    honest = coordinators._is_right
    monkeypatch.setattr(coordinators, "_is_right", lambda *args: hashed.append(1) or honest(*args))

    with pytest.raises(Unauthorized) as refused:
        sign_in(store, platform_id, login=login, password=password)

    assert str(refused.value) == "login or password is not right"
    assert hashed == [1]


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_password_is_neither_short_nor_endless(store, password):
    with pytest.raises(InvalidInput) as refused:
        add(store, password=password)

    assert refused.value.problems[0].field == "password"


@pytest.mark.parametrize("login", ["", "   ", "a\nb", "x" * 201])
def test_a_login_is_printable_text(store, login):
    with pytest.raises(InvalidInput) as refused:
        add(store, login=login)

    assert refused.value.problems[0].field == "login"


def test_a_new_password_ends_the_old_one(store):
    before, old = add(store)

    after, new = set_password(store, P, login="cleo@harbour", now=NOW)

    assert after.password_hash != before.password_hash
    assert sign_in(store, P, login="cleo@harbour", password=new)
    with pytest.raises(Unauthorized):
        sign_in(store, P, login="cleo@harbour", password=old)


def test_a_removed_coordinator_is_gone_and_the_login_free(store):
    coordinator, password = add(store)

    remove_coordinator(store, P, login="CLEO@harbour", now=NOW)

    with pytest.raises(Unauthorized):
        sign_in(store, P, login="cleo@harbour", password=password)
    with pytest.raises(NotFound):
        get_coordinator(store, P, coordinator_id=coordinator.coordinator_id)
    with pytest.raises(NotFound):
        remove_coordinator(store, P, login="cleo@harbour", now=NOW)
    add(store)


def test_coordinators_are_listed_for_their_platform_only(store):
    add(store)

    assert [coordinator.login for coordinator in list_coordinators(store, P)] == ["cleo@harbour"]
    assert list_coordinators(store, OTHER) == ()


def test_what_becomes_of_a_coordinator_is_told_by_an_id_that_says_nothing(store):
    cleo, _ = add(store)
    set_password(store, P, login="cleo@harbour", now=NOW)
    remove_coordinator(store, P, login="cleo@harbour", now=NOW)

    told = store.events(P)

    assert [(event.type, event.subject, event.body) for event in told] == [
        ("coordinator.added", cleo.coordinator_id, {"coordinator_role": "coordinator"}),
        ("coordinator.password_changed", cleo.coordinator_id, {}),
        ("coordinator.removed", cleo.coordinator_id, {}),
    ]
    assert "cleo" not in str(told)
