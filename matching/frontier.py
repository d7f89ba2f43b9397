"""What each of a family of policies would give the same people: coverage, fit, the longest wait, proposals changed.

A policy may differ in everything a cohort is not encoded with, and in weights and minimum score. Nothing is proposed
and nothing is changed. Never here: which policy is the better one; charts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

import numpy as np

from matching.cohort import Cohort
from matching.engine import match
from matching.factors import FACTORS
from matching.outcome import Outcome
from matching.policy import Objective, Policy
from matching.problem import WAITING
from matching.reference import points_of
from matching.scorer import PairScorer

NO_PROPOSALS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """What one policy gives.

    Attributes
    ----------
    name : of the policy. matched : people. mean_score : points a pair by the first policy's weights, rounded down; 0
        without pairs. total_score : of all, by the same.
    longest_wait_days : of those still looking, 0 where nobody is. changed_proposals : open proposals that would not
        stand. blocking_pairs : in which both would rather have each other.
    """

    name: str
    matched: int
    total_score: int
    mean_score: int
    longest_wait_days: int
    changed_proposals: int
    blocking_pairs: int | None


def frontier(
    cohort: Cohort,
    policies: Sequence[tuple[str, Policy]],
    previous: Mapping[str, str] = NO_PROPOSALS,
    *,
    waiting_since: Mapping[str, date] | None = None,
) -> tuple[FrontierPoint, ...]:
    """Match the same people under each policy.

    Parameters
    ----------
    cohort : encoded under a policy of which the others differ as `under` allows.
    policies : names and policies, in the order of the answer. previous : open proposals.
    waiting_since : seeker id → the day their clock started; default: as of their profiles, else the planning day.

    Raises
    ------
    PolicyError
        For a policy under which people would be encoded differently.
    """
    since = _since(cohort) if waiting_since is None else waiting_since
    scorer = PairScorer.of(cohort)
    return tuple(
        _point(scorer, name, match(under(cohort, policy), policy, previous), since) for name, policy in policies
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """Two matchings of the same people: the points of both, and the seekers matched in one of them only, by id."""

    before: FrontierPoint
    after: FrontierPoint
    gains: tuple[str, ...]
    loses: tuple[str, ...]


def compare(before: Outcome, after: Outcome, waiting_since: Mapping[str, date]) -> Compared:
    """Hold a matching under any other policy against one as it is.

    Points of both are counted by the policy of the one as it is, whatever the other's rules and weights, over those of
    whom both take part under it. `waiting_since` : seeker id → the day their clock started; else the planning day.
    """
    had, have = ({pair.seeker_id for pair in outcome.pairs} for outcome in (before, after))
    rows = {each: row for row, each in enumerate(before.cohort.seeker_ids)}
    columns = {each: column for column, each in enumerate(before.cohort.supporter_ids)}

    def point(name: str, outcome: Outcome) -> FrontierPoint:
        pairs = [(rows.get(each.seeker_id), columns.get(each.supporter_id)) for each in outcome.pairs]
        scores = [
            sum(points for _, points in points_of(before.cohort, i, j))
            for i, j in pairs
            if i is not None and j is not None
        ]
        return _counted(name, outcome, scores, waiting_since)

    return Compared(
        point("as it is", before),
        point("with the change", after),
        tuple(sorted(have - had)),
        tuple(sorted(had - have)),
    )


def family(policy: Policy) -> tuple[tuple[str, Policy], ...]:
    """Give policies beside one, worth comparing: each objective, each margin for open proposals, each minimum score."""
    objectives = [(str(each), replace(policy, objective=each)) for each in Objective]
    margins = [(f"keep_margin {each}", replace(policy, keep_margin=each)) for each in (0, 1000, 3000)]
    minimums = [(f"minimum_score {each}", replace(policy, minimum_score=each)) for each in (2000, 4000)]
    return (("as it is", policy), *objectives, *margins, *minimums)


def without_each_weight(policy: Policy) -> tuple[tuple[str, Policy], ...]:
    """Give the policy as it is, and with each factor that counts left out: what each soft weight does."""
    weights = {factor.key: policy.weights.get(factor.key, factor.weight) for factor in FACTORS}
    left_out = [
        (f"without {key}", replace(policy, weights={**policy.weights, key: 0}))
        for key, weight in weights.items()
        if weight
    ]
    return (("as it is", policy), *left_out)


def under(cohort: Cohort, policy: Policy) -> Cohort:
    """Give a cohort as it would be under a policy that differs in weights and minimum score, too."""
    weights = [policy.weights.get(factor.key, factor.weight) for factor in FACTORS]
    columns = cohort.columns._replace(weights=np.array(weights, dtype=np.int64))
    ours = replace(cohort.policy, weights=policy.weights, minimum_score=policy.minimum_score)
    return replace(cohort, policy=ours, columns=columns)


def _since(cohort: Cohort) -> Mapping[str, date]:
    return {each.member_id: each.seeker.waiting_since or cohort.week.today for each in cohort.seekers if each.seeker}


def _point(scorer: PairScorer, name: str, outcome: Outcome, since: Mapping[str, date]) -> FrontierPoint:
    supporter_of = outcome.result.supporter_of
    rows = np.flatnonzero(supporter_of != WAITING)
    return _counted(name, outcome, scorer.cells(rows, supporter_of[rows])[1].tolist(), since)


def _counted(name: str, outcome: Outcome, scores: Sequence[int], since: Mapping[str, date]) -> FrontierPoint:
    """Count an outcome; `scores` of its pairs, as far as they can be told."""
    today = outcome.cohort.week.today
    held = {pair.seeker_id: pair.supporter_id for pair in outcome.pairs}
    waits = [(today - since.get(one, today)).days for one in outcome.still_looking]
    return FrontierPoint(
        name=name,
        matched=outcome.matched,
        total_score=sum(scores),
        mean_score=sum(scores) // max(len(scores), 1),
        longest_wait_days=max(waits, default=0),
        changed_proposals=sum(held.get(one) != other for one, other in outcome.previous.items()),
        blocking_pairs=outcome.blocking_pairs,
    )
