"""A cohort matched in streams: every number told as by the small path, whatever is kept in memory, and its ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from matching import cohort_run, engine
from matching.cohort import Cohort
from matching.community import generate
from matching.engine import match
from matching.errors import Cancelled, CertificateError
from matching.policy import Objective, Policy
from matching.solvers import at_scale as scale
from matching.solvers import stable_at_scale
from matching.sources import ScoredPairs, StoredPairs
from matching.verify import verify_outcome
from tests.matching.test_community import TODAY, WEEK

POLICY = Policy(thin_below=5500)
PROFILES = generate(seed=11, seekers=150, supporters=70, today=TODAY).profiles
COHORT = Cohort.from_profiles(PROFILES, week=WEEK, policy=POLICY)
SMALL = {objective: match(COHORT, replace(POLICY, objective=objective)) for objective in Objective}
HELD = {pair.seeker_id: pair.supporter_id for pair in SMALL[Objective.SCORE].pairs[::2]}
HELD |= {seeker_id: COHORT.supporter_ids[0] for seeker_id in SMALL[Objective.SCORE].still_looking}
IN_MEMORY, IN_STREAMS = 1 << 30, 1


@pytest.fixture
def at_scale(monkeypatch):
    """Match cohorts of any size as large ones are."""
    monkeypatch.setattr(engine, "WORTH_STREAMING", 0)


def told(outcome):
    """Everything an outcome tells, in plain values."""
    result, certificate = outcome.result, outcome.result.certificate
    return {
        **{name: getattr(outcome, name) for name in outcome.__slots__ if name not in {"cohort", "policy", "result"}},
        **{name: getattr(result, name) for name in result.__slots__ if name not in {"certificate", "supporter_of"}},
        "supporter_of": result.supporter_of.tolist(),
        "surplus": certificate.seeker_surplus.tolist(),
        "price": certificate.supporter_price.tolist(),
        "sums": (certificate.primal, certificate.dual),
    }


@pytest.mark.parametrize("memory_bytes", [IN_MEMORY, IN_STREAMS], ids=["in memory", "in streams"])
@pytest.mark.parametrize("held", [{}, HELD], ids=["nobody held", "some held"])
@pytest.mark.parametrize("objective", Objective)
def test_every_number_told_is_that_of_the_small_path(objective, held, memory_bytes, at_scale, monkeypatch):
    policy = replace(POLICY, objective=objective)
    outcome = match(COHORT, policy, held, memory_bytes=memory_bytes)
    monkeypatch.setattr(engine, "WORTH_STREAMING", 10**9)
    small = match(COHORT, policy, held)

    assert told(outcome) == told(small)
    assert outcome.digest == small.digest
    verify_outcome(COHORT, outcome)


@pytest.mark.parametrize(("memory_bytes", "kind"), [(IN_MEMORY, StoredPairs), (IN_STREAMS, ScoredPairs)])
@pytest.mark.parametrize("objective", Objective)
def test_memory_says_whether_pairs_are_kept(memory_bytes, kind, objective, at_scale, monkeypatch):
    sources, name = [], "solve_stably" if objective is Objective.STABLE else "solve_at_scale"
    solve = getattr(cohort_run, name)

    def note(source, *rest, **more):
        sources.append(source)
        return solve(source, *rest, **more)

    monkeypatch.setattr(cohort_run, name, note)

    match(COHORT, replace(POLICY, objective=objective), memory_bytes=memory_bytes)

    assert [type(source) for source in sources] == [kind]


@pytest.mark.parametrize("memory_bytes", [IN_MEMORY, IN_STREAMS])
@pytest.mark.parametrize("objective", [Objective.COVERAGE, Objective.SCORE])
def test_earlier_prices_never_change_what_is_told(objective, memory_bytes, at_scale):
    small, random = SMALL[objective], np.random.default_rng(1)
    true = dict(zip(COHORT.supporter_ids, small.result.certificate.supporter_price.tolist(), strict=True))
    wild = dict(zip(COHORT.supporter_ids, random.integers(0, 10**6, (len(true), 4)).tolist(), strict=True))
    huge = dict.fromkeys(true, (2**60, -(2**60), 2**62, 0))

    for prices in (true, wild, huge, {"nobody": (3, 0, 0, 0)}):
        outcome = match(COHORT, replace(POLICY, objective=objective), memory_bytes=memory_bytes, prices=prices)
        assert told(outcome) == told(small)


@pytest.mark.usefixtures("at_scale")
def test_blocks_run_on_threads_or_elsewhere_alike():
    with ThreadPoolExecutor(2) as pool:
        assert match(COHORT, POLICY, run_blocks=pool.map, memory_bytes=1).digest == SMALL[Objective.COVERAGE].digest
    assert match(COHORT, POLICY, threads=1, memory_bytes=1).digest == SMALL[Objective.COVERAGE].digest


@pytest.mark.usefixtures("at_scale")
@pytest.mark.parametrize("side", ["seekers", "supporters", "neither"])
def test_a_side_without_anybody_is_matched_too(side):
    has_role = {"seekers": "seeker", "supporters": "supporter"}.get(side)
    some = [each for each in PROFILES if has_role and getattr(each, has_role) and not (each.seeker and each.supporter)]
    cohort = Cohort.from_profiles(some, week=WEEK, policy=POLICY)

    outcome = match(cohort, POLICY)

    assert outcome.matched == 0
    verify_outcome(cohort, outcome)


@pytest.mark.usefixtures("at_scale")
def test_a_minimum_score_bounds_scores_from_below():
    policy = replace(POLICY, minimum_score=4000)
    cohort = Cohort.from_profiles(PROFILES, week=WEEK, policy=policy)

    outcome = match(cohort, policy, memory_bytes=1)

    bounds = cohort_run.bounds_of(cohort)
    assert bounds.least == 4000
    assert all(bounds.least <= pair.score <= bounds.most for pair in outcome.pairs)
    verify_outcome(cohort, outcome)


@pytest.fixture
def short_lists(monkeypatch):
    """Let lists be of one pair where there is no memory, so that more than one pass is needed."""
    monkeypatch.setattr(scale, "SHORTEST_LIST", 1)
    monkeypatch.setattr(stable_at_scale, "SHORTEST_LIST", 1)


def asking(yes_from):
    calls = [0]

    def ask():
        calls[0] += 1
        return calls[0] > yes_from

    return ask, calls


@pytest.mark.usefixtures("at_scale", "short_lists")
@pytest.mark.parametrize("memory_bytes", [IN_MEMORY, IN_STREAMS])
@pytest.mark.parametrize("objective", Objective)
def test_out_of_time_at_any_moment_the_best_so_far_is_told_and_verified(objective, memory_bytes):
    policy = replace(POLICY, objective=objective)
    never, calls = asking(10**9)
    match(COHORT, policy, HELD, is_time_up=never, memory_bytes=memory_bytes, threads=1)
    proofs = []
    for moment in range(calls[0] + 1):
        time_is_up, _ = asking(moment)
        outcome = match(COHORT, policy, HELD, is_time_up=time_is_up, memory_bytes=memory_bytes, threads=1)
        verify_outcome(COHORT, outcome)
        certificate = outcome.result.certificate
        proofs.append((outcome.result.is_best, certificate is not None))
        assert certificate is None or certificate.dual >= certificate.primal

    assert proofs == sorted(proofs)
    assert proofs[0] == (False, False)
    assert proofs[-1] == (True, True)
    # A stable matching has no proof before its last pass; what is in memory needs but one.
    has_bounds = memory_bytes == IN_STREAMS and objective is not Objective.STABLE
    assert ((False, True) in proofs) == has_bounds


@pytest.mark.usefixtures("at_scale")
@pytest.mark.parametrize("memory_bytes", [IN_MEMORY, IN_STREAMS])
@pytest.mark.parametrize("objective", Objective)
def test_a_run_that_nobody_wants_any_more_ends_at_any_moment(objective, memory_bytes):
    policy = replace(POLICY, objective=objective)
    never, calls = asking(10**9)
    match(COHORT, policy, should_stop=never, memory_bytes=memory_bytes, threads=1)

    for moment in range(calls[0]):
        stop, _ = asking(moment)
        with pytest.raises(Cancelled):
            match(COHORT, policy, should_stop=stop, memory_bytes=memory_bytes, threads=1)


@pytest.mark.usefixtures("at_scale", "short_lists")
def test_a_time_limited_outcome_may_not_say_more_than_it_proves():
    said = set()
    for moment in range(12):
        time_is_up, _ = asking(moment)
        outcome = match(COHORT, POLICY, is_time_up=time_is_up, memory_bytes=1, threads=1)
        result = outcome.result
        said.add((result.is_best, result.certificate is None))
        if not result.is_best:
            with pytest.raises(CertificateError):
                verify_outcome(COHORT, replace(outcome, result=replace(result, is_best=True)))

    assert {(False, True), (False, False)} <= said


@pytest.mark.usefixtures("at_scale")
@pytest.mark.parametrize("memory_bytes", [IN_MEMORY, IN_STREAMS])
@pytest.mark.parametrize("objective", Objective)
def test_progress_never_goes_back_and_stages_are_told(objective, memory_bytes):
    progress, stages = [], []

    match(
        COHORT,
        replace(POLICY, objective=objective),
        on_progress=lambda done, every: progress.append((done, every)),
        on_stage=stages.append,
        memory_bytes=memory_bytes,
    )

    done = [each for each, _ in progress]
    assert done == sorted(done)
    assert all(0 <= each <= every for each, every in progress)
    assert progress[-1][0] == progress[-1][1] > 0
    assert ("score" in stages) == (memory_bytes == IN_MEMORY)
    is_listed = memory_bytes == IN_STREAMS or objective is Objective.STABLE
    assert ("shortlist" in stages) == is_listed
    assert "price" in stages
