"""Coordinators: who may sign in to the console, and how a password is checked (Argon2id, its library's parameters)."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from service.errors import Conflict, FieldProblem, InvalidInput, NotFound, Unauthorized, UniqueTaken
from service.events import new_event
from service.records import kinds
from service.records.codec import delete_of, new_id, put_of, read_as
from service.records.coordinator import Coordinator, Role, normal_login
from service.storage.store import Changes, Store
from service.usecases.platforms import get_platform
from service.usecases.reading import found
from service.usecases.saving import until_saved

LEAST_PASSWORD = 12
MOST_PASSWORD = 200
"""Longer ones would only cost the hasher time."""
MOST_LOGIN = 200

_hasher = PasswordHasher()


def add_coordinator(
    store: Store, platform_id: str, *, login: str, role: Role, now: datetime, password: str | None = None
) -> tuple[Coordinator, str]:
    """Add a coordinator and give their password, a new random one where none is given; only its hash is kept.

    InvalidInput for an unusable login or password, Conflict (``login_taken``) when the login is taken in this platform.
    """
    get_platform(store, platform_id)
    chosen = secrets.token_urlsafe(12) if password is None else _checked_password(password)
    coordinator = Coordinator(
        coordinator_id=new_id("coordinator", now),
        login=_checked_login(login),
        role=role,
        password_hash=_hasher.hash(chosen),
        created_at=now,
    )
    try:
        put = put_of(coordinator, expected_version=0)
        # By a random id: a login is often somebody's address.
        event = new_event("coordinator.added", coordinator.coordinator_id, now, coordinator_role=role.value)
        store.commit(platform_id, Changes(puts=(put,), events=(event,)))
    except UniqueTaken as error:
        raise Conflict("this login is taken (choose another)", code="login_taken") from error
    return coordinator, chosen


def set_password(
    store: Store, platform_id: str, *, login: str, now: datetime, password: str | None = None
) -> tuple[Coordinator, str]:
    """Give a coordinator a new password, a random one where none is given; running sessions end by it."""
    coordinator = find_coordinator(store, platform_id, login=login)
    chosen = secrets.token_urlsafe(12) if password is None else _checked_password(password)
    changed = replace(coordinator, password_hash=_hasher.hash(chosen))
    put = put_of(changed, expected_version=coordinator.version)
    store.commit(
        platform_id,
        Changes(puts=(put,), events=(new_event("coordinator.password_changed", coordinator.coordinator_id, now),)),
    )
    return get_coordinator(store, platform_id, coordinator_id=coordinator.coordinator_id), chosen


def sign_in(store: Store, platform_id: str, *, login: str, password: str) -> Coordinator:
    """Give the coordinator with this login and password; Unauthorized otherwise, without telling what was wrong.

    An unknown login or platform takes the same hashing as a wrong password, so that time tells nothing either.
    """
    nobody = _hash_of_nobody()
    coordinator_id = store.find_unique(platform_id, kinds.LOGIN, normal_login(login))
    coordinator = get_coordinator(store, platform_id, coordinator_id=coordinator_id) if coordinator_id else None
    is_right = _is_right(coordinator.password_hash if coordinator else nobody, password)
    if coordinator is None or not is_right:
        raise Unauthorized("login or password is not right")
    return coordinator


def list_coordinators(store: Store, platform_id: str) -> tuple[Coordinator, ...]:
    """List a platform's coordinators, the earliest first."""
    return tuple(read_as(Coordinator, stored) for stored in store.each(platform_id, Coordinator.KIND))


def get_coordinator(store: Store, platform_id: str, *, coordinator_id: str) -> Coordinator:
    """Read one by id; NotFound (``coordinator_not_found``) otherwise."""
    return found(store, platform_id, Coordinator, coordinator_id)


def find_coordinator(store: Store, platform_id: str, *, login: str) -> Coordinator:
    """Read one by login; NotFound (``coordinator_not_found``) otherwise."""
    coordinator_id = store.find_unique(platform_id, kinds.LOGIN, normal_login(login))
    if coordinator_id is None:
        raise NotFound(Coordinator.KIND)
    return get_coordinator(store, platform_id, coordinator_id=coordinator_id)


def remove_coordinator(store: Store, platform_id: str, *, login: str, now: datetime) -> None:
    """Remove a coordinator; running sessions end by it. NotFound (``coordinator_not_found``) otherwise."""

    def attempt() -> None:
        coordinator = find_coordinator(store, platform_id, login=login)
        delete = delete_of(coordinator, expected_version=coordinator.version)
        store.commit(
            platform_id,
            Changes(deletes=(delete,), events=(new_event("coordinator.removed", coordinator.coordinator_id, now),)),
        )

    until_saved(attempt)


def _is_right(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[:MOST_PASSWORD])
    except VerificationError:
        return False


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(12))


def _checked_login(login: str) -> str:
    trimmed = login.strip()
    if not trimmed.isprintable() or not 1 <= len(trimmed) <= MOST_LOGIN:
        allowed = f"1 to {MOST_LOGIN} printable characters"
        raise InvalidInput(f"cannot use this login (allowed: {allowed})", problems=(FieldProblem("login", allowed),))
    return trimmed


def _checked_password(password: str) -> str:
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        allowed = f"{LEAST_PASSWORD} to {MOST_PASSWORD} characters"
        raise InvalidInput(
            f"cannot use this password (allowed: {allowed})", problems=(FieldProblem("password", allowed),)
        )
    return password
