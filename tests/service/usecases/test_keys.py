"""API keys: made once, found by their text, rotated with an overlap, revoked at once."""

import hmac
from datetime import timedelta

import pytest

from service.errors import NotFound, Unauthorized
from service.records.api_key import Scope
from service.usecases.keys import create_key, find_key, list_keys, revoke_key, rotate_key
from tests.service.usecases.cast import NOW, OTHER, P

SCOPES = (Scope.MEMBERS_READ, Scope.RUNS)


def test_a_key_is_found_by_its_text_with_platform_and_scopes(store):
    key, secret = create_key(store, P, name="sync", scopes=SCOPES, now=NOW)

    found = find_key(store, secret, now=NOW)

    assert (found.key_id, found.platform_id, found.name) == (key.key_id, P, "sync")
    assert found.scopes == frozenset(SCOPES)


def test_nothing_that_is_stored_gives_the_secret(store):
    _, secret = create_key(store, P, name="sync", scopes=SCOPES, now=NOW)

    stored = next(iter(store.each(P, "api_key")))

    assert secret.rsplit("_", 1)[1] not in str(stored.body)


@pytest.mark.parametrize(
    "forged",
    [
        lambda secret: secret[:-1] + ("0" if secret[-1] != "0" else "1"),
        lambda secret: secret.replace(P, OTHER),
        lambda secret: secret.replace(P, "nowhere"),
        lambda secret: secret[:-4],
        lambda secret: "",
        lambda secret: "alk_" + secret,
        lambda secret: "Basic abc",
    ],
)
def test_any_other_text_is_no_key(store, forged):
    _, secret = create_key(store, P, name="sync", scopes=SCOPES, now=NOW)

    with pytest.raises(Unauthorized):
        find_key(store, forged(secret), now=NOW)


def test_an_unknown_key_id_is_compared_all_the_same(store, monkeypatch):
    _, secret = create_key(store, P, name="sync", scopes=SCOPES, now=NOW)
    key_id = secret.split("_")[2]
    compared = []
    honest = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append(1) or honest(a, b))

    with pytest.raises(Unauthorized):
        find_key(store, secret.replace(key_id, "0" * len(key_id)), now=NOW)

    assert compared == [1]


def test_a_rotated_key_counts_beside_the_new_one_until_the_overlap_is_over(store):
    old, old_secret = create_key(store, P, name="sync", scopes=SCOPES, now=NOW)

    new, new_secret = rotate_key(store, P, key_id=old.key_id, now=NOW, overlap=timedelta(days=1))

    assert (new.name, new.scopes) == (old.name, old.scopes)
    just_before, after = NOW + timedelta(days=1, seconds=-1), NOW + timedelta(days=1)
    assert find_key(store, old_secret, now=just_before).key_id == old.key_id
    assert find_key(store, new_secret, now=after).key_id == new.key_id
    with pytest.raises(Unauthorized):
        find_key(store, old_secret, now=after)


def test_rotating_never_lengthens_the_life_of_a_key(store):
    old, old_secret = create_key(store, P, name="sync", scopes=SCOPES, now=NOW, valid_until=NOW + timedelta(hours=1))

    rotate_key(store, P, key_id=old.key_id, now=NOW)

    with pytest.raises(Unauthorized):
        find_key(store, old_secret, now=NOW + timedelta(hours=1))


def test_keys_that_count_no_longer_are_removed_by_the_next_rotation(store):
    key, _ = create_key(store, P, name="demo", scopes=SCOPES, now=NOW)
    other, _ = create_key(store, P, name="sync", scopes=SCOPES, now=NOW)
    for day in range(5):
        key, _ = rotate_key(store, P, key_id=key.key_id, now=NOW + timedelta(days=day), overlap=timedelta(0))

    assert {key.key_id for key in list_keys(store, P)} == {key.key_id, other.key_id}


def test_a_revoked_key_counts_no_longer(store):
    key, secret = create_key(store, P, name="sync", scopes=SCOPES, now=NOW)

    revoke_key(store, P, key_id=key.key_id, now=NOW)

    with pytest.raises(Unauthorized):
        find_key(store, secret, now=NOW)
    with pytest.raises(NotFound):
        revoke_key(store, P, key_id=key.key_id, now=NOW)


def test_a_key_needs_a_platform(store):
    with pytest.raises(NotFound):
        create_key(store, "nowhere", name="sync", scopes=SCOPES, now=NOW)


def test_an_outsider_cannot_revoke_a_key(store):
    key, secret = create_key(store, P, name="sync", scopes=SCOPES, now=NOW)

    with pytest.raises(NotFound):
        revoke_key(store, OTHER, key_id=key.key_id, now=NOW)
    assert find_key(store, secret, now=NOW)


def test_what_becomes_of_a_key_is_told_and_no_secret(store):
    old, old_secret = create_key(store, P, name="Ada's laptop", scopes=SCOPES, now=NOW)
    new, new_secret = rotate_key(store, P, key_id=old.key_id, now=NOW)
    revoke_key(store, P, key_id=new.key_id, now=NOW)

    told = store.events(P)

    assert [(event.type, event.subject, event.body) for event in told] == [
        ("key.created", old.key_id, {"scopes": "members:read runs"}),
        ("key.rotated", old.key_id, {"new_key_id": new.key_id}),
        ("key.revoked", new.key_id, {}),
    ]
    for hidden in ("Ada", old_secret.rsplit("_", 1)[1], new_secret.rsplit("_", 1)[1]):
        assert hidden not in str(told)


def test_two_who_revoke_a_key_at_once_revoke_it_once(store):
    key, _ = create_key(store, P, name="sync", scopes=SCOPES, now=NOW)
    commit, is_first = store.commit, True

    def overtaken(scope, changes):
        nonlocal is_first
        if is_first:
            is_first = False
            revoke_key(store, P, key_id=key.key_id, now=NOW)
        return commit(scope, changes)

    store.commit = overtaken
    with pytest.raises(NotFound):
        revoke_key(store, P, key_id=key.key_id, now=NOW)
    store.commit = commit

    assert [event.type for event in store.events(P)] == ["key.created", "key.revoked"]
