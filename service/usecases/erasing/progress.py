"""What the job of an erasure does, step by step; done again from anywhere, it comes to the same end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from service.events import new_event
from service.records.codec import put_of
from service.records.erasure import Erasure, ErasureState
from service.records.member import Member
from service.storage.operated import OperatedStore
from service.storage.store import Changes, Fence, Store
from service.usecases.erasing.runs import run_under_way
from service.usecases.erasing.traces import TRACES, Erasing
from service.usecases.farewell import say_farewell_again
from service.usecases.reading import found, maybe_found
from service.usecases.saving import until_saved

ERASED: Final = "member.erased"
"""The type of the event that reports that no record names the member any longer; its subject is the erasure."""

Note = Callable[[str, str, datetime], None]
"""(platform id, member id, when deleted): writes the erasure into the ledger that is kept outside the store."""


def get_erasure(store: Store, platform_id: str, *, erasure_id: str) -> Erasure:
    """Read one erasure; NotFound (``erasure_not_found``) otherwise."""
    return found(store, platform_id, Erasure, erasure_id)


def carry_on_erasure(  # noqa: PLR0913 - one erasure, described by names
    store: OperatedStore,
    platform_id: str,
    *,
    erasure_id: str,
    note: Note,
    now: Callable[[], datetime],
    fence: Fence,
    patience: timedelta,
) -> Erasure:
    """Do what can be done now, and give the erasure as it then is; unless it is `done`, call again later.

    It waits for a run that may have read the member, and for readers that still hold the store's files as they were.
    """
    erasure = get_erasure(store, platform_id, erasure_id=erasure_id)
    if erasure.member_id is not None:
        if run_under_way(store, platform_id, erasure):
            return erasure
        note(platform_id, erasure.member_id, erasure.requested_at)
        erasure = _emptied(store, platform_id, erasure, erasure.member_id, now=now(), fence=fence)
    if erasure.state is ErasureState.EMPTIED and store.purge(patience=patience):
        done = replace(erasure, state=ErasureState.DONE, done_at=now())
        erasure = _saved(store, platform_id, done, Changes(fence=fence))
    return erasure


def _emptied(
    store: OperatedStore, platform_id: str, erasure: Erasure, member_id: str, *, now: datetime, fence: Fence
) -> Erasure:
    erasing = Erasing(store, platform_id, erasure, member_id, fence, until=_until(store, platform_id, erasure, now))
    say_farewell_again(store, platform_id, member_id, until=erasing.until, now=now, fence=fence)
    for erase in dict.fromkeys(TRACES.values()):
        until_saved(lambda erase=erase: erase(erasing))  # type: ignore[misc]
    emptied = replace(erasure, state=ErasureState.EMPTIED, member_id=None, emptied_at=now)
    told = new_event(ERASED, erasure.erasure_id, now)
    return _saved(store, platform_id, emptied, Changes(events=(told,), forget=(member_id,), fence=fence))


def _until(store: Store, platform_id: str, erasure: Erasure, now: datetime) -> datetime:
    """Give until when what names the member was theirs: now, or the moment before somebody came back under their id."""
    member = maybe_found(store, platform_id, Member, erasure.member_id or "")
    if member is not None and member.created_at > erasure.requested_at:
        return member.created_at - timedelta(microseconds=1)
    return max(now, erasure.requested_at)


def _saved(store: OperatedStore, platform_id: str, erasure: Erasure, beside: Changes) -> Erasure:
    put = put_of(erasure, expected_version=erasure.version)
    committed = store.commit(platform_id, replace(beside, puts=(put,)))
    return replace(erasure, version=committed.versions[Erasure.KIND, erasure.erasure_id])
