"""Workers that are killed, restarted, too many or deaf: every job is done, and done once in effect."""

import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from service.clock import SystemClock
from service.records.codec import put_of, read_as
from service.records.job import Job, JobState
from service.storage import open_store
from service.storage.store import Changes
from service.usecases.platforms import create_platform
from service.usecases.queueing import announce, enqueue, new_job
from tests.service.jobs.programs import MARK, TASK
from tests.service.storage.engines import ENGINES, EVERY_ENGINE

PATIENCE_SECONDS = 60
PLATFORMS = ("harbour", "outside", "quay")


@pytest.fixture(params=EVERY_ENGINE)
def url(request, tmp_path):
    return ENGINES[request.param](tmp_path)


@pytest.fixture
def store(url):
    opened = open_store(url)
    for platform_id in PLATFORMS:
        create_platform(opened, platform_id=platform_id, name=platform_id, now=SystemClock().now())
    yield opened
    opened.close()


@contextmanager
def worker(url, *, seconds=0.0, lease_seconds=2.0):
    """A worker process that has begun to listen; its leases are short, so that a test need not wait for long."""
    code = (
        "import sys; from datetime import timedelta; from service.jobs import claims; "
        f"claims.TTL = timedelta(seconds={lease_seconds}); "
        "from service.jobs import held; held.TTL = claims.TTL; "
        "from tests.service.jobs.programs import main; main(*sys.argv[1:])"
    )
    process = subprocess.Popen([sys.executable, "-c", code, url, str(seconds)], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def ask_for(store, count, platforms=PLATFORMS):
    now = SystemClock().now()
    for number in range(count):
        platform_id = platforms[number % len(platforms)]
        job = new_job(TASK, subject=f"subject-{number}", due_at=now, now=now)
        enqueue(store, platform_id, Changes(puts=(put_of(job, expected_version=0),)), now=now)


def jobs_of(store):
    return [read_as(Job, stored) for platform_id in PLATFORMS for stored in store.each(platform_id, Job.KIND)]


def marks_of(store):
    return sum(store.count(platform_id, MARK) for platform_id in PLATFORMS)


def marked_events(store):
    return sum(event.type == "marked" for platform_id in PLATFORMS for event in store.events(platform_id, limit=1000))


def wait_until(is_so, *, said):
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < until, said
        time.sleep(0.02)


def wait_for_all(store, count):
    wait_until(lambda: sum(job.state is JobState.DONE for job in jobs_of(store)) == count, said="not all is done")
    assert (marks_of(store), marked_events(store)) == (count, count)


def test_of_three_workers_at_once_each_job_has_one(url, store):
    with worker(url), worker(url), worker(url):
        ask_for(store, 60)
        wait_for_all(store, 60)

    assert {job.attempt for job in jobs_of(store)} == {1}


def test_what_a_killed_worker_had_in_hand_is_done_by_the_next(url, store):
    with worker(url, seconds=30) as dying:
        ask_for(store, 6)
        wait_until(lambda: any(job.state is JobState.RUNNING for job in jobs_of(store)), said="nothing was taken")
        dying.send_signal(signal.SIGKILL)
        dying.wait()

    with worker(url):
        wait_for_all(store, 6)
    assert max(job.attempt for job in jobs_of(store)) == 2


def test_workers_that_are_killed_again_and_again_lose_and_double_nothing(url, store):
    ask_for(store, 40)
    for number in range(6):
        with worker(url, seconds=0.01, lease_seconds=0.5) as dying:
            enough = marks_of(store) + 3
            wait_until(lambda enough=enough: marks_of(store) >= min(enough, 40), said="nothing is done")
            if number % 2:
                dying.send_signal(signal.SIGKILL)
            else:
                dying.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    dying.wait(10)

    with worker(url, lease_seconds=0.5):
        wait_for_all(store, 40)


def test_a_worker_that_is_told_to_stop_gives_back_what_it_cannot_end(url, store):
    with worker(url, seconds=60) as leaving:
        ask_for(store, 1)
        wait_until(lambda: jobs_of(store)[0].state is JobState.RUNNING, said="nothing was taken")
        leaving.send_signal(signal.SIGTERM)
        assert leaving.wait(PATIENCE_SECONDS) == 0

    (job,) = jobs_of(store)
    assert (job.state, job.attempt, job.fence) == (JobState.QUEUED, 0, 0)


def test_workers_restarted_one_after_the_other_lose_nothing_and_begin_nothing_twice(url, store):
    with worker(url, seconds=0.02) as first:
        ask_for(store, 30)
        wait_until(lambda: marks_of(store) > 0, said="nothing is done")
        with worker(url, seconds=0.02) as second:
            first.send_signal(signal.SIGTERM)
            assert first.wait(PATIENCE_SECONDS) == 0
            with worker(url, seconds=0.02):
                second.send_signal(signal.SIGTERM)
                assert second.wait(PATIENCE_SECONDS) == 0
                wait_for_all(store, 30)

    assert {job.attempt for job in jobs_of(store)} == {1}


def test_a_worker_that_hears_nothing_finds_what_is_due(tmp_path):
    url = ENGINES["sqlite"](tmp_path)
    store = open_store(url)
    for platform_id in PLATFORMS:
        create_platform(store, platform_id=platform_id, name=platform_id, now=SystemClock().now())

    with worker(url):
        wait_until(lambda: any(Path(tmp_path, "data").glob("*.bells/*")), said="nobody listens")
        (bells,) = Path(tmp_path, "data").glob("*.bells")
        shutil.rmtree(bells)
        ask_for(store, 6)
        wait_for_all(store, 6)
    store.close()


def test_what_a_dead_caller_announced_and_never_stored_is_no_trouble(url, store):
    now = SystemClock().now()
    announce(store, "harbour", due_at=now, now=now)

    with worker(url):
        ask_for(store, 3)
        wait_for_all(store, 3)
