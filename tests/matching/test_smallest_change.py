"""Advice is what brute force finds: the smallest change is, knock-on effects are exact, places are worth what is said.

`python -m tests.matching.advice_by_force` does the same for a thousand communities.
"""

from __future__ import annotations

import pytest

from matching.engine import match
from matching.errors import MatchingError
from matching.policy import Objective, Policy
from matching.residual import Residual
from matching.smallest_change import Changes
from tests.matching.advice_by_force import advice_of
from tests.matching.small_communities import POLICY, cohort_of, profiles_of


@pytest.mark.parametrize("seed", range(12))
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
