"""The worker: looks for due jobs of every platform in turn, and does them one at a time, runs in a child process.

It never does a run itself, so that nothing a run may do ends it. Stopping (SIGTERM, SIGINT) gives the job in hand a
moment, then hands it back for the next worker. What wakes it is a time-out for now, or `wake`; who waits for less is a
matter of that seam.
"""

from __future__ import annotations

import secrets
import signal
from contextlib import suppress
from dataclasses import replace
from threading import Event
from typing import Final

import structlog

from service.clock import Clock, SystemClock
from service.errors import Conflict, StoreUnavailable
from service.jobs import child
from service.jobs.claims import MAX_ATTEMPTS, Claim, claim_next
from service.jobs.processes import StartChild, Watched, start_child_for
from service.records.run import RunState
from service.storage import open_store
from service.storage.store import Fence, Store
from service.usecases.platforms import platform_ids
from service.usecases.running.lease import RUN_LEASE
from service.usecases.running.lease import TTL as RUN_TTL
from service.usecases.running.opening import DIED_CODE, DIED_MESSAGE, close_dead_run, fail_run, save_run
from service.usecases.runs import get_run

POLL_SECONDS: Final = 1.0
"""How long new work waits at most while the worker has nothing to do."""
GRACE_SECONDS: Final = 10.0
"""How long a run may go on after the worker was asked to stop."""

_log = structlog.get_logger(__name__)


class Worker:
    """One worker; `run_forever` until `stop`, or `run_once` at a time."""

    def __init__(
        self, store: Store, clock: Clock, *, start_child: StartChild, grace_seconds: float = GRACE_SECONDS
    ) -> None:
        self._store = store
        self._clock = clock
        self._start_child = start_child
        self._grace_seconds = grace_seconds
        self._owner = f"worker {secrets.token_hex(8)}"
        self._is_stopping = Event()
        self._woken = Event()

    def stop(self) -> None:
        """Take no further job, and give back the one in hand unless it ends within the grace."""
        self._is_stopping.set()
        self._woken.set()

    def wake(self) -> None:
        """Look for work at once."""
        self._woken.set()

    def run_forever(self) -> None:
        """Work until `stop`; whatever goes wrong with one job or store call is logged, and the next round comes."""
        while not self._is_stopping.is_set():
            self._woken.clear()
            try:
                has_worked = self.run_once()
            except StoreUnavailable as error:
                _log.warning("cannot look for jobs", code=error.code)
                has_worked = False
            except Exception:  # noqa: BLE001 - the outermost loop: one bad record must not stop all platforms
                _log.exception("a job could not be looked after")
                has_worked = False
            if not has_worked:
                self._woken.wait(POLL_SECONDS)

    def run_once(self) -> bool:
        """Do one due job of each platform; tell whether there was any."""
        has_worked = False
        for platform_id in tuple(platform_ids(self._store)):
            if self._is_stopping.is_set():
                break
            close_dead_run(self._store, platform_id, now=self._clock.now())
            claim = claim_next(self._store, platform_id, owner=self._owner, now=self._clock.now())
            if claim is not None:
                _log.info("job taken", task=claim.job.task, attempt=claim.job.attempt)
                self._do_run(claim)
                has_worked = True
        return has_worked

    def _do_run(self, claim: Claim) -> None:
        """Have a run done, and leave job and run as what became of it."""
        if claim.job.attempt > MAX_ATTEMPTS:
            self._give_up(claim)
            return
        process = self._start_child(claim.platform_id, claim.job.subject)
        watched = Watched(process, claim, self._clock, self._is_stopping, self._grace_seconds)
        try:
            exit_code = watched.exit_code()
        except Conflict:
            # Somebody else has the job: what this child may still write is fenced off.
            _log.warning("job lost to another worker", task=claim.job.task, attempt=claim.job.attempt)
            return
        finally:
            watched.end()
        if exit_code is None:
            self._requeue_run(watched.claim)
            watched.claim.hand_back(self._clock.now())
        else:
            self._close(watched.claim, exit_code)

    def _close(self, claim: Claim, exit_code: int) -> None:
        now = self._clock.now()
        run = get_run(self._store, claim.platform_id, run_id=claim.job.subject)
        _log.info("run ended", task=claim.job.task, attempt=claim.job.attempt, state=run.state, code=str(exit_code))
        if run.state is RunState.DONE and exit_code == child.DONE:
            claim.finish(now)
        elif run.state.is_final and run.state is not RunState.DONE:
            claim.fail(now, code=run.error_code or run.state)
        elif claim.is_last_attempt:
            self._give_up(claim)
        else:
            self._requeue_run(claim)
            claim.retry(now, code=DIED_CODE)

    def _requeue_run(self, claim: Claim) -> None:
        run = get_run(self._store, claim.platform_id, run_id=claim.job.subject)
        if run.state is RunState.RUNNING:
            with suppress(Conflict):
                save_run(self._store, claim.platform_id, run=replace(run, state=RunState.QUEUED))

    def _give_up(self, claim: Claim) -> None:
        """Mark a run that died once too often as failed, taking its lease from the dead."""
        now, run_id = self._clock.now(), claim.job.subject
        run = get_run(self._store, claim.platform_id, run_id=run_id)
        if not run.state.is_final:
            lease = self._store.acquire_lease(claim.platform_id, RUN_LEASE, owner=run_id, ttl=RUN_TTL, now=now)
            fence = Fence(lease.name, lease.token)
            fail_run(
                self._store, claim.platform_id, run=run, code=DIED_CODE, message=DIED_MESSAGE, now=now, fence=fence
            )
            self._store.release_lease(lease)
        claim.fail(now, code=DIED_CODE)


def work(store_url: str) -> None:
    """Be a worker on this store until SIGTERM or SIGINT; must be called in the main thread."""
    store = open_store(store_url)
    worker = Worker(store, SystemClock(), start_child=start_child_for(store_url))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    try:
        worker.run_forever()
    finally:
        store.close()
