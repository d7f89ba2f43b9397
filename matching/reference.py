"""The readable scoring of one pair: the declared functions called one after the other, uncompiled.

This is what a score means; the compiled kernel must agree with it, and `verify` holds the two against each other.
Never here: speed, blocks of pairs, anything a rule or factor should say itself.
"""

from __future__ import annotations

from matching.cohort import Cohort
from matching.factors import FACTORS
from matching.labels import label_points
from matching.rules import RULES


def rule_that_forbids(cohort: Cohort, i: int, j: int) -> str | None:
    """Give the key of the first rule, label rules last, that forbids seeker row i and supporter row j; else None."""
    c = cohort.plain
    for rule in RULES:
        if not rule.function(c, i, j):
            return rule.key
    for k, label_rule in enumerate(cohort.policy.label_rules):
        if label_points(c, k, i, j) == 0:
            return label_rule.key
    return None


def points_of(cohort: Cohort, i: int, j: int) -> tuple[tuple[str, int], ...]:
    """Give each factor's key and points for the pair, label factors last, whether or not the pair is allowed."""
    c = cohort.plain
    points = []
    for n, factor in enumerate(FACTORS):
        numerator, denominator = factor.function(c, i, j)
        points.append((factor.key, c.weights[n] * numerator // denominator))
    first = len(cohort.policy.label_rules)
    for k, label_factor in enumerate(cohort.policy.label_factors, start=first):
        points.append((label_factor.key, label_points(c, k, i, j)))
    return tuple(points)


def score_of(cohort: Cohort, i: int, j: int) -> int | None:
    """Give the pair's score; None where a rule forbids it or it is below the policy's minimum score: an absent edge."""
    if rule_that_forbids(cohort, i, j) is not None:
        return None
    score = sum(points for _, points in points_of(cohort, i, j))
    return score if score >= cohort.policy.minimum_score else None
