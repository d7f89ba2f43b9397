"""Signing in against somebody who guesses: a few wrong passwords are free, after that each one costs a longer wait.

The wait holds for whoever types this login, the right password included, so it stays short enough for the
coordinator whom a stranger locks out. It is counted in the store, hence over all workers, and before the password is
looked at, hence for many tries at once too. Limits by address are not kept here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from service.errors import NotFound, TemporaryError
from service.records.codec import delete_of, put_of
from service.records.coordinator import Coordinator
from service.records.sign_in_tries import SignInTries, counter_of
from service.storage.store import Changes, Store
from service.usecases.coordinators import sign_in
from service.usecases.platforms import get_platform
from service.usecases.reading import maybe_found
from service.usecases.saving import until_saved

FREE_TRIES: Final = 5
FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(hours=1)

TOO_MANY_TRIES: Final = "too_many_tries"


def sign_in_slowly(store: Store, platform_id: str, *, login: str, password: str, now: datetime) -> Coordinator:
    """Sign in as `coordinators.sign_in` does; TemporaryError (``too_many_tries``) while this login has to wait."""
    try:
        get_platform(store, platform_id)
    except NotFound:
        return sign_in(store, platform_id, login=login, password=password)
    until_saved(lambda: _count(store, platform_id, counter_of(login), now))
    coordinator = sign_in(store, platform_id, login=login, password=password)
    store.commit(platform_id, Changes(deletes=(delete_of(SignInTries(counter_of(login), 0, now)),)))
    return coordinator


def _count(store: Store, platform_id: str, counter: str, now: datetime) -> None:
    """Count a try before it is made; raise TemporaryError when it comes too early."""
    tries = maybe_found(store, platform_id, SignInTries, counter)
    before = 0 if tries is None or now - tries.last_at > FORGOTTEN_AFTER else tries.count
    if tries is not None and now < (free_at := tries.last_at + _wait_after(before)):
        seconds = -(-(free_at - now) // timedelta(seconds=1))
        raise TemporaryError("too many wrong passwords in a row", code=TOO_MANY_TRIES, retry_after_seconds=seconds)
    following = SignInTries(counter, before + 1, last_at=now)
    put = put_of(following, expected_version=tries.version if tries else 0)
    store.commit(platform_id, Changes(puts=(put,)))


def _wait_after(count: int) -> timedelta:
    if count < FREE_TRIES:
        return timedelta()
    return min(FIRST_WAIT * (1 << min(count - FREE_TRIES, 10)), LONGEST_WAIT)
