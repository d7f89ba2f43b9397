"""What a seeker said when they were asked whether they would like a supporter, or another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from service.errors import Conflict
from service.lifecycle import Action, transition
from service.reasons import EndReason, PauseReason
from service.records.care import Search
from service.records.match import MatchState
from service.records.member import Member, MemberRole
from service.records.task import TaskKind
from service.storage.store import Store
from service.usecases.consequences import take_step
from service.usecases.leaving import is_away_for_long
from service.usecases.moves import SYSTEM, matches_of
from service.usecases.saving import until_saved
from service.usecases.work import Work


def set_looking(store: Store, platform_id: str, *, member_id: str, is_looking: bool, now: datetime) -> Member:
    """Keep whether somebody would like a (or another) supporter, as they were asked; give the member as they then are.

    What asks a coordinator to ask them is settled. NotFound (``member_not_found``); Conflict (``not_a_seeker``) for
    somebody who is not on that side.
    """

    def attempt() -> Member:
        work = Work(store, platform_id, now)
        member = work.found(Member, member_id)
        if MemberRole.SEEKER not in member.roles:
            raise Conflict("cannot keep whether somebody is looking who is no seeker", code="not_a_seeker")
        if is_looking:
            member = _let_go(work, member)
        search = Search.LOOKING if is_looking else Search.NOT_NOW
        asked = replace(member, care=replace(member.care, search=search, is_quiet=False), updated_at=now)
        work.put(asked)
        for kind in (TaskKind.WITHOUT_SUPPORTER, *(() if is_looking else (TaskKind.LONG_WAIT,))):
            work.settle_tasks(kind, member_id)
        work.tell("member.looking" if is_looking else "member.not_looking", member_id)
        committed = store.commit(platform_id, work.changes())
        return replace(asked, version=committed.versions[Member.KIND, member_id])

    return until_saved(attempt)


def _let_go(work: Work, seeker: Member) -> Member:
    """End the match of somebody who would like another supporter while theirs is away for long; give them as they are.

    A match whose seeker is away is theirs to come back to.
    """
    if is_away_for_long(seeker.profile, work.now):
        return seeker
    for match in matches_of(work.store, work.platform_id, seeker.member_id, (MatchState.PAUSED,)):
        if match.seeker_id == seeker.member_id and match.paused_because == PauseReason.AWAY:
            reason = EndReason.SUPPORTER_LEFT
            take_step(work, (match, transition(match, Action.END, by=SYSTEM, at=work.now, reason=reason)))
    return work.find(Member, seeker.member_id) or seeker
