"""Every check finds what it looks for, and nothing where all is well; on real stores, at a driven time."""

import shutil
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from matching.policy import Schedule
from service.clock import FixedClock
from service.doctor import MACHINE, STORE, examined, machine, work
from service.doctor import store as of_store
from service.doctor.look import Look, among, lasting
from service.records.codec import put_of
from service.records.job import Job, JobState
from service.settings import Settings
from service.storage import open_store
from service.storage.operated import State
from service.storage.store import Changes, NewEvent, Put
from service.usecases.heartbeats import beat, stop_beating, workers_missed, workers_seen
from service.usecases.members import delete_member, put_members
from service.usecases.platforms import create_platform
from service.usecases.policies import get_policy, put_policy
from service.usecases.runs import request_run
from service.usecases.scheduling import fire_due
from service.usecases.standby import go_live, stand_by
from tests.service.storage import servers
from tests.service.storage.engines import ENGINES, EVERY_ENGINE
from tests.service.usecases.cast import CAST, NOW, OTHER, P

OK, LOOK, WRONG = State.OK, State.WARNING, State.WRONG


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Settings(
        store=f"sqlite:///{tmp_path}/data/alongside.sqlite3",
        is_embedded=True,
        secret_key_file=tmp_path / "secret.key",
        may_make_secret_key=True,
    )


@pytest.fixture(params=EVERY_ENGINE[:2])
def store(request, tmp_path):
    opened = open_store(ENGINES[request.param](tmp_path))
    create_platform(opened, platform_id=P, name=P, now=NOW, signposting="Call 112.")
    create_platform(opened, platform_id=OTHER, name=OTHER, now=NOW, signposting="Call 112.")
    yield opened
    opened.close()


@pytest.fixture
def look(store, settings):
    """The two platforms at a moment some time after NOW."""
    return lambda **later: Look(settings, store, NOW + timedelta(**later), (OTHER, P))


def one(findings):
    (finding,) = findings
    assert finding.says
    assert bool(finding.advice) == (finding.state is not OK)
    return finding


def keep_job(store, **fields):
    job = Job(**{"job_id": "job_1", "task": "t", "subject": "s", "due_at": NOW, "created_at": NOW, **fields})
    store.commit(P, Changes(puts=(put_of(job),)))


def test_workers_are_alive_by_their_own_word(store, look):
    assert one(work.workers(look())).state is LOOK

    beat(store, "worker_1", started_at=NOW, now=NOW)
    beat(store, "worker_2", started_at=NOW, now=NOW + timedelta(minutes=5))
    both, still, missed = (one(work.workers(look(**{"seconds": each}))) for each in (30, 330, 960))

    assert [(each.state, each.says[:8]) for each in (both, still)] == [(OK, "2 worker"), (OK, "1 worker")]
    assert (missed.state, "11 minutes ago" in missed.says) == (WRONG, True)


def test_a_worker_that_ended_in_order_is_not_missed(store, look):
    beat(store, "worker_1", started_at=NOW, now=NOW)
    stop_beating(store, "worker_1")

    assert one(work.workers(look(minutes=5))).state is LOOK


def test_a_worker_that_died_long_ago_is_forgotten_by_the_next(store, look):
    beat(store, "worker_1", started_at=NOW, now=NOW)
    later = NOW + timedelta(days=2)

    beat(store, "worker_2", started_at=later, now=later)

    assert [each.worker_id for each in (*workers_seen(store, now=later), *workers_missed(store, now=later))] == [
        "worker_2"
    ]


def test_variables_that_are_no_settings_are_told(settings):
    assert one(machine.settings_read(settings, None)).state is OK
    slipped = replace(settings, unknown=("ALONGSIDE_PROT",))

    found = one(machine.settings_read(slipped, None))

    assert (found.state, "ALONGSIDE_PROT" in found.says) == (LOOK, True)


def test_work_that_nobody_takes_is_noticed_after_a_minute(store, look):
    keep_job(store, state=JobState.QUEUED)
    beat(store, "worker_1", started_at=NOW, now=NOW)

    assert one(work.workers(look(seconds=59))).state is OK
    late = one(work.workers(look(minutes=12)))

    assert (late.state, "12 minutes" in late.says, P in late.says) == (WRONG, True, True)
    assert OTHER not in late.says


def test_a_job_whose_worker_died_is_work_that_nobody_takes(store, look):
    keep_job(store, state=JobState.RUNNING, attempt=1)

    assert one(work.workers(look(minutes=2))).state is WRONG


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"state": JobState.FAILED, "finished_at": NOW}, LOOK),
        ({"state": JobState.QUEUED, "attempt": 3, "error_code": "no"}, LOOK),
        ({"state": JobState.QUEUED, "attempt": 1, "error_code": "no"}, OK),
        ({"state": JobState.DONE, "finished_at": NOW}, OK),
    ],
)
def test_jobs_that_failed_or_fail_again_and_again_are_told(store, look, fields, state):
    keep_job(store, **fields)

    assert one(work.failed_jobs(look())).state is state


def test_a_slot_that_nobody_fired_is_noticed_and_the_next_one_told(store, look):
    assert "no policy" in one(work.schedule(look())).says
    policy = replace(get_policy(store, P), schedule=Schedule("10 3 * * *", "UTC"))
    put_policy(store, P, policy=policy, now=NOW, expected_version=policy.version)
    tomorrow = (NOW + timedelta(days=1)).replace(hour=3, minute=10)

    before = one(work.schedule(look()))
    missed = one(work.schedule(Look(look().settings, store, tomorrow + timedelta(minutes=6), (P,))))
    fire_due(store, P, now=tomorrow + timedelta(minutes=6))
    after = one(work.schedule(Look(look().settings, store, tomorrow + timedelta(minutes=7), (P,))))

    assert (before.state, "next run" in before.says) == (OK, True)
    assert (missed.state, f"{tomorrow:%Y-%m-%d} 03:10" in missed.says) == (WRONG, True)
    assert after.state is OK


def test_a_run_that_is_open_for_hours_is_told(store, look):
    assert one(work.open_runs(look())).says == "none is open"
    request_run(store, P, requested_by="cli", now=NOW)

    assert one(work.open_runs(look(minutes=119))).state is OK
    assert one(work.open_runs(look(hours=3))).state is LOOK


def test_an_erasure_that_is_not_done_within_an_hour_is_told(store, look):
    assert one(work.erasures(look())).says == "none is pending"
    put_members(store, P, profiles=CAST, now=NOW)
    delete_member(store, P, member_id="amy", now=NOW)

    assert one(work.erasures(look(minutes=59))).state is OK
    late = one(work.erasures(look(hours=5)))

    assert (late.state, "5 hours" in late.says, "amy" in late.says) == (WRONG, True, False)


def test_a_clock_that_is_before_the_last_event_is_told(store, settings, monkeypatch):
    monkeypatch.setattr(type(store), "clocks", lambda _: ())
    store.commit(P, Changes(events=(NewEvent("e", "x", NOW + timedelta(minutes=30)),)))

    assert one(of_store.clock(Look(settings, store, NOW + timedelta(minutes=29, seconds=30), (P,)))).state is OK
    slow = one(of_store.clock(Look(settings, store, NOW, (P, OTHER))))

    assert (slow.state, "30 minutes" in slow.says) == (WRONG, True)


@pytest.mark.redis
@pytest.mark.parametrize(("minutes", "way"), [(-7, "behind"), (7, "ahead of")])
def test_a_clock_that_is_not_that_of_redis_is_told(settings, minutes, way):
    store = open_store(f"{servers.single().url}?prefix={servers.fresh_prefix()}")
    now = datetime.now(UTC)

    well = one(of_store.clock(Look(settings, store, now, ())))
    wrong = one(of_store.clock(Look(settings, store, now + timedelta(minutes=minutes), ())))
    store.close()

    assert well.state is OK
    assert (wrong.state, way in wrong.says) == (WRONG, True)


def test_a_secret_key_is_made_or_read_and_nobody_else_may_read_it(settings):
    assert "first start" in one(machine.secret_key(settings, None)).says
    settings.secret_key_file.write_text(f"k1:{'s' * 40}\n")

    settings.secret_key_file.chmod(0o644)
    assert one(machine.secret_key(settings, None)).state is WRONG
    settings.secret_key_file.chmod(0o600)
    assert one(machine.secret_key(settings, None)).state is OK


def test_an_erasure_ledger_with_a_line_that_is_none_is_told(settings):
    assert one(machine.erasure_ledger(settings, None)).state is OK
    settings.erasure_ledger.write_text("{}\n")

    assert one(machine.erasure_ledger(settings, None)).state is WRONG


def test_an_erasure_ledger_that_cannot_be_written_is_told(settings, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)

    assert one(machine.erasure_ledger(settings, None)).state is WRONG


@pytest.mark.parametrize(("version", "state"), [("2026a", OK), ("2025c", OK), ("2024b", LOOK), ("unknown", LOOK)])
def test_old_rules_of_time_zones_are_told(settings, monkeypatch, version, state):
    monkeypatch.setattr("service.usecases.running.versions.tzdata_version", lambda: version)

    assert one(machine.time_zones(settings, FixedClock(datetime(2026, 11, 30, tzinfo=UTC)))).state is state


@pytest.mark.parametrize(
    ("is_there", "is_writable", "state"), [(True, False, OK), (False, True, OK), (False, False, LOOK)]
)
def test_an_engine_that_every_process_would_compile_is_told(settings, monkeypatch, is_there, is_writable, state):
    monkeypatch.setattr("matching.compiled.is_compiled", lambda: is_there)
    monkeypatch.setattr("os.access", lambda *_: is_writable)

    assert one(machine.compiled_code(settings, None)).state is state


def test_a_full_disk_beside_a_store_that_is_elsewhere_is_told(settings, monkeypatch):
    usage = namedtuple("usage", ("total", "used", "free"))
    remote = replace(settings, is_embedded=False)

    assert list(machine.room(settings, None)) == []
    assert one(machine.room(remote, None)).state is OK
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(9, 9, 1000))
    assert one(machine.room(remote, None)).state is LOOK


def test_a_platform_that_may_not_publish_yet_is_named_with_what_to_say(store, look):
    assert one(work.readiness(look())).state is OK
    create_platform(store, platform_id="quay", name="Quay", now=NOW)

    found = one(work.readiness(replace(look(), platforms=(OTHER, P, "quay"))))

    assert (found.state, "(quay)" in found.says) == (LOOK, True)
    assert found.advice == "alongside wording help TEXT --platform quay"


def test_a_restored_store_says_that_it_stands_by_and_what_waits_because_of_that_is_no_other_fault(store, look):
    assert list(of_store.standby(look())) == []
    policy = replace(get_policy(store, P), schedule=Schedule("10 3 * * *", "UTC"))
    put_policy(store, P, policy=policy, now=NOW, expected_version=policy.version)
    stand_by(store, now=NOW)

    found = one(of_store.standby(look(days=2)))

    assert (found.state, "2 days" in found.says, "go-live" in found.advice) == (LOOK, True, True)
    assert list(work.schedule(look(days=2))) == []
    go_live(store)
    assert one(work.schedule(look(days=2))).state is WRONG


def test_all_that_is_looked_at_has_a_name_of_its_own_on_a_line():
    assert all(len(name) < 12 for name in (*MACHINE, *STORE))


def test_a_record_of_a_newer_program_is_a_matter_of_configuration(settings):
    store = open_store(settings.store)
    create_platform(store, platform_id=P, name=P, now=NOW, signposting="Call 112.")
    index = (("due", "2026-01-01T00:00:00.000000Z"),)
    store.commit(P, Changes(puts=(Put(Job.KIND, "job_1", {}, format=99, index=index),)))
    store.close()

    (told,) = (told for told in examined(settings, FixedClock(NOW)) if told.finding.state is not OK)

    assert (told.is_configuration, told.finding.name, told.finding.advice != "") == (True, "workers", True)


def test_lengths_of_time_and_names_are_short():
    assert [lasting(timedelta(seconds=each)) for each in (1, 61, 7200, 200000)] == [
        "1 second",
        "1 minute",
        "2 hours",
        "2 days",
    ]
    assert among(["a", "a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
