"""Every factor, held to its hand-computed table and to what all factors promise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matching.columns import FLEXIBLE, PACE_INDEX
from matching.factors import FACTORS
from matching.policy import Policy
from matching.profile import Location, Mode, Pace
from matching.reference import points_of, score_of
from tests.matching.crowds import crowd
from tests.matching.people import OPEN_POLICY, cohort_of, seeker, supporter, window
from tests.matching.tables import FACTOR_TABLES, Case

ROWS = [pytest.param(key, case, id=f"{key}: {case.name}") for key, cases in FACTOR_TABLES.items() for case in cases]


@pytest.mark.parametrize(("key", "case"), ROWS)
def test_factor_answers_as_worked_out_by_hand(key: str, case: Case):
    assert FACTORS[key].function(*case.pair) == case.expected


def test_factors_and_default_weights_are_the_published_ones():
    assert {factor.key: factor.weight for factor in FACTORS} == {
        "topics": 3000,
        "availability": 2500,
        "pace": 1500,
        "interests": 1500,
        "language_preference": 1000,
        "distance": 500,
        "age_closeness": 0,
    }
    assert sum(factor.weight for factor in FACTORS) == 10_000


def test_every_factor_has_a_table_with_more_than_one_answer():
    assert set(FACTOR_TABLES) == set(FACTORS.keys())
    for key, cases in FACTOR_TABLES.items():
        assert len({case.expected for case in cases}) > 1, key


def test_every_factor_stays_within_nothing_and_all():
    cohort = crowd(40, 30, seed=3)
    for factor in FACTORS:
        for i in range(40):
            for j in range(30):
                numerator, denominator = factor.function(cohort.plain, i, j)
                assert 0 <= numerator <= denominator < 2**43, factor.key
                assert denominator >= 1


def test_every_factor_says_the_same_twice():
    cohort = crowd(15, 15, seed=4)
    for factor in FACTORS:
        first = [factor.function(cohort.plain, i, j) for i in range(15) for j in range(15)]
        assert [factor.function(cohort.plain, i, j) for i in range(15) for j in range(15)] == first


@pytest.mark.parametrize("key", ["pace", "language_preference", "distance", "age_closeness"])
def test_a_factor_about_both_people_does_not_ask_who_is_the_seeker(key: str):
    cohort = crowd(40, 30, seed=5)
    for one in cohort.seekers[:12]:
        for other in cohort.supporters[:12]:
            swapped = cohort_of(
                replace(one, seeker=None, supporter=other.supporter), replace(other, supporter=None, seeker=one.seeker)
            )
            straight = cohort_of(one, other)
            if straight.seekers and straight.supporters and swapped.seekers and swapped.supporters:
                function = FACTORS[key].function
                assert function(straight.plain, 0, 0) == function(swapped.plain, 0, 0)


def test_a_full_match_earns_every_default_point():
    together = {
        "modes": frozenset({Mode.IN_PERSON}),
        "location": Location(50, 0, 5),
        "topics": frozenset({"loss"}),
        "interests": frozenset({"chess"}),
        "availability": (window("sat", "08:00", "20:00"),),
    }

    cohort = cohort_of(seeker(**together), supporter(**together))

    assert score_of(cohort, 0, 0) == 10_000
    assert points_of(cohort, 0, 0) == (
        ("topics", 3000),
        ("availability", 2500),
        ("pace", 1500),
        ("interests", 1500),
        ("language_preference", 1000),
        ("distance", 500),
        ("age_closeness", 0),
    )


def test_points_are_the_policys_weight_times_the_fraction_rounded_down():
    policy = replace(OPEN_POLICY, weights={"topics": 100, "availability": 100, "age_closeness": 7})
    cohort = cohort_of(seeker(topics=frozenset("abc")), supporter(topics=frozenset("ab")), policy=policy)

    points = dict(points_of(cohort, 0, 0))

    assert points["topics"] == 66
    assert points["availability"] == 43  # 100 × 7 / 16 = 43.75
    assert points["age_closeness"] == 7
    assert points["pace"] == 1500


def test_who_asks_for_nothing_gets_the_same_half_from_everybody():
    supporters = [supporter("a", topics=frozenset("xy"), interests=frozenset("pq")), supporter("b")]
    cohort = cohort_of(seeker(), *supporters)

    for j in range(2):
        points = dict(points_of(cohort, 0, j))
        assert (points["topics"], points["interests"]) == (1500, 750)


@pytest.mark.parametrize("more", ["d", "de", "defghijk"])
def test_a_longer_list_of_interests_never_costs_points(more: str):
    function = FACTORS["interests"].function

    def share(seekers: str, supporters: str) -> float:
        cohort = cohort_of(seeker(interests=frozenset(seekers)), supporter(interests=frozenset(supporters)))
        numerator, denominator = function(cohort.plain, 0, 0)
        return numerator / denominator

    for shared in ("", "a", "ab", "abc"):
        assert share("abc" + more, shared) >= share("abc", shared)
        assert share("abc", shared + more) >= share("abc", shared)


def test_the_largest_weight_on_the_longest_distance_stays_within_64_bits():
    heaviest = replace(OPEN_POLICY, weights={"distance": 1_000_000})
    place = {"modes": frozenset({Mode.IN_PERSON}), "location": Location(0, 0, 30_000)}
    cohort = cohort_of(seeker(**place), supporter(**place), policy=heaviest)

    numerator, denominator = FACTORS["distance"].function(cohort.plain, 0, 0)

    assert numerator == denominator == 2**42 + 1
    assert numerator * 1_000_000 < 2**63
    assert dict(points_of(cohort, 0, 0))["distance"] == 1_000_000


def test_flexible_is_what_the_encoding_says():
    assert PACE_INDEX[Pace.FLEXIBLE] == FLEXIBLE


def test_default_weights_apply_where_the_policy_names_none():
    cohort = cohort_of(seeker(), supporter(), policy=Policy(weights={"pace": 0}))

    assert dict(points_of(cohort, 0, 0))["pace"] == 0
    assert dict(points_of(cohort, 0, 0))["language_preference"] == 1000
