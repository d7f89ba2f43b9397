"""Who is ready to be asked, and what stands between: counted the same way compiled and pair by pair."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matching.engine import match
from matching.obstacles import why_each_is_looking
from matching.ready import ready_to_be_asked
from tests.matching.crowds import POLICY, crowd
from tests.matching.people import cohort_of, seeker, supporter


def test_counts_are_the_same_compiled_and_add_up_to_those_who_are_looking(monkeypatch):
    policy = replace(POLICY, minimum_score=10**6)
    outcome = match(crowd(24, 40, seed=5, policy=policy), policy)
    plain = ready_to_be_asked(outcome)

    monkeypatch.setattr("matching.ready.is_worth_loading", lambda _: True)

    assert ready_to_be_asked(outcome) == plain
    assert plain
    assert all(each.feasible + sum(one.seekers for one in each.removed) == len(outcome.still_looking) for each in plain)


def test_a_supporter_with_room_is_told_with_what_stands_between():
    outcome = match(
        cohort_of(seeker(languages=("pl",)), supporter(capacity=2)), cohort_of(seeker(), supporter()).policy
    )

    (ready,) = ready_to_be_asked(outcome)

    assert (ready.supporter_id, ready.places, ready.feasible) == ("supporter", 2, 0)
    assert [tuple(each) for each in ready.removed] == [("language", "no language in common", 1)]


@pytest.mark.parametrize("is_compiled", [True, False])
@pytest.mark.parametrize("people", [(seeker(),), (supporter(),), ()], ids=["no supporters", "no seekers", "nobody"])
def test_where_one_side_is_empty_there_is_nothing_to_tell_of_it(people, is_compiled, monkeypatch):
    monkeypatch.setattr("matching.ready.is_worth_loading", lambda _: is_compiled)
    monkeypatch.setattr("matching.obstacles.is_worth_loading", lambda _: is_compiled)
    cohort = cohort_of(*people)
    outcome = match(cohort, cohort.policy)

    assert len(ready_to_be_asked(outcome)) == cohort.m
    assert len(why_each_is_looking(cohort, cohort.seeker_ids)) == cohort.n
