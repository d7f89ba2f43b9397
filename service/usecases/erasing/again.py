"""Erasing again: a restored backup may hold people who were erased after it was made."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from service.erasure_ledger import Erased
from service.records.codec import read_as
from service.records.member import Member
from service.storage.operated import OperatedStore
from service.storage.store import Fence
from service.usecases.erasing.progress import carry_on_erasure
from service.usecases.members import delete_member
from service.usecases.platforms import platform_ids

_LEASE: Final = "erase again"
_TTL: Final = timedelta(minutes=30)


def erase_again(store: OperatedStore, erased: Erased, *, now: Callable[[], datetime]) -> int:
    """Erase everybody whom the ledger knows as erased since they joined; give how many.

    Nobody else uses the store meanwhile. Somebody who came back after their erasure stays.
    """
    count = 0
    for platform_id in tuple(platform_ids(store)):
        members = (read_as(Member, stored) for stored in store.each(platform_id, Member.KIND))
        moments = ((member, erased.moment_of(platform_id, member.member_id)) for member in members)
        again = [member.member_id for member, moment in moments if moment is not None and member.created_at <= moment]
        for member_id in again:
            _erase(store, platform_id, member_id, now)
        count += len(again)
    return count


def _erase(store: OperatedStore, platform_id: str, member_id: str, now: Callable[[], datetime]) -> None:
    erasure = delete_member(store, platform_id, member_id=member_id, now=now())
    lease = store.acquire_lease(platform_id, _LEASE, owner=secrets.token_hex(16), ttl=_TTL, now=now())
    carry_on_erasure(
        store,
        platform_id,
        erasure_id=erasure.erasure_id,
        # It is noted already, with the moment that counts.
        note=lambda _platform_id, _member_id, _at: None,
        now=now,
        fence=Fence(lease.name, lease.token),
        patience=timedelta(minutes=1),
    )
    store.release_lease(lease)
