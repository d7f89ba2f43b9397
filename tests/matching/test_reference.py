"""The readable scoring of one pair."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matching.factors import FACTORS
from matching.profile import Apart, Mode
from matching.reference import points_of, rule_that_forbids, score_of
from matching.rules import RULES
from tests.matching.crowds import POLICY, crowd
from tests.matching.people import OPEN_POLICY, cohort_of, seeker, supporter


def test_an_ordinary_pair_scores_what_its_parts_add_up_to():
    cohort = cohort_of(seeker(), supporter())

    # Half of topics, 7 of 16 starts, the same pace, half of interests, the same language, not in person.
    assert points_of(cohort, 0, 0) == (
        ("topics", 1500),
        ("availability", 1093),
        ("pace", 1500),
        ("interests", 750),
        ("language_preference", 1000),
        ("distance", 0),
        ("age_closeness", 0),
    )
    assert score_of(cohort, 0, 0) == 5843
    assert rule_that_forbids(cohort, 0, 0) is None


def test_of_several_rules_the_first_is_named():
    cohort = cohort_of(
        seeker(languages=("pl",), modes=frozenset({Mode.VOICE})),
        supporter(),
        apart={("seeker", "supporter"): Apart.BLOCKED},
    )

    assert rule_that_forbids(cohort, 0, 0) == "language"
    assert score_of(cohort, 0, 0) is None


@pytest.mark.parametrize(("minimum", "score"), [(5843, 5843), (5844, None), (0, 5843)])
def test_a_pair_below_the_minimum_score_is_absent(minimum, score):
    cohort = cohort_of(seeker(), supporter(), policy=replace(OPEN_POLICY, minimum_score=minimum))

    assert score_of(cohort, 0, 0) == score
    assert rule_that_forbids(cohort, 0, 0) is None


def test_a_pair_worth_nothing_is_still_feasible():
    nothing = replace(OPEN_POLICY, weights=dict.fromkeys(FACTORS.keys(), 0))

    assert score_of(cohort_of(seeker(), supporter(), policy=nothing), 0, 0) == 0


def test_label_points_come_last_in_the_order_of_the_policy():
    cohort = crowd(6, 6, seed=1)

    keys = [key for key, _ in points_of(cohort, 0, 0)]

    assert keys == [*FACTORS.keys(), *(factor.key for factor in POLICY.label_factors)]


def test_a_crowd_asks_every_rule_and_factor_in_earnest():
    cohort = crowd(60, 50, seed=2)
    pairs = [(i, j) for i in range(60) for j in range(50)]
    points = [dict(points_of(cohort, i, j)) for i, j in pairs]

    for rule in RULES:
        assert {rule.function(cohort.plain, i, j) for i, j in pairs} == {True, False}, rule.key
    forbidding = {rule_that_forbids(cohort, i, j) for i, j in pairs}
    assert forbidding >= {rule.key for rule in POLICY.label_rules} | {None}
    for key in points[0]:
        assert len({one[key] for one in points}) > 1, key
