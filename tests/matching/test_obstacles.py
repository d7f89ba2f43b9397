"""Counts by rule for many seekers at once are those of one pair after the other, and add up to the run's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matching.engine import match
from matching.errors import MatchingError
from matching.explain import why_still_looking
from matching.obstacles import why_each_is_looking
from tests.matching.crowds import POLICY, crowd


@pytest.fixture
def compiled(monkeypatch):
    monkeypatch.setattr("matching.obstacles.is_worth_loading", lambda _: True)


@pytest.mark.usefixtures("compiled")
def test_counts_of_many_seekers_are_those_of_each():
    cohort = crowd(24, 40, seed=5, policy=replace(POLICY, minimum_score=10**6))

    found = why_each_is_looking(cohort, cohort.seeker_ids)

    assert found == tuple(why_still_looking(cohort, seeker_id) for seeker_id in cohort.seeker_ids)
    assert {each.rule for one in found for each in one.removed} >= {"language", "mode", "joint_start", "minimum_score"}


@pytest.mark.usefixtures("compiled")
def test_a_few_of_many_are_asked_without_laying_everybody_out(monkeypatch):
    cohort = crowd(24, 40, seed=5)
    monkeypatch.setattr("matching.scorer.WORTH_LAYING_OUT", 0)
    monkeypatch.setattr("matching.scorer.layout_of", None)
    few = cohort.seeker_ids[:2]

    assert why_each_is_looking(cohort, few) == tuple(why_still_looking(cohort, seeker_id) for seeker_id in few)


@pytest.mark.usefixtures("compiled")
def test_counts_add_up_to_the_runs_own():
    cohort = crowd(24, 40, seed=6)
    outcome = match(cohort, POLICY)

    found = why_each_is_looking(cohort, cohort.seeker_ids)

    assert sum(each.feasible for each in found) == outcome.pairs_feasible
    assert sum(each.feasible + sum(one.supporters for one in each.removed) for each in found) == outcome.pairs_checked


def test_few_pairs_are_counted_uncompiled_and_strangers_are_refused():
    cohort = crowd(6, 5, seed=7)

    assert why_each_is_looking(cohort, cohort.seeker_ids[:1])[0] == why_still_looking(cohort, cohort.seeker_ids[0])
    with pytest.raises(MatchingError, match="not in the cohort"):
        why_each_is_looking(cohort, ["nobody"])
