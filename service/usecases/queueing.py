"""Asking for background work: the one way in which jobs get into a store and workers hear of them.

Before the commit that makes a job, the platform's line in the global list of agendas is moved to when the job is due;
after it, whoever listens is called. So whatever dies in between, a worker looks in time: it never takes a line that was
announced just now for settled. What the work is, is declared in `service/jobs/tasks/`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from service.errors import Conflict
from service.records import kinds
from service.records.agenda import Agenda
from service.records.codec import instant_from_json, new_id, put_of
from service.records.job import Job, JobState
from service.storage.store import GLOBAL_SCOPE, Changes, Committed, Store
from service.usecases.reading import as_page, found, maybe_found
from service.usecases.saving import until_saved

RUN_TASK: Final = "run"
"""The name under which jobs that do runs are kept (`service/jobs/tasks/run.py`)."""

SETTLED_AFTER: Final = timedelta(seconds=10)
"""How long a commit may take from being announced to being seen, at the most."""


def new_job(
    task: str, *, subject: str, due_at: datetime, now: datetime, job_id: str | None = None, slot: str | None = None
) -> Job:
    """Make a job that `enqueue` will store; with a `job_id` of its own where there is to be only one such job."""
    return Job(job_id or new_id("job", now), task, subject, JobState.QUEUED, due_at=due_at, created_at=now, slot=slot)


def enqueue(store: Store, platform_id: str, changes: Changes, *, now: datetime) -> Committed:
    """Commit changes that make jobs, or make them due, among whatever else; errors as `Store.commit`."""
    dues = [
        instant_from_json(value)
        for put in changes.puts
        if put.kind == Job.KIND
        for name, value in put.index
        if name == kinds.BY_DUE
    ]
    if not dues:
        return store.commit(platform_id, changes)
    announce(store, platform_id, due_at=min(dues), now=now)
    return store.commit(platform_id, replace(changes, rings=changes.rings or min(dues) <= now))


def list_jobs(store: Store, platform_id: str, *, state: JobState, limit: int) -> tuple[Job, ...]:
    """Read the first jobs in a state, by id."""
    page = store.page(platform_id, Job.KIND, index=kinds.BY_STATE, value=state, limit=limit)
    return as_page(Job, page).records


def retry_job(store: Store, platform_id: str, *, job_id: str, now: datetime) -> None:
    """Have a job done now that has failed or waits, with all its attempts.

    NotFound (``job_not_found``); Conflict (``job_not_retryable``) for one that is at work or done, and for runs that
    have failed: they stay so, and another one may be asked for.
    """

    def attempt() -> None:
        job = found(store, platform_id, Job, job_id)
        is_run_over = job.task == RUN_TASK and not job.state.is_open
        if job.state not in (JobState.QUEUED, JobState.FAILED) or is_run_over:
            allowed = "jobs that wait, and failed ones other than runs"
            raise Conflict(f"cannot retry a job that is {job.state} (allowed: {allowed})", code="job_not_retryable")
        again = replace(job, state=JobState.QUEUED, due_at=now, attempt=0, finished_at=None)
        enqueue(store, platform_id, Changes(puts=(put_of(again, expected_version=job.version),)), now=now)

    until_saved(attempt)


def announce(store: Store, platform_id: str, *, due_at: datetime, now: datetime) -> None:
    """Have a worker look at the platform no later than `due_at`, and once more after what is being stored now is."""

    def attempt() -> None:
        known = maybe_found(store, GLOBAL_SCOPE, Agenda, platform_id) or Agenda(platform_id, due_at, now)
        _save(store, replace(known, look_at=min(due_at, known.look_at), announced_at=max(now, known.announced_at)))

    until_saved(attempt)


def look_again(store: Store, platform_id: str, *, at: datetime) -> None:
    """Have a worker look at the platform no later than this; nothing is being stored."""

    def attempt() -> None:
        known = maybe_found(store, GLOBAL_SCOPE, Agenda, platform_id)
        if known is not None and at < known.look_at:
            _save(store, replace(known, look_at=at))

    until_saved(attempt)


def _save(store: Store, line: Agenda) -> None:
    store.commit(GLOBAL_SCOPE, Changes(puts=(put_of(line, expected_version=line.version),)))
