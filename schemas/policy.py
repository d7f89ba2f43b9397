"""A platform's policy, over HTTP and in YAML files: its fields are generated from the engine's registries.

A new built-in factor needs nothing here: `weights` reads the registry. A new policy field is one row here and one in
`matching/policy.py`. What a policy does to a run is the engine's business; nothing here scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import fields as fields_of
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, pre_dump

from matching.errors import PolicyError
from matching.factors import FACTORS
from matching.label_codes import check_policy
from matching.policy import (
    LabelFactor,
    LabelField,
    LabelOp,
    LabelRule,
    LabelType,
    Objective,
    OfferOrder,
    Policy,
    PriorityWeights,
    Retention,
    Schedule,
    Timings,
)
from matching.profile import ClearanceScope
from schemas.base import In, Out, by_field, nested_messages
from schemas.comparisons import LabelFactorPart, LabelFieldPart, LabelRulePart
from schemas.fields import Choice, Instant, Part, Several, Slug, Whole, YesNo
from schemas.labels import MOST_LABELS
from schemas.page import NEXT
from schemas.schedule import SchedulePart
from schemas.told import tell

MOST_WEIGHT = 1_000_000
MOST_SCORE = 100_000_000
MOST_COMPARISONS = 50
MOST_KINDS = 20
MOST_DAYS = 3660

_PARTS_OF_PRIORITY = {
    "waiting_week": "For each whole week of waiting.",
    "loneliness": "For each point of the UCLA-3 sum above 3.",
    "lost_supporter": "Added when somebody lost their supporter and asks for another.",
    "boost": "For each week of a coordinator's boost.",
}
_DAYS_OF_TIMINGS = {
    "proposal_days": "How long a proposal waits for a coordinator before it expires.",
    "supporter_answer_days": "How long a supporter has for an answer to an offer; a reminder comes halfway.",
    "seeker_answer_days": "How long a seeker has for an answer to an offer; a reminder comes halfway.",
    "first_meeting_days": "After how long without a first meeting a coordinator is asked to look.",
    "check_in_days": "When check-ins are due, counted from the second yes; ascending.",
    "check_in_every_days": "How often check-ins are due after the last of check_in_days.",
    "supervision_days": "How often somebody talks with a supporter about how it goes.",
    "closing_notice_days": "How long before a planned ending both are told, unless a day is named.",
    "rest_not_now_days": "How long a pair rests after a no that was meant for now, or a good ending.",
    "rest_unanswered_days": "How long a pair rests after an offer without an answer.",
    "rest_poor_fit_days": "How long a pair rests after it was a poor fit.",
    "recovery_days": "How long the two are left in peace after a match has ended.",
    "recovery_after_death_days": "The same after a death.",
    "waiting_message_days": "How often somebody still looking gets a kind word.",
    "waiting_amber_days": "A wait that coordinators should see.",
    "waiting_red_days": "A wait that is too long.",
}
MOST_CHECK_INS = 20

_TOLD_OF_RETENTION = {
    "match_days": "Days that a match is kept after it is over.",
    "event_days": "Days after which events no longer say what happened; that something did stays in the audit.",
    "note_days": "Days that a coordinator's note is kept.",
    "run_snapshots": "Of how many of the latest runs the snapshot is kept, so that they can be verified again.",
}

Weights = In.from_dict(
    {
        factor.key: Whole(
            0,
            MOST_WEIGHT,
            metadata={
                "description": f"{factor.title}: {factor.unit}. Default {factor.weight}.",
                "example": factor.weight,
            },
        )
        for factor in FACTORS
    },
    name="Weights",
)
RequiredClearances = In.from_dict(
    {scope.value: Several(Slug(), most=MOST_KINDS, metadata={"example": ["basic"]}) for scope in ClearanceScope},
    name="RequiredClearances",
)


def _numbers(
    kind: type[PriorityWeights | Retention | Timings], least: int, most: int, told: Mapping[str, str]
) -> type[In]:
    """Make a schema of whole numbers from a dataclass of them."""
    rows: dict[str, fields.Field[Any]] = {}
    for field in fields_of(kind):
        is_several = isinstance(field.default, tuple)
        default: Any = field.default
        default = list(default) if is_several else default
        said: dict[str, Any] = {"load_default": default, "metadata": {"description": told.get(field.name, "")}}
        rows[field.name] = (
            Several(Whole(least, most), most=MOST_CHECK_INS, **said) if is_several else Whole(least, most, **said)
        )
    return In.from_dict(rows, name=kind.__name__)  # type: ignore[return-value]


_DEFAULT = Policy()
_AS_THEY_ARE = ("minimum_score", "thin_below", "keep_margin", "accepts_minors", "de_jong_gierveld")


class _PolicyFields:
    """What a policy holds, in and out."""

    objective = Choice(
        Objective,
        load_default=_DEFAULT.objective.value,
        metadata={
            "description": "coverage: pair as many as can be, then best score; score: best score first; "
            "stable: no two would both rather have each other, even if fewer are paired; priority, keep_margin and "
            "open proposals do not count then."
        },
    )
    weights = Part(
        Weights, metadata={"description": "Each factor's points at its best; a missing one takes its default."}
    )
    labels = Several(Part(LabelFieldPart), most=MOST_LABELS, metadata={"description": "The platform's own fields."})
    label_rules = Several(Part(LabelRulePart), most=MOST_COMPARISONS)
    label_factors = Several(Part(LabelFactorPart), most=MOST_COMPARISONS)
    minimum_score = Whole(
        -MOST_SCORE,
        MOST_SCORE,
        load_default=_DEFAULT.minimum_score,
        metadata={"description": "Pairs below it are never proposed."},
    )
    thin_below = Whole(
        -MOST_SCORE,
        MOST_SCORE,
        load_default=_DEFAULT.thin_below,
        metadata={"description": "Proposals below it are flagged as thin for the coordinator."},
    )
    keep_margin = Whole(
        0,
        MOST_WEIGHT,
        load_default=_DEFAULT.keep_margin,
        metadata={"description": "Points by which a new arrangement must beat an open proposal."},
    )
    accepts_minors = YesNo(load_default=_DEFAULT.accepts_minors)
    clearances = Part(
        RequiredClearances,
        metadata={"description": "Kinds a supporter needs to meet adults, minors, or in person."},
    )
    priority = Part(
        _numbers(PriorityWeights, 0, 1000, _PARTS_OF_PRIORITY),
        metadata={"description": "Who enters first when there are fewer places than people."},
    )
    offer_order = Choice(
        OfferOrder,
        load_default=_DEFAULT.offer_order.value,
        metadata={
            "description": "Who is asked first about an offer. Supporters by default: a seeker is asked after the "
            "supporter's yes, and so never hears a no."
        },
    )
    de_jong_gierveld = YesNo(
        load_default=_DEFAULT.de_jong_gierveld,
        metadata={"description": "Check-ins may bring the six items of De Jong Gierveld; for scientific use only."},
    )
    timings = Part(_numbers(Timings, 1, MOST_DAYS, _DAYS_OF_TIMINGS))

    retention = Part(
        _numbers(Retention, 1, MOST_DAYS, _TOLD_OF_RETENTION),
        metadata={"description": "How long what is over is kept."},
    )
    schedule = Part(
        SchedulePart,
        allow_none=True,
        load_default=None,
        metadata={
            "description": "When the service rematches by itself, once each time; null: only when somebody asks. After "
            "an outage the latest time that was missed is made up for, earlier ones are not."
        },
    )


class PolicyIn(In, _PolicyFields):
    """A policy, whole: what is left out takes its default."""

    version = Whole(
        0, 2**31 - 1, metadata={"description": "May be sent back as it was read; the service counts versions itself."}
    )


class PolicyOut(Out, _PolicyFields):
    """The policy in force, with every weight that applies."""

    version = fields.Integer(metadata={"description": 'Grows by one with every change; also the ETag, as `"v3"`.'})

    @pre_dump
    def _whole(self, policy: Policy, **_kwargs: Any) -> dict[str, Any]:
        return {**dump_policy(policy), "weights": effective_weights(policy)}


class PolicyVersionOut(Out):
    """That a policy was saved."""

    version = fields.Integer(attribute="policy.version", metadata={"description": "Of the policy."})
    saved_at = Instant(attribute="created_at")


class PolicyVersionsOut(Out):
    """Some versions of the policy, the latest first; version 1 is what holds before any was saved."""

    versions = fields.List(fields.Nested(PolicyVersionOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


def effective_weights(policy: Policy) -> dict[str, int]:
    """Give every factor's points at its best: the policy's, or the declared default."""
    return {factor.key: policy.weights.get(factor.key, factor.weight) for factor in FACTORS}


def load_policy(json: Any) -> Policy:
    """Check a policy as it came over the wire or from a file, and build the engine's value.

    Raises ValidationError whose `messages` map each bad field to sentences, nested as the policy is.
    """
    read = _policy_in.load(json)
    policy = Policy(
        version=read.get("version", _DEFAULT.version),
        objective=Objective(read["objective"]),
        weights=read.get("weights", {}),
        labels=tuple(_label_field(label) for label in read.get("labels", ())),
        label_rules=tuple(_label_rule(rule) for rule in read.get("label_rules", ())),
        label_factors=tuple(_label_factor(factor) for factor in read.get("label_factors", ())),
        clearances={
            ClearanceScope(scope): tuple(kinds) for scope, kinds in read.get("clearances", {}).items() if kinds
        },
        priority=PriorityWeights(**read.get("priority", {})),
        offer_order=OfferOrder(read["offer_order"]),
        timings=_timings(read.get("timings", {})),
        retention=Retention(**read.get("retention", {})),
        schedule=None if read["schedule"] is None else Schedule(**read["schedule"]),
        **{
            name: read[name]
            for name in ("minimum_score", "thin_below", "keep_margin", "accepts_minors", "de_jong_gierveld")
        },
    )
    try:
        check_policy(policy)
    except PolicyError as error:
        raise ValidationError(nested_messages(error.field, str(error))) from error
    return policy


def load_policy_within(json: Any, name: str = "policy") -> Policy:
    """Check a policy that is a field of something else, as `load_policy`; messages are nested under that field."""
    try:
        return load_policy(json)
    except ValidationError as error:
        raise ValidationError({name: by_field(error)}) from error


def _timings(read: Mapping[str, Any]) -> Timings:
    days = tuple(read.get("check_in_days", Timings().check_in_days))
    if list(days) != sorted(set(days)):
        raise ValidationError(nested_messages("timings.check_in_days", tell("must ascend, each day once")))
    return Timings(**{**read, "check_in_days": days})


def dump_policy(policy: Policy) -> dict[str, Any]:
    """Write a policy as JSON: what `load_policy` reads back as the same value."""
    written = asdict(policy)
    for factor in written["label_factors"]:
        factor["table"] = {str(gap): points for gap, points in factor["table"]}
    plain: dict[str, Any] = _plain(written)
    return plain


def _label_field(label: Mapping[str, Any]) -> LabelField:
    return LabelField(label["name"], LabelType(label["type"]), tuple(label.get("allowed", ())))


def _label_rule(rule: Mapping[str, Any]) -> LabelRule:
    return LabelRule(**{**rule, "op": LabelOp(rule["op"]), "gaps": tuple(rule.get("gaps", ()))})


def _label_factor(factor: Mapping[str, Any]) -> LabelFactor:
    table = tuple(sorted((int(gap), points) for gap, points in factor.get("table", {}).items()))
    return LabelFactor(**{**factor, "op": LabelOp(factor["op"]), "table": table})


def _plain(value: Any) -> Any:
    """Turn what a frozen value is made of into what JSON is made of."""
    if isinstance(value, Mapping):
        return {str(key): _plain(element) for key, element in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(element) for element in value]
    return str(value) if isinstance(value, StrEnum) else value


_policy_in = PolicyIn()
