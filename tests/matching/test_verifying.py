"""The verifier's pass over every pair of a cohort: compiled or not, on any number of threads, the same verdict."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from matching.cohort import Cohort
from matching.community import generate
from matching.engine import match
from matching.errors import BoundError, Cancelled, CertificateError
from matching.outcome import digest_of
from matching.policy import Objective
from matching.reference import score_of
from matching.verify import verify_outcome
from matching.verifying import driver, judges, sweep
from matching.verifying.__main__ import main
from matching.verifying.judges import CompiledJudge, PlainJudge, judge_for
from matching.verifying.weighing import COVERED, LEAST, MOST, Claims
from tests.matching.crowds import crowd
from tests.matching.people import cohort_of, seeker, supporter
from tests.matching.test_community import TODAY, WEEK

COHORT = Cohort.from_profiles(generate(seed=7, seekers=60, supporters=35, today=TODAY).profiles, week=WEEK)
COHORTS = [COHORT, crowd(150, 120, seed=1), crowd(140, 130, seed=2)]
"""An ordinary one, and two in which every rule forbids somebody and few pairs are feasible."""

N, M = COHORT.priority.size, COHORT.capacity.size
POLICY = COHORT.policy
OUTCOMES = {str(objective): match(COHORT, replace(POLICY, objective=objective)) for objective in Objective}
OUTCOME = OUTCOMES["coverage"]
PREVIOUS = {pair.seeker_id: pair.supporter_id for pair in OUTCOME.pairs[::2]}
BOTH_WAYS = pytest.mark.parametrize("is_compiled", [False, True], ids=["plain", "compiled"])


def random_claims(cohort, seed):
    """Claims that leave some pairs short, some tight and some blocking."""
    random = np.random.default_rng(seed)
    n, m = cohort.priority.size, cohort.capacity.size
    seekers, supporters = np.zeros((n, 10), dtype=np.int64), np.zeros((m, 8), dtype=np.int64)
    seekers[:, :4] = np.column_stack((np.ones(n), random.integers(-3000, 9000, n), np.zeros((n, 2))))
    supporters[:, :4] = np.column_stack((np.zeros(m), random.integers(0, 9000, m), np.zeros((m, 2))))
    seekers[:, 4] = random.integers(1, 3, n)
    seekers[:, 5], seekers[:, 6] = random.choice([LEAST, 0, 4000], n), random.integers(-1, 2**40, n)
    seekers[:, 7], seekers[:, 8] = random.integers(-1, m, n), random.integers(-1, m, n)
    seekers[:, 9] = cohort.seeker_keys.view(np.int64)
    supporters[:, 4] = supporters[:, :4].any(axis=1)
    supporters[:, 5], supporters[:, 6] = random.choice([LEAST, 0, 4000, MOST], m), random.integers(-1, 2**40, m)
    supporters[:, 7] = cohort.supporter_keys.view(np.int64)
    return Claims(seekers, supporters, bool(random.integers(2)), int(random.choice([0, 200])))


def swept(judge, claims, **how):
    tight = []
    tally = sweep.sweep(judge, claims, tight.append, **how)
    return tally._replace(tight=None), sorted(np.concatenate([np.empty(0, np.int64), *tight]).tolist())


@pytest.mark.parametrize("cohort", COHORTS, ids=range(3))
@BOTH_WAYS
def test_every_pair_is_judged_as_the_readable_reference_does(cohort, is_compiled):
    n, m = cohort.priority.size, cohort.capacity.size
    rows, columns = np.divmod(np.arange(n * m), m)

    judged = judge_for(cohort, is_compiled=is_compiled).cells(rows, columns)

    truths = [score_of(cohort, i, j) for i, j in zip(rows.tolist(), columns.tolist(), strict=True)]
    assert judged.is_feasible.tolist() == [truth is not None for truth in truths]
    assert judged.scores.tolist() == [truth or 0 for truth in truths]
    assert 0 < sum(judged.is_feasible) < n * m


@pytest.mark.parametrize("seed", range(30))
def test_the_compiled_pass_finds_what_the_plain_one_finds(seed, monkeypatch):
    monkeypatch.setattr(sweep, "BLOCK_PAIRS", 300)
    cohort = COHORTS[seed % 3]
    claims = random_claims(cohort, seed)

    plain, compiled = swept(PlainJudge(cohort), claims), swept(CompiledJudge(cohort), claims)

    assert plain == compiled
    assert swept(CompiledJudge(cohort), claims, threads=1) == compiled
    assert plain[0].feasible > 0


@pytest.mark.parametrize("seed", range(10))
@BOTH_WAYS
def test_a_pair_worth_as_much_as_surplus_and_price_is_tight_and_one_less_leaves_it_short(seed, is_compiled):
    cohort = COHORTS[seed % 3]
    judge = judge_for(cohort, is_compiled=is_compiled)
    claims = random_claims(cohort, seed)._replace(is_score_first=False, margin=0)
    i, j = feasible_pairs(cohort)[seed]
    cell = i * cohort.capacity.size + j
    claims.seekers[:, :4] = COVERED
    claims.seekers[:, 7:9] = -1
    claims.supporters[j, :5] = (0, 7, 0, 0, 1)
    claims.seekers[i, :4] = (claims.seekers[i, 4], score_of(cohort, i, j) - 7, 0, tie_of(cohort, i, j))

    tight = swept(judge, claims)[1]
    claims.seekers[i, 7] = j
    of_their_own = swept(judge, claims)[1]
    claims.seekers[i, 7] = -1
    claims.supporters[j, :5] = 0
    claims.seekers[i, 1] += 7
    without_price = swept(judge, claims)[1]
    claims.seekers[i, 3] -= 1
    short = judge.weigh(np.array([i]), claims).first_short

    assert cell in tight
    assert cell not in without_price
    assert cell not in of_their_own
    assert short <= cell


def feasible_pairs(cohort):
    n, m = cohort.priority.size, cohort.capacity.size
    rows, columns = np.divmod(np.arange(n * m), m)
    is_feasible = PlainJudge(cohort).cells(rows, columns).is_feasible
    return list(zip(rows[is_feasible].tolist(), columns[is_feasible].tolist(), strict=True))


def tie_of(cohort, i, j):
    from matching.keys import ties_of

    return int(ties_of(cohort.seeker_keys[i : i + 1], cohort.supporter_keys[j : j + 1])[0])


@BOTH_WAYS
def test_a_pair_that_is_short_in_the_last_block_is_found(is_compiled, monkeypatch):
    monkeypatch.setattr(sweep, "BLOCK_PAIRS", 1)
    monkeypatch.setattr(sweep, "PLAIN_BLOCK_PAIRS", 1)
    judge = judge_for(COHORT, is_compiled=is_compiled)
    claims = random_claims(COHORT, 1)
    claims.seekers[:, :4] = COVERED
    every = swept(judge, claims)[0]
    last = next(i for i in reversed(judge.order.tolist()) if judge.weigh(np.array([i]), claims).feasible)
    claims.seekers[last, :4] = 0
    claims.supporters[:, :4] = 0

    found = swept(judge, claims)[0]

    assert every.first_short == len(claims.seekers) * len(claims.supporters)
    assert found.first_short // len(claims.supporters) == last


@pytest.mark.parametrize("objective", list(Objective))
@BOTH_WAYS
def test_a_true_outcome_is_accepted(objective, is_compiled):
    verify_outcome(COHORT, OUTCOMES[objective], is_compiled=is_compiled)
    held = match(COHORT, replace(POLICY, objective=objective), PREVIOUS)
    verify_outcome(COHORT, held, is_compiled=is_compiled)


def forged_at_random(outcome, random):
    """Change one number of an outcome by one: of a vector, a sum, a count, or a pair."""
    certificate = outcome.result.certificate
    name = random.choice(["seeker_surplus", "supporter_price", "primal", "dual", "result", "count", "supporter_of"])
    by = random.choice([-1, 1])
    if name in ("seeker_surplus", "supporter_price"):
        vectors = getattr(certificate, name).copy()
        vectors[random.randrange(len(vectors)), random.randrange(4)] += by
        return with_certificate(outcome, **{name: vectors})
    if name in ("primal", "dual"):
        digits = list(getattr(certificate, name))
        digits[random.randrange(4)] += by
        return with_certificate(outcome, **{name: tuple(digits)})
    if name == "supporter_of":
        supporter_of = outcome.result.supporter_of.copy()
        supporter_of[random.randrange(supporter_of.size)] += by
        return replace(outcome, result=replace(outcome.result, supporter_of=supporter_of))
    owner = outcome if name == "count" else outcome.result
    names = ["matched", "total_score", "kept", "blocking_pairs"]
    names += ["pairs_checked", "pairs_feasible", "places"] if name == "count" else []
    field = random.choice(names)
    changed = replace(owner, **{field: getattr(owner, field) + by})
    return changed if name == "count" else replace(outcome, result=changed)


def with_certificate(outcome, **changed):
    result = outcome.result
    return replace(outcome, result=replace(result, certificate=replace(result.certificate, **changed)))


def refusal(outcome, **how):
    with pytest.raises(CertificateError) as caught:
        verify_outcome(COHORT, outcome, **how)
    return str(caught.value)


@pytest.mark.parametrize("seed", range(60))
def test_one_number_changed_by_one_is_refused_for_the_same_reason_either_way(seed):
    forged = forged_at_random(OUTCOMES[list(OUTCOMES)[seed % 3]], Random(seed))

    assert refusal(forged, is_compiled=False) == refusal(forged, is_compiled=True)


@pytest.mark.parametrize("objective", list(Objective))
def test_a_count_of_blocking_pairs_is_the_one_of_the_definition(objective):
    outcome = OUTCOMES[objective]
    supporter_of = outcome.result.supporter_of.tolist()
    cells = [(i, j) for i in range(N) for j in range(M)]
    rank = {(i, j): (score, tie_of(COHORT, i, j)) for i, j in cells if (score := score_of(COHORT, i, j)) is not None}

    def wants(i, j):
        return supporter_of[i] == -1 or rank[i, j] > rank[i, supporter_of[i]]

    def takes(i, j):
        held = [rank[k, j] for k in range(N) if supporter_of[k] == j]
        return len(held) < COHORT.capacity[j] or any(rank[i, j] > other for other in held)

    assert outcome.blocking_pairs == sum(wants(i, j) and takes(i, j) for i, j in rank)


@pytest.mark.parametrize("objective", list(Objective))
@BOTH_WAYS
def test_a_result_without_a_certificate_must_not_say_that_it_is_best(objective, is_compiled):
    outcome = OUTCOMES[objective]
    policy = replace(POLICY, objective=objective)
    unproven = replace(outcome.result, certificate=None, is_best=False)
    told = replace(outcome, result=unproven, digest=digest_of(outcome.pairs, policy, None))

    verify_outcome(COHORT, told, is_compiled=is_compiled)
    assert "without a certificate" in refusal(replace(told, result=replace(unproven, is_best=True)))
    wrong = replace(unproven, blocking_pairs=unproven.blocking_pairs + 1)
    assert "blocking_pairs" in refusal(replace(told, result=wrong), is_compiled=is_compiled)


def test_only_an_outcome_that_is_not_proven_best_may_leave_out_what_all_pairs_tell():
    result = replace(OUTCOME.result, certificate=None, is_best=False, blocking_pairs=None)
    digest = digest_of(OUTCOME.pairs, POLICY, None)
    uncounted = replace(OUTCOME, result=result, digest=digest, pairs_feasible=None, blocking_pairs=None)

    assert verify_outcome(COHORT, uncounted) is None
    assert "wrong pairs_feasible" in refusal(replace(uncounted, pairs_feasible=1))
    assert "wrong pairs_feasible" in refusal(replace(OUTCOME, pairs_feasible=None))


@BOTH_WAYS
def test_a_published_pair_that_is_not_feasible_is_refused(is_compiled):
    i, j = next((i, j) for i in range(N) for j in range(M) if score_of(COHORT, i, j) is None)
    supporter_of = OUTCOME.result.supporter_of.copy()
    supporter_of[supporter_of == j] = -1
    supporter_of[i] = j

    reason = refusal(
        replace(OUTCOME, result=replace(OUTCOME.result, supporter_of=supporter_of)), is_compiled=is_compiled
    )

    assert reason.startswith(f"the pair {(COHORT.seeker_ids[i], COHORT.supporter_ids[j])} is forbidden")


@pytest.mark.parametrize("is_best", [None, 1, "yes"])
def test_is_best_must_be_a_truth_value(is_best):
    assert "is_best" in refusal(replace(OUTCOME, result=replace(OUTCOME.result, is_best=is_best)))


@pytest.mark.parametrize("objective", list(Objective))
def test_a_proven_result_must_not_say_that_it_is_not_best(objective):
    outcome = OUTCOMES[objective]

    assert "is_best is claimed to be False" in refusal(replace(outcome, result=replace(outcome.result, is_best=False)))


def test_an_interrupted_result_needs_valid_prices_that_need_not_be_the_smallest():
    price = OUTCOME.result.certificate.supporter_price.copy()
    price[0, 0] += 1
    dual = list(OUTCOME.result.certificate.dual)
    dual[0] += int(COHORT.capacity[0])
    wide = with_certificate(OUTCOME, supporter_price=price, dual=tuple(dual))
    interrupted = replace(wide, result=replace(wide.result, is_best=False))
    digest = digest_of(OUTCOME.pairs, POLICY, interrupted.result.certificate)

    assert "not proven best" in refusal(wide)
    assert verify_outcome(COHORT, replace(interrupted, digest=digest)) is None
    price[0, 0] += 1
    assert "dual is claimed" in refusal(interrupted)


def test_progress_is_told_and_a_stop_is_obeyed():
    told = []
    verify_outcome(COHORT, OUTCOME, on_progress=lambda done, total: told.append((done, total)))

    assert told[-1] == (N * M, N * M)
    with pytest.raises(Cancelled):
        verify_outcome(COHORT, OUTCOME, should_stop=lambda: True)


def test_an_error_in_a_judge_comes_through(monkeypatch):
    def fail(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr(PlainJudge, "weigh", fail)

    with pytest.raises(RuntimeError, match="broken"):
        verify_outcome(COHORT, OUTCOME, is_compiled=False)


def test_a_margin_beyond_the_bound_is_refused():
    policy = replace(OUTCOME.policy, keep_margin=2**60)

    with pytest.raises(BoundError):
        verify_outcome(COHORT, replace(OUTCOME, policy=policy))


def test_a_judge_that_is_wrong_is_caught_by_the_readable_reference(monkeypatch):
    honest = CompiledJudge.cells

    def lie(self, rows, columns):
        told = honest(self, rows, columns)
        # Only where it is held against the reference, not where the pairs are looked up.
        return told._replace(scores=told.scores + told.is_feasible * (rows.size > N))

    monkeypatch.setattr(CompiledJudge, "cells", lie)

    assert "readable reference" in refusal(OUTCOME, is_compiled=True)


def test_too_little_memory_for_answers_of_kinds_changes_nothing(monkeypatch):
    claims = random_claims(COHORT, 5)
    before = swept(CompiledJudge(COHORT), claims)
    monkeypatch.setattr(judges, "MASK_BYTES", 64)

    judge = CompiledJudge(COHORT)

    assert swept(judge, claims) == before
    assert judge._mask_of.shape[1] < len(judge._driver.ASKERS) // 2


@BOTH_WAYS
@pytest.mark.parametrize("people", [(), (seeker("s"),), (supporter("p"),)], ids=["nobody", "a seeker", "a supporter"])
def test_a_cohort_without_pairs_is_verified(people, is_compiled):
    nobody = cohort_of(*people)
    told = []

    verify_outcome(
        nobody, match(nobody, nobody.policy), is_compiled=is_compiled, on_progress=lambda *done: told.append(done)
    )

    assert told == []


def test_a_driver_is_marked_as_ready_once_all_of_it_is_compiled(capsys):
    main()
    main()

    assert driver.is_ready()
    assert capsys.readouterr().out.splitlines()[1] == f"verifier {driver.digest()}: already compiled"


def test_the_driver_is_named_by_all_that_it_calls():
    names = {path.name for path in driver.sources()}

    assert {"rules.py", "factors.py", "labels.py", "declare.py", "meeting.py", "weighing.py", "native.py"} <= names
    assert {"driver.py", "columns.py"} <= names


def test_small_cohorts_never_wait_for_a_compilation(monkeypatch):
    monkeypatch.setattr(driver, "is_ready", lambda: False)
    assert isinstance(judge_for(COHORT), PlainJudge)

    monkeypatch.setattr(judges, "PLAIN_PAIRS", 0)
    assert isinstance(judge_for(COHORT), CompiledJudge)

    monkeypatch.setattr(judges, "PLAIN_PAIRS", 10**9)
    monkeypatch.setattr(judges, "WORTH_LOADING", 0)
    assert isinstance(judge_for(COHORT), PlainJudge)
    monkeypatch.setattr(driver, "is_ready", lambda: True)
    assert isinstance(judge_for(COHORT), CompiledJudge)
