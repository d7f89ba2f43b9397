"""Runs whose time or memory is limited, and runs that begin from the prices of the one before."""

import json
import zlib
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from matching import engine
from matching.outcome import digest_of
from matching.policy import Objective, Policy
from service.errors import OutOfTime, RunRefused
from service.records import kinds
from service.records.codec import put_of
from service.records.run import RunState
from service.storage.store import Changes, Delete, Put
from service.usecases.matches import list_matches
from service.usecases.members import put_members
from service.usecases.policies import get_policy, put_policy
from service.usecases.runs import EngineLimits, Watcher, get_run, list_runs, run_now, verify_run
from tests.service.usecases.cast import NOW, P, seeker

HONEST = engine.match


def out_of_time(outcome, certificate):
    """What the engine gives when it is stopped: the pairs, no claim that they are best, nothing counted."""
    result = replace(outcome.result, certificate=certificate, is_best=False, blocking_pairs=None)
    digest = digest_of(outcome.pairs, outcome.policy, certificate)
    return replace(outcome, result=result, blocking_pairs=None, digest=digest)


def before_every_pair_was_asked(outcome):
    return replace(out_of_time(outcome, None), pairs_feasible=None)


def with_a_bound(outcome):
    """Surpluses 100 points above the least ones prove less, and it is true."""
    proof = outcome.result.certificate
    surplus = proof.seeker_surplus + np.array([0, 100, 0, 0])
    dual = (proof.dual[0], proof.dual[1] + 100 * len(surplus), *proof.dual[2:])
    return out_of_time(outcome, replace(proof, seeker_surplus=surplus, dual=dual))


@pytest.fixture
def asked(monkeypatch):
    """What the engine is asked; `answer` changes what it gives."""
    told = []

    def match(cohort, policy, **arguments):
        told.append(arguments)
        outcome = HONEST(cohort, policy, **arguments)
        return told_how[0](outcome) if told_how else outcome

    told_how = []
    monkeypatch.setattr(engine, "match", match)
    return told, told_how


def test_a_run_that_was_out_of_time_says_how_far_from_the_best_it_is_at_most(cast, clock, asked):
    asked[1].append(with_a_bound)

    run = run_now(cast, P, clock=clock, limits=EngineLimits(max_seconds=60))

    assert run.state is RunState.DONE
    assert (run.proof.is_best, run.proof.stopped_after_seconds) == (False, 60)
    assert run.proof.gap == (0, 200, 0, 0)
    assert (run.counts.matched, run.counts.pairs_feasible, run.counts.blocking_pairs) == (2, 4, None)
    assert get_run(cast, P, run_id=run.run_id) == run


def test_a_run_that_was_out_of_time_before_every_pair_was_asked_has_no_proof_and_is_published(cast, clock, asked):
    asked[1].append(before_every_pair_was_asked)

    run = run_now(cast, P, clock=clock, limits=EngineLimits(max_seconds=1))

    assert (run.proof.is_best, run.proof.primal, run.proof.dual, run.proof.gap) == (False, None, None, None)
    assert (run.counts.matched, run.counts.pairs_feasible) == (2, None)
    assert get_run(cast, P, run_id=run.run_id) == run


@pytest.mark.parametrize("stopped", [with_a_bound, before_every_pair_was_asked])
def test_a_run_that_was_out_of_time_is_verified_later_for_what_it_claims(cast, clock, asked, stopped):
    asked[1].append(stopped)
    run = run_now(cast, P, clock=clock, limits=EngineLimits(max_seconds=1))

    verified = verify_run(cast, P, run_id=run.run_id)

    assert verified.run.proof == run.proof
    assert verified.matched == 2


@pytest.mark.parametrize("stopped", [with_a_bound, before_every_pair_was_asked])
def test_a_run_that_was_out_of_time_cannot_claim_afterwards_to_be_the_best(cast, clock, asked, stopped):
    asked[1].append(stopped)
    run = run_now(cast, P, clock=clock, limits=EngineLimits(max_seconds=1))
    claimed = replace(run, proof=replace(run.proof, is_best=True))
    cast.commit(P, Changes(puts=(put_of(claimed),)))

    with pytest.raises(RunRefused, match="best"):
        verify_run(cast, P, run_id=run.run_id)


def test_a_bound_that_the_prices_do_not_give_is_not_published(cast, clock, asked):
    def too_near(outcome):
        bound = with_a_bound(outcome)
        certificate = bound.result.certificate
        return out_of_time(outcome, replace(certificate, dual=certificate.primal))

    asked[1].append(too_near)

    with pytest.raises(RunRefused):
        run_now(cast, P, clock=clock, limits=EngineLimits(max_seconds=60))


def test_a_run_that_ended_by_itself_was_not_stopped(cast, clock):
    run = run_now(cast, P, clock=clock, limits=EngineLimits(max_seconds=60))

    assert (run.proof.is_best, run.proof.stopped_after_seconds) == (True, None)
    assert run.proof.gap == (0, 0, 0, 0)


def test_the_engine_is_told_that_its_time_is_up_when_it_is_and_not_before(cast, clock, asked):
    run_now(cast, P, clock=clock, limits=EngineLimits(memory_bytes=1 << 24, max_seconds=60))

    (arguments,) = asked[0]
    assert arguments["memory_bytes"] == 1 << 24
    clock.advance(timedelta(seconds=59))
    assert arguments["is_time_up"]() is False
    clock.advance(timedelta(seconds=1))
    assert arguments["is_time_up"]() is True


def test_without_a_limit_the_engine_is_never_out_of_time(cast, clock, asked):
    run_now(cast, P, clock=clock)

    assert asked[0][0]["is_time_up"] is None


def test_stages_are_told_as_they_begin(cast, clock):
    stages = []

    run_now(cast, P, clock=clock, watcher=Watcher(on_stage=stages.append))

    assert [stage for stage in stages if stage in ("read", "verify", "save")] == ["read", "verify", "save"]


# --- Beginning from the last run's prices ----------------------------------------------------------------------------


def prices_after(cast, clock, asked, *policies):
    """Run once under each policy; give what the last run was told to begin from."""
    for policy in policies:
        put_policy(cast, P, policy=policy, now=NOW, expected_version=get_policy(cast, P).version)
        run_now(cast, P, clock=clock)
    return asked[0][-1]["prices"]


def test_the_first_run_begins_from_nothing(cast, clock, asked):
    run_now(cast, P, clock=clock)

    assert not asked[0][0]["prices"]


@pytest.mark.parametrize("objective", [Objective.COVERAGE, Objective.SCORE])
def test_a_run_begins_from_what_places_were_worth_in_the_last_one(cast, clock, asked, objective):
    outcomes = []
    # More people than places, so that a place is worth something.
    put_members(cast, P, profiles=[seeker("eva"), seeker("eve"), seeker("zoe")], now=NOW)
    asked[1].append(lambda outcome: outcomes.append(outcome) or outcome)

    prices = prices_after(cast, clock, asked, Policy(objective=objective), Policy(objective=objective, thin_below=1))

    first = outcomes[0]
    of_ben, of_bea = (first.cohort.supporter_ids.index(member_id) for member_id in ("ben", "bea"))
    vectors = first.result.certificate.supporter_price.tolist()
    assert any(vectors[of_ben])
    assert prices == {"ben": vectors[of_ben], "bea": vectors[of_bea]}


@pytest.mark.parametrize(
    ("before", "now"),
    [(Objective.COVERAGE, Objective.SCORE), (Objective.SCORE, Objective.COVERAGE), (Objective.STABLE,) * 2],
)
def test_prices_of_another_kind_are_not_begun_from(cast, clock, asked, before, now):
    assert not prices_after(cast, clock, asked, Policy(objective=before), Policy(objective=now, thin_below=1))


def test_a_trial_run_is_not_begun_from(cast, clock, asked):
    run_now(cast, P, clock=clock, is_dry_run=True)
    run_now(cast, P, clock=clock)

    assert not asked[0][-1]["prices"]


DAMAGES = {
    "gone": None,
    "cut": {"bytes": "eJw=", "is_last": True},
    "no text": {"bytes": "AAAA", "is_last": True},
    "of a newer format": [{"format": 99}],
    "of another shape": [{"format": 2}, {"supporters": ["ben"], "supporter_price": [[1]]}],
    "too large": [{"format": 2}, {"supporters": ["ben"], "supporter_price": [[2**70] * 4]}],
    "not a part": [{"format": 2}, 7],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_last_run_whose_prices_are_damaged_is_no_obstacle(cast, clock, asked, damage):
    run = run_now(cast, P, clock=clock)
    record_id = f"{run.run_id}.result.00000"
    if isinstance(damage, list):
        packed = zlib.compress("".join(json.dumps(line) + "\n" for line in damage).encode())
        damage = {"bytes": b64encode(packed).decode(), "is_last": True}
    deletes, puts = (Delete(kinds.RUN_PART, record_id),), (Put(kinds.RUN_PART, record_id, damage or {}),)
    cast.commit(P, Changes(deletes=deletes) if damage is None else Changes(puts=puts))

    assert run_now(cast, P, clock=clock).state is RunState.DONE
    assert not asked[0][-1]["prices"]


def test_a_run_of_which_nobody_was_proven_best_gives_no_prices(cast, clock, asked):
    asked[1].append(before_every_pair_was_asked)
    run_now(cast, P, clock=clock, limits=EngineLimits(max_seconds=1))
    run_now(cast, P, clock=clock)

    assert not asked[0][-1]["prices"]


# --- Out of time too early -------------------------------------------------------------------------------------------


def with_nobody(outcome):
    result = replace(
        outcome.result,
        supporter_of=np.full(outcome.cohort.n, -1),
        matched=0,
        total_score=0,
        kept=0,
    )
    looking = tuple(sorted(outcome.cohort.seeker_ids))
    nothing = replace(outcome, result=result, pairs=(), still_looking=looking, matched=0, total_score=0, kept=0)
    return before_every_pair_was_asked(nothing)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_run_that_is_out_of_time_with_less_than_stands_takes_nothing_back(cast, clock, asked, is_first):
    if not is_first:
        run_now(cast, P, clock=clock)
        clock.advance(timedelta(seconds=1))
    before = list_matches(cast, P).records
    asked[1].append(with_nobody)

    with pytest.raises(OutOfTime, match="nothing was changed"):
        run_now(cast, P, clock=clock, limits=EngineLimits(max_seconds=1))

    failed = list_runs(cast, P).records[0]
    assert (failed.state, failed.error_code) == (RunState.FAILED, "out_of_time")
    assert list_matches(cast, P).records == before
