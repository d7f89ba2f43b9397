"""Opening and closing a run: at most one is open in a platform, and none stays open when nobody works on it.

A run is open from its first save until it is final; the store keeps it alone by a unique key. It is alive while a job
stands for it that somebody has or will take, or while somebody holds the run lease.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from service.errors import Conflict, LeaseHeld
from service.events import new_event
from service.records import kinds
from service.records.codec import put_of
from service.records.job import Job, JobState
from service.records.run import Run, RunState
from service.storage.store import Changes, Fence, NewEvent, Store
from service.usecases.reading import found, maybe_found
from service.usecases.running.lease import RUN_LEASE, TTL
from service.usecases.running.progress import without_progress
from service.usecases.running.staging import discard
from service.usecases.saving import until_saved

ABANDONED_AFTER: Final = timedelta(minutes=10)
"""How long a job whose worker died may wait for another one before its run is given up: there seems to be no worker."""

DIED_CODE: Final = "run_died"
DIED_MESSAGE: Final = "the process that worked on this run ended before it was done"
_MESSAGES: Final = MappingProxyType(
    {
        DIED_CODE: DIED_MESSAGE,
        "out_of_memory": "the run needed more memory than it may take (ALONGSIDE_JOB_MEMORY_MB)",
    }
)


def job_id_of(run_id: str) -> str:
    """Give the id of the job that does a run."""
    return f"job_{run_id}"


def open_run(store: Store, platform_id: str) -> Run | None:
    """Give the platform's open run."""
    run_id = store.find_unique(platform_id, kinds.OPEN_RUN, "run")
    return None if run_id is None else maybe_found(store, platform_id, Run, run_id)


def close_dead_run(store: Store, platform_id: str, *, now: datetime) -> Run | None:
    """Mark the open run as failed when nobody works on it or ever will; give it then, None when there is none such."""
    run = open_run(store, platform_id)
    if run is None or _is_job_alive(store, platform_id, run, now):
        return None
    try:
        lease = store.acquire_lease(platform_id, RUN_LEASE, owner=f"close {run.run_id}", ttl=TTL, now=now)
    except LeaseHeld:
        return None
    fence = Fence(lease.name, lease.token)
    try:
        # Whoever worked on it may have ended well before we had the lease: what is published must not be removed.
        run = found(store, platform_id, Run, run.run_id)
        if run.state.is_final:
            return None
        return fail_run(store, platform_id, run=run, code=DIED_CODE, message=DIED_MESSAGE, now=now, fence=fence)
    finally:
        store.release_lease(lease)


def fail_run(  # noqa: PLR0913 - one write, described by names
    store: Store, platform_id: str, *, run: Run, code: str, message: str, now: datetime, fence: Fence
) -> Run:
    """Remove what the run staged, and save that and why it failed."""
    discard(store, platform_id, run_id=run.run_id, fence=fence)
    failed = replace(run, state=RunState.FAILED, error_code=code, error=message, finished_at=now)
    return save_run(store, platform_id, run=failed, fence=fence)


def give_up_run(store: Store, platform_id: str, *, run_id: str, code: str, now: datetime) -> None:
    """Mark a run that its job could not do as failed, taking its lease from whoever may still have it."""
    if found(store, platform_id, Run, run_id).state.is_final:
        return
    lease = store.acquire_lease(platform_id, RUN_LEASE, owner=run_id, ttl=TTL, now=now)
    # Read again under the lease: it may have been published in between, and must not be removed then.
    run = found(store, platform_id, Run, run_id)
    if not run.state.is_final:
        fence = Fence(lease.name, lease.token)
        message = _MESSAGES.get(code, "the run could not be done; the worker's log says more")
        fail_run(store, platform_id, run=run, code=code, message=message, now=now, fence=fence)
    store.release_lease(lease)


def cancel_run(store: Store, platform_id: str, *, run_id: str, now: datetime) -> Run:
    """Stop a run that waits or is at work; give it as it then is, also when it was cancelled before.

    What it staged is removed, and its process can save nothing more. NotFound (``run_not_found``); Conflict
    (``run_is_over``) for one that is done or has failed.
    """

    def attempt() -> Run:
        run = found(store, platform_id, Run, run_id)
        if run.state is RunState.CANCELLED:
            return run
        _check_open(run)
        # The owner is the run: the lease comes from whoever is at work, and with it the right to save.
        lease = store.acquire_lease(platform_id, RUN_LEASE, owner=run_id, ttl=TTL, now=now)
        fence = Fence(lease.name, lease.token)
        try:
            run = found(store, platform_id, Run, run_id)
            _check_open(run)
            discard(store, platform_id, run_id=run_id, fence=fence)
            cancelled = replace(run, state=RunState.CANCELLED, finished_at=now)
            return save_run(store, platform_id, run=cancelled, fence=fence)
        finally:
            store.release_lease(lease)

    return until_saved(attempt)


def _check_open(run: Run) -> None:
    if run.state.is_final:
        raise Conflict(f"cannot cancel a run that is {run.state} (allowed: queued, running)", code="run_is_over")


def put_back_run(store: Store, platform_id: str, *, run_id: str) -> None:
    """Say of a run whose process has ended that it waits for another one."""
    run = found(store, platform_id, Run, run_id)
    if run.state is RunState.RUNNING:
        with suppress(Conflict):
            save_run(store, platform_id, run=replace(run, state=RunState.QUEUED))


def save_run(store: Store, platform_id: str, *, run: Run, fence: Fence | None = None) -> Run:
    """Save a run against the version that was read, tell of its end, and give it at its new version."""
    put = put_of(run, expected_version=run.version)
    deletes = (without_progress(run.run_id),) if run.state.is_final else ()
    changes = Changes(puts=(put,), deletes=deletes, events=tuple(_told(run)), fence=fence)
    committed = store.commit(platform_id, changes)
    return replace(run, version=committed.versions[Run.KIND, run.run_id])


def _told(run: Run) -> Iterator[NewEvent]:
    """Tell how a run has ended that changes nothing; of one that does the switch tells."""
    at = run.finished_at or run.created_at
    if run.state is RunState.FAILED:
        yield new_event("run.failed", run.run_id, at, code=run.error_code)
    elif run.state is RunState.CANCELLED:
        yield new_event("run.cancelled", run.run_id, at)
    elif run.state is RunState.DONE and run.is_dry_run:
        yield new_event("run.counted", run.run_id, at)


def _is_job_alive(store: Store, platform_id: str, run: Run, now: datetime) -> bool:
    job = maybe_found(store, platform_id, Job, job_id_of(run.run_id))
    if job is None or not job.state.is_open:
        return False
    return job.state is JobState.QUEUED or now < job.due_at + ABANDONED_AFTER
