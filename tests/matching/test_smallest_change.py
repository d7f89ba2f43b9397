"""Advice is what brute force finds: the smallest change is, knock-on effects are exact, places are worth what is said.

`python -m tests.matching.advice_by_force` does the same for a thousand communities in which places bind.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from matching import smallest_change
from matching.changes import Kind, changes_of
from matching.engine import match
from matching.errors import MatchingError
from matching.policy import Objective, Policy
from matching.profile import Location, Mode
from matching.residual import Residual
from matching.smallest_change import Changes
from tests.matching.advice_by_force import advice_of
from tests.matching.people import TODAY, seeker, supporter
from tests.matching.small_communities import (
    POLICY,
    best_of,
    cohort_of,
    profiles_of,
    smallest_by_force,
    solved_with,
)


@pytest.mark.parametrize("seed", range(20))
def test_all_advice_about_a_small_community_is_what_brute_force_finds(seed):
    found = advice_of(seed)

    assert found.wrong == []
    assert found.counts["matching"] == 1


def test_whoever_is_matched_needs_no_change():
    outcome = match(cohort_of(profiles_of(0)), POLICY)

    changes = Changes(outcome, Residual.of_outcome(outcome))

    assert changes.smallest_for(outcome.pairs[0].seeker_id) is None


def test_changes_are_tried_under_coverage_alone():
    outcome = match(cohort_of(profiles_of(0)), Policy(objective=Objective.SCORE))

    with pytest.raises(MatchingError, match="allowed: coverage"):
        Changes(outcome, Residual.of_outcome(outcome))


def test_a_change_that_finds_company_for_somebody_and_takes_it_from_somebody_else_is_no_advice():
    """A supporter who travelled further would let two more meet them; one of them makes room for a third.

    The third has waited longer than somebody who is matched today and would lose their place: found with that change
    are the one who asks and the third, so that more are matched than before, and yet it is not to be suggested.
    """
    near, far = Location(50.0, 0.0, 50), Location(50.0, 0.14, 50)
    waits = {"x1": 9, "x2": 9, "y": 9, "third": 8, "asks": 9, "loses": 0}
    speaks = {
        "x1": ("pl", "fr"),
        "x2": ("pl", "es"),
        "y": ("de", "pl"),
        "third": ("de",),
        "asks": ("pl",),
        "loses": ("es",),
    }
    in_person = {"modes": frozenset({Mode.IN_PERSON}), "topics": frozenset()}
    profiles = [
        *(
            seeker(
                name,
                languages=languages,
                location=far if name in ("y", "asks") else near,
                waiting_since=TODAY - timedelta(weeks=waits[name]),
                **in_person,
            )
            for name, languages in speaks.items()
        ),
        supporter("travels", languages=("pl",), capacity=2, location=replace(near, radius_km=6), **in_person),
        *(
            supporter(name, languages=(name,), capacity=1, location=replace(near, radius_km=50), **in_person)
            for name in ("fr", "es", "de")
        ),
    ]
    before = best_of(cohort_of(profiles))
    [travels] = (each for each in profiles if each.member_id == "travels")
    [further] = changes_of(travels, Kind.MORE_DISTANCE, ())
    after = solved_with(profiles, further, {})
    assert "asks" in after.keys() - before.keys()
    assert before.keys() - after.keys() == {"loses"}
    outcome = match(cohort_of(profiles), POLICY)

    smallest = Changes(outcome, Residual.of_outcome(outcome)).smallest_for("asks")

    assert smallest is None or smallest.change.kind is not Kind.MORE_DISTANCE
    told = smallest and (str(smallest.change.kind), smallest.change.member_id, smallest.change.what)
    assert told == smallest_by_force(profiles, before, "asks", {})


def test_changes_that_are_too_many_to_keep_are_looked_at_some_at_a_time(monkeypatch):
    outcome = match(cohort_of(profiles_of(3)), POLICY)
    residual = Residual.of_outcome(outcome)
    kept = Changes(outcome, residual)
    expected = [kept.smallest_for(each) for each in outcome.still_looking]
    monkeypatch.setattr(smallest_change, "_KEPT_CELLS", 3)

    anew = Changes(outcome, residual)

    assert [anew.smallest_for(each) for each in outcome.still_looking] == expected
    assert any(expected)
