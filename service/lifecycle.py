"""The life of a match: which action leads from which state to which, who may take it, and with which reasons. Pure.

This table and nothing else decides. A new state or action is a row of `TRANSITIONS`, one of `ACTORS_OF` and, where a
reason may be given, one of `REASONS_OF` (`service/reasons.py`). What an action means for other records (places, rests,
other proposals) is for `service/usecases/consequences.py`; reading, saving and the time of day never belong here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from service.errors import ActionNotAllowed, FieldProblem, Forbidden, InvalidInput
from service.reasons import (
    BY_HAND,
    BY_HAND_OF_CARE,
    MUST_SAY_WHY,
    DeclineReason,
    EndReason,
    PauseReason,
    RejectReason,
    WithdrawReason,
)
from service.records.match import ACCEPT, APPROVE, Actor, ActorRole, HistoryEntry, Match, MatchState

PROPOSE: Final = "propose"
"""The first step in the history of every match; it is not an action on one."""

MOST_NOTICE_DAYS: Final = 366
"""How far ahead an ending may be planned."""


class Action(StrEnum):
    """What can be done to a match."""

    APPROVE = APPROVE
    REJECT = "reject"
    ACCEPT = ACCEPT
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    REOPEN = "reopen"
    PAUSE = "pause"
    RESUME = "resume"
    PLAN_ENDING = "plan_ending"
    END = "end"


TRANSITIONS: Final[Mapping[tuple[MatchState, Action], MatchState]] = MappingProxyType(
    {
        (MatchState.PROPOSED, Action.APPROVE): MatchState.OFFERED,
        (MatchState.PROPOSED, Action.REJECT): MatchState.REJECTED,
        (MatchState.PROPOSED, Action.WITHDRAW): MatchState.WITHDRAWN,
        (MatchState.PROPOSED, Action.EXPIRE): MatchState.EXPIRED,
        (MatchState.OFFERED, Action.ACCEPT): MatchState.ACTIVE,
        (MatchState.OFFERED, Action.DECLINE): MatchState.DECLINED,
        (MatchState.OFFERED, Action.WITHDRAW): MatchState.WITHDRAWN,
        (MatchState.OFFERED, Action.EXPIRE): MatchState.EXPIRED,
        (MatchState.OFFERED, Action.REOPEN): MatchState.PROPOSED,
        (MatchState.REJECTED, Action.REOPEN): MatchState.PROPOSED,
        (MatchState.ACTIVE, Action.PAUSE): MatchState.PAUSED,
        (MatchState.ACTIVE, Action.PLAN_ENDING): MatchState.CLOSING,
        (MatchState.ACTIVE, Action.END): MatchState.ENDED,
        (MatchState.PAUSED, Action.RESUME): MatchState.ACTIVE,
        (MatchState.PAUSED, Action.PLAN_ENDING): MatchState.CLOSING,
        (MatchState.PAUSED, Action.END): MatchState.ENDED,
        (MatchState.CLOSING, Action.PAUSE): MatchState.PAUSED,
        (MatchState.CLOSING, Action.END): MatchState.ENDED,
    }
)
"""(state, action) → the state it leads to; an action in `NEEDS_BOTH` leads there with the second of both."""

NEEDS_BOTH: Final = frozenset((Action.ACCEPT,))
"""The first of the two who says so leaves the match as it was, with one more entry in its history."""

_PAIR = frozenset((ActorRole.SEEKER, ActorRole.SUPPORTER))
_REVIEWERS = frozenset((ActorRole.COORDINATOR, ActorRole.SAFEGUARDING, ActorRole.PLATFORM))
_CARE = frozenset((ActorRole.SAFEGUARDING, ActorRole.SYSTEM))
_SYSTEM = frozenset((ActorRole.SYSTEM,))
_GOING_ON = frozenset((Action.RESUME, Action.PLAN_ENDING))

ACTORS_OF: Final[Mapping[Action, frozenset[ActorRole]]] = MappingProxyType(
    {
        Action.APPROVE: _REVIEWERS,
        Action.REJECT: _REVIEWERS,
        Action.ACCEPT: _PAIR,
        Action.DECLINE: _PAIR,
        Action.WITHDRAW: _REVIEWERS | _SYSTEM,
        Action.EXPIRE: _SYSTEM,
        Action.REOPEN: _REVIEWERS,
        Action.PAUSE: _REVIEWERS | _PAIR | _SYSTEM,
        Action.RESUME: _REVIEWERS | _PAIR | _SYSTEM,
        Action.PLAN_ENDING: _REVIEWERS | _PAIR,
        Action.END: _REVIEWERS | _PAIR | _SYSTEM,
    }
)
"""Who may take an action. A platform's program acts for its coordinators: its key needs the scope ``review``."""

SPOKEN_FOR: Final = _REVIEWERS
"""Who may say what a seeker or supporter told them, `on_behalf_of`."""

REASONS_OF: Final[Mapping[Action, frozenset[str]]] = MappingProxyType(
    {
        Action.REJECT: frozenset(RejectReason),
        Action.DECLINE: frozenset(DeclineReason),
        Action.WITHDRAW: frozenset(WithdrawReason),
        Action.PAUSE: frozenset(PauseReason),
        Action.PLAN_ENDING: frozenset(EndReason),
        Action.END: frozenset(EndReason),
    }
)
"""What an action may say as its reason; those of `MUST_SAY_WHY` must, the others take no reason."""

TIME_TO: Final[Mapping[tuple[MatchState, Action], timedelta]] = MappingProxyType(
    {(MatchState.REJECTED, Action.REOPEN): timedelta(days=1)}
)
"""How long after the last step an action is still possible; no row: as long as the state lasts."""


def allowed_actions(match: Match, *, by: ActorRole, at: datetime) -> tuple[Action, ...]:
    """List what this actor may do to the match at this moment, in the order of `Action`."""
    return tuple(action for action in Action if by in actors_of(match, action) and _is_open_to(match, action, by, at))


def actors_of(match: Match, action: Action) -> frozenset[ActorRole]:
    """Give who may take the action on this match: fewer than `ACTORS_OF` where care is at stake."""
    if match.state is MatchState.CLOSING and action is Action.PAUSE:
        return ACTORS_OF[action] & _CARE
    if action in _GOING_ON and match.paused_because == PauseReason.HOLD:
        return ACTORS_OF[action] & {ActorRole.SAFEGUARDING}
    return ACTORS_OF[action]


def propose(match: Match, *, by: Actor, at: datetime) -> Match:
    """Begin the history of a new proposal."""
    entry = HistoryEntry(PROPOSE, None, MatchState.PROPOSED, by, at)
    return replace(match, state=MatchState.PROPOSED, created_at=at, updated_at=at, history=(entry,))


def transition(  # noqa: PLR0913 - one step, described by names
    match: Match,
    action: str,
    *,
    by: Actor,
    at: datetime,
    reason: str | None = None,
    on_behalf_of: ActorRole | None = None,
    closing_on: date | None = None,
) -> Match:
    """Give the match as it is after the action, with one more entry in its history; `match` itself stays as it was.

    `on_behalf_of`: the side for which a coordinator speaks. `closing_on`: the day of a planned ending, taken by
    `plan_ending` only.

    Raises InvalidInput for an unknown action, reason or day, Forbidden when somebody else may take the action, and
    ActionNotAllowed, with what is allowed, when the state does not take it, no longer, or not from this side.
    """
    known = _known(action)
    voice = _voice_of(match, known, by, on_behalf_of)
    why = _checked_reason(known, reason, voice, match)
    if not _is_open_to(match, known, voice, at):
        raise ActionNotAllowed(known, match.state, allowed=allowed_actions(match, by=voice, at=at))
    if voice not in actors_of(match, known):
        who = ", ".join(sorted(actors_of(match, known)))
        raise Forbidden(f"cannot {known} a match as {voice} (allowed: {who})", needed=who)
    day = _checked_day(known, closing_on, at)
    state = TRANSITIONS[match.state, known]
    if known in NEEDS_BOTH and match.answered != _PAIR - {voice}:
        state = match.state
    entry = HistoryEntry(known, match.state, state, by, at, why, on_behalf_of)
    return replace(match, state=state, closing_on=day, updated_at=at, history=(*match.history, entry))


def _voice_of(match: Match, action: Action, by: Actor, on_behalf_of: ActorRole | None) -> ActorRole:
    """Give whose word this is; Forbidden for somebody who may not speak for that side, or is not on it."""
    if on_behalf_of is not None and (by.role not in SPOKEN_FOR or on_behalf_of not in _PAIR):
        who = ", ".join(sorted(SPOKEN_FOR))
        raise Forbidden(f"cannot {action} a match on behalf of somebody else as {by.role} (allowed: {who})", needed=who)
    if by.role in _PAIR and by.actor_id != match.member_of(by.role):
        raise Forbidden(f"cannot {action} a match as its {by.role}: this is somebody else", needed=by.role)
    return on_behalf_of or by.role


def _is_open_to(match: Match, action: Action, voice: ActorRole, at: datetime) -> bool:
    if (match.state, action) not in TRANSITIONS:
        return False
    if voice in _PAIR and action is Action.ACCEPT:
        return voice in match.awaited
    if voice in _PAIR and action is Action.DECLINE:
        return voice in match.asked
    if match.state is MatchState.OFFERED and action is Action.REOPEN:
        return not match.answered
    limit = TIME_TO.get((match.state, action))
    return limit is None or at - match.history[-1].at <= limit


def _known(action: str) -> Action:
    if action not in list(Action):
        allowed = ", ".join(Action)
        raise InvalidInput(
            f"there is no such action on a match (allowed: {allowed})",
            problems=(FieldProblem("action", f"one of {allowed}"),),
            code="unknown_action",
        )
    return Action(action)


def _checked_reason(action: Action, reason: str | None, voice: ActorRole, match: Match) -> str:
    allowed = REASONS_OF.get(action, frozenset())
    if voice is not ActorRole.SYSTEM:
        allowed = allowed & (BY_HAND_OF_CARE if voice is ActorRole.SAFEGUARDING else BY_HAND)
    if not reason and match.state is MatchState.CLOSING and action is Action.END:
        return match.history[-1].reason
    if not reason and action not in MUST_SAY_WHY:
        return ""
    if reason in allowed:
        return str(reason)
    choice = f"one of {', '.join(sorted(allowed))}" if allowed else "none"
    raise InvalidInput(
        f"cannot {action} a match with this reason (allowed: {choice})",
        problems=(FieldProblem("reason", choice),),
        code="invalid_reason",
    )


def _checked_day(action: Action, day: date | None, at: datetime) -> date | None:
    """Give the day of a planned ending; no other state has one."""
    is_taken = action is Action.PLAN_ENDING
    first, last = at.date(), at.date() + timedelta(days=MOST_NOTICE_DAYS)
    if is_taken and day is not None and first <= day <= last:
        return day
    if not is_taken and day is None:
        return None
    allowed = f"a day from today on, at most {MOST_NOTICE_DAYS} days ahead" if is_taken else "none"
    raise InvalidInput(
        f"cannot {action} a match with this day of ending (allowed: {allowed})",
        problems=(FieldProblem("closing_on", allowed),),
        code="invalid_day",
    )
