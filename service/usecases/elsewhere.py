"""Signing in with an account elsewhere: which coordinator it stands for. Nobody is ever made by it; roles are ours.

The first time an account is known by its verified e-mail address, which must be somebody's sign-in name. From then on
it is tied to them by the provider's own mark for it, so that an address that is given to somebody else one day opens
nothing, and one that changes locks nobody out. An operator may untie it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from service.errors import NotFound, Unauthorized
from service.events import new_event
from service.records import kinds
from service.records.codec import put_of
from service.records.coordinator import Coordinator, normal_login
from service.storage.store import Changes, NewEvent, Store
from service.usecases.coordinators import find_coordinator, get_coordinator
from service.usecases.platforms import platform_ids
from service.usecases.saving import until_saved


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its provider vouches for it; `email` empty where it has none that is verified."""

    issuer: str
    subject: str
    email: str = ""

    @property
    def mark(self) -> str:
        """Give what stands for it in our records: it tells nothing, and no other account has it."""
        return sha256(f"{self.issuer}\n{self.subject}".encode()).hexdigest()


def known_as(store: Store, account: Account) -> dict[str, Coordinator]:
    """Give whom an account stands for: platform → the one coordinator there."""
    found = ((platform_id, _in_platform(store, platform_id, account)) for platform_id in platform_ids(store))
    return {platform_id: coordinator for platform_id, coordinator in found if coordinator is not None}


def tie(store: Store, platform_id: str, account: Account, *, now: datetime) -> Coordinator:
    """Tie an account to the coordinator it stands for, and give them; Unauthorized where it stands for nobody."""

    def attempt() -> Coordinator:
        coordinator = _in_platform(store, platform_id, account)
        if coordinator is None:
            raise Unauthorized("this account stands for no coordinator of this platform")
        if coordinator.subject == account.mark:
            return coordinator
        tied = replace(coordinator, subject=account.mark)
        put, told = put_of(tied, expected_version=coordinator.version), _told("coordinator.tied", tied, now)
        committed = store.commit(platform_id, Changes(puts=(put,), events=(told,)))
        return replace(tied, version=committed.versions[Coordinator.KIND, tied.coordinator_id])

    return until_saved(attempt)


def untie(store: Store, platform_id: str, *, login: str, now: datetime) -> None:
    """Let a coordinator's account elsewhere open nothing more; their open sessions end. NotFound as elsewhere."""

    def attempt() -> None:
        coordinator = find_coordinator(store, platform_id, login=login)
        if coordinator.subject:
            put = put_of(replace(coordinator, subject=""), expected_version=coordinator.version)
            told = _told("coordinator.untied", coordinator, now)
            store.commit(platform_id, Changes(puts=(put,), events=(told,)))

    until_saved(attempt)


def _told(event_type: str, coordinator: Coordinator, now: datetime) -> NewEvent:
    return new_event(event_type, coordinator.coordinator_id, now)


def _in_platform(store: Store, platform_id: str, account: Account) -> Coordinator | None:
    coordinator_id = store.find_unique(platform_id, kinds.SUBJECT, account.mark)
    if coordinator_id is None and account.email:
        coordinator_id = store.find_unique(platform_id, kinds.LOGIN, normal_login(account.email))
    if coordinator_id is None:
        return None
    try:
        coordinator = get_coordinator(store, platform_id, coordinator_id=coordinator_id)
    except NotFound:
        return None
    # Known by the address alone, but tied to another account: the address has changed hands.
    return coordinator if coordinator.subject in ("", account.mark) else None
