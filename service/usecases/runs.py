"""Runs: rematching a platform's members, with a proof that anyone can check again.

How a run is done is in `executing.py` and `running/`, how it is verified later in `verifying.py`. Here is what callers
may ask for; `execute_run` is for the worker's child process, `run_now` for the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from service.clock import Clock
from service.errors import RunInProgress, SlotDone, UniqueTaken
from service.records import kinds
from service.records.codec import new_id, put_of, read_as
from service.records.platform import Platform
from service.records.run import Run, RunState
from service.records.run_progress import RunProgress
from service.storage.store import Changes, Page, Put, Store
from service.usecases.executing import closing, executing
from service.usecases.queueing import RUN_TASK, enqueue, new_job
from service.usecases.reading import as_page, found
from service.usecases.replaying import ReplayedRun, replay_run
from service.usecases.running.limits import EngineLimits, Watcher
from service.usecases.running.opening import cancel_run, close_dead_run, job_id_of, open_run, save_run
from service.usecases.verifying import VerifiedRun, verify_run
from service.usecases.wording import check_ready_to_publish

__all__ = [
    "EngineLimits",
    "ReplayedRun",
    "VerifiedRun",
    "Watcher",
    "cancel_run",
    "current_run",
    "execute_run",
    "get_run",
    "list_runs",
    "replay_run",
    "request_run",
    "run_now",
    "verify_run",
]

NO_LIMITS = EngineLimits()
NOBODY = Watcher()


def request_run(
    store: Store,
    platform_id: str,
    *,
    requested_by: str,
    is_dry_run: bool = False,
    trial_policy: dict[str, Any] | None = None,
    now: datetime,
) -> Run:
    """Ask for a run; a worker does it. `requested_by` as in `Run`; with a `trial_policy` (as JSON) it must be a trial.

    RunInProgress, naming it, while another one is queued or under way; one whose process has died is marked as failed
    first. SignpostingMissing before the first publication while the platform has not said where help is.
    """
    if not is_dry_run:
        check_ready_to_publish(store, platform_id)
    close_dead_run(store, platform_id, now=now)
    run, puts = new_run_puts(requested_by=requested_by, is_dry_run=is_dry_run, trial_policy=trial_policy, now=now)
    try:
        enqueue(store, platform_id, Changes(puts=puts), now=now)
    except UniqueTaken as error:
        raise _in_progress(store, platform_id) from error
    return replace(run, version=1)


def new_run_puts(
    *,
    requested_by: str,
    is_dry_run: bool = False,
    trial_policy: dict[str, Any] | None = None,
    now: datetime,
    slot: str | None = None,
) -> tuple[Run, tuple[Put, ...]]:
    """Make a run and the job that does it, for `enqueue`."""
    run = replace(_new_run(requested_by, is_dry_run=is_dry_run, now=now, slot=slot), trial_policy=trial_policy)
    job = new_job(RUN_TASK, subject=run.run_id, due_at=now, now=now, job_id=job_id_of(run.run_id))
    return run, (put_of(run, expected_version=0), put_of(job, expected_version=0))


def execute_run(store: Store, platform_id: str, *, run_id: str, clock: Clock, limits: EngineLimits = NO_LIMITS) -> Run:
    """Do a run that was asked for, or take up one whose process died; give it when it is final.

    A run that is final already is given back, after what may be left to settle. NotFound (``run_not_found``);
    RunInProgress while another run of the platform is at work; RunRefused when the independent check does not accept
    the result, and the engine's own error when members or policy cannot be encoded: the run is then marked as failed
    and nothing of it is seen. FenceLost when somebody took this run over meanwhile; StoreUnavailable leaves it to be
    taken up again.
    """
    found(store, platform_id, Run, run_id)
    with executing(store, platform_id, run_id=run_id, clock=clock, limits=limits, watcher=NOBODY) as execution:
        return execution.take_up(found(store, platform_id, Run, run_id))


def run_now(  # noqa: PLR0913 - one run, described by names
    store: Store,
    platform_id: str,
    *,
    requested_by: str = "cli",
    is_dry_run: bool = False,
    slot: str | None = None,
    clock: Clock,
    limits: EngineLimits = NO_LIMITS,
    watcher: Watcher = NOBODY,
) -> Run:
    """Do a run in this process, at once; errors as `execute_run`, and whatever ends it, the run does not stay open.

    With a `slot` (`kinds.slot_of`), SlotDone, naming it, when there is a run for it already that has not failed.
    RunInProgress while another one is queued or under way. A process that is killed holds others up for a minute at
    most.
    """
    if not is_dry_run:
        check_ready_to_publish(store, platform_id)
    close_dead_run(store, platform_id, now=clock.now())
    _check_slot(store, platform_id, slot)
    new = _new_run(requested_by, is_dry_run=is_dry_run, now=clock.now(), slot=slot)
    # The lease first: a run that is open while nobody holds it would look dead to others.
    with executing(store, platform_id, run_id=new.run_id, clock=clock, limits=limits, watcher=watcher) as execution:
        try:
            run = save_run(store, platform_id, run=new, fence=execution.lease.fence)
        except UniqueTaken as error:
            _check_slot(store, platform_id, slot)
            raise _in_progress(store, platform_id) from error
        with closing(execution, run.run_id):
            return execution.take_up(run)


def get_run(store: Store, platform_id: str, *, run_id: str) -> Run:
    """Read one run, with how far it has come; NotFound (``run_not_found``) otherwise."""
    run = found(store, platform_id, Run, run_id)
    return _with_progress(store, platform_id, (run,))[0]


def list_runs(store: Store, platform_id: str, *, after: str | None = None, limit: int = 100) -> Page[Run]:
    """Read some runs, the latest first; `after` is the `next` of the page before."""
    page = as_page(Run, store.page(platform_id, Run.KIND, after=after, limit=limit, descending=True))
    return replace(page, records=_with_progress(store, platform_id, page.records))


def current_run(store: Store, platform_id: str) -> Run | None:
    """Give the run that was published last; None before the first."""
    platform = found(store, platform_id, Platform, platform_id)
    return None if platform.current_run is None else found(store, platform_id, Run, platform.current_run)


def _with_progress(store: Store, platform_id: str, runs: Sequence[Run]) -> tuple[Run, ...]:
    at_work = tuple(run.run_id for run in runs if run.state is RunState.RUNNING)
    notes = store.get_many(platform_id, RunProgress.KIND, at_work) if at_work else {}
    told = {run_id: read_as(RunProgress, stored) for run_id, stored in notes.items()}
    return tuple(replace(run, progress=told.get(run.run_id)) for run in runs)


def _new_run(requested_by: str, *, is_dry_run: bool, now: datetime, slot: str | None) -> Run:
    return Run(new_id("run", now), RunState.QUEUED, requested_by, is_dry_run=is_dry_run, created_at=now, slot=slot)


def _check_slot(store: Store, platform_id: str, slot: str | None) -> None:
    run_id = None if slot is None else store.find_unique(platform_id, kinds.SLOT, slot)
    if run_id is not None:
        raise SlotDone(run_id=run_id)


def _in_progress(store: Store, platform_id: str) -> RunInProgress:
    other = open_run(store, platform_id)
    return RunInProgress(run_id=other.run_id if other else "")
