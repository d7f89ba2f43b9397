"""A coordinator's boost: some weeks more than somebody has waited, for a reason, and for a while only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from service.errors import Conflict
from service.records.member import Member, MemberRole
from service.storage.store import Store
from service.usecases.saving import until_saved
from service.usecases.work import Work

MOST_WEEKS: Final = 52
LAPSES_AFTER: Final = timedelta(weeks=12)


class BoostReason(StrEnum):
    """Why somebody is to come earlier; a closed set, so that nobody's story is stored."""

    URGENT_NEED = "urgent_need"
    OUR_MISTAKE = "our_mistake"
    TIME_LIMIT = "time_limit"  # a date of theirs after which it is too late
    OTHER = "other"


def set_boost(
    store: Store, platform_id: str, *, member_id: str, weeks: int, reason: BoostReason, now: datetime
) -> Member:
    """Count a seeker as if they had waited so many weeks more, for twelve weeks from today; 0 takes it back.

    NotFound (``member_not_found``); Conflict (``not_a_seeker``). The reason is told with the event, and so kept in the
    audit trail.
    """

    def attempt() -> Member:
        work = Work(store, platform_id, now)
        member = work.found(Member, member_id)
        if MemberRole.SEEKER not in member.roles:
            raise Conflict("cannot let a member come earlier who is no seeker", code="not_a_seeker")
        until = now.date() + LAPSES_AFTER if weeks else None
        boosted = replace(member, care=replace(member.care, boost=weeks, boost_until=until), updated_at=now)
        work.put(boosted)
        work.tell("member.boosted", member_id, weeks=weeks, reason=reason.value)
        committed = store.commit(platform_id, work.changes())
        return replace(boosted, version=committed.versions[Member.KIND, member_id])

    return until_saved(attempt)
