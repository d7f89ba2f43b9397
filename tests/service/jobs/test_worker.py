"""The worker: what becomes of jobs and runs when children end well, badly, or not at all."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

import pytest

from service.clock import FixedClock, SystemClock
from service.jobs import child, seats
from service.jobs.child import do_job
from service.jobs.claims import TTL, claim_next
from service.jobs.lanes import Turns
from service.jobs.processes import Children
from service.jobs.registry import Lane, Registry, declared, task
from service.jobs.seats import Setup
from service.jobs.work import Again
from service.jobs.worker import Worker
from service.records.codec import put_of, read_as
from service.records.job import Job, JobState
from service.records.match import Match
from service.records.run import RunState
from service.storage.store import Changes
from service.usecases import runs
from service.usecases.matches import list_matches
from service.usecases.members import put_members
from service.usecases.queueing import enqueue, new_job
from service.usecases.running.opening import job_id_of, save_run
from service.usecases.runs import EngineLimits, get_run, request_run, run_now
from tests.service.usecases.cast import ADA, BEN, NOW, OTHER, P

MAX_ATTEMPTS = declared().tasks["run"].attempts


class Ended:
    """A child that has ended with this exit code, after doing something."""

    def __init__(self, ended, doing=lambda: None):
        self._code, self.code = ended if isinstance(ended, tuple) else (ended, "")
        self._doing = doing

    def wait(self, timeout=None):
        doing, self._doing = self._doing, lambda: None
        doing()
        return self._code

    def terminate(self):
        raise AssertionError("it has ended")

    kill = terminate


class Endless:
    """A child that goes on until it is ended; each look at it is told."""

    code = ""

    def __init__(self, on_look=lambda: None):
        self.on_look = on_look
        self.asked = []

    def wait(self, timeout=None):
        if self.asked:
            return -15
        self.on_look()
        raise subprocess.TimeoutExpired("child", timeout)

    def terminate(self):
        self.asked.append("terminate")

    def kill(self):
        self.asked.append("kill")


@pytest.fixture
def asked(cast):
    return request_run(cast, P, requested_by="key:1", now=NOW)


def worker_with(store, clock, start_child):
    return Worker(store, clock, start_child=start_child, setup=Setup(grace_seconds=0))


def honest(store, clock):
    return lambda platform_id, job_id: Ended(do_job(store, platform_id, job_id=job_id, clock=clock))


def job_of(store, platform_id=P):
    return read_as(Job, next(iter(store.each(platform_id, Job.KIND))))


def test_a_requested_run_is_done(cast, clock, asked):
    worker = worker_with(cast, clock, honest(cast, clock))

    assert worker.run_once()
    assert not worker.run_once()
    assert get_run(cast, P, run_id=asked.run_id).state is RunState.DONE
    assert job_of(cast).state is JobState.DONE
    assert len(list_matches(cast, P).records) == 2


def test_every_platform_gets_its_turn_in_one_round(cast, clock, asked):
    put_members(cast, OTHER, profiles=[ADA, BEN], now=NOW)
    request_run(cast, OTHER, requested_by="key:2", now=NOW)

    worker_with(cast, clock, honest(cast, clock)).run_once()

    assert [job_of(cast, platform_id).state for platform_id in (P, OTHER)] == [JobState.DONE, JobState.DONE]


def test_a_run_that_cannot_be_done_fails_its_job_with_the_runs_own_code(cast, clock, asked, monkeypatch):
    from matching import engine
    from matching.errors import MatchingError

    def broken(*args, **kwargs):
        raise MatchingError("no")

    monkeypatch.setattr(engine, "match", broken)
    worker_with(cast, clock, honest(cast, clock)).run_once()

    assert (job_of(cast).state, job_of(cast).error_code) == (JobState.FAILED, "matching_error")
    assert get_run(cast, P, run_id=asked.run_id).state is RunState.FAILED


def test_a_child_that_dies_is_followed_by_another_and_at_last_the_run_is_failed(cast, clock, asked):
    started = []

    def dying(platform_id, job_id):
        started.append(job_id)
        return Ended(-9)

    worker = worker_with(cast, clock, dying)
    states = []
    for _ in range(MAX_ATTEMPTS):
        assert worker.run_once()
        states.append(get_run(cast, P, run_id=asked.run_id).state)
        clock.advance(timedelta(minutes=1))

    assert not worker.run_once()
    assert started == [job_id_of(asked.run_id)] * MAX_ATTEMPTS
    assert states == [RunState.QUEUED, RunState.QUEUED, RunState.FAILED]
    assert get_run(cast, P, run_id=asked.run_id).error_code == "run_died"
    assert (job_of(cast).state, job_of(cast).error_code) == (JobState.FAILED, "process_died")
    assert run_now(cast, P, clock=clock).state is RunState.DONE


def test_a_child_that_dies_after_publishing_is_followed_by_another_that_settles(cast, clock, asked):
    codes = [-9, 0]

    def start(platform_id, job_id):
        do_job(cast, platform_id, job_id=job_id, clock=clock)
        return Ended(codes.pop(0))

    worker = worker_with(cast, clock, start)
    worker.run_once()
    between = job_of(cast).state
    clock.advance(timedelta(seconds=5))
    worker.run_once()

    assert (between, job_of(cast).state) == (JobState.QUEUED, JobState.DONE)
    assert get_run(cast, P, run_id=asked.run_id).state is RunState.DONE
    assert len(list_matches(cast, P).records) == 2


def test_workers_that_die_with_their_child_are_followed_by_another_and_at_last_the_run_is_failed(cast, clock, asked):
    class Killed(BaseException):
        pass

    def killed():
        raise Killed

    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(Killed):
            worker_with(cast, clock, lambda *_: Ended(0, doing=killed)).run_once()
        clock.advance(TTL)

    assert worker_with(cast, clock, lambda *_: pytest.fail("once too often")).run_once()
    assert get_run(cast, P, run_id=asked.run_id).state is RunState.FAILED
    assert job_of(cast).state is JobState.FAILED


def test_a_worker_that_is_asked_to_stop_ends_the_child_and_hands_the_job_back(cast, clock, asked):
    def begin():
        save_run(cast, P, run=replace(asked, state=RunState.RUNNING))
        endless.on_look = lambda: None
        worker.stop()

    endless = Endless(begin)
    worker = worker_with(cast, clock, lambda *_: endless)

    worker.run_forever()

    assert endless.asked == ["terminate"]
    assert get_run(cast, P, run_id=asked.run_id).state is RunState.QUEUED
    assert (job_of(cast).state, job_of(cast).attempt) == (JobState.QUEUED, 0)
    assert worker_with(cast, clock, honest(cast, clock)).run_once()
    assert get_run(cast, P, run_id=asked.run_id).state is RunState.DONE


def test_a_worker_that_is_asked_to_stop_lets_a_child_end_within_the_grace(cast, clock, asked):
    worker = Worker(cast, clock, start_child=lambda *_: None, setup=Setup(grace_seconds=60))

    def start(platform_id, job_id):
        worker.stop()
        return Ended(do_job(cast, platform_id, job_id=job_id, clock=clock))

    worker._start_child = start
    worker.run_forever()

    assert job_of(cast).state is JobState.DONE


def test_the_claim_is_kept_alive_while_a_child_is_at_work(cast, clock, asked):
    others_got = []

    def look():
        now = clock.advance(TTL / 3)
        others_got.append(claim_next(cast, P, tasks=("run",), owner="another worker", now=now))
        if len(others_got) == 9:
            worker.stop()

    worker = worker_with(cast, clock, lambda *_: Endless(look))
    worker.run_once()

    assert clock.now() - NOW >= TTL * 3
    assert set(others_got) == {None}


def test_a_worker_whose_job_was_taken_ends_its_child_and_leaves_the_job_alone(cast, clock, asked):
    def taken():
        clock.advance(TTL * 2)
        worker_with(cast, clock, honest(cast, clock)).run_once()

    endless = Endless(taken)
    worker_with(cast, clock, lambda *_: endless).run_once()

    assert endless.asked == ["terminate"]
    assert job_of(cast).state is JobState.DONE
    assert len(list_matches(cast, P).records) == 2


class Hurrying(FixedClock):
    """A clock that is half a second on whenever somebody looks."""

    def now(self):
        return self.advance(timedelta(milliseconds=500))


def test_one_bad_round_does_not_end_the_worker(cast, asked):
    clock, rounds = Hurrying(NOW), []

    def start(platform_id, job_id):
        rounds.append(job_id)
        if len(rounds) == 1:
            raise OSError("no more processes")
        worker.stop()
        return Ended(do_job(cast, platform_id, job_id=job_id, clock=clock))

    worker = Worker(cast, clock, start_child=start, setup=Setup(grace_seconds=60))
    worker.run_forever()

    assert len(rounds) == 2
    assert get_run(cast, P, run_id=asked.run_id).state is RunState.DONE


def test_a_sleeping_worker_is_stopped(store, clock):
    worker = worker_with(store, clock, lambda *_: pytest.fail("there is nothing to do"))
    thread = Thread(target=worker.run_forever)
    thread.start()

    worker.stop()
    thread.join(timeout=30)

    assert not thread.is_alive()


def test_a_large_platforms_run_does_not_delay_a_small_ones(cast, clock, asked, monkeypatch):
    put_members(cast, OTHER, profiles=[ADA, BEN], now=NOW)
    small = request_run(cast, OTHER, requested_by="key:2", now=NOW)
    monkeypatch.setattr(seats, "LARGE_PAIRS", 2)

    def start(platform_id, job_id):
        if platform_id == OTHER:
            worker.stop()
            return Ended(do_job(cast, platform_id, job_id=job_id, clock=clock))
        begun.set()
        return Endless()

    begun = Event()
    worker = worker_with(cast, clock, start)
    worker.run_forever()

    assert begun.is_set()
    assert get_run(cast, OTHER, run_id=small.run_id).state is RunState.DONE
    assert job_of(cast).state is JobState.QUEUED


def test_one_platforms_thousand_jobs_come_in_turn_with_anothers_one():
    turns = Turns()
    for platform_id in ("large", "small"):
        turns.offer(platform_id)

    served = []
    for _ in range(4):
        platform_id, _ = turns.take(seconds=0)
        served.append(platform_id)
        turns.served(platform_id, has_more=platform_id == "large")

    assert served == ["large", "small", "large", "large"]


def test_a_platform_has_one_place_in_a_lane_at_a_time_and_chores_are_not_forgotten():
    turns = Turns()
    turns.offer("harbour")
    assert turns.take(seconds=0) == ("harbour", frozenset())

    turns.offer("harbour", "slots")
    assert turns.take(seconds=0) is None
    turns.served("harbour", has_more=False)

    assert turns.take(seconds=0) == ("harbour", {"slots"})


def test_a_platform_may_have_several_places_in_a_lane_where_that_is_said():
    turns = Turns(places=2)
    turns.offer("harbour")
    assert turns.take(seconds=0) == ("harbour", frozenset())
    turns.offer("harbour")
    assert turns.take(seconds=0) == ("harbour", frozenset())

    turns.offer("harbour")
    assert turns.take(seconds=0) is None
    turns.served("harbour", has_more=False)

    assert turns.take(seconds=0) == ("harbour", frozenset())


def test_seats_of_one_worker_that_look_at_one_job_at_once_do_it_once(cast):
    done = []

    @task("deliver", lane=Lane.DELIVERIES)
    def deliver(work):
        done.append(work.job.job_id)

    jobs = [new_job("deliver", subject="x", due_at=NOW, now=NOW) for _ in range(200)]
    registry = Registry({"deliver": deliver}, {})
    setup = Setup(threads=dict.fromkeys(Lane, 4), grace_seconds=5)
    worker = Worker(cast, FixedClock(NOW), start_child=lambda *_: None, registry=registry, setup=setup)
    enqueue(cast, P, Changes(puts=tuple(put_of(job, expected_version=0) for job in jobs)), now=NOW)
    thread = Thread(target=worker.run_forever)
    thread.start()
    until = time.monotonic() + 60
    while len(done) < 200 and time.monotonic() < until:
        time.sleep(0.01)
    worker.stop()
    thread.join(timeout=30)

    assert sorted(done) == sorted(job.job_id for job in jobs)
    assert {job.state for job in (read_as(Job, stored) for stored in cast.each(P, Job.KIND))} == {JobState.DONE}


def test_a_job_may_go_on_as_one_of_another_task(cast, clock):
    done = []

    @task("deliver", lane=Lane.DELIVERIES)
    def deliver(work):
        done.append(work.job.task)
        return Again(work.now, task="deliver_slowly")

    @task("deliver_slowly", lane=Lane.SLOW_DELIVERIES)
    def deliver_slowly(work):
        done.append(work.job.task)

    job = new_job("deliver", subject="x", due_at=NOW, now=NOW)
    enqueue(cast, P, Changes(puts=(put_of(job, expected_version=0),)), now=NOW)
    registry = Registry({each.name: each for each in (deliver, deliver_slowly)}, {})
    Worker(cast, clock, start_child=lambda *_: None, registry=registry).run_once()
    clock.advance(timedelta(seconds=5))
    Worker(cast, clock, start_child=lambda *_: None, registry=registry).run_once()

    assert done == ["deliver", "deliver_slowly"]


def test_a_job_that_takes_too_long_is_given_to_another_and_its_lane_goes_on(cast):
    clock, let_go, stuck = FixedClock(NOW), Event(), Event()

    @task("endless", lane=Lane.SHORT, attempts=1, limit=timedelta(minutes=1))
    def endless(_work):
        stuck.set()
        let_go.wait(60)

    @task("quick", lane=Lane.SHORT)
    def quick(_work):
        worker.stop()

    def ask(name, platform_id):
        job = new_job(name, subject="x", due_at=NOW, now=NOW)
        enqueue(cast, platform_id, Changes(puts=(put_of(job),)), now=clock.now())

    setup = Setup(threads=dict.fromkeys(Lane, 1), grace_seconds=0)
    registry = Registry({"endless": endless, "quick": quick}, {})
    worker = Worker(cast, clock, start_child=lambda *_: None, registry=registry, setup=setup)
    thread = Thread(target=worker.run_forever)
    ask("endless", P)
    thread.start()
    assert stuck.wait(30)
    ask("quick", OTHER)
    clock.advance(timedelta(minutes=2))
    thread.join(timeout=30)
    let_go.set()

    assert not thread.is_alive()
    assert (job_of(cast).state, job_of(cast).error_code) == (JobState.FAILED, "time_limit")
    assert job_of(cast, OTHER).state is JobState.DONE


# --- With real processes -------------------------------------------------------------------------------------------

STUCK = """
import sys
from service.clock import FixedClock
from service.storage import open_store
from service.storage.sqlite import SqliteStore
from service.storage.store import Changes
from service.usecases import runs
from datetime import datetime
honest = SqliteStore.commit
def commit(self, scope, changes):
    if any(put.kind == "platform" for put in changes.puts):
        print("staged", flush=True)
        sys.stdin.read()
    return honest(self, scope, changes)
SqliteStore.commit = commit
url, platform, run, now = sys.argv[1:]
runs.execute_run(open_store(url), platform, run_id=run, clock=FixedClock(datetime.fromisoformat(now)))
"""


def stuck_child(url, run_id):
    """A real process that has staged everything and waits just before the switch."""
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK, url, P, run_id, NOW.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"staged\n"
    return process


def closed(process):
    process.stdin.close()
    process.stdout.close()


def test_a_run_whose_child_is_killed_half_way_shows_nothing_and_is_taken_over(cast, clock, asked, store_url):
    seen = []

    def start(platform_id, job_id):
        process = stuck_child(store_url, asked.run_id)
        seen.append((list_matches(cast, P).records, cast.count(P, Match.KIND)))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        closed(process)
        return process

    assert worker_with(cast, clock, start).run_once()
    half_way = get_run(cast, P, run_id=asked.run_id)
    clock.advance(timedelta(seconds=5))
    assert worker_with(cast, clock, honest(cast, clock)).run_once()

    assert seen == [((), 2)]
    assert half_way.state is RunState.QUEUED
    assert get_run(cast, P, run_id=asked.run_id).state is RunState.DONE
    assert cast.count(P, Match.KIND) == len(list_matches(cast, P).records) == 2


def test_the_real_child_does_a_run_in_the_store_of_its_environment(cast, clock, store_url):
    asked = request_run(cast, P, requested_by="key:1", now=NOW)

    with closing(Children(store_url)) as children:
        assert worker_with(cast, clock, children.start).run_once()

    assert get_run(cast, P, run_id=asked.run_id).state is RunState.DONE
    assert job_of(cast).state is JobState.DONE


def test_the_real_worker_stops_on_sigterm_with_its_job_done_or_handed_back(cast, store_url):
    asked = request_run(cast, P, requested_by="key:1", now=SystemClock().now())
    process = subprocess.Popen(
        [sys.executable, "-c", "from service.cli import main; main()", "worker"],
        env={**os.environ, "ALONGSIDE_STORE": store_url},
        stderr=subprocess.DEVNULL,
    )
    try:
        while job_of(cast).state is JobState.QUEUED:
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()

    ended = (job_of(cast).state, get_run(cast, P, run_id=asked.run_id).state)
    assert ended in ((JobState.DONE, RunState.DONE), (JobState.QUEUED, RunState.QUEUED))


def test_the_child_gives_the_engine_what_the_settings_allow(cast, clock, asked, monkeypatch):
    told = []
    monkeypatch.setattr(runs, "execute_run", lambda *_args, limits, **_kwargs: told.append(limits))
    monkeypatch.setenv("ALONGSIDE_ENGINE_MEMORY_MB", "64")
    monkeypatch.setenv("ALONGSIDE_ENGINE_SECONDS", "90")

    assert do_job(cast, P, job_id=job_id_of(asked.run_id), clock=clock) == (child.DONE, "")
    assert told == [EngineLimits(64 << 20, 90)]
