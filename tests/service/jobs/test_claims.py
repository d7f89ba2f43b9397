"""Taking jobs and giving them back: one holder at a time, nothing lost when a holder dies."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from service.errors import Conflict
from service.jobs.claims import TTL, claim_next
from service.records.codec import put_of, read_as
from service.records.job import Job, JobState
from service.storage import open_store
from service.storage.store import Changes
from service.usecases.queueing import enqueue, new_job
from service.usecases.runs import request_run
from tests.service.usecases.cast import NOW, P


@pytest.fixture
def asked(cast):
    return request_run(cast, P, requested_by="key:1", now=NOW)


def job_of(store):
    return read_as(Job, next(iter(store.each(P, Job.KIND))))


def claim(store, now=NOW, owner="w-1"):
    return claim_next(store, P, tasks=("run",), owner=owner, now=now)


def test_a_due_job_is_taken_once(cast, asked):
    mine = claim(cast)

    assert mine.job.subject == asked.run_id
    assert (mine.job.state, mine.job.attempt, mine.job.due_at) == (JobState.RUNNING, 1, NOW + TTL)
    assert mine.job == job_of(cast)
    assert mine.job.fence > 0
    assert claim(cast, owner="w-2") is None


def test_nothing_is_taken_before_it_is_due(cast):
    request_run(cast, P, requested_by="key:1", now=NOW + timedelta(seconds=1))

    assert claim(cast) is None


def test_a_job_whose_worker_died_is_taken_by_another_who_alone_may_finish_it(cast, asked):
    dead = claim(cast)

    late = NOW + TTL
    other = claim(cast, now=late, owner="w-2")

    assert other.job.attempt == 2
    with pytest.raises(Conflict):
        dead.finish(late)
    with pytest.raises(Conflict):
        dead.renew(late)
    other.finish(late)
    assert (job_of(cast).state, job_of(cast).finished_at) == (JobState.DONE, late)


def test_a_renewed_job_is_not_taken(cast, asked):
    mine = claim(cast).renew(NOW + TTL / 2)

    assert claim(cast, now=NOW + TTL, owner="w-2") is None
    assert claim(cast, now=NOW + TTL * 3 / 2, owner="w-2") is not None
    assert mine.job.attempt == 1


def test_a_finished_job_is_never_taken_again(cast, asked):
    claim(cast).finish(NOW)

    assert claim(cast, now=NOW + timedelta(days=365)) is None


def test_a_failed_job_says_why_and_is_never_taken_again(cast, asked):
    claim(cast).fail(NOW, code="run_died")

    assert (job_of(cast).state, job_of(cast).error_code) == (JobState.FAILED, "run_died")
    assert claim(cast, now=NOW + timedelta(days=365)) is None


def test_a_job_to_be_tried_again_waits_and_says_why(cast, asked):
    claim(cast).retry(NOW, delay=timedelta(seconds=5), code="process_died")

    assert (job_of(cast).state, job_of(cast).error_code) == (JobState.QUEUED, "process_died")
    assert claim(cast, now=NOW + timedelta(seconds=4)) is None
    assert claim(cast, now=NOW + timedelta(seconds=5)).job.attempt == 2


def test_a_job_that_is_put_off_is_as_good_as_new(cast, asked):
    claim(cast).put_off(NOW, until=NOW + timedelta(days=1))

    assert claim(cast) is None
    assert job_of(cast).attempt == 0
    assert claim(cast, now=NOW + timedelta(days=1)).job.attempt == 1


def test_only_jobs_of_the_tasks_that_are_named_are_taken_the_longest_due_first(cast):
    due = {"b": NOW - timedelta(hours=1), "a": NOW - timedelta(hours=2), "run": NOW - timedelta(hours=3)}
    jobs = [new_job(task, subject=task, due_at=at, now=NOW) for task, at in due.items()]
    enqueue(cast, P, Changes(puts=tuple(put_of(job) for job in jobs)), now=NOW)

    taken = [claim_next(cast, P, tasks=("b", "a"), owner="w-1", now=NOW) for _ in range(3)]

    assert [each and each.job.task for each in taken] == ["a", "b", None]


def test_a_job_that_is_handed_back_has_cost_no_attempt(cast, asked):
    claim(cast).hand_back(NOW)

    assert (job_of(cast).state, job_of(cast).attempt, job_of(cast).fence) == (JobState.QUEUED, 0, 0)
    assert claim(cast, owner="w-2").job.attempt == 1


def test_of_many_workers_at_once_one_gets_the_job(cast, asked, store_url):
    start, got = Barrier(6), []

    def work(number):
        mine = open_store(store_url)
        start.wait()
        got.append(claim(mine, owner=f"w-{number}"))
        mine.close()

    workers = [Thread(target=work, args=(number,)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(one is not None for one in got) == 1
    assert job_of(cast).attempt == 1
