"""Why this pair, and why nobody yet: read off the declared rules and factors, a pair or a seeker at a time.

Reasons name only what really matched, in the words that factors and rules declare; a new factor or rule needs nothing
here. What a label comparison says is in `_LABEL_PHRASES`. Supply, never blame: nobody is described as lacking. Never
here: local times, names, HTML, another verdict than the engine's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from matching.bitsets import members_of
from matching.cohort import Cohort
from matching.eligibility import Role
from matching.errors import MatchingError
from matching.factors import FACTORS
from matching.keys import key_of, rows_with
from matching.labels import label_points
from matching.policy import LabelFactor, LabelOp
from matching.profile import LabelValue
from matching.reference import points_of, rule_that_forbids
from matching.rules import RULES
from matching.week import FULL_WEEK, SLOTS

MINIMUM_SCORE = "minimum_score"
"""Stands for a rule where the policy's minimum score keeps a pair apart."""

TOO_FEW_POINTS = "too little in common for this programme"

_LABEL_PHRASES = {
    LabelOp.EQUAL: "have the same {label}: {{evidence}}",
    LabelOp.DIFFERENT: "have a different {label}: {{evidence}}",
    LabelOp.OVERLAP: "share {label}: {{evidence}}",
    LabelOp.GAP: "are {{evidence}} apart in {label}",
}


@dataclass(frozen=True, slots=True)
class FactorPoints:
    """What one factor gave a pair.

    Attributes
    ----------
    points, most : given, and the most the policy could have given.
    evidence : what really matched; empty where nothing did.
    phrase : the factor's words, with ``{evidence}`` where the evidence goes.
    """

    key: str
    title: str
    points: int
    most: int
    evidence: tuple[str, ...]
    phrase: str

    @property
    def is_reason(self) -> bool:
        """Something matched and it counted."""
        return bool(self.evidence) and self.points > 0

    @property
    def text(self) -> str:
        """The phrase with its evidence; empty where nothing matched."""
        return self.phrase.replace("{evidence}", ", ".join(self.evidence)) if self.evidence else ""


@dataclass(frozen=True, slots=True)
class PairExplanation:
    """Why two people were put together.

    Attributes
    ----------
    score : the sum of all points.
    factors : every factor that the policy counts, in the order of declaration, label factors last.
    rules_checked : keys of the hard rules that hold, all of them; label rules last.
    joint_starts : where each stretch of joint starting times begins, as quarter-hours of the planned week in UTC.
    """

    score: int
    factors: tuple[FactorPoints, ...]
    rules_checked: tuple[str, ...]
    joint_starts: tuple[int, ...]

    @property
    def reasons(self) -> tuple[FactorPoints, ...]:
        """The factors that speak for the pair, the weightiest first."""
        return tuple(sorted((each for each in self.factors if each.is_reason), key=lambda each: -each.points))


class Removed(NamedTuple):
    """A hard rule, its reason in words, and how many supporters it is the first to rule out."""

    rule: str
    reason: str
    supporters: int


@dataclass(frozen=True, slots=True)
class StillLooking:
    """Why nobody was found for a seeker yet.

    Attributes
    ----------
    removed : most supporters first. Together with `feasible` they are all supporters of the cohort.
    feasible : supporters they could meet, whose places others hold.
    """

    removed: tuple[Removed, ...]
    feasible: int


class CommonReason(NamedTuple):
    """A factor, and how many pairs it speaks for."""

    key: str
    title: str
    pairs: int


class Pair(Protocol):
    """Two members by id: `engine.Pair`, or a stored match."""

    @property
    def seeker_id(self) -> str:
        """Who would like company."""

    @property
    def supporter_id(self) -> str:
        """Who offers it."""


def explain_pair(cohort: Cohort, seeker_id: str, supporter_id: str) -> PairExplanation:
    """Explain a pair of the cohort.

    Raises
    ------
    MatchingError
        When either is not on that side of the cohort, or a hard rule or the minimum score keeps them apart.
    """
    i, j = row_of(cohort, seeker_id, Role.SEEKER), row_of(cohort, supporter_id, Role.SUPPORTER)
    forbidding = _what_forbids(cohort, i, j)
    if forbidding is not None:
        raise MatchingError(f"cannot explain a pair that {forbidding} keeps apart")
    return _explained(cohort, i, j)


def explain_matched(cohort: Cohort, pairs: Iterable[Pair]) -> Iterator[PairExplanation]:
    """Explain the pairs of a verified outcome, one after the other: as `explain_pair`, but no rule is asked again.

    Raises
    ------
    MatchingError
        When somebody is not on that side of the cohort.
    """
    seekers = {member_id: row for row, member_id in enumerate(cohort.seeker_ids)}
    supporters = {member_id: row for row, member_id in enumerate(cohort.supporter_ids)}
    for pair in pairs:
        i, j = seekers.get(pair.seeker_id), supporters.get(pair.supporter_id)
        if i is None or j is None:
            raise MatchingError("cannot explain a pair of members who are not in the cohort")
        yield _explained(cohort, i, j)


def why_still_looking(cohort: Cohort, seeker_id: str) -> StillLooking:
    """Count what keeps each supporter of the cohort from a seeker."""
    i = row_of(cohort, seeker_id, Role.SEEKER)
    counts = Counter(_what_forbids(cohort, i, j) for j in range(cohort.m))
    return still_looking_of(cohort, {rule: count for rule, count in counts.items() if rule is not None}, counts[None])


def still_looking_of(cohort: Cohort, counts: Mapping[str, int], feasible: int) -> StillLooking:
    """Say counts by rule with their reasons; of equal counts the rule that is checked first comes first."""
    reasons = reasons_of(cohort)
    removed = [Removed(key, reasons[key], counts[key]) for key in reasons if counts.get(key)]
    return StillLooking(tuple(sorted(removed, key=lambda each: -each.supporters)), feasible)


def commonest_reasons(cohort: Cohort, pairs: Iterable[Pair]) -> tuple[CommonReason, ...]:
    """Count for how many pairs each factor speaks, most first; factors that speak for none are left out."""
    rows = [
        (row_of(cohort, pair.seeker_id, Role.SEEKER), row_of(cohort, pair.supporter_id, Role.SUPPORTER))
        for pair in pairs
    ]
    counts: Counter[str] = Counter()
    titles: dict[str, str] = {}
    for i, j in rows:
        for factor in _factors(cohort, i, j):
            titles.setdefault(factor.key, factor.title)
            counts[factor.key] += factor.is_reason
    common = [CommonReason(key, title, counts[key]) for key, title in titles.items() if counts[key]]
    return tuple(sorted(common, key=lambda each: -each.pairs))


def row_of(cohort: Cohort, member_id: str, side: Role) -> int:
    """Find a member's row by their key; two members may share one."""
    is_seeker = side is Role.SEEKER
    keys, ids = (cohort.seeker_keys, cohort.seeker_ids) if is_seeker else (cohort.supporter_keys, cohort.supporter_ids)
    for row in rows_with(key_of(member_id), keys):
        if ids[row] == member_id:
            return row
    raise MatchingError(f"cannot explain a {side} who is not in the cohort")


def reasons_of(cohort: Cohort) -> dict[str, str]:
    """Every rule's reason by its key, in the order in which rules are checked."""
    declared = {rule.key: rule.reason for rule in RULES}
    labels = {rule.key: rule.reason for rule in cohort.policy.label_rules}
    return {**declared, **labels, MINIMUM_SCORE: TOO_FEW_POINTS}


def _what_forbids(cohort: Cohort, i: int, j: int) -> str | None:
    rule = rule_that_forbids(cohort, i, j)
    if rule is not None:
        return rule
    score = sum(points for _, points in points_of(cohort, i, j))
    return MINIMUM_SCORE if score < cohort.policy.minimum_score else None


def _explained(cohort: Cohort, i: int, j: int) -> PairExplanation:
    factors = _factors(cohort, i, j)
    return PairExplanation(
        score=sum(each.points for each in factors),
        factors=tuple(each for each in factors if each.most or each.points),
        rules_checked=(*RULES.keys(), *(rule.key for rule in cohort.policy.label_rules)),
        joint_starts=_joint_starts(cohort, i, j),
    )


def _factors(cohort: Cohort, i: int, j: int) -> tuple[FactorPoints, ...]:
    """Tell of every factor; one that the policy does not count only that it gave nothing."""
    c = cohort.plain
    declared = []
    for n, factor in enumerate(FACTORS):
        most = c.weights[n]
        numerator, denominator = factor.function(c, i, j) if most else (0, 1)
        points = most * numerator // denominator
        evidence = factor.evidence(cohort, i, j) if most else ()
        declared.append(FactorPoints(factor.key, factor.title, points, most, evidence, factor.phrase))
    first = len(cohort.policy.label_rules)
    labels = tuple(
        _label_factor(cohort, factor, k, i, j) for k, factor in enumerate(cohort.policy.label_factors, start=first)
    )
    return (*declared, *labels)


def _label_factor(cohort: Cohort, factor: LabelFactor, k: int, i: int, j: int) -> FactorPoints:
    label = factor.label.replace("_", " ")
    points = label_points(cohort.plain, k, i, j)
    is_gap = factor.op is LabelOp.GAP
    return FactorPoints(
        key=factor.key,
        title=label.capitalize(),
        points=points,
        most=max((points for _, points in factor.table), default=0) if is_gap else max(factor.points, 0),
        evidence=_label_evidence(cohort, factor, i, j) if points else (),
        phrase=_LABEL_PHRASES[factor.op].format(label=label),
    )


def _label_evidence(cohort: Cohort, factor: LabelFactor, i: int, j: int) -> tuple[str, ...]:
    """What the two have under a label that earned points, so both have it."""
    seeker = cohort.seekers[i].labels[factor.label]
    supporter = cohort.supporters[j].labels[factor.label]
    if factor.op is LabelOp.OVERLAP:
        return tuple(sorted(set(_terms(seeker)) & set(_terms(supporter))))
    if isinstance(seeker, int) and isinstance(supporter, int) and factor.op is LabelOp.GAP:
        return (str(abs(supporter - seeker)),)
    return tuple(dict.fromkeys((str(seeker), str(supporter))))


def _terms(value: LabelValue) -> tuple[str, ...]:
    return (str(value),) if isinstance(value, str | int) else tuple(value)


def _joint_starts(cohort: Cohort, i: int, j: int) -> tuple[int, ...]:
    c = cohort.plain
    starts = c.seeker_starts[i] & c.supporter_starts[c.seeker_session[i] * cohort.m + j]
    # A stretch begins where the slot before does not start one; the week is a circle.
    begins = starts & ~((starts << 1 | starts >> (SLOTS - 1)) & FULL_WEEK)
    return tuple(members_of(begins or starts & 1))
