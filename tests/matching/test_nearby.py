"""A run's residual graph without its far pairs: what it answers is what all pairs answer, digit by digit."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from matching.cohort import Cohort
from matching.engine import match
from matching.errors import BeyondReachError, MatchingError
from matching.nearby import near_outcome
from matching.obstacles import rule_between
from matching.overrides import effect_of_forbidding, effect_of_forcing
from matching.policy import Objective, Policy
from matching.reference import rule_that_forbids
from matching.residual import Residual
from tests.matching.people import WEEK
from tests.matching.small_communities import cohort_of, profiles_of


def outcome_of(seed, **policy):
    """A run of two small communities at once, with the open proposals of a run before some of them had changed."""
    policy = Policy(**policy)
    people = [
        replace(profile, member_id=f"{profile.member_id}-{number}")
        for number in range(2)
        for profile in profiles_of(seed + 1000 * number)
    ]
    before = match(Cohort.from_profiles(people[::2] + people[1::4], week=WEEK, policy=policy), policy)
    open_ones = {pair.seeker_id: pair.supporter_id for pair in before.pairs if Random(pair.seeker_id).random() < 0.7}
    return match(Cohort.from_profiles(people, week=WEEK, policy=policy), policy, previous=open_ones)


def told(effect, residual, pair):
    try:
        return effect(residual, *pair)
    except BeyondReachError:
        return "beyond"
    except MatchingError as error:
        return str(error)


@pytest.mark.parametrize("objective", [Objective.COVERAGE, Objective.SCORE])
def test_what_is_answered_is_what_all_pairs_answer(objective):
    answered = beyond = 0
    for seed in range(40):
        outcome = outcome_of(seed, objective=objective, keep_margin=5 if seed % 2 else 0)
        whole = Residual.of_outcome(outcome)
        for pairs_each in (1, 2):
            near = near_outcome(outcome, pairs_each=pairs_each)
            assert near.problem.scores.size <= whole.problem.scores.size
            for pair in np.ndindex(outcome.cohort.n, outcome.cohort.m):
                for effect in (effect_of_forbidding, effect_of_forcing):
                    expected, said = told(effect, whole, pair), told(effect, near, pair)
                    assert said in (expected, "beyond"), (seed, pair)
                    is_beyond = said == "beyond"
                    beyond, answered = beyond + is_beyond, answered + (not is_beyond and "cannot" not in str(said))

    assert answered > 1000
    assert beyond > 50


def test_with_room_for_every_pair_everything_is_answered():
    for seed in range(10):
        outcome = outcome_of(seed)
        whole, near = Residual.of_outcome(outcome), near_outcome(outcome, pairs_each=100)
        assert near.problem.scores.tolist() == whole.problem.scores.tolist()
        for pair in np.ndindex(outcome.cohort.n, outcome.cohort.m):
            for effect in (effect_of_forbidding, effect_of_forcing):
                assert told(effect, near, pair) == told(effect, whole, pair)


def test_what_has_no_prices_is_refused():
    with pytest.raises(MatchingError, match="not proven best"):
        near_outcome(outcome_of(1, objective=Objective.STABLE), pairs_each=2)


def test_nobody_at_all_is_a_graph_too():
    policy = Policy()
    outcome = match(Cohort.from_profiles((), week=WEEK, policy=policy), policy)

    assert near_outcome(outcome, pairs_each=2).shape == (0, 0)


@pytest.mark.parametrize("is_compiled", [False, True])
def test_the_first_rule_between_two_is_that_of_the_readable_rules(is_compiled, monkeypatch):
    monkeypatch.setattr("matching.obstacles.is_worth_loading", lambda _: is_compiled)
    rules = set()
    for seed in range(5):
        cohort = cohort_of(profiles_of(seed))
        for i, j in np.ndindex(cohort.n, cohort.m):
            rules.add(rule_between(cohort, i, j))
            assert rule_between(cohort, i, j) == rule_that_forbids(cohort, i, j)

    assert None in rules
    assert len(rules) > 3
