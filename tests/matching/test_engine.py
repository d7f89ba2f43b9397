"""`match`: from a cohort to proven pairs in ids, and `verify_outcome`, which believes nothing."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from random import Random

import numpy as np
import pytest

from matching.cohort import Cohort
from matching.community import generate
from matching.engine import match
from matching.errors import Cancelled, CertificateError, PolicyError
from matching.kernel import score_pairs
from matching.outcome import previous_rows
from matching.policy import Objective, Policy
from matching.profile import Standing
from matching.reference import rule_that_forbids, score_of
from matching.verify import verify_outcome
from tests.matching.people import OPEN_POLICY, cohort_of, seeker, supporter
from tests.matching.test_community import TODAY, WEEK

POLICY = Policy(thin_below=5500)
PROFILES = generate(seed=7, seekers=60, supporters=35, today=TODAY).profiles
COHORT = Cohort.from_profiles(PROFILES, week=WEEK, policy=POLICY)
OUTCOME = match(COHORT, POLICY)
FIRST, *OTHERS = OUTCOME.pairs
PREVIOUS = {pair.seeker_id: pair.supporter_id for pair in OUTCOME.pairs}


def test_the_sample_is_worth_testing():
    assert 10 < OUTCOME.matched < len(COHORT.seekers)
    assert 0 < sum(pair.is_thin for pair in OUTCOME.pairs) < OUTCOME.matched


def test_an_outcome_says_who_is_paired_and_who_is_still_looking():
    paired = [pair.seeker_id for pair in OUTCOME.pairs]

    assert paired == sorted(paired)
    assert list(OUTCOME.still_looking) == sorted(set(COHORT.seeker_ids) - set(paired))
    assert len(paired) == OUTCOME.matched == OUTCOME.result.matched
    assert OUTCOME.total_score == sum(pair.score for pair in OUTCOME.pairs) == OUTCOME.result.total_score
    assert OUTCOME.pairs_checked == len(COHORT.seekers) * len(COHORT.supporters)
    assert OUTCOME.pairs_feasible == score_pairs(COHORT).nnz
    assert OUTCOME.places == COHORT.capacity.sum()
    assert OUTCOME.blocking_pairs == OUTCOME.result.blocking_pairs > 0


def test_every_pair_is_allowed_and_has_its_score():
    for pair in OUTCOME.pairs:
        row, column = COHORT.seeker_ids.index(pair.seeker_id), COHORT.supporter_ids.index(pair.supporter_id)

        assert rule_that_forbids(COHORT, row, column) is None
        assert pair.score == score_of(COHORT, row, column)
        assert pair.is_thin == (pair.score < 5500)


def test_nobody_has_more_seekers_than_places():
    for supporter_id, places in zip(COHORT.supporter_ids, COHORT.capacity.tolist(), strict=True):
        assert sum(pair.supporter_id == supporter_id for pair in OUTCOME.pairs) <= places


def test_the_order_of_profiles_changes_nothing():
    shuffled = list(PROFILES)
    Random(3).shuffle(shuffled)

    again = match(Cohort.from_profiles(shuffled, week=WEEK, policy=POLICY), POLICY)

    assert again.pairs == OUTCOME.pairs
    assert again.digest == OUTCOME.digest


def test_matching_again_with_the_same_proposals_keeps_them_all():
    again = match(COHORT, POLICY, PREVIOUS)

    assert [(pair.seeker_id, pair.supporter_id) for pair in again.pairs] == list(PREVIOUS.items())
    assert all(pair.is_kept for pair in again.pairs)
    assert again.kept == again.matched
    verify_outcome(COHORT, again)


def test_proposals_of_people_who_do_not_take_part_are_passed_over():
    first = COHORT.seeker_ids[0]
    previous = {"nobody": COHORT.supporter_ids[0], first: "nobody either"}

    assert previous_rows(COHORT, previous).tolist() == [-1] * len(COHORT.seekers)
    assert match(COHORT, POLICY, previous).kept == 0


def test_the_objective_and_the_margin_are_those_of_the_policy():
    together = cohort_of(
        seeker("s1", topics=frozenset({"a", "b"})),
        seeker("s2", topics=frozenset({"a"})),
        supporter("p1", topics=frozenset({"a", "b"})),
    )
    free = match(together, OPEN_POLICY)
    (winner,) = {pair.seeker_id for pair in free.pairs}
    other = ({"s1", "s2"} - {winner}).pop()

    held = match(together, OPEN_POLICY, {other: "p1"})
    loosely = match(together, replace(OPEN_POLICY, keep_margin=0), {other: "p1"})

    assert held.result.certificate.primal[1] == held.total_score + (200 if held.kept else 0)
    assert loosely.result.certificate.primal[1] == loosely.total_score
    by_score = match(together, replace(OPEN_POLICY, objective=Objective.SCORE))
    assert by_score.result.certificate.primal[:2] == (by_score.total_score, 1)


def test_a_stable_outcome_has_nobody_who_would_both_rather_have_each_other():
    stable = match(COHORT, replace(POLICY, objective=Objective.STABLE), PREVIOUS)

    assert stable.blocking_pairs == 0
    assert stable.matched <= OUTCOME.matched
    assert stable.kept == sum(pair.is_kept for pair in stable.pairs)
    assert stable.result.certificate.primal[:3] == (stable.matched, stable.total_score, stable.kept)


def test_longer_waiting_comes_first_when_there_is_one_place():
    cohort = cohort_of(
        seeker("s1"),
        seeker("s2"),
        supporter("p1"),
        standings={"s1": Standing(waiting_since=date(2026, 11, 1)), "s2": Standing(waiting_since=date(2026, 1, 1))},
    )

    assert [pair.seeker_id for pair in match(cohort, OPEN_POLICY).pairs] == ["s2"]


def test_nobody_at_all_is_an_outcome_too():
    nobody = Cohort.from_profiles((), week=WEEK, policy=POLICY)

    outcome = match(nobody, POLICY)

    assert (outcome.pairs, outcome.still_looking, outcome.matched, outcome.pairs_checked) == ((), (), 0, 0)
    verify_outcome(nobody, outcome)


@pytest.mark.parametrize("side", ["seekers", "supporters"])
def test_one_side_alone_is_an_outcome_too(side):
    members = [seeker("s1")] if side == "seekers" else [supporter("p1")]
    cohort = cohort_of(*members)

    outcome = match(cohort, OPEN_POLICY)

    assert outcome.still_looking == (("s1",) if side == "seekers" else ())
    verify_outcome(cohort, outcome)


def test_a_policy_the_cohort_was_not_encoded_with_is_refused():
    with pytest.raises(PolicyError, match="encoded"):
        match(COHORT, replace(POLICY, minimum_score=1))
    with pytest.raises(PolicyError, match="encoded"):
        match(COHORT, replace(POLICY, weights={"topics": 5}))


def test_it_stops_when_asked_and_tells_how_far_it_is():
    told = []

    match(COHORT, POLICY, on_progress=lambda done, total: told.append((done, total)))

    assert told[-1] == (OUTCOME.pairs_checked, OUTCOME.pairs_checked)
    with pytest.raises(Cancelled):
        match(COHORT, POLICY, should_stop=lambda: True)


def test_it_stops_while_solving_too():
    asked = []

    def stop_after_scoring() -> bool:
        asked.append(None)
        return len(asked) > 1

    with pytest.raises(Cancelled):
        match(COHORT, POLICY, should_stop=stop_after_scoring)


def test_blocks_may_run_on_threads():
    with ThreadPoolExecutor(2) as pool:
        assert match(COHORT, POLICY, run_blocks=pool.map).digest == OUTCOME.digest


def test_the_digest_can_be_computed_by_anybody():
    certificate = OUTCOME.result.certificate
    text = json.dumps(
        {
            "dual": list(certificate.dual),
            "objective": "coverage",
            "pairs": [[pair.seeker_id, pair.supporter_id, pair.score] for pair in OUTCOME.pairs],
            "policy_version": 1,
            "primal": list(certificate.primal),
        },
        separators=(",", ":"),
    )

    assert hashlib.sha256(text.encode()).hexdigest() == OUTCOME.digest


def test_the_digest_changes_with_the_policy_version():
    assert match(COHORT, replace(POLICY, version=2)).digest != OUTCOME.digest


def test_an_outcome_is_frozen():
    with pytest.raises(AttributeError):
        OUTCOME.matched = 0
    with pytest.raises(TypeError):
        OUTCOME.previous["a"] = "b"
    with pytest.raises(ValueError, match="read-only"):
        OUTCOME.result.supporter_of[0] = 1


def test_a_true_outcome_is_accepted():
    assert verify_outcome(COHORT, OUTCOME) is None


FORGERIES = {
    "a pair left out": {"pairs": OUTCOME.pairs[1:]},
    "the order of pairs": {"pairs": OUTCOME.pairs[::-1]},
    "a pair's score": {"pairs": (replace(FIRST, score=1), *OTHERS)},
    "a pair's supporter": {"pairs": (replace(FIRST, supporter_id="x"), *OTHERS)},
    "a pair's thinness": {"pairs": (replace(FIRST, is_thin=not FIRST.is_thin), *OTHERS)},
    "a pair said to be kept": {"pairs": (replace(FIRST, is_kept=True), *OTHERS)},
    "who is still looking": {"still_looking": OUTCOME.still_looking[1:]},
    "pairs checked": {"pairs_checked": OUTCOME.pairs_checked + 1},
    "pairs feasible": {"pairs_feasible": OUTCOME.pairs_feasible - 1},
    "total score": {"total_score": OUTCOME.total_score + 1},
    "matched": {"matched": OUTCOME.matched + 1},
    "a total that is no whole number": {"total_score": float(OUTCOME.total_score)},
    "a pair's score that is no whole number": {"pairs": (replace(FIRST, score=float(FIRST.score)), *OTHERS)},
    "a truth value for a count": {"kept": False},
    "no digest at all": {"digest": None},
    "kept": {"kept": 1},
    "places": {"places": OUTCOME.places + 1},
    "blocking pairs": {"blocking_pairs": OUTCOME.blocking_pairs - 1},
    "blocking pairs of the result": {"result": replace(OUTCOME.result, blocking_pairs=0)},
    "digest": {"digest": "0" * 64},
    "proposals": {"previous": PREVIOUS},
    "margin and proposals": {"policy": replace(POLICY, objective=Objective.SCORE)},
    "matching": {"result": replace(OUTCOME.result, supporter_of=np.roll(OUTCOME.result.supporter_of, 1))},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_outcome_is_refused(forgery):
    with pytest.raises(CertificateError):
        verify_outcome(COHORT, replace(OUTCOME, **FORGERIES[forgery]))


def test_an_outcome_of_other_people_is_refused():
    fewer = Cohort.from_profiles(PROFILES[:-8], week=WEEK, policy=POLICY)

    with pytest.raises(CertificateError):
        verify_outcome(fewer, OUTCOME)
