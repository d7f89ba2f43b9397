"""The policy as a form: which fields there are, and from what was typed back to a policy.

Factors come from the registry, timings from the schema: a new one of either needs nothing here but words where its own
are not enough. What a form does not show (labels and their rules) stays as it is. Nothing here saves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Any

from matching.factors import FACTORS
from matching.policy import Objective, OfferOrder, Policy, PriorityWeights, Timings
from schemas.policy import dump_policy, effective_weights
from service.console.schedule_form import FIELDS as SCHEDULE_FIELDS
from service.console.schedule_form import ScheduleForm, schedule_form, schedule_typed
from service.console.translation import N_, Words, _


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form: its dotted name, its label, and what it holds just now."""

    name: str
    label: str
    value: str
    hint: str = ""


OBJECTIVES = Words(
    {
        Objective.COVERAGE: N_("Company for as many as possible, those who waited longest first"),
        Objective.SCORE: N_("The best fit altogether, even if fewer are matched"),
        Objective.STABLE: N_("No two would both rather have each other, even if fewer are matched"),
    }
)

ORDERS = Words(
    {
        OfferOrder.SUPPORTER_FIRST: N_("The peer supporter first: nobody who is looking hears a no"),
        OfferOrder.SEEKER_FIRST: N_("The person looking for company first"),
        OfferOrder.TOGETHER: N_("Both at once"),
    }
)

_HINTS: Mapping[str, str] = Words(
    {
        "topics": N_("how much of what they ask for the peer supporter has lived through"),
        "availability": N_("how many times in the week suit both"),
        "pace": N_("how alike their wishes are for how often to meet"),
        "interests": N_("how many interests they share"),
        "language_preference": N_("how much both prefer a language they share"),
        "distance": N_("how near to each other they live"),
        "age_closeness": N_("how close their age groups are"),
    }
)
"""What each factor counts, in plain words; a new one is told by its own unit until it has a row."""

_NUMBERS = Words(
    {
        "minimum_score": N_("Pairs below so many points are never proposed"),
        "thin_below": N_("Pairs below so many points are marked as having little in common"),
        "keep_margin": N_("Points by which something new must be better than an open proposal"),
    }
)

_PRIORITY = Words(
    {
        "waiting_week": N_("For each week of waiting"),
        "loneliness": N_("For each step on the scale of loneliness"),
        "lost_supporter": N_("Once, for somebody who lost their peer supporter"),
        "boost": N_("For each week by which you let somebody come earlier"),
    }
)

_TIMINGS = Words(
    {
        "proposal_days": N_("A proposal waits for you"),
        "supporter_answer_days": N_("A peer supporter has for an answer"),
        "seeker_answer_days": N_("Somebody looking has for an answer"),
        "first_meeting_days": N_("You are asked to look when they have not met after"),
        "check_in_days": N_("Ask how it goes on days"),
        "check_in_every_days": N_("After these days, ask how it goes every"),
        "supervision_days": N_("Talk with a peer supporter every"),
        "closing_notice_days": N_("Notice before a planned ending"),
        "rest_not_now_days": N_("A pair rests after a no that was meant for now"),
        "rest_unanswered_days": N_("A pair rests after no answer"),
        "rest_poor_fit_days": N_("A pair rests after a poor fit"),
        "recovery_days": N_("Both are left in peace after an ending"),
        "recovery_after_death_days": N_("The one who is left has peace after a death"),
        "waiting_message_days": N_("A kind word to somebody still looking every"),
        "waiting_amber_days": N_("A wait you should see"),
        "waiting_red_days": N_("A wait that is too long"),
    }
)


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """All fields, by the parts of the page."""

    weights: tuple[Field, ...]
    numbers: tuple[Field, ...]
    priority: tuple[Field, ...]
    timings: tuple[Field, ...]
    objective: str
    offer_order: str
    accepts_minors: bool
    schedule: ScheduleForm

    @property
    def names(self) -> frozenset[str]:
        """The fields beside which a problem is said; any other is said at the end."""
        shown = (*self.weights, *self.numbers, *self.priority, *self.timings)
        return frozenset((*(field.name for field in shown), "schedule", *SCHEDULE_FIELDS))


def form_of(policy: Policy, typed: Mapping[str, str]) -> PolicyForm:
    """Show a policy, with what was typed in the place of what is in force."""
    dumped = dump_policy(policy)
    weights = effective_weights(policy)

    def field(name: str, label: str, value: object, hint: str = "") -> Field:
        return Field(name, label, typed.get(name, _written(value)), hint)

    return PolicyForm(
        weights=tuple(
            field(
                f"weights.{factor.key}",
                _(factor.title),
                weights[factor.key],
                _HINTS.get(factor.key) or _(factor.unit),
            )
            for factor in FACTORS
        ),
        numbers=tuple(field(name, _NUMBERS[name], dumped[name]) for name in _NUMBERS),
        priority=_fields(field, "priority", PriorityWeights, _PRIORITY, dumped),
        timings=_fields(field, "timings", Timings, _TIMINGS, dumped),
        objective=typed.get("objective", dumped["objective"]),
        offer_order=typed.get("offer_order", dumped["offer_order"]),
        accepts_minors=typed.get("accepts_minors") == "yes" if typed else policy.accepts_minors,
        schedule=schedule_form(policy.schedule, typed),
    )


def body_of(policy: Policy, typed: Mapping[str, str]) -> dict[str, Any]:
    """Give the policy that was typed, as JSON for `load_policy`: what is missing stays as it is in force.

    FormError for what no policy could hold.
    """
    body: dict[str, Any] = deepcopy(dump_policy(policy))
    weights = effective_weights(policy)
    for name, value in typed.items():
        part, _dot, key = name.partition(".")
        if part == "weights" and key in weights:
            read = _read(value, is_list=False)
            # A weight that is as declared stays unsaid, so that a form sent as it stands changes nothing.
            if read != weights[key]:
                body["weights"][key] = read
        elif key and isinstance(body.get(part), dict) and key in body[part]:
            body[part][key] = _read(value, is_list=isinstance(body[part][key], list))
        elif name in _NUMBERS:
            body[name] = _read(value, is_list=False)
        elif name in ("objective", "offer_order"):
            body[name] = value
    body["accepts_minors"] = typed.get("accepts_minors") == "yes"
    body["schedule"] = schedule_typed(policy.schedule, typed)
    return body


def _fields(
    field: Any,
    part: str,
    kind: type[PriorityWeights] | type[Timings],
    words: Mapping[str, str],
    dumped: Mapping[str, Any],
) -> tuple[Field, ...]:
    names: Iterable[str] = (each.name for each in fields(kind))
    return tuple(
        field(f"{part}.{name}", words.get(name) or name.replace("_", " "), dumped[part][name]) for name in names
    )


def _written(value: object) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)


def _read(text: str, *, is_list: bool) -> Any:
    """Read what was typed as numbers where it is; what is no number stays as it is, for the check to name."""
    if is_list:
        return [_number(each) for each in text.split(",") if each.strip()]
    return _number(text)


def _number(text: str) -> int | str:
    stripped = text.strip().replace(" ", "")
    return int(stripped) if stripped.lstrip("-").isascii() and stripped.lstrip("-").isdigit() else stripped
