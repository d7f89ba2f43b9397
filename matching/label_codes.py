"""Encoding a policy's label rules and factors into op codes, and profiles' labels into their operands (`labels.py`).

What may be compared how is in `OPS_OF`. Validation of a policy as a whole is here too, as it is done when a cohort is
made. Never here: the comparing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from matching.errors import PolicyError
from matching.factors import FACTORS
from matching.policy import LabelFactor, LabelField, LabelOp, LabelRule, LabelType, Policy
from matching.profile import LabelValue
from matching.rules import RULES

MOST_POINTS = 1_000_000
"""Bound of weights and of a label's points, either sign."""

MOST_PRIORITY_WEIGHT = 1000
MOST_SCORE = 10**9

MOST_INTEGER = 2**53
"""Bound of integer labels: what any JSON reader keeps exact."""

OPS_OF = {
    LabelType.STRING: (LabelOp.EQUAL, LabelOp.DIFFERENT),
    LabelType.INTEGER: (LabelOp.EQUAL, LabelOp.DIFFERENT, LabelOp.GAP),
    LabelType.LIST: (LabelOp.OVERLAP,),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One label rule or factor, ready to encode: `table` maps the compared value to points."""

    label: LabelField
    op: LabelOp
    table: tuple[tuple[int, int], ...]


def comparisons_of(policy: Policy) -> tuple[Comparison, ...]:
    """Give the label rules, then the label factors, as comparisons; a valid policy is assumed."""
    labels = {label.name: label for label in policy.labels}
    rules = (
        Comparison(labels[r.label], r.op, tuple((gap, 1) for gap in r.gaps) if r.op is LabelOp.GAP else ((0, 1),))
        for r in policy.label_rules
    )
    factors = (
        Comparison(labels[f.label], f.op, f.table if f.op is LabelOp.GAP else ((0, f.points),))
        for f in policy.label_factors
    )
    return (*rules, *factors)


def value_of(label: LabelField, value: LabelValue | None) -> LabelValue | None:
    """Give a member's value where it has the declared type, else None: a missing label never holds and earns nothing.

    A value can be of another type when the policy changed after the profile came in; a run must not fail for it.
    """
    match label.type, value:
        case LabelType.STRING, str():
            return value
        case LabelType.INTEGER, int() if not isinstance(value, bool) and abs(value) <= MOST_INTEGER:
            return value
        case LabelType.LIST, tuple() | list():
            return tuple(str(term) for term in value)
    return None


def check_policy(policy: Policy) -> None:
    """Raise PolicyError for weights, labels, label rules and label factors that make no sense together."""
    for key, weight in policy.weights.items():
        _check(key in FACTORS, f"weights.{key}", f"there is no factor {key!r}", FACTORS.keys())
        _check_whole(weight, f"weights.{key}", least=0)
    for part in fields(policy.priority):
        _check_whole(getattr(policy.priority, part.name), f"priority.{part.name}", least=0, most=MOST_PRIORITY_WEIGHT)
    _check_whole(policy.minimum_score, "minimum_score", least=-MOST_SCORE, most=MOST_SCORE)
    labels = {label.name: label for label in policy.labels}
    _check(len(labels) == len(policy.labels), "labels", "a label is declared twice")
    _check_comparisons("label_rules", policy.label_rules, RULES.keys(), labels)
    _check_comparisons("label_factors", policy.label_factors, FACTORS.keys(), labels)


def _check_comparisons(
    path: str, entries: Sequence[LabelRule | LabelFactor], taken: Iterable[str], labels: dict[str, LabelField]
) -> None:
    seen = set(taken)
    for index, entry in enumerate(entries):
        _check(entry.key not in seen, f"{path}.{index}.key", f"the key {entry.key!r} is taken")
        seen.add(entry.key)
        _check_comparison(entry, labels, f"{path}.{index}")


def _check_comparison(entry: LabelRule | LabelFactor, labels: dict[str, LabelField], path: str) -> None:
    label = labels.get(entry.label)
    if label is None:
        raise PolicyError(
            f"cannot compare label {entry.label!r}: it is not declared (declared: {_listed(labels)})",
            field=f"{path}.label",
        )
    allowed = OPS_OF[label.type]
    _check(entry.op in allowed, f"{path}.op", f"a label of type {label.type} cannot be compared by {entry.op}", allowed)
    if isinstance(entry, LabelRule):
        _check_gaps(entry.gaps, entry.op, f"{path}.gaps")
    else:
        _check_gaps([gap for gap, _ in entry.table], entry.op, f"{path}.table")
        for _, points in entry.table:
            _check_whole(points, f"{path}.table", least=-MOST_POINTS)
        _check_whole(entry.points, f"{path}.points", least=-MOST_POINTS)
        _check(
            entry.op is not LabelOp.GAP or entry.points == 0, f"{path}.points", "a gap takes its points from the table"
        )


def _check_gaps(gaps: Sequence[int], op: LabelOp, field: str) -> None:
    if op is not LabelOp.GAP:
        _check(not gaps, field, f"only gap takes gaps, not {op}")
        return
    _check(bool(gaps), field, "gap needs at least one value of supporter − seeker")
    _check(len(set(gaps)) == len(gaps), field, "a gap is listed twice")
    for gap in gaps:
        _check(_is_integer(gap) and abs(gap) <= 2 * MOST_INTEGER, field, f"{gap!r} is no gap of two integer labels")


def _check_whole(number: object, field: str, *, least: int, most: int = MOST_POINTS) -> None:
    within = isinstance(number, int) and _is_integer(number) and least <= number <= most
    _check(within, field, f"{number!r} is no whole number from {least} to {most}")


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check(holds: bool, field: str, problem: str, allowed: Iterable[str] = ()) -> None:
    if not holds:
        choice = f" (allowed: {_listed(allowed)})" if allowed else ""
        raise PolicyError(f"cannot use the policy's {field}: {problem}{choice}", field=field)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
