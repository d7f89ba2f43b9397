"""A platform's policy: which rules and weights a run uses. Versioned by the service, a frozen value here.

A new built-in factor or rule needs no change here: weights are keyed by the registry of `factors.py`.
Label rules and factors are written here by the platform, over its own declared labels, without code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from matching.profile import ClearanceScope


class Objective(StrEnum):
    """What makes one matching better than another: see docs/engine.md."""

    COVERAGE = "coverage"
    SCORE = "score"
    STABLE = "stable"


class LabelType(StrEnum):
    """The type of a platform's own profile field."""

    STRING = "string"
    INTEGER = "integer"
    LIST = "list"


class LabelOp(StrEnum):
    """How a label is compared between seeker and supporter; a missing label never holds and earns nothing."""

    EQUAL = "equal"
    DIFFERENT = "different"
    OVERLAP = "overlap"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class LabelField:
    """A declared label; `allowed` empty means any value of the type."""

    name: str
    type: LabelType
    allowed: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelRule:
    """A hard rule over one label: pairs for which it does not hold are absent.

    `gaps` (op ``gap`` only): the allowed values of supporter − seeker.
    """

    key: str
    label: str
    op: LabelOp
    reason: str
    gaps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelFactor:
    """Points for one label: `points` where it holds; op ``gap``: `table` of (supporter − seeker, points)."""

    key: str
    label: str
    op: LabelOp
    points: int = 0
    table: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class PriorityWeights:
    """Multipliers of the parts of a seeker's priority; whole numbers 0–1000."""

    waiting_week: int = 1
    loneliness: int = 1
    lost_supporter: int = 8
    boost: int = 1


class OfferOrder(StrEnum):
    """Who is asked first about an offer; whoever comes second never hears of a no."""

    SUPPORTER_FIRST = "supporter_first"
    SEEKER_FIRST = "seeker_first"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Timings:
    """Days after which the life of a match moves on by itself, and how long pairs rest.

    What each one counts from is told where it is used: `service/timers.py`, `service/usecases/rests.py`.
    """

    proposal_days: int = 14
    supporter_answer_days: int = 7
    seeker_answer_days: int = 14
    first_meeting_days: int = 14
    check_in_days: tuple[int, ...] = (7, 42, 84, 168)
    check_in_every_days: int = 182
    supervision_days: int = 42
    closing_notice_days: int = 28
    rest_not_now_days: int = 90
    rest_unanswered_days: int = 30
    rest_poor_fit_days: int = 365
    recovery_days: int = 14
    recovery_after_death_days: int = 42
    waiting_message_days: int = 28
    waiting_amber_days: int = 42
    waiting_red_days: int = 112


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is over is kept.

    Attributes
    ----------
    match_days : matches that are over, from their last step.
    event_days : what events say; that they happened stays.
    note_days : coordinators' notes, from when they were written.
    run_snapshots : of so many of the latest runs what they were made from is kept, so that they can be verified again.
    """

    match_days: int = 365
    event_days: int = 395
    note_days: int = 90
    run_snapshots: int = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the service rematches by itself: a cron expression of five fields, in a time zone of the IANA database."""

    cron: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules, weights and timings of one platform.

    Attributes
    ----------
    weights : factor key → points, 0–1 000 000; a missing key takes the factor's declared default.
    minimum_score : pairs below it are absent, whatever the objective.
    thin_below : proposals below it are flagged for the coordinator.
    keep_margin : points by which a new arrangement must beat an open proposal.
    retention : how long what is over is kept.
    schedule : when the service rematches by itself; None: only when somebody asks.
    clearances : what a supporter must hold to meet adults, minors, or anyone in person; kinds, all required.
    offer_order : who is asked first about an offer.
    de_jong_gierveld : whether check-ins may bring the six items of that scale, whose terms are for scientific use.
    """

    version: int = 1
    objective: Objective = Objective.COVERAGE
    weights: Mapping[str, int] = field(default_factory=dict)
    labels: tuple[LabelField, ...] = ()
    label_rules: tuple[LabelRule, ...] = ()
    label_factors: tuple[LabelFactor, ...] = ()
    minimum_score: int = 0
    thin_below: int = 2000
    keep_margin: int = 200
    accepts_minors: bool = False
    clearances: Mapping[ClearanceScope, tuple[str, ...]] = field(default_factory=dict)
    priority: PriorityWeights = PriorityWeights()
    offer_order: OfferOrder = OfferOrder.SUPPORTER_FIRST
    de_jong_gierveld: bool = False
    timings: Timings = Timings()
    schedule: Schedule | None = None
    retention: Retention = Retention()
