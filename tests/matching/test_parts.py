"""Independent parts: solved each by itself, in any order, they give what the whole gives, to the last price."""

from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import pytest

from benchmarks.communities import BRANCHES_APART
from matching.cohort import Cohort
from matching.community import ZONES, generate
from matching.crew import Crew
from matching.crowd import Shape
from matching.engine import match
from matching.errors import Cancelled
from matching.policy import Objective
from matching.solvers import parts
from matching.verify import verify_outcome
from matching.week import Week

TODAY = date(2026, 1, 5)


@pytest.fixture(scope="module")
def cohort():
    """Three branches that do not meet, large enough to be matched at scale."""
    people = generate(seed=3, seekers=1400, supporters=900, today=TODAY, shape=Shape(sites=3, away=0)).profiles
    week = Week(TODAY, dict.fromkeys(ZONES, ((0, 0),)))
    return Cohort.from_profiles(people, week=week, policy=BRANCHES_APART)


def of(cohort, objective):
    return replace(cohort, policy=replace(cohort.policy, objective=objective))


@pytest.mark.parametrize("objective", [Objective.COVERAGE, Objective.SCORE])
def test_parts_together_are_the_whole(cohort, objective, monkeypatch):
    seen = []
    monkeypatch.setattr("matching.cohort_run.parts_of", partial(parts.parts_of, worth_parting=1000))

    def solve(given, should_stop):
        # In another order, each asked for its own.
        solved = {id(part): parts.solve_part(part) for part in reversed(given)}
        seen.extend(given)
        return (solved[id(part)] for part in given)

    cohort = of(cohort, objective)
    previous = {pair.seeker_id: pair.supporter_id for pair in match(cohort, cohort.policy).pairs[::3]}

    whole = match(cohort, cohort.policy, previous)
    parted = match(cohort, cohort.policy, previous, crew=Crew(solve=solve))

    assert len(seen) >= 3
    assert parted.digest == whole.digest
    assert (parted.pairs, parted.blocking_pairs) == (whole.pairs, whole.blocking_pairs)
    for name in ("seeker_surplus", "supporter_price"):
        ours, theirs = (getattr(each.result.certificate, name) for each in (parted, whole))
        assert np.array_equal(ours, theirs)
    verify_outcome(cohort, parted)


def test_a_community_that_hangs_together_is_not_parted():
    people = generate(seed=3, seekers=1400, supporters=900, today=TODAY).profiles
    cohort = Cohort.from_profiles(people, week=Week(TODAY, dict.fromkeys(ZONES, ((0, 0),))))

    def solve(_parts, _should_stop):
        raise AssertionError("there is nothing to part")

    assert match(cohort, cohort.policy, crew=Crew(solve=solve)).digest == match(cohort, cohort.policy).digest


def test_a_run_that_nobody_wants_any_more_ends(cohort, monkeypatch):
    monkeypatch.setattr("matching.cohort_run.parts_of", partial(parts.parts_of, worth_parting=1000))

    def solve(_parts, should_stop):
        assert should_stop is not None
        raise Cancelled("as told")

    with pytest.raises(Cancelled):
        match(cohort, cohort.policy, should_stop=lambda: False, crew=Crew(solve=solve))
