from datetime import UTC, datetime, timedelta

import pytest

from service.records.codec import put_of, read_as
from service.records.job import Job, JobState
from service.storage import open_store
from service.storage.store import Changes
from service.usecases.runs import request_run

NOW = datetime.now(UTC)


@pytest.fixture
def store(cli, harbour, tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/data/alongside.sqlite3")
    yield opened
    opened.close()


def keep(store, **fields):
    job = Job(
        **{"job_id": "job_1", "task": "t", "subject": "s", "due_at": NOW, "created_at": NOW, "attempt": 3, **fields}
    )
    store.commit("harbour", Changes(puts=(put_of(job),)))


def test_jobs_that_are_not_done_are_listed(cli, store):
    keep(store, state=JobState.FAILED, error_code="too_bad")
    keep(store, job_id="job_2", state=JobState.DONE)

    table, document = (
        cli("jobs", "list", "--platform", "harbour"),
        cli("jobs", "list", "--platform", "harbour", "--json"),
    )

    assert "too_bad" in table.out
    assert [job["job_id"] for job in document.document] == ["job_1"]
    assert cli("jobs", "list", "--platform", "harbour", "--state", "cancelled").out == "No such job.\n"


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.QUEUED])
def test_a_job_that_failed_or_waits_is_due_at_once(cli, store, state):
    keep(store, state=state, due_at=NOW + timedelta(hours=1), finished_at=NOW)

    assert cli("jobs", "retry", "job_1", "--platform", "harbour").code == 0

    job = read_as(Job, store.get("harbour", Job.KIND, "job_1"))
    assert (job.state, job.attempt, job.finished_at) == (JobState.QUEUED, 0, None)
    assert job.due_at < NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    "fields", [{"state": JobState.RUNNING}, {"state": JobState.DONE}, {"state": JobState.FAILED, "task": "run"}]
)
def test_a_job_at_work_a_done_one_and_a_failed_run_are_not_retried(cli, store, fields):
    keep(store, **fields)

    outcome = cli("jobs", "retry", "job_1", "--platform", "harbour")

    assert (outcome.code, outcome.out) == (65, "")


def test_a_run_that_waits_may_be_hurried(cli, store):
    run = request_run(store, "harbour", requested_by="key:1", now=NOW)

    assert cli("jobs", "retry", f"job_{run.run_id}", "--platform", "harbour").code == 0


def test_an_unknown_job_is_bad_input(cli, store):
    assert cli("jobs", "retry", "job_9", "--platform", "harbour").code == 65
