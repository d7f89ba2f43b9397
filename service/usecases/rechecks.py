"""The hard rules asked again about matches that stand: after a change of a profile, of the policy, or of the day.

Proposals and offers that a rule no longer allows are taken back, and those of somebody who is out by now. A running
match that breaks age or clearance pauses; of any other rule a coordinator is told, since people who have met may sort
it out themselves.
"""

from __future__ import annotations

from typing import Final

from service.lifecycle import Action, transition
from service.reasons import PauseReason, WithdrawReason
from service.records import kinds
from service.records.match import OPEN_STATES, Match, MatchState
from service.records.member import Member
from service.records.task import CoordinatorTask, TaskKind
from service.usecases.checking import takes_part
from service.usecases.moves import SYSTEM, matches_of
from service.usecases.pair_rules import broken_rule
from service.usecases.reading import all_found
from service.usecases.rests import are_blocked, are_resting
from service.usecases.work import Work

MOST_AT_ONCE: Final = 50
"""A broken rule changes a match, a load and a task, beside what the change itself does."""

_ENDING = (MatchState.PROPOSED, MatchState.OFFERED)
_PAUSING = (MatchState.ACTIVE, MatchState.CLOSING)


def recheck(work: Work, member: Member, *, seen: set[str]) -> bool:
    """Ask the rules about the open matches of a member that this work leaves as they are.

    At most so many are changed as one commit takes; `seen` grows by those, and the answer is whether there may be more.
    """
    found = 0
    for stored in tuple(matches_of(work.store, work.platform_id, member.member_id, OPEN_STATES)):
        if stored.match_id in seen or work.is_changing(stored):
            continue
        # As it is by now: somebody may have said yes since the list was read.
        match = work.find(Match, stored.match_id)
        if match is None or match.state not in OPEN_STATES:
            continue
        if recheck_match(work, match):
            seen.add(match.match_id)
            found += 1
        if found == MOST_AT_ONCE:
            return True
    return False


def recheck_match(work: Work, match: Match) -> bool:
    """Ask the rules about one open match; tell whether it changes anything."""
    seeker, supporter = work.find(Member, match.seeker_id), work.find(Member, match.supporter_id)
    if seeker is None or supporter is None:
        return False
    for member in (seeker, supporter):
        work.rely_on(member)
    broken = broken_rule(seeker.profile, supporter.profile, policy=work.policy, today=work.now.date())
    if match.state in _ENDING:
        out = _reason_out(work, seeker, supporter) or (WithdrawReason.RULE if broken else None)
        if out is not None:
            work.step(match, transition(match, Action.WITHDRAW, by=SYSTEM, at=work.now, reason=out))
        return out is not None
    if broken is None:
        return False
    is_pausing = broken.is_care and match.state in _PAUSING
    if is_pausing:
        pause = PauseReason.RULE
        work.step(match, transition(match, Action.PAUSE, by=SYSTEM, at=work.now, reason=pause))
    if not is_pausing and _is_told(work, match, broken.rule):
        return False
    work.rely_on(match)
    work.open_task(TaskKind.RULE, match.match_id, (match.seeker_id, match.supporter_id), detail=broken.rule)
    return True


def _reason_out(work: Work, seeker: Member, supporter: Member) -> WithdrawReason | None:
    """Say why the two should not be in an offer or proposal, whatever the rules say of their profiles.

    Whoever steps out takes these back at once; this is for what that may have missed: a process can die at any moment.
    """
    pair = seeker.member_id, supporter.member_id
    if seeker.care.is_on_hold or supporter.care.is_on_hold:
        return WithdrawReason.HOLD
    if not (seeker.profile.consent.matching and supporter.profile.consent.matching):
        return WithdrawReason.CONSENT_WITHDRAWN
    if not (takes_part(seeker, work) and takes_part(supporter, work)):
        return WithdrawReason.PAUSED
    if are_blocked(work, *pair):
        return WithdrawReason.BLOCK
    return WithdrawReason.RULE if are_resting(work, *pair) else None


def _is_told(work: Work, match: Match, rule: str) -> bool:
    """Whether a coordinator has been told of this rule and this match: once, until the match itself has moved on."""
    told = all_found(work.store, work.platform_id, CoordinatorTask, index=kinds.BY_MEMBER, value=match.seeker_id)
    return any(
        (task.task_kind, task.subject, task.detail) == (TaskKind.RULE, match.match_id, rule)
        and task.opened_at >= match.history[-1].at
        for task in told
    )
