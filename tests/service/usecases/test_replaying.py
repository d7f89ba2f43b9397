"""Replaying a run: the same pairs and digest from its snapshot, whatever has changed since; else it is refused."""

from dataclasses import replace

import pytest

from matching import engine
from matching.outcome import digest_of
from matching.policy import Objective
from service.errors import Conflict, NotFound, RunRefused
from service.records import kinds
from service.storage.store import Changes, Delete
from service.usecases.members import put_member
from service.usecases.policies import get_policy, put_policy
from service.usecases.runs import EngineLimits, replay_run, run_now
from tests.service.usecases.cast import ADA, BEN, NOW, P, without_consent

HONEST = engine.match


def without_the_first_pair(cohort, policy, *arguments, **named):
    """An engine that answers otherwise than the one that made the run."""
    outcome = HONEST(cohort, policy, *arguments, **named)
    pairs = outcome.pairs[1:]
    return replace(outcome, pairs=pairs, digest=digest_of(pairs, policy, outcome.result.certificate))


@pytest.mark.parametrize("objective", list(Objective))
def test_a_run_comes_out_the_same_again_for_every_objective(cast, clock, objective):
    policy = replace(get_policy(cast, P), objective=objective)
    put_policy(cast, P, policy=policy, now=NOW, expected_version=policy.version)
    run = run_now(cast, P, clock=clock)

    replayed = replay_run(cast, P, run_id=run.run_id)

    assert (replayed.digest, replayed.matched, replayed.is_solved) == (run.proof.digest, 2, True)


def test_a_run_that_kept_proposals_and_began_from_the_last_prices_comes_out_the_same_again(cast, clock):
    run_now(cast, P, clock=clock)
    second = run_now(cast, P, clock=clock)

    assert second.counts.kept == 2
    assert replay_run(cast, P, run_id=second.run_id).digest == second.proof.digest


def test_what_has_changed_since_changes_nothing(cast, clock):
    run = run_now(cast, P, clock=clock)
    put_member(cast, P, profile=without_consent(ADA), now=NOW)
    put_member(cast, P, profile=replace(BEN, languages=("cy",)), now=NOW)

    assert replay_run(cast, P, run_id=run.run_id).digest == run.proof.digest


def test_pairs_that_come_out_otherwise_are_counted_and_refused(cast, clock, monkeypatch):
    run = run_now(cast, P, clock=clock)
    monkeypatch.setattr(engine, "match", without_the_first_pair)

    with pytest.raises(RunRefused, match="1 of 2 pairs come out otherwise") as caught:
        replay_run(cast, P, run_id=run.run_id)
    assert caught.value.run_id == run.run_id


def test_the_same_pairs_with_another_proof_are_refused(cast, clock, monkeypatch):
    run = run_now(cast, P, clock=clock)
    monkeypatch.setattr(engine, "match", lambda *given, **named: replace(HONEST(*given, **named), digest="0" * 64))

    with pytest.raises(RunRefused, match="digest"):
        replay_run(cast, P, run_id=run.run_id)


def test_a_run_of_another_version_says_so_where_it_differs(cast, clock, monkeypatch):
    run = run_now(cast, P, clock=clock)
    monkeypatch.setattr(engine, "match", without_the_first_pair)
    monkeypatch.setattr("service.usecases.running.versions.engine_version", lambda: "9.9")

    with pytest.raises(RunRefused, match=r"made by version .*, this is 9\.9"):
        replay_run(cast, P, run_id=run.run_id)


def test_a_run_that_was_out_of_time_is_verified_and_not_matched_again(cast, clock, monkeypatch):
    from tests.service.usecases.test_limited_runs import before_every_pair_was_asked

    with monkeypatch.context() as patch:
        patch.setattr(engine, "match", lambda *given, **named: before_every_pair_was_asked(HONEST(*given, **named)))
        run = run_now(cast, P, clock=clock, limits=EngineLimits(max_seconds=1))
    monkeypatch.setattr(engine, "match", None)

    replayed = replay_run(cast, P, run_id=run.run_id)

    assert (replayed.is_solved, replayed.digest) == (False, run.proof.digest)


def test_a_snapshot_that_is_not_whole_is_refused(cast, clock):
    run = run_now(cast, P, clock=clock)
    page = cast.page(P, kinds.RUN_PART, index=kinds.BY_RUN, value=run.run_id)
    parts = [stored.record_id for stored in page.records if ".snapshot." in stored.record_id]
    cast.commit(P, Changes(deletes=tuple(Delete(kinds.RUN_PART, part) for part in parts)))

    with pytest.raises(RunRefused, match="not whole"):
        replay_run(cast, P, run_id=run.run_id)


def test_a_trial_and_a_run_that_is_not_there_cannot_be_replayed(cast, clock):
    trial = run_now(cast, P, clock=clock, is_dry_run=True)

    with pytest.raises(Conflict, match="cannot replay this run"):
        replay_run(cast, P, run_id=trial.run_id)
    with pytest.raises(NotFound):
        replay_run(cast, P, run_id="run_nowhere")
