"""Recruiting advice: each recruit does what encoding everybody again with them, and solving from scratch, says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matching.engine import match
from matching.profile import Mode
from matching.residual import Residual
from matching.shortages import HOURS, _recruit, _what_is_asked_of_all, shortages
from matching.trials import Trials
from tests.matching.people import seeker, supporter, window
from tests.matching.small_communities import POLICY, best_of, cohort_of, profiles_of


def found_in(outcome):
    residual = Residual.of_outcome(outcome)
    return residual, shortages(outcome, residual, Trials(outcome, residual), most=3)


@pytest.mark.parametrize("seed", range(4))
def test_recruits_let_as_many_be_matched_as_is_said(seed):
    profiles = profiles_of(seed)
    outcome = match(cohort_of(profiles), POLICY)

    residual, found = found_in(outcome)

    seekers = [outcome.cohort.seekers[row] for row in residual.arrays.waiting.tolist()]
    like_all = _what_is_asked_of_all(outcome.cohort, seekers)
    recruits = [
        replace(_recruit(each.wanted, like_all), member_id=f"recruit {n} {each.wanted}")
        for each in found
        for n in range(each.supporters)
    ]
    after = best_of(cohort_of([*profiles, *recruits]))
    assert len(after) == outcome.matched + sum(each.matched for each in found)
    assert len({one for each in found for one in each.seeker_ids}) == sum(each.matched for each in found)


def test_the_shortage_is_the_language_the_hours_and_the_way_of_meeting_that_are_missing():
    evening = (window("tue", "19:00", "20:00"),)
    looking = [
        seeker(
            f"s{n}", languages=("pl",), modes=frozenset({Mode.VOICE}), availability=evening, topics=frozenset({"grief"})
        )
        for n in range(3)
    ]
    outcome = match(cohort_of([*looking, supporter()]), POLICY)

    _, found = found_in(outcome)

    assert [(each.supporters, each.matched) for each in found] == [(3, 3)]
    assert found[0].wanted.language == "pl"
    assert (found[0].wanted.hours, found[0].wanted.mode, found[0].wanted.topic) == (
        "weekday evenings",
        Mode.VOICE,
        "grief",
    )
    assert found[0].wanted.hours in HOURS


def test_nobody_is_wanted_where_nobody_waits():
    outcome = match(cohort_of([seeker(), supporter()]), POLICY)

    assert found_in(outcome)[1] == ()
