"""Taking back once more what somebody who was deleted is in: what came while their deletion was being saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from service.records.member import Member
from service.storage.store import Fence, Store
from service.usecases.consequences import take_step
from service.usecases.leaving import steps_of_farewell
from service.usecases.saving import until_saved
from service.usecases.work import Work


def say_farewell_again(
    store: Store,
    platform_id: str,
    member_id: str,
    *,
    now: datetime,
    until: datetime | None = None,
    fence: Fence | None = None,
) -> None:
    """End everything of a deleted member that was made up to `until`; done twice, it changes nothing.

    Without `until` everything, unless somebody has come back under the id already.
    """

    def attempt() -> None:
        work = Work(store, platform_id, now)
        if until is None and work.find(Member, member_id) is not None:
            return
        for before, after in steps_of_farewell(store, platform_id, member_id, now=now):
            if until is None or before.created_at <= until:
                take_step(work, (before, after))
        changes = work.changes()
        if changes.puts:
            store.commit(platform_id, replace(changes, fence=fence))

    until_saved(attempt)
