"""Scheduled work: every slot fires once, whoever looks; after an outage one run, not ten."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from matching.policy import Schedule
from service.errors import Conflict
from service.jobs.registry import declared
from service.records.codec import delete_of, read_as
from service.records.job import Job
from service.records.run import Run
from service.storage import open_store
from service.storage.store import Changes
from service.usecases.policies import get_policy, put_policy
from service.usecases.runs import request_run, run_now
from service.usecases.scheduling import RETENTION, fire_due, rematch_slot
from service.usecases.standby import LOOK_AGAIN, go_live, stand_by
from service.usecases.wording import get_wording, set_signposting
from tests.service.usecases.cast import NOW, P

HOURLY = Schedule("30 * * * *", "Europe/London")
HALF = timedelta(minutes=30)


def scheduled(store, schedule=HOURLY, now=NOW):
    policy = get_policy(store, P)
    return put_policy(store, P, policy=replace(policy, schedule=schedule), now=now, expected_version=policy.version)


def runs_of(store):
    return [read_as(Run, stored) for stored in store.each(P, Run.KIND)]


def do_all(store, clock):
    for run in runs_of(store):
        if not run.state.is_final:
            declared().tasks["run"].do(work_for(store, clock, run))


def work_for(store, clock, run):
    from service.jobs.work import Work
    from service.storage.store import Fence

    job = next(job for job in jobs_of(store) if job.subject == run.run_id)
    return Work(store, P, job, clock, Fence("none", 0))


def jobs_of(store):
    return [read_as(Job, stored) for stored in store.each(P, Job.KIND)]


@pytest.fixture
def hourly(cast):
    scheduled(cast)
    return cast


def test_without_a_schedule_nobody_is_rematched(cast):
    fire_due(cast, P, now=NOW)
    fire_due(cast, P, now=NOW + timedelta(days=9))

    assert runs_of(cast) == []


def test_a_slot_makes_one_run_with_its_job(hourly):
    assert fire_due(hourly, P, now=NOW) == NOW + HALF
    assert runs_of(hourly) == []

    fire_due(hourly, P, now=NOW + HALF)
    fire_due(hourly, P, now=NOW + HALF)

    (run,) = runs_of(hourly)
    assert (run.requested_by, run.slot) == ("schedule", "slot:harbour:rematch:2026-11-25T09:30:00Z")
    assert run.run_id in [job.subject for job in jobs_of(hourly)]


def test_after_an_outage_one_run_is_made_not_ten(hourly, clock):
    fire_due(hourly, P, now=NOW)

    late = NOW + timedelta(hours=10, minutes=10)
    fire_due(hourly, P, now=late)
    do_all(hourly, clock)
    fire_due(hourly, P, now=late)

    assert [run.slot[-20:] for run in runs_of(hourly)] == ["2026-11-25T18:30:00Z"]


def test_what_was_before_the_schedule_is_not_made_up_for(cast):
    scheduled(cast, Schedule("0 3 * * *", "Europe/London"))

    fire_due(cast, P, now=NOW)

    assert runs_of(cast) == []


def test_another_schedule_makes_up_for_nothing_that_it_would_have_asked_for_before(hourly):
    fire_due(hourly, P, now=NOW)
    scheduled(hourly, Schedule("45 8 * * *", "Europe/London"), now=NOW + timedelta(minutes=1))

    fire_due(hourly, P, now=NOW + timedelta(minutes=2))

    assert runs_of(hourly) == []


def test_a_slot_waits_for_a_run_that_is_under_way(hourly, clock):
    request_run(hourly, P, requested_by="key:1", now=NOW + HALF)

    again = fire_due(hourly, P, now=NOW + HALF)
    do_all(hourly, clock)
    fire_due(hourly, P, now=again)

    assert again == NOW + HALF + timedelta(seconds=10)
    assert [run.requested_by for run in runs_of(hourly)] == ["key:1", "schedule"]


def test_a_slot_that_cron_has_made_already_is_done_with(hourly, clock):
    clock.advance(HALF)
    run_now(hourly, P, clock=clock, slot=rematch_slot(P, clock.now(), minutes=10))

    assert fire_due(hourly, P, now=clock.now()) > clock.now()
    assert [run.requested_by for run in runs_of(hourly)] == ["cli"]


def test_six_who_look_at_once_fire_a_slot_once(hourly, store_url):
    fire_due(hourly, P, now=NOW)
    start, errors = Barrier(6), []

    def look():
        mine = open_store(store_url)
        start.wait()
        try:
            fire_due(mine, P, now=NOW + HALF)
        except Conflict as error:
            errors.append(error.code)
        mine.close()

    lookers = [Thread(target=look) for _ in range(6)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()

    assert len(runs_of(hourly)) == 1
    assert set(errors) <= {"stale_version"}


def test_clearing_up_comes_once_a_night(cast):
    now = NOW
    for _ in range(24 * 4):
        now += timedelta(hours=1)
        fire_due(cast, P, now=now)

    assert [job.task for job in jobs_of(cast)] == [RETENTION] * 4


def test_slots_of_a_platform_that_is_not_ready_pass_and_leave_no_failed_run(hourly):
    saved = get_wording(hourly, P, language="en")
    hourly.commit(P, Changes(deletes=(delete_of(saved),)))
    fire_due(hourly, P, now=NOW)

    assert fire_due(hourly, P, now=NOW + HALF) == NOW + HALF + timedelta(hours=1)
    assert runs_of(hourly) == []

    set_signposting(hourly, P, language="en", text="Call 112.", now=NOW + HALF)
    fire_due(hourly, P, now=NOW + HALF + timedelta(minutes=1))
    assert runs_of(hourly) == []
    fire_due(hourly, P, now=NOW + HALF + timedelta(hours=1))
    assert len(runs_of(hourly)) == 1


def test_a_store_that_stands_by_makes_no_scheduled_run_and_makes_up_for_one_once_it_is_in_use(hourly):
    fire_due(hourly, P, now=NOW)
    stand_by(hourly, now=NOW)
    late = NOW + timedelta(hours=5)

    assert fire_due(hourly, P, now=late) == late + LOOK_AGAIN
    assert runs_of(hourly) == []

    go_live(hourly)
    fire_due(hourly, P, now=late)
    fire_due(hourly, P, now=late)
    assert [run.slot for run in runs_of(hourly)] == ["slot:harbour:rematch:2026-11-25T13:30:00Z"]
