from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from service.clock import FixedClock
from service.errors import TemporaryError, Unauthorized
from service.records import kinds
from service.records.coordinator import Role
from service.records.sign_in_tries import counter_of
from service.storage.store import Store
from service.usecases import coordinators
from service.usecases.coordinators import add_coordinator
from service.usecases.signing_in import sign_in_slowly
from tests.service.usecases.cast import NOW, OTHER, P

RIGHT = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted here are tries, not how long one takes."""
    monkeypatch.setattr(coordinators, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def door(store: Store) -> Store:
    add_coordinator(store, P, login="maria", role=Role.COORDINATOR, now=NOW, password=RIGHT)
    return store


def _wrong(store: Store, clock: FixedClock, times: int = 1, login: str = "maria", platform_id: str = P) -> None:
    for _ in range(times):
        with pytest.raises(Unauthorized):
            sign_in_slowly(store, platform_id, login=login, password="wrong", now=clock.now())


def _wait(store: Store, clock: FixedClock, login: str = "maria") -> int:
    with pytest.raises(TemporaryError) as told:
        sign_in_slowly(store, P, login=login, password=RIGHT, now=clock.now())
    assert told.value.code == "too_many_tries"
    return told.value.retry_after_seconds


def test_five_wrong_passwords_are_free_and_then_the_right_one_has_to_wait_too(door: Store, clock: FixedClock) -> None:
    _wrong(door, clock, 5)
    assert _wait(door, clock) == 15

    clock.advance(timedelta(seconds=15))
    assert sign_in_slowly(door, P, login=" MARIA ", password=RIGHT, now=clock.now()).login == "maria"


def test_each_further_wrong_password_doubles_the_wait_up_to_a_quarter_of_an_hour(
    door: Store, clock: FixedClock
) -> None:
    _wrong(door, clock, 5)
    waits = []
    for _ in range(8):
        waits.append(_wait(door, clock))
        clock.advance(timedelta(seconds=waits[-1]))
        _wrong(door, clock)

    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]


def test_trying_during_the_wait_does_not_lengthen_it(door: Store, clock: FixedClock) -> None:
    _wrong(door, clock, 5)
    for _ in range(3):
        _wait(door, clock)

    clock.advance(timedelta(seconds=14))
    assert _wait(door, clock) == 1


def test_signing_in_forgets_wrong_passwords_and_so_does_an_hour(door: Store, clock: FixedClock) -> None:
    _wrong(door, clock, 4)
    sign_in_slowly(door, P, login="maria", password=RIGHT, now=clock.now())
    _wrong(door, clock, 4)
    clock.advance(timedelta(hours=1, seconds=1))
    _wrong(door, clock, 4)

    assert sign_in_slowly(door, P, login="maria", password=RIGHT, now=clock.now()).login == "maria"


def test_a_login_nobody_has_waits_like_one_somebody_has(door: Store, clock: FixedClock) -> None:
    _wrong(door, clock, 5, login="nobody")

    assert _wait(door, clock, login="nobody") == 15


def test_one_platforms_wrong_passwords_hold_up_no_other(door: Store, clock: FixedClock) -> None:
    _wrong(door, clock, 5, platform_id=OTHER)

    assert sign_in_slowly(door, P, login="maria", password=RIGHT, now=clock.now()).login == "maria"


def test_nothing_is_kept_for_a_platform_that_is_not_there(door: Store, clock: FixedClock) -> None:
    _wrong(door, clock, 6, platform_id="nowhere")

    assert door.count("nowhere", kinds.SIGN_IN_TRIES) == 0


def test_made_up_logins_cannot_fill_the_store_and_are_not_kept() -> None:
    assert len({counter_of(f"login-{number}") for number in range(20_000)}) <= 4096
    assert counter_of("maria") == counter_of(" Maria ")
    assert "maria" not in counter_of("maria")
