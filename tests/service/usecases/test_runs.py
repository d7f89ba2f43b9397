"""Runs end to end over a real store: proposals, reasons, proof, keeping, refusing, and what may happen meanwhile."""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest

from matching.errors import Cancelled, CertificateError, MatchingError
from matching.policy import Objective, Policy
from matching.profile import MemberStatus
from service.errors import Conflict, FenceLost, NotFound, RunInProgress, RunRefused, StoreUnavailable
from service.records import kinds
from service.records.codec import put_of
from service.records.job import Job
from service.records.match import Match, MatchState
from service.records.run import RunState
from service.storage.store import Changes, Delete, Put
from service.usecases.matches import act_on_match, get_match, list_matches
from service.usecases.members import delete_member, get_member, put_member, put_members
from service.usecases.policies import put_policy
from service.usecases.running import publishing
from service.usecases.running.lease import RUN_LEASE
from service.usecases.runs import (
    current_run,
    execute_run,
    get_run,
    list_runs,
    request_run,
    run_now,
    verify_run,
)
from tests.service.usecases.cast import (
    ADA,
    AMY,
    BEA,
    BEN,
    COORDINATOR,
    NOW,
    OTHER,
    P,
    seeker,
    supporter,
    without_consent,
)


def pairs_of(store, state=MatchState.PROPOSED):
    return {(match.seeker_id, match.supporter_id) for match in list_matches(store, P, state=state).records}


def act(store, pair, action, *, now=NOW, reason=None):
    match = next(m for m in list_matches(store, P).records if (m.seeker_id, m.supporter_id) == pair)
    return act_on_match(store, P, match_id=match.match_id, action=action, by=COORDINATOR, now=now, reason=reason)


class Meddling:
    """A store to which something happens just before the commit that saves a kind of record for the first time."""

    def __init__(self, store, *, before, when):
        self._store = store
        self._before = before
        self._happen = when

    def __getattr__(self, name):
        return getattr(self._store, name)

    def commit(self, scope, changes):
        happen = self._happen
        if happen is not None and self._before(changes):
            self._happen = None
            happen()
        return self._store.commit(scope, changes)


def staging(changes):
    return any(put.kind == Match.KIND and put.expected_version == 0 for put in changes.puts)


def switching(changes):
    return any(put.kind == "platform" for put in changes.puts)


def settling(changes):
    return any(put.kind == Match.KIND and put.expected_version for put in changes.puts) and not switching(changes)


# --- What a run does -----------------------------------------------------------------------------------------------


def test_a_run_pairs_who_fit_and_says_why(cast, clock):
    run = run_now(cast, P, clock=clock)

    assert run.state is RunState.DONE
    assert pairs_of(cast) == {("ada", "ben"), ("amy", "bea")}
    match = list_matches(cast, P, member_id="amy").records[0]
    assert match.run_id == run.run_id
    assert [(step.action, step.by.role, step.at) for step in match.history] == [("propose", "system", NOW)]
    topics = next(factor for factor in match.explanation["factors"] if factor["key"] == "topics")
    assert topics["evidence"] == ["caring"]
    assert sum(factor["points"] for factor in match.explanation["factors"]) == match.score == match.explanation["score"]
    assert "language" in match.explanation["rules_checked"]


def test_a_run_saves_its_matches_in_small_commits_so_that_others_may_write_between_them(store, clock):
    sizes = []

    def note(changes):
        if staging(changes):
            sizes.append(len(changes.puts))
        return False

    put_members(store, P, profiles=[seeker(f"seeker-{number}") for number in range(30)], now=NOW)
    put_members(store, P, profiles=[supporter(f"supporter-{number}", capacity=3) for number in range(10)], now=NOW)

    run_now(Meddling(store, before=note, when=lambda: None), P, clock=clock)

    assert sizes == [25, 5]


def test_a_run_counts_what_it_did(cast, clock):
    put_members(cast, P, profiles=[seeker("eve", languages=("pl",)), without_consent(seeker("nia"))], now=NOW)

    run = run_now(cast, P, clock=clock)

    counts = run.counts
    assert (counts.seekers, counts.supporters, counts.places) == (3, 2, 2)
    assert (counts.pairs_checked, counts.pairs_feasible, counts.blocking_pairs) == (6, 4, 0)
    assert (counts.matched, counts.still_looking) == (2, 1)
    assert (counts.kept, counts.new, counts.dropped, counts.withdrawn) == (0, 2, 0, 0)
    scores = [match.score for match in list_matches(cast, P).records]
    assert counts.total_score == sum(scores)
    assert counts.mean_score == sum(scores) / 2
    assert counts.left_out == {"no_consent": 1}


def test_a_run_says_under_what_it_was_made_and_that_it_was_proven(cast, clock):
    put_policy(cast, P, policy=Policy(minimum_score=1), now=NOW, expected_version=1)

    run = run_now(cast, P, clock=clock)

    assert run.policy_version == 2
    assert run.planned_for == NOW.date()
    assert run.proof.objective == "coverage"
    assert run.proof.primal == run.proof.dual
    assert run.proof.checked_at == NOW
    assert len(run.proof.digest) == len(run.proof.snapshot_sha256) == 64
    assert get_run(cast, P, run_id=run.run_id) == run
    assert current_run(cast, P) == run


def test_a_run_may_ask_for_pairs_that_nobody_would_rather_change(cast, clock):
    put_policy(cast, P, policy=Policy(objective=Objective.STABLE), now=NOW, expected_version=1)

    run = run_now(cast, P, clock=clock)

    assert (run.proof.objective, run.counts.blocking_pairs, run.counts.matched) == ("stable", 0, 2)
    assert verify_run(cast, P, run_id=run.run_id).digest == run.proof.digest


def test_a_run_of_nobody_is_done(store, clock):
    run = run_now(store, P, clock=clock)

    assert run.state is RunState.DONE
    assert run.counts.matched == 0
    assert run.counts.mean_score == 0
    assert verify_run(store, P, run_id=run.run_id).matched == 0


def test_a_second_run_on_unchanged_members_keeps_every_proposal(cast, clock):
    first = run_now(cast, P, clock=clock)
    before = list_matches(cast, P).records
    clock.advance(timedelta(hours=1))

    second = run_now(cast, P, clock=clock)

    assert second.counts.kept == second.counts.matched == 2
    assert (second.counts.new, second.counts.withdrawn) == (0, 0)
    assert list_matches(cast, P).records == before
    assert {match.run_id for match in before} == {first.run_id}


def test_a_kept_proposal_gets_its_new_score_and_keeps_id_and_history(cast, clock):
    run_now(cast, P, clock=clock)
    before = list_matches(cast, P, member_id="ada").records[0]
    put_member(cast, P, profile=replace(ADA, interests=frozenset(("chess",))), now=NOW)
    put_member(cast, P, profile=replace(BEN, interests=frozenset(("chess",))), now=NOW)

    run = run_now(cast, P, clock=clock)

    after = get_match(cast, P, match_id=before.match_id)
    assert run.counts.kept == 2
    assert after.score > before.score
    assert after.explanation != before.explanation
    assert after.history == before.history


def full(profile):
    """The same supporter, without a place for anybody new: no rule is broken, so it is for a run to arrange."""
    return replace(profile, supporter=replace(profile.supporter, capacity=0))


def test_a_proposal_that_a_later_run_arranges_otherwise_is_withdrawn_by_it(cast, clock):
    run_now(cast, P, clock=clock)
    gone = list_matches(cast, P, member_id="ada").records[0]
    put_member(cast, P, profile=full(BEN), now=NOW)

    run = run_now(cast, P, clock=clock)

    after = get_match(cast, P, match_id=gone.match_id)
    assert run.counts.withdrawn == 1
    assert after.state is MatchState.WITHDRAWN
    assert (after.history[-1].reason, after.history[-1].by.role) == ("run", "system")
    assert pairs_of(cast) == {("amy", "bea")}


def test_withdrawals_beyond_the_switch_are_settled_after_it(cast, clock, monkeypatch):
    monkeypatch.setattr(publishing, "_WITHDRAWALS_IN_SWITCH", 0)
    run_now(cast, P, clock=clock)
    put_members(cast, P, profiles=[full(BEN), full(BEA)], now=NOW)

    run = run_now(cast, P, clock=clock)

    assert run.counts.withdrawn == 2
    assert len(pairs_of(cast, MatchState.WITHDRAWN)) == 2
    assert pairs_of(cast) == set()


def test_held_matches_hold_places_and_their_seekers_are_not_looking(cast, clock):
    put_member(cast, P, profile=supporter("ben", capacity=2), now=NOW)
    run_now(cast, P, clock=clock)
    act(cast, ("ada", "ben"), "approve")

    run = run_now(cast, P, clock=clock)

    assert (run.counts.seekers, run.counts.places) == (1, 2)
    assert run.counts.left_out == {"has_supporter": 1}
    assert pairs_of(cast, MatchState.OFFERED) == {("ada", "ben")}


@pytest.mark.parametrize(("reason", "days"), [("not_now", 90), ("poor_fit", 365), ("other", 365)])
def test_a_rejected_pair_rests_and_may_come_back(store, clock, reason, days):
    put_members(store, P, profiles=[ADA, BEN], now=NOW)
    run_now(store, P, clock=clock)
    act(store, ("ada", "ben"), "reject", reason=reason)

    clock.advance(timedelta(days=days) - timedelta(seconds=1))
    run_now(store, P, clock=clock)
    while_resting = pairs_of(store)
    clock.advance(timedelta(seconds=1))
    run_now(store, P, clock=clock)

    assert while_resting == set()
    assert pairs_of(store) == {("ada", "ben")}


def test_a_pair_rejected_for_safety_never_comes_back(store, clock):
    put_members(store, P, profiles=[ADA, BEN], now=NOW)
    run_now(store, P, clock=clock)
    act(store, ("ada", "ben"), "reject", reason="safety")

    clock.advance(timedelta(days=10_000))
    run_now(store, P, clock=clock)

    assert pairs_of(store) == set()


def test_a_dry_run_counts_and_changes_nothing(cast, clock):
    run = run_now(cast, P, clock=clock, is_dry_run=True)

    assert run.state is RunState.DONE
    assert run.counts.matched == run.counts.new == 2
    assert run.proof.primal == run.proof.dual
    assert list_matches(cast, P).records == ()
    # What it would change is kept, and nothing from which it could be published.
    assert [stored.record_id for stored in cast.each(P, "run_part")] == [f"{run.run_id}.changes.00000"]
    assert current_run(cast, P) is None
    with pytest.raises(Conflict) as refused:
        verify_run(cast, P, run_id=run.run_id)
    assert refused.value.code == "run_not_verifiable"


def test_an_outsider_sees_no_run_and_no_match(cast, clock):
    run = run_now(cast, P, clock=clock)
    match = list_matches(cast, P).records[0]

    with pytest.raises(NotFound):
        get_run(cast, OTHER, run_id=run.run_id)
    with pytest.raises(NotFound):
        verify_run(cast, OTHER, run_id=run.run_id)
    with pytest.raises(NotFound):
        get_match(cast, OTHER, match_id=match.match_id)
    assert list_runs(cast, OTHER).records == ()


def test_one_event_tells_of_a_run(cast, clock):
    run = run_now(cast, P, clock=clock)

    told = [(event.type, event.subject) for event in cast.events(P)]
    assert told == [("members.imported", P), ("run.published", run.run_id)]


def test_runs_are_listed_latest_first(cast, clock):
    ids = []
    for _ in range(3):
        ids.append(run_now(cast, P, clock=clock).run_id)
        clock.advance(timedelta(seconds=1))

    first = list_runs(cast, P, limit=2)
    second = list_runs(cast, P, limit=2, after=first.next)

    assert [run.run_id for run in (*first.records, *second.records)] == ids[::-1]


# --- One at a time -------------------------------------------------------------------------------------------------


def test_asking_for_a_run_queues_it_with_its_job(cast):
    run = request_run(cast, P, requested_by="key:1", now=NOW)

    assert (run.state, run.requested_by) == (RunState.QUEUED, "key:1")
    assert get_run(cast, P, run_id=run.run_id) == run
    assert [job.body["subject"] for job in cast.each(P, Job.KIND)] == [run.run_id]


def test_a_second_run_is_refused_while_one_is_queued_naming_it(cast, clock):
    run = request_run(cast, P, requested_by="key:1", now=NOW)

    for ask in (lambda: request_run(cast, P, requested_by="key:2", now=NOW), lambda: run_now(cast, P, clock=clock)):
        with pytest.raises(RunInProgress) as refused:
            ask()
        assert refused.value.run_id == run.run_id
    assert len(list_runs(cast, P).records) == 1


def test_a_second_run_is_refused_while_one_is_at_work(cast, clock):
    refused = []

    def meddle():
        for ask in (lambda: request_run(cast, P, requested_by="key:2", now=NOW), lambda: run_now(cast, P, clock=clock)):
            with pytest.raises(RunInProgress) as error:
                ask()
            refused.append(error.value.run_id)

    run = run_now(Meddling(cast, before=staging, when=meddle), P, clock=clock)

    assert refused == [run.run_id, run.run_id]
    assert run.state is RunState.DONE


def test_other_platforms_run_at_the_same_time(cast, clock):
    request_run(cast, P, requested_by="key:1", now=NOW)

    assert run_now(cast, OTHER, clock=clock).state is RunState.DONE


def test_doing_a_requested_run_makes_it_final_and_doing_it_again_changes_nothing(cast, clock):
    asked = request_run(cast, P, requested_by="key:1", now=NOW)

    run = execute_run(cast, P, run_id=asked.run_id, clock=clock)
    before = list_matches(cast, P).records
    again = execute_run(cast, P, run_id=asked.run_id, clock=clock)

    assert run.state is RunState.DONE
    assert again == run
    assert list_matches(cast, P).records == before


# --- When something goes wrong -------------------------------------------------------------------------------------


def test_a_run_whose_check_refuses_publishes_nothing(cast, clock, monkeypatch):
    run_now(cast, P, clock=clock)
    before = list_matches(cast, P).records
    put_member(cast, P, profile=seeker("zoe"), now=NOW)

    def refuse(cohort, outcome, **_kwargs):
        raise CertificateError("dual is not primal")

    monkeypatch.setattr(import_module("matching.verify"), "verify_outcome", refuse)
    with pytest.raises(RunRefused) as refused:
        run_now(cast, P, clock=clock)

    run = get_run(cast, P, run_id=refused.value.run_id)
    assert (run.state, run.error_code) == (RunState.FAILED, "certificate_refused")
    assert "dual is not primal" in run.error
    assert list_matches(cast, P).records == before
    assert current_run(cast, P).run_id != run.run_id


def test_a_forged_result_is_refused_by_the_check_itself(cast, clock, monkeypatch):
    from matching import engine

    honest = engine.match

    def forged(*args, **kwargs):
        outcome = honest(*args, **kwargs)
        return replace(outcome, pairs=outcome.pairs[:1], matched=1)

    monkeypatch.setattr(engine, "match", forged)
    with pytest.raises(RunRefused):
        run_now(cast, P, clock=clock)

    assert list_matches(cast, P).records == ()


def test_members_that_cannot_be_encoded_fail_the_run_with_the_reason(cast, clock, monkeypatch):
    from matching import engine

    def broken(*args, **kwargs):
        raise MatchingError("no such thing")

    monkeypatch.setattr(engine, "match", broken)
    with pytest.raises(MatchingError):
        run_now(cast, P, clock=clock)

    run = list_runs(cast, P).records[0]
    assert (run.state, run.error_code, run.error) == (RunState.FAILED, "matching_error", "no such thing")


def test_a_run_that_stops_because_it_was_taken_over_leaves_it_to_the_other(cast, clock, monkeypatch):
    from matching import engine

    asked = request_run(cast, P, requested_by="key:1", now=NOW)

    def stopped(cohort, policy, *, should_stop, **_kwargs):
        assert should_stop() is False
        raise Cancelled("stopped")

    monkeypatch.setattr(engine, "match", stopped)
    with pytest.raises(FenceLost):
        execute_run(cast, P, run_id=asked.run_id, clock=clock)

    assert get_run(cast, P, run_id=asked.run_id).state is RunState.RUNNING


class Gone(BaseException):
    """The process is gone: nothing after this is done by it."""


def dying(happens):
    def die():
        happens.append(1)
        raise Gone

    return die


@pytest.mark.parametrize("moment", [staging, switching])
def test_a_process_that_dies_before_the_switch_leaves_nothing_to_be_seen_and_is_taken_over(cast, clock, moment):
    asked = request_run(cast, P, requested_by="key:1", now=NOW)
    happened = []
    with pytest.raises(Gone):
        execute_run(Meddling(cast, before=moment, when=dying(happened)), P, run_id=asked.run_id, clock=clock)
    seen = list_matches(cast, P).records
    half_done = get_run(cast, P, run_id=asked.run_id)

    run = execute_run(cast, P, run_id=asked.run_id, clock=clock)

    assert happened
    assert seen == ()
    assert half_done.state is RunState.RUNNING
    assert run.state is RunState.DONE
    assert pairs_of(cast) == {("ada", "ben"), ("amy", "bea")}
    assert cast.count(P, Match.KIND) == 2


def test_a_process_that_dies_after_the_switch_is_settled_by_the_next(cast, clock, monkeypatch):
    monkeypatch.setattr(publishing, "_WITHDRAWALS_IN_SWITCH", 0)
    run_now(cast, P, clock=clock)
    put_member(cast, P, profile=full(BEN), now=NOW)
    asked = request_run(cast, P, requested_by="key:1", now=NOW)
    with pytest.raises(Gone):
        execute_run(Meddling(cast, before=settling, when=dying([])), P, run_id=asked.run_id, clock=clock)
    before = pairs_of(cast)

    run = execute_run(cast, P, run_id=asked.run_id, clock=clock)

    assert before == {("ada", "ben"), ("amy", "bea")}
    assert run.state is RunState.DONE
    assert pairs_of(cast) == {("amy", "bea")}


def test_one_that_was_thought_dead_can_write_nothing_after_the_takeover(cast, clock):
    asked = request_run(cast, P, requested_by="key:1", now=NOW)

    def take_over():
        execute_run(cast, P, run_id=asked.run_id, clock=clock)

    with pytest.raises(FenceLost):
        execute_run(Meddling(cast, before=switching, when=take_over), P, run_id=asked.run_id, clock=clock)

    assert get_run(cast, P, run_id=asked.run_id).state is RunState.DONE
    assert cast.count(P, Match.KIND) == 2
    assert pairs_of(cast) == {("ada", "ben"), ("amy", "bea")}


def test_an_interrupted_run_on_the_command_line_is_failed_at_once(cast, clock):
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_now(Meddling(cast, before=switching, when=interrupt), P, clock=clock)

    run = list_runs(cast, P).records[0]
    assert (run.state, run.error_code) == (RunState.FAILED, "run_interrupted")
    assert cast.count(P, Match.KIND) == cast.count(P, "run_part") == 0
    assert run_now(cast, P, clock=clock).state is RunState.DONE


def test_a_run_whose_process_was_killed_holds_others_up_for_a_minute_only(cast, clock):
    def killed():
        # What a kill leaves behind: the record and the lease, and nobody to clear up.
        cast.acquire_lease(P, RUN_LEASE, owner="run_dead", ttl=timedelta(seconds=60), now=NOW)
        body = {**list_runs(cast, OTHER).records[0].to_body(), "state": "running"}
        unique = (("open_run", "run"),)
        cast.commit(P, Changes(puts=(Put("run", "run_dead", body, expected_version=0, unique=unique),)))

    run_now(cast, OTHER, clock=clock)
    killed()
    with pytest.raises(RunInProgress) as refused:
        run_now(cast, P, clock=clock)
    clock.advance(timedelta(seconds=60))
    run = run_now(cast, P, clock=clock)

    assert refused.value.run_id == "run_dead"
    dead = get_run(cast, P, run_id="run_dead")
    assert (dead.state, dead.error_code) == (RunState.FAILED, "run_died")
    assert run.state is RunState.DONE


def test_a_store_that_goes_away_leaves_the_run_to_be_taken_up_again(cast, clock):
    asked = request_run(cast, P, requested_by="key:1", now=NOW)

    def gone():
        raise StoreUnavailable("the disk is full")

    with pytest.raises(StoreUnavailable):
        execute_run(Meddling(cast, before=switching, when=gone), P, run_id=asked.run_id, clock=clock)

    assert get_run(cast, P, run_id=asked.run_id).state is RunState.RUNNING
    assert execute_run(cast, P, run_id=asked.run_id, clock=clock).state is RunState.DONE


# --- While the engine works ----------------------------------------------------------------------------------------

CHANGES = {
    "a profile changed": lambda store: put_member(store, P, profile=replace(ADA, languages=("pl",)), now=NOW),
    "consent was withdrawn": lambda store: put_member(store, P, profile=without_consent(ADA), now=NOW),
    "a member left and came back as another": lambda store: (
        delete_member(store, P, member_id="ada", now=NOW),
        put_member(store, P, profile=replace(ADA, languages=("pl",)), now=NOW),
    ),
    "a member left": lambda store: delete_member(store, P, member_id="ben", now=NOW),
    "a supporter paused": lambda store: put_member(store, P, profile=replace(BEN, status=MemberStatus.PAUSED), now=NOW),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_pairs_of_members_who_changed_before_staging_are_dropped(cast, clock, change):
    run = run_now(Meddling(cast, before=staging, when=lambda: change(cast)), P, clock=clock)

    assert pairs_of(cast) == {("amy", "bea")}
    assert (run.counts.matched, run.counts.new, run.counts.dropped) == (2, 1, 1)


@pytest.mark.parametrize("change", list(CHANGES.values())[1:], ids=list(CHANGES)[1:])
def test_somebody_who_steps_out_between_the_last_look_and_the_switch_is_in_no_proposal(cast, clock, change):
    run_now(Meddling(cast, before=switching, when=lambda: change(cast)), P, clock=clock)

    assert pairs_of(cast) == {("amy", "bea")}


@pytest.mark.parametrize("moment", [staging, switching])
def test_an_approval_while_the_engine_works_wins_over_the_run(store, clock, moment):
    put_members(store, P, profiles=[ADA, BEN], now=NOW)
    run_now(store, P, clock=clock)
    put_member(store, P, profile=supporter("bob", topics=("bereavement", "new_parent")), now=NOW)

    run_now(Meddling(store, before=moment, when=lambda: act(store, ("ada", "ben"), "approve")), P, clock=clock)

    assert pairs_of(store, MatchState.OFFERED) == {("ada", "ben")}
    assert pairs_of(store) == set()


@pytest.mark.parametrize("kept", [(), ("eve",)])
def test_a_supporter_whose_places_were_taken_meanwhile_gets_no_new_proposal(store, clock, kept):
    ben = supporter("ben", capacity=1 + len(kept))
    put_members(store, P, profiles=[ADA, ben, *(seeker(member_id) for member_id in kept)], now=NOW)
    run_now(store, P, clock=clock)
    put_members(store, P, profiles=[AMY, supporter("bob", topics=("bereavement", "new_parent"))], now=NOW)
    # The run moves Ada to Bob and gives her place with Ben to Amy; meanwhile the approval takes that place.
    planned = run_now(store, P, clock=clock, is_dry_run=True)

    run = run_now(Meddling(store, before=staging, when=lambda: act(store, ("ada", "ben"), "approve")), P, clock=clock)

    assert (planned.counts.new, planned.counts.kept) == (2, len(kept))
    assert run.counts.dropped == 2
    assert pairs_of(store) == {(member_id, "ben") for member_id in kept}
    assert pairs_of(store, MatchState.OFFERED) == {("ada", "ben")}


def test_a_proposal_that_a_coordinator_brings_back_meanwhile_stays_the_seekers_only_one(store, clock):
    put_members(store, P, profiles=[ADA, BEN], now=NOW)
    run_now(store, P, clock=clock)
    act(store, ("ada", "ben"), "reject", reason="not_now")
    put_member(store, P, profile=supporter("bob"), now=NOW)

    run = run_now(Meddling(store, before=staging, when=lambda: act(store, ("ada", "ben"), "reopen")), P, clock=clock)

    assert run.counts.dropped == 1
    assert pairs_of(store) == {("ada", "ben")}


def test_a_proposal_that_was_approved_and_undone_meanwhile_is_left_alone(store, clock):
    put_members(store, P, profiles=[ADA, BEN], now=NOW)
    run_now(store, P, clock=clock)
    put_members(store, P, profiles=[AMY, supporter("bob", topics=("bereavement", "new_parent"))], now=NOW)

    def there_and_back():
        act(store, ("ada", "ben"), "approve")
        act(store, ("ada", "ben"), "reopen")

    run_now(Meddling(store, before=staging, when=there_and_back), P, clock=clock)

    assert [pair for pair in pairs_of(store) if pair[0] == "ada"] == [("ada", "ben")]


# --- Verifying later -----------------------------------------------------------------------------------------------


def test_a_run_is_verified_from_its_snapshot_after_everything_has_changed(cast, clock):
    run = run_now(cast, P, clock=clock)
    for member_id in ("ada", "ben"):
        delete_member(cast, P, member_id=member_id, now=NOW)
    put_policy(cast, P, policy=Policy(minimum_score=9000), now=NOW, expected_version=1)
    clock.advance(timedelta(days=900))

    verified = verify_run(cast, P, run_id=run.run_id)

    assert verified.digest == run.proof.digest
    assert (verified.matched, verified.total_score) == (2, run.counts.total_score)
    assert verified.pairs_checked == 4


def test_a_run_with_held_matches_rests_and_kept_proposals_is_verified(cast, clock):
    put_members(cast, P, profiles=[seeker("eve"), supporter("bob", capacity=3)], now=NOW)
    run_now(cast, P, clock=clock)
    supporter_of = dict(pairs_of(cast))
    act(cast, ("ada", supporter_of["ada"]), "approve")
    act(cast, ("amy", supporter_of["amy"]), "reject", reason="poor_fit")
    run = run_now(cast, P, clock=clock)

    assert run.counts.kept == 1
    assert verify_run(cast, P, run_id=run.run_id).matched == run.counts.matched


def tampered(store, run, name, change):
    """Change what is stored of a run in one of its parts, as somebody with the store's file could."""
    from service.usecases.running.parts import PartReader, write_part

    lines = change(list(PartReader(store, P, run_id=run.run_id, name=name)))
    lease = store.acquire_lease(P, "tamper", owner="x", ttl=timedelta(seconds=5), now=NOW)
    from service.storage.store import Fence

    write_part(store, P, run_id=run.run_id, name=name, lines=lines, fence=Fence(lease.name, lease.token))


def with_changes(number, **changes):
    return lambda lines: [*lines[:number], {**lines[number], **changes}, *lines[number + 1 :]]


def head_with(**changes):
    return with_changes(0, **changes)


def first_pair_with(**changes):
    """The last line has the pairs, each as (seeker, supporter, score, is kept, is thin)."""
    places = ("seeker_id", "supporter_id", "score")

    def change(lines):
        first, *others = lines[-1]["pairs"]
        for name, value in changes.items():
            first[places.index(name)] = value
        return with_changes(len(lines) - 1, pairs=[first, *others])(lines)

    return change


TAMPERINGS = {
    "a pair swapped": ("result", first_pair_with(supporter_id="bea")),
    "a pair left out": ("result", lambda lines: with_changes(3, pairs=lines[3]["pairs"][1:])(lines)),
    "all pairs left out": ("result", lambda lines: lines[:-1]),
    "a score changed": ("result", first_pair_with(score=9999)),
    "a digest changed": ("result", head_with(digest="0" * 64)),
    "a priority changed": ("result", with_changes(2, priorities=[9, 9, 9])),
    "places added": ("result", with_changes(1, places=[5, 5])),
    "what is not known added": ("result", with_changes(1, names=["Ben", "Bea"])),
    "the certificate left out": ("result", head_with(primal=None, dual=None)),
    "the certificate left out, and no claim to be the best": (
        "result",
        head_with(primal=None, dual=None, is_best=False, blocking_pairs=None),
    ),
    "a total changed": ("result", head_with(total_score=1)),
    "a count of blocking pairs changed": ("result", head_with(blocking_pairs=1)),
    "a price changed": ("result", with_changes(1, supporter_price=[[9] * 4] * 2)),
    "a price too large for any machine": ("result", with_changes(1, supporter_price=[[2**70] * 4] * 2)),
    "a price cut short": ("result", with_changes(1, supporter_price=[[9] * 3] * 2)),
    "a profile changed": (
        "snapshot",
        lambda lines: [lines[0], {**lines[1], "profile": {**lines[1]["profile"], "pace": "weekly"}}, *lines[2:]],
    ),
    "something changed that no pair depends on": (
        "snapshot",
        lambda lines: [lines[0], {**lines[1], "version": 7}, *lines[2:]],
    ),
    "a member left out": ("snapshot", lambda lines: [lines[0], *lines[2:]]),
}


@pytest.mark.parametrize(("name", "change"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_stored_run_that_was_tampered_with_does_not_verify(cast, clock, name, change):
    run = run_now(cast, P, clock=clock)

    tampered(cast, run, name, change)

    with pytest.raises(RunRefused):
        verify_run(cast, P, run_id=run.run_id)


@pytest.mark.parametrize(
    "count",
    [
        "matched",
        "total_score",
        "places",
        "pairs_checked",
        "pairs_feasible",
        "blocking_pairs",
        "seekers",
        "still_looking",
        "thin",
    ],
)
def test_a_run_that_claims_other_counts_than_it_has_does_not_verify(cast, clock, count):
    run = run_now(cast, P, clock=clock)
    claimed = replace(run, counts=replace(run.counts, **{count: 7}))
    cast.commit(P, Changes(puts=(put_of(claimed),)))

    with pytest.raises(RunRefused):
        verify_run(cast, P, run_id=run.run_id)


def test_a_run_that_claims_the_proof_of_another_objective_does_not_verify(cast, clock):
    run = run_now(cast, P, clock=clock)
    claimed = replace(run, proof=replace(run.proof, objective="score"))
    cast.commit(P, Changes(puts=(put_of(claimed),)))

    with pytest.raises(RunRefused, match="objective score, which is coverage"):
        verify_run(cast, P, run_id=run.run_id)


@pytest.mark.parametrize("body", [None, {}, {"bytes": "?", "is_last": True}, {"bytes": "AAAA", "is_last": True}])
@pytest.mark.parametrize("part", ["snapshot", "result"])
def test_a_run_of_which_a_part_is_missing_or_no_part_does_not_verify(cast, clock, part, body):
    run = run_now(cast, P, clock=clock)
    record_id = f"{run.run_id}.{part}.00000"
    changes = (
        Changes(deletes=(Delete(kinds.RUN_PART, record_id),))
        if body is None
        else Changes(puts=(Put(kinds.RUN_PART, record_id, body),))
    )
    cast.commit(P, changes)

    with pytest.raises(RunRefused, match="not whole"):
        verify_run(cast, P, run_id=run.run_id)


def test_a_run_from_before_blocking_pairs_were_counted_is_read_and_verified(cast, clock):
    run = run_now(cast, P, clock=clock)

    def result_of_format_1(lines):
        head = {name: told for name, told in lines[0].items() if name not in ("blocking_pairs", "is_best")}
        supporters, seekers, pairs = lines[1:]
        return [{**head, **supporters, **seekers, "format": 1}, *pairs["pairs"]]

    tampered(cast, run, "result", result_of_format_1)
    put = put_of(run)
    counts = {name: value for name, value in put.body["counts"].items() if name != "blocking_pairs"}
    cast.commit(P, Changes(puts=(replace(put, body={**put.body, "counts": counts}, format=1),)))

    verified = verify_run(cast, P, run_id=run.run_id)

    assert verified.run.counts.blocking_pairs is None
    assert verified.digest == run.proof.digest


def test_deleting_and_saving_again_shows_nothing_of_a_run_that_failed(cast, clock):
    asked = request_run(cast, P, requested_by="key:1", now=NOW)
    with pytest.raises(Gone):
        execute_run(Meddling(cast, before=switching, when=dying([])), P, run_id=asked.run_id, clock=clock)

    staged = [stored.record_id for stored in cast.each(P, Match.KIND)]

    assert len(staged) == 2
    for match_id in staged:
        with pytest.raises(NotFound):
            get_match(cast, P, match_id=match_id)
        with pytest.raises(NotFound):
            act_on_match(cast, P, match_id=match_id, action="approve", by=COORDINATOR, now=NOW)
    assert get_member(cast, P, member_id="ada").version == 1
