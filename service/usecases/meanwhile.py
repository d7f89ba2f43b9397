"""Whether somebody may have been proposed to somebody while a change of theirs was being saved.

Whoever changes a member reads the member's matches and then saves. A proposal that comes between the two is not among
them, and whoever made it saw the member as they were: neither would notice. So after its commit a change looks again
where a run is open, or where the platform's record has moved on, as it does with every published run and with every
proposal beside runs. A run that looks at its members later finds the change by itself (`running/rechecking.py`).
"""

from __future__ import annotations

from datetime import datetime

from service.records import kinds
from service.records.member import Member
from service.records.platform import Platform
from service.storage.store import Store
from service.usecases.consequences import take_step
from service.usecases.leaving import steps_of_change
from service.usecases.rechecks import recheck
from service.usecases.saving import until_saved
from service.usecases.work import Work


class Meanwhile:
    """From now on: made before anything is read that a change goes by."""

    def __init__(self, store: Store, platform_id: str) -> None:
        self._store, self._platform_id = store, platform_id
        self._before = self._moved_on()

    def may_have_proposed(self) -> bool:
        """Whether there may be proposals that were not there at the beginning; asked after the commit."""
        # In this order: a run that ends in between has moved the platform's record on.
        is_run_open = self._store.find_unique(self._platform_id, kinds.OPEN_RUN, "run") is not None
        return is_run_open or self._moved_on() != self._before

    def _moved_on(self) -> int:
        stored = self._store.get(self._platform_id, Platform.KIND, self._platform_id)
        return 0 if stored is None else stored.version


def look_again(store: Store, platform_id: str, *, before: Member, after: Member, now: datetime) -> None:
    """Do to what was proposed while a profile was saved what its change does; a later change looks by itself."""

    def attempt() -> None:
        work = Work(store, platform_id, now)
        member = work.find(Member, after.member_id)
        if member is None or member.profile != after.profile:
            return
        work.rely_on(member)
        for step in steps_of_change(store, platform_id, before=before, after=member, now=now):
            take_step(work, step)
        recheck(work, member, seen=set())
        changes = work.changes()
        if changes.puts:
            store.commit(platform_id, changes)

    until_saved(attempt)
