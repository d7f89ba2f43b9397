"""Retention: what was kept long enough goes, what was not stays, and the second time nothing is left to do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from matching.policy import Policy, Retention
from service.errors import Conflict
from service.records import kinds
from service.records.check_in import CheckIn
from service.records.claim import Claim
from service.records.codec import put_of, read_as
from service.records.ended_session import EndedSession
from service.records.import_ import Import, ImportState
from service.records.job import Job, JobState
from service.records.match import ActorRole, Match
from service.records.run import Run
from service.records.task import CoordinatorTask, TaskKind
from service.storage.store import Changes, Fence
from service.usecases.changes import list_changes
from service.usecases.matches import act_on_match, list_matches
from service.usecases.retention import IMPORTS_KEPT, JOBS_KEPT, Keeping, remove_what_is_over
from service.usecases.runs import run_now
from service.usecases.verifying import verify_run
from tests.service.usecases.cast import COORDINATOR, NOW, P
from tests.service.usecases.proposals import blank

YEAR = timedelta(days=365)


def clear_up(store, now, *, is_stopping=lambda: False):
    lease = store.acquire_lease(P, "job", owner="w", ttl=timedelta(minutes=1), now=now)
    return remove_what_is_over(Keeping(store, P, Fence(lease.name, lease.token), now, is_stopping))


def snapshots_of(store):
    return {
        stored.record_id.split(".")[0] for stored in store.each(P, kinds.RUN_PART) if ".snapshot." in stored.record_id
    }


def test_records_of_jobs_go_a_week_after_their_end(cast):
    jobs = [
        Job("job_old", "run", "run_1", JobState.DONE, NOW, NOW - YEAR, NOW - JOBS_KEPT - timedelta(seconds=1)),
        Job("job_new", "run", "run_2", JobState.FAILED, NOW, NOW - YEAR, NOW - JOBS_KEPT),
        Job("job_open", "run", "run_3", JobState.QUEUED, NOW, NOW - YEAR),
    ]
    cast.commit(P, Changes(puts=tuple(put_of(job) for job in jobs)))

    assert clear_up(cast, NOW)

    assert [stored.record_id for stored in cast.each(P, Job.KIND)] == ["job_new", "job_open"]


def test_claims_and_ended_sessions_go_once_they_have_run_out(cast):
    second = timedelta(seconds=1)
    for kept, until in (("old", NOW - second), ("new", NOW + second)):
        puts = (put_of(Claim(f"match_{kept}", "c-1", until)), put_of(EndedSession(f"session_{kept}", until)))
        cast.commit(P, Changes(puts=puts))

    assert clear_up(cast, NOW)

    left = [stored.record_id for kind in (Claim.KIND, EndedSession.KIND) for stored in cast.each(P, kind)]
    assert left == ["match_new", "session_new"]


def test_only_snapshots_of_the_latest_runs_stay(cast, clock):
    runs = []
    for _ in range(7):
        clock.advance(timedelta(hours=1))
        runs.append(run_now(cast, P, clock=clock).run_id)
    trial = run_now(cast, P, clock=clock, is_dry_run=True)

    clear_up(cast, clock.now())

    assert snapshots_of(cast) == set(runs[2:])
    verify_run(cast, P, run_id=runs[2])
    with pytest.raises(Conflict) as refused:
        verify_run(cast, P, run_id=runs[1])
    assert refused.value.code == "run_snapshot_removed"
    assert trial.snapshot_removed_at is None


def test_what_runs_changed_pair_by_pair_stays_as_long_as_their_snapshots_and_of_as_many_trials(cast, clock):
    made = {False: [], True: []}
    for is_dry_run in (False, True) * 7:
        clock.advance(timedelta(hours=1))
        made[is_dry_run].append(run_now(cast, P, clock=clock, is_dry_run=is_dry_run).run_id)

    clear_up(cast, clock.now())

    kept = {
        stored.record_id.split(".")[0] for stored in cast.each(P, kinds.RUN_PART) if ".changes." in stored.record_id
    }
    assert kept == {*made[False][2:], *made[True][2:]}
    # How many for which reason stays with the run.
    assert read_as(Run, cast.get(P, Run.KIND, made[False][0])).counts.reasons == {"new": {"first": 2}}
    with pytest.raises(Conflict) as refused:
        list_changes(cast, P, run_id=made[True][1])
    assert refused.value.code == "run_without_changes"


def test_matches_that_are_over_go_a_year_after_their_last_step(cast, clock):
    run_id = run_now(cast, P, clock=clock).run_id
    over, stands = list_matches(cast, P).records
    clock.advance(timedelta(days=30))
    act_on_match(cast, P, match_id=over.match_id, action="reject", by=COORDINATOR, now=clock.now(), reason="poor_fit")

    clear_up(cast, NOW + YEAR + timedelta(days=30))
    before = cast.count(P, Match.KIND)
    clear_up(cast, NOW + YEAR + timedelta(days=31))

    assert before == 2
    assert [stored.record_id for stored in cast.each(P, Match.KIND)] == [stands.match_id]
    # A run whose matches go cannot be compared with them any longer.
    assert read_as(Run, cast.get(P, Run.KIND, run_id)).snapshot_removed_at is not None


def test_what_events_say_goes_after_thirteen_months_and_that_they_happened_stays(cast, clock):
    run_now(cast, P, clock=clock)
    before = cast.events(P)
    clock.advance(timedelta(days=30))
    run_now(cast, P, clock=clock)

    clear_up(cast, NOW + timedelta(days=396))
    after = cast.events(P)
    clear_up(cast, NOW + timedelta(days=396))

    assert all(event.subject is None and event.body == {} for event in after[: len(before)])
    assert [(event.sequence, event.type, event.at, event.mac) for event in after[: len(before)]] == [
        (event.sequence, event.type, event.at, event.mac) for event in before
    ]
    assert len(after) > len(before)
    assert all(event.subject is not None for event in after[len(before) :])
    assert cast.events(P) == after


def test_the_second_time_nothing_is_left_to_do(cast, clock):
    for _ in range(7):
        clock.advance(timedelta(hours=1))
        run_now(cast, P, clock=clock)
    clear_up(cast, clock.now())
    versions = [(stored.record_id, stored.version) for stored in cast.each(P, Run.KIND)]

    clear_up(cast, clock.now())

    assert [(stored.record_id, stored.version) for stored in cast.each(P, Run.KIND)] == versions


def test_it_stops_when_it_is_asked_to(cast):
    assert not clear_up(cast, NOW, is_stopping=lambda: True)


def test_one_that_was_thought_dead_removes_nothing(cast):
    cast.commit(P, Changes(puts=(put_of(Job("job_old", "run", "r", JobState.DONE, NOW, NOW - YEAR, NOW - YEAR)),)))
    lease = cast.acquire_lease(P, "job", owner="w", ttl=timedelta(minutes=1), now=NOW)
    cast.acquire_lease(P, "job", owner="x", ttl=timedelta(minutes=1), now=NOW + timedelta(minutes=2))

    with pytest.raises(Conflict):
        remove_what_is_over(Keeping(cast, P, Fence(lease.name, lease.token), NOW, lambda: False))

    assert cast.count(P, Job.KIND) == 1


def test_what_was_said_about_a_match_goes_with_it_and_done_tasks_after_the_same_time(cast):
    told = (
        CheckIn("checkin_01", "match_gone", ActorRole.SEEKER, "ada", NOW),
        CheckIn("checkin_02", "match_kept", ActorRole.SEEKER, "ada", NOW),
        CoordinatorTask(TaskKind.CARE, "match_a", ("ada",), NOW, done_at=NOW, task_id="task_a"),
        CoordinatorTask(TaskKind.CARE, "match_b", ("ada",), NOW, task_id="task_b"),
        replace(blank("ada", "ben", run_id=""), match_id="match_kept"),
    )
    cast.commit(P, Changes(puts=tuple(put_of(each) for each in told)))

    clear_up(cast, NOW + YEAR)
    assert [cast.count(P, kind) for kind in (CheckIn.KIND, CoordinatorTask.KIND)] == [2, 2]
    clear_up(cast, NOW + YEAR + timedelta(seconds=1))

    assert [stored.record_id for stored in cast.each(P, CheckIn.KIND)] == ["checkin_02"]
    assert [stored.body["subject"] for stored in cast.each(P, CoordinatorTask.KIND)] == ["match_b"]


def test_an_import_and_what_was_wrong_with_its_lines_go_a_week_after_its_end(cast):
    over = Import("import_old", ImportState.DONE, None, "key:k", NOW, finished_at=NOW)
    cast.commit(P, Changes(puts=(put_of(over),)))

    clear_up(cast, NOW + IMPORTS_KEPT)
    assert cast.count(P, kinds.IMPORT) == 1
    clear_up(cast, NOW + IMPORTS_KEPT + timedelta(seconds=1))

    assert (cast.count(P, kinds.IMPORT), IMPORTS_KEPT) == (0, timedelta(days=7))


def test_the_published_times_are_those_of_a_new_platform():
    assert Policy().retention == Retention(match_days=365, event_days=395, run_snapshots=5, note_days=90)
