"""A frontier tells what each policy gives when everybody is matched under it from scratch."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from matching.cohort import Cohort
from matching.engine import match
from matching.errors import PolicyError
from matching.frontier import family, frontier, under, without_each_weight
from matching.policy import Objective, Policy
from tests.matching.people import TODAY, WEEK
from tests.matching.small_communities import POLICY, cohort_of, profiles_of


@pytest.mark.parametrize("seed", range(6))
def test_every_point_is_what_matching_under_its_policy_gives(seed):
    profiles = profiles_of(seed)
    cohort = cohort_of(profiles)
    previous = {pair.seeker_id: pair.supporter_id for pair in match(cohort, POLICY).pairs[:2]}
    policies = (*family(POLICY), *without_each_weight(POLICY))

    points = frontier(cohort, policies, previous)

    for point, (name, policy) in zip(points, policies, strict=True):
        encoded = Cohort.from_profiles(profiles, week=WEEK, policy=policy)
        outcome = match(encoded, policy, previous)
        assert (point.name, point.matched, point.blocking_pairs) == (name, outcome.matched, outcome.blocking_pairs)
        assert point.changed_proposals == len(previous) - outcome.kept
        if policy.weights == POLICY.weights:
            assert point.total_score == outcome.total_score


def test_the_longest_wait_is_that_of_those_still_looking():
    cohort = cohort_of(profiles_of(1))
    outcome = match(cohort, POLICY)
    waiting_since = {one: TODAY - timedelta(days=number) for number, one in enumerate(outcome.still_looking)}

    (point,) = frontier(cohort, [("only", POLICY)], waiting_since=waiting_since)

    assert point.longest_wait_days == len(outcome.still_looking) - 1


def test_a_policy_that_encodes_people_differently_is_refused():
    with pytest.raises(PolicyError):
        frontier(cohort_of(profiles_of(1)), [("minors", Policy(accepts_minors=True))])


def test_a_cohort_under_another_policy_is_as_if_encoded_with_it():
    policy = replace(POLICY, weights={"topics": 1}, minimum_score=10, objective=Objective.SCORE)
    profiles = profiles_of(2)

    ours = match(under(cohort_of(profiles), policy), policy)

    assert ours.digest == match(Cohort.from_profiles(profiles, week=WEEK, policy=policy), policy).digest
