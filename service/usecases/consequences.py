"""What an action on a match means beside its new state: places, rests, and what becomes of the two people.

`CONSEQUENCES` has a row for every action that means something; each row is a function that looks at what is stored and
adds to the work, or raises Conflict. It must not save anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from service.errors import Conflict
from service.lifecycle import Action, transition
from service.reasons import EndReason, PauseReason, WithdrawReason
from service.records.care import Search
from service.records.match import HOLDING_STATES, Match, MatchState
from service.records.member import Member
from service.records.platform import Platform
from service.records.task import TaskKind
from service.usecases.checking import (
    both_taking_part,
    has_a_place,
    is_not_recovering,
    may_meet,
    may_resume,
    other_matches_of_seeker,
)
from service.usecases.clocks import clock_for
from service.usecases.leaving import is_away_for_long
from service.usecases.moves import SYSTEM
from service.usecases.rests import end_rest, let_rest
from service.usecases.work import Step, Work

LOST_SUPPORTER: Final = frozenset((EndReason.SUPPORTER_LEFT, EndReason.NO_CONTACT, EndReason.DIED))
"""Endings after which somebody who asks for another supporter comes earlier than their wait alone would say."""


def take_step(work: Work, step: Step) -> None:
    """Add a step and all that it means to the work; raise Conflict when the state of things does not allow it."""
    work.step(*step)
    look = CONSEQUENCES.get(Action(step[1].history[-1].action))
    if look is not None:
        look(work, step)


def _approve(work: Work, step: Step) -> None:
    """Both must take part and suit, neither be left in peace after an ending, the supporter have a place.

    Other proposals to the seeker are taken back.
    """
    _, offered = step
    seeker, supporter = both_taking_part(work, offered)
    for member in (seeker, supporter):
        is_not_recovering(work, member)
    may_meet(work, seeker, supporter)
    has_a_place(work, supporter, offered)
    others = other_matches_of_seeker(work, offered)
    if any(other.state in HOLDING_STATES for other in others):
        raise Conflict("cannot approve this match: the seeker has a match already", code="seeker_has_match")
    reason = WithdrawReason.ANOTHER_MATCH
    for other in others:
        work.step(other, transition(other, Action.WITHDRAW, by=SYSTEM, at=work.now, reason=reason))


def _accept(work: Work, step: Step) -> None:
    """Both must still take part and suit; with the second yes the seeker's waiting clock stands still."""
    _, after = step
    seeker, supporter = both_taking_part(work, after)
    may_meet(work, seeker, supporter)
    if after.state is MatchState.ACTIVE:
        care = replace(seeker.care, has_supporter=True, search=Search.LOOKING, lost_supporter_on=None, look_again=False)
        work.put(clock_for(replace(seeker, care=care), work.now.date()))
        work.settle_tasks(TaskKind.LONG_WAIT, seeker.member_id)


def _turn_down(work: Work, step: Step) -> None:
    """The two rest from each other."""
    let_rest(work, step[1])


def _come_to_nothing(work: Work, step: Step) -> None:
    """After a no, or no answer, to an offer: the two rest, and the next best is looked for."""
    before, after = step
    if before.state is not MatchState.OFFERED:
        return
    let_rest(work, after)
    seeker = work.find(Member, after.seeker_id)
    if seeker is not None:
        work.put(replace(seeker, care=replace(seeker.care, look_again=True)))


def _reopen(work: Work, step: Step) -> None:
    """A rejected pair may come back while nobody else is there for the seeker and the supporter has a place."""
    before, proposed = step
    if before.state is not MatchState.REJECTED:
        return
    # Like every proposal beside runs: a run that is published meanwhile, or a change of one of the two, must see it.
    work.put(work.found(Platform, work.platform_id))
    end_rest(work, proposed)
    seeker, supporter = both_taking_part(work, proposed)
    may_meet(work, seeker, supporter)
    has_a_place(work, supporter, proposed)
    if other_matches_of_seeker(work, proposed):
        raise Conflict("cannot reopen this match: the seeker has another one now", code="seeker_has_match")


def _resume(work: Work, step: Step) -> None:
    """Nobody may be paused for care, and what must never be broken must hold; who was without somebody no longer is."""
    _go_on(work, step[1])
    work.settle_tasks(TaskKind.WITHOUT_SUPPORTER, step[1].seeker_id)


def _plan_ending(work: Work, step: Step) -> None:
    """Out of a pause a match goes on until its last day; ending it at once is always possible."""
    if step[0].state is MatchState.PAUSED:
        _go_on(work, step[1])


def _go_on(work: Work, match: Match) -> None:
    seeker, supporter = (work.find(Member, member_id) for member_id in (match.seeker_id, match.supporter_id))
    if seeker is None or supporter is None:
        raise Conflict("one of the two does not take part just now", code="not_taking_part")
    may_resume(work, seeker, supporter)
    for member in (seeker, supporter):
        work.rely_on(member)


def _pause(work: Work, step: Step) -> None:
    """Where the supporter is away for long, the seeker is without somebody now, and is asked what they would like."""
    before, paused = step
    seeker = work.find(Member, paused.seeker_id)
    if before.state is not MatchState.ACTIVE or paused.paused_because != PauseReason.AWAY or seeker is None:
        return
    if not is_away_for_long(seeker.profile, work.now):
        work.open_task(TaskKind.WITHOUT_SUPPORTER, seeker.member_id, (seeker.member_id,), detail="supporter_away")
        work.tell("member.without_supporter", seeker.member_id)


def _end(work: Work, step: Step) -> None:
    """The two rest from each other and are left in peace for a while; the seeker is asked before anything new."""
    _, ended = step
    reason = EndReason(ended.history[-1].reason)
    let_rest(work, ended)
    for member_id in (ended.seeker_id, ended.supporter_id):
        member = work.find(Member, member_id)
        if member is not None:
            work.put(_recovering(work, member, reason))
    seeker = work.find(Member, ended.seeker_id)
    if seeker is not None:
        work.put(_to_be_asked(work, seeker, reason))
    if reason is EndReason.DIED:
        work.open_task(TaskKind.CARE, ended.match_id, (ended.seeker_id, ended.supporter_id), detail=reason)
    elif seeker is not None:
        work.settle_tasks(TaskKind.WITHOUT_SUPPORTER, ended.seeker_id)
        work.open_task(TaskKind.WITHOUT_SUPPORTER, ended.seeker_id, (ended.seeker_id,), detail=reason)
        work.tell("member.without_supporter", ended.seeker_id)


def _recovering(work: Work, member: Member, reason: EndReason) -> Member:
    timings, today = work.policy.timings, work.now.date()
    is_death = reason is EndReason.DIED
    until = today + timedelta(days=timings.recovery_after_death_days if is_death else timings.recovery_days)
    longest = max(until, member.care.recovering_until or until)
    care = replace(member.care, recovering_until=longest, is_quiet=member.care.is_quiet or is_death)
    return replace(member, care=care)


def _to_be_asked(work: Work, seeker: Member, reason: EndReason) -> Member:
    """Their clock goes on from where it stood; nothing new is proposed before they have been asked."""
    today = work.now.date()
    lost_on = today if reason in LOST_SUPPORTER else None
    care = replace(seeker.care, has_supporter=False, search=Search.TO_ASK, lost_supporter_on=lost_on)
    return clock_for(replace(seeker, care=care), today)


Look = Callable[[Work, Step], None]

CONSEQUENCES: Mapping[Action, Look] = MappingProxyType(
    {
        Action.APPROVE: _approve,
        Action.REJECT: _turn_down,
        Action.ACCEPT: _accept,
        Action.DECLINE: _come_to_nothing,
        Action.EXPIRE: _come_to_nothing,
        Action.REOPEN: _reopen,
        Action.PAUSE: _pause,
        Action.RESUME: _resume,
        Action.PLAN_ENDING: _plan_ending,
        Action.END: _end,
    }
)
"""Action → what it means. Withdrawing means nothing more: places are kept where a match leaves them."""
