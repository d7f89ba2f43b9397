"""The reasons that may be given for a step of a match: closed sets, so that nobody's story is stored in them.

A new reason is a row of its set, and its words are one in `service/console/words.py`. Which action takes which set is
told in `service/lifecycle.py`, how long a pair rests after a reason in `service/usecases/rests.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class RejectReason(StrEnum):
    """Why a coordinator says: not this pair. It decides how long the two rest from each other."""

    NOT_NOW = "not_now"
    POOR_FIT = "poor_fit"
    SAFETY = "safety"
    OTHER = "other"


class DeclineReason(StrEnum):
    """Why one of the two says: not this time. Nobody has to say; silence counts as `not_now`."""

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
    HOLD = "hold"
    BLOCK = "block"
    RULE = "rule"  # a hard rule no longer holds
    COORDINATOR = "coordinator"


class PauseReason(StrEnum):
    """Why a running match is paused; after `hold` only safeguarding resumes it."""

    BREAK = "break"
    AWAY = "away"  # one of the two takes a pause of their own
    HOLD = "hold"
    RULE = "rule"  # age, block or clearance: a hard rule no longer holds


class EndReason(StrEnum):
    """Why a match ends."""

    GOAL_REACHED = "goal_reached"
    BECAME_FRIENDS = "became_friends"
    SEEKER_MOVED_ON = "seeker_moved_on"
    SUPPORTER_LEFT = "supporter_left"
    NO_CONTACT = "no_contact"
    POOR_FIT = "poor_fit"
    SAFETY = "safety"
    DIED = "died"
    OTHER = "other"


MUST_SAY_WHY: Final = frozenset(("reject", "withdraw", "plan_ending", "end"))
"""Actions that need a reason; to the other ones that take a reason nobody has to give it."""

BY_HAND: Final[frozenset[str]] = frozenset(
    (*RejectReason, *DeclineReason, WithdrawReason.COORDINATOR, PauseReason.BREAK, *EndReason)
)
"""What people may give as a reason; the others say what the service itself found."""

BY_HAND_OF_CARE: Final[frozenset[str]] = BY_HAND | {PauseReason.HOLD}
"""What safeguarding may give."""
