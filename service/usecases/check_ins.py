"""Check-ins: how each of the two says it goes, who is still to be asked, and what must not wait.

Somebody who does not feel safe is paused for care at once, in the same commit as what they said. One who would rather
stop is looked after by a person; nothing ends by itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from service.errors import Conflict, FieldProblem, Forbidden, InvalidInput
from service.records import kinds
from service.records.check_in import CheckIn
from service.records.codec import new_id
from service.records.hold import Hold, HoldCause
from service.records.match import Match, MatchState
from service.records.member import Member
from service.records.task import TaskKind
from service.storage.store import Page, Store
from service.usecases.matches import get_match
from service.usecases.reading import as_page, found
from service.usecases.safety import place
from service.usecases.saving import until_saved
from service.usecases.work import Work

_TAKEN_IN: Final = frozenset((MatchState.ACTIVE, MatchState.PAUSED, MatchState.CLOSING, MatchState.ENDED))


def record_check_in(store: Store, platform_id: str, *, said: CheckIn, now: datetime) -> CheckIn:
    """Keep what one of the two said, with all that it means; `said` has no id yet, and gets one.

    NotFound (``match_not_found``); Forbidden for somebody who is not on that side of the match; Conflict
    (``not_begun``) before both have said yes; InvalidInput for measures that are not for this member or platform.
    """
    said = replace(said, check_in_id=new_id("checkin", now), at=now)

    def attempt() -> CheckIn:
        work = Work(store, platform_id, now)
        match = get_match(store, platform_id, match_id=said.match_id)
        _check(work, match, said)
        keep(work, match, said)
        if said.not_safe:
            hold = Hold(new_id("hold", now), said.member_id, HoldCause.CRISIS, now, placed_by=said.role.value)
            place(store, platform_id, hold, work=work)
        else:
            store.commit(platform_id, work.changes())
        return replace(said, version=1)

    return until_saved(attempt)


def keep(work: Work, match: Match, said: CheckIn) -> None:
    """Add a check-in to the work: the match knows that they have met, and who is still to be asked."""
    left = tuple(role for role in match.check_in_from if role is not said.role)
    work.put(said)
    work.put(replace(match, has_met=match.has_met or said.met is True, check_in_from=left))
    if said.met:
        work.settle_tasks(TaskKind.FIRST_MEETING, match.match_id)
    if not left:
        work.settle_tasks(TaskKind.CHECK_IN, match.match_id)
    if said.wants_to_continue is False:
        work.open_task(TaskKind.CARE, match.match_id, (match.seeker_id, match.supporter_id), detail="would_rather_stop")
    pair = (match.seeker_id, match.supporter_id)
    told = {"seeker_id": pair[0], "supporter_id": pair[1], "role": said.role.value}
    work.tell("match.checked_in", match.match_id, mentions=pair, **told)


def list_check_ins(
    store: Store, platform_id: str, *, member_id: str, after: str | None = None, limit: int = 100
) -> Page[CheckIn]:
    """Read what a member said, the oldest first; NotFound (``member_not_found``) when there is no such member."""
    found(store, platform_id, Member, member_id)
    page = store.page(platform_id, CheckIn.KIND, index=kinds.BY_MEMBER, value=member_id, after=after, limit=limit)
    return as_page(CheckIn, page)


def list_due(store: Store, platform_id: str, *, after: str | None = None, limit: int = 100) -> Page[Match]:
    """Read matches of which somebody is still to be asked how it goes."""
    page = store.page(platform_id, Match.KIND, index=kinds.CHECK_IN_DUE, value="yes", after=after, limit=limit)
    return as_page(Match, page)


def _check(work: Work, match: Match, said: CheckIn) -> None:
    if match.state not in _TAKEN_IN:
        raise Conflict("cannot take a check-in about a match that has not begun", code="not_begun")
    if match.member_of(said.role) != said.member_id:
        raise Forbidden(f"cannot take a check-in as the {said.role} of this match: this is somebody else")
    if said.ucla3 is not None:
        member = work.find(Member, said.member_id)
        if member is None or member.profile.age_band.is_minor:
            raise _refused("ucla3", "for adults only")
    if said.de_jong_gierveld is not None and not work.policy.de_jong_gierveld:
        raise _refused("de_jong_gierveld", "only where the policy says so: its terms are for scientific use")


def _refused(field: str, allowed: str) -> InvalidInput:
    return InvalidInput(
        f"cannot take this measure (allowed: {allowed})",
        problems=(FieldProblem(f"measures.{field}", allowed),),
        code="measure_not_taken",
    )
