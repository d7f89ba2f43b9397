"""The life of a match: which action leads from which state to which, who may take it, and with which reasons. Pure.

This table and nothing else decides. A new state or action is a row of `TRANSITIONS`, one of `ACTORS_OF` and, where a
reason must be given, one of `REASONS_OF`. What an action means for other records (places, rests, other proposals) is
for `service/usecases/consequences.py`; reading, saving and the time of day never belong here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from service.errors import ActionNotAllowed, FieldProblem, Forbidden, InvalidInput
from service.records.match import Actor, ActorRole, HistoryEntry, Match, MatchState

PROPOSE: Final = "propose"
"""The first step in the history of every match; it is not an action on one."""


class Action(StrEnum):
    """What can be done to a match."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


class RejectReason(StrEnum):
    """Why a coordinator says: not this pair. It decides how long the two rest from each other."""

    NOT_NOW = "not_now"
    POOR_FIT = "poor_fit"
    SAFETY = "safety"
    OTHER = "other"


class WithdrawReason(StrEnum):
    """Why a proposal or offer is taken back."""

    RUN = "run"  # a later run arranged it otherwise
    ANOTHER_MATCH = "another_match"  # the seeker has another match now
    PAUSED = "paused"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    LEFT = "left"  # one of the two is not a member, or not in this role, any longer
    COORDINATOR = "coordinator"


TRANSITIONS: Final[Mapping[tuple[MatchState, Action], MatchState]] = MappingProxyType(
    {
        (MatchState.PROPOSED, Action.APPROVE): MatchState.OFFERED,
        (MatchState.PROPOSED, Action.REJECT): MatchState.REJECTED,
        (MatchState.PROPOSED, Action.WITHDRAW): MatchState.WITHDRAWN,
        (MatchState.OFFERED, Action.WITHDRAW): MatchState.WITHDRAWN,
        (MatchState.OFFERED, Action.REOPEN): MatchState.PROPOSED,
        (MatchState.REJECTED, Action.REOPEN): MatchState.PROPOSED,
    }
)
"""(state, action) → the state it leads to."""

_REVIEWERS = frozenset((ActorRole.COORDINATOR, ActorRole.PLATFORM))

ACTORS_OF: Final[Mapping[Action, frozenset[ActorRole]]] = MappingProxyType(
    {
        Action.APPROVE: _REVIEWERS,
        Action.REJECT: _REVIEWERS,
        Action.WITHDRAW: _REVIEWERS | {ActorRole.SYSTEM},
        Action.REOPEN: _REVIEWERS,
    }
)
"""Who may take an action. A platform's program acts for its coordinators: its key needs the scope ``review``."""

REASONS_OF: Final[Mapping[Action, frozenset[str]]] = MappingProxyType(
    {
        Action.REJECT: frozenset(RejectReason),
        Action.WITHDRAW: frozenset(WithdrawReason),
    }
)
"""Actions that must say why, and what they may say; the others take no reason."""

TIME_TO: Final[Mapping[tuple[MatchState, Action], timedelta]] = MappingProxyType(
    {(MatchState.REJECTED, Action.REOPEN): timedelta(days=1)}
)
"""How long after the last step an action is still possible; no row: as long as the state lasts."""


def allowed_actions(match: Match, *, by: ActorRole, at: datetime) -> tuple[Action, ...]:
    """List what this actor may do to the match at this moment, in the order of `Action`."""
    return tuple(action for action in Action if by in ACTORS_OF[action] and _is_open_to(match, action, at))


def propose(match: Match, *, by: Actor, at: datetime) -> Match:
    """Begin the history of a new proposal."""
    entry = HistoryEntry(PROPOSE, None, MatchState.PROPOSED, by, at)
    return replace(match, state=MatchState.PROPOSED, created_at=at, updated_at=at, history=(entry,))


def transition(match: Match, action: str, *, by: Actor, at: datetime, reason: str | None = None) -> Match:
    """Give the match as it is after the action, with one more entry in its history; `match` itself stays as it was.

    Raises InvalidInput for an unknown action or reason, Forbidden when somebody else may take the action, and
    ActionNotAllowed, with what is allowed, when the state does not take it or no longer does.
    """
    known = _known(action)
    why = _checked_reason(known, reason)
    if not _is_open_to(match, known, at):
        raise ActionNotAllowed(known, match.state, allowed=allowed_actions(match, by=by.role, at=at))
    if by.role not in ACTORS_OF[known]:
        who = ", ".join(sorted(ACTORS_OF[known]))
        raise Forbidden(f"cannot {known} a match as {by.role} (allowed: {who})", needed=who)
    state = TRANSITIONS[match.state, known]
    entry = HistoryEntry(known, match.state, state, by, at, why)
    return replace(match, state=state, updated_at=at, history=(*match.history, entry))


def _is_open_to(match: Match, action: Action, at: datetime) -> bool:
    if (match.state, action) not in TRANSITIONS:
        return False
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


def _checked_reason(action: Action, reason: str | None) -> str:
    allowed = REASONS_OF.get(action, frozenset())
    if not allowed and not reason:
        return ""
    if reason in allowed:
        return str(reason)
    choice = f"one of {', '.join(sorted(allowed))}" if allowed else "none"
    raise InvalidInput(
        f"cannot {action} a match with this reason (allowed: {choice})",
        problems=(FieldProblem("reason", choice),),
        code="invalid_reason",
    )
