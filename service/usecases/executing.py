"""Executing a run, from its snapshot to what people see; called by the worker's child process and by the command line.

The order of the steps is what makes it safe: nothing is seen before the switch of `running/publishing.py`, and every
write carries the fence of the run lease.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matching.errors import Cancelled, CertificateError, MatchingError
from service.clock import Clock
from service.errors import FenceLost, InvalidInput, LeaseHeld, RunInProgress, RunRefused, StoreUnavailable
from service.records.run import Run, RunState
from service.storage.store import Store
from service.usecases.reading import found
from service.usecases.running.lease import HeldLease, run_lease
from service.usecases.running.opening import fail_run, open_run, save_run
from service.usecases.running.parts import write_part
from service.usecases.running.snapshot import lines_of, take_snapshot

if TYPE_CHECKING:
    from matching.outcome import Outcome
    from service.usecases.running.snapshot import Snapshot

OnProgress = Callable[[int, int], None]
"""Told (pairs scored, all pairs), every now and then."""

INTERRUPTED_CODE = "run_interrupted"


@dataclass(frozen=True, slots=True)
class Execution:
    """One process's hold on one run; made by `executing`."""

    store: Store
    platform_id: str
    lease: HeldLease
    clock: Clock
    on_progress: OnProgress | None

    def take_up(self, run: Run) -> Run:
        """Do the run, from the start even if somebody had begun it, and give it when it is final."""
        if run.state.is_final:
            if run.state is RunState.DONE:
                self._settle_again(run)
            return run
        try:
            return self._do(self._begin(run))
        except Cancelled as error:
            raise FenceLost(self.lease.fence.name, self.lease.fence.token) from error
        except CertificateError as error:
            self.fail(run.run_id, error.code, f"the result did not pass the independent check: {error}")
            raise RunRefused(
                "cannot publish this run: its result did not pass the independent check", run_id=run.run_id
            ) from error
        except (MatchingError, InvalidInput) as error:
            self.fail(run.run_id, error.code, str(error))
            raise

    def fail(self, run_id: str, code: str, message: str) -> None:
        """Mark the run as failed, unless it is final."""
        run = found(self.store, self.platform_id, Run, run_id)
        if not run.state.is_final:
            now, fence = self.clock.now(), self.lease.fence
            fail_run(self.store, self.platform_id, run=run, code=code, message=message, now=now, fence=fence)

    def _begin(self, run: Run) -> Run:
        from service.usecases.running.staging import discard

        discard(self.store, self.platform_id, run_id=run.run_id, fence=self.lease.fence)
        now = self.clock.now()
        begun = replace(run, state=RunState.RUNNING, started_at=now, planned_for=now.date())
        return save_run(self.store, self.platform_id, run=begun, fence=self.lease.fence)

    def _do(self, run: Run) -> Run:
        from matching.engine import match
        from matching.verify import verify_outcome
        from service.usecases.running.evidence import counts_of, proof_of

        snapshot = take_snapshot(self.store, self.platform_id, now=self.clock.now())
        cohort = snapshot.cohort()
        outcome = match(
            cohort,
            snapshot.policy,
            previous=snapshot.previous,
            should_stop=self.lease.is_lost,
            on_progress=self.on_progress,
        )
        verify_outcome(cohort, outcome)
        proven = replace(
            run,
            policy_version=snapshot.policy.version,
            counts=counts_of(outcome, snapshot),
            proof=proof_of(outcome, checked_at=self.clock.now()),
        )
        return self._store_counts(proven) if run.is_dry_run else self._publish(proven, outcome, snapshot)

    def _store_counts(self, run: Run) -> Run:
        done = replace(run, state=RunState.DONE, finished_at=self.clock.now())
        return save_run(self.store, self.platform_id, run=done, fence=self.lease.fence)

    def _publish(self, run: Run, outcome: Outcome, snapshot: Snapshot) -> Run:
        from service.usecases.running import evidence
        from service.usecases.running.publishing import Publisher
        from service.usecases.running.staging import explanation_of, plan_of, stage

        fence, run_id = self.lease.fence, run.run_id
        sha256 = write_part(
            self.store,
            self.platform_id,
            run_id=run_id,
            name=evidence.SNAPSHOT,
            lines=lines_of(snapshot),
            fence=fence,
        )
        write_part(
            self.store,
            self.platform_id,
            run_id=run_id,
            name=evidence.RESULT,
            lines=evidence.lines_of(outcome),
            fence=fence,
        )
        plan = plan_of(outcome.pairs, snapshot)
        now = self.clock.now()
        staged = stage(
            self.store, self.platform_id, run_id=run_id, pairs=plan.new, cohort=outcome.cohort, now=now, fence=fence
        )
        publisher = Publisher(self.store, self.platform_id, fence, snapshot, plan)
        if run.counts is None or run.proof is None:
            raise RunRefused("cannot publish a run without its proof", run_id=run_id)
        proven = replace(run, proof=replace(run.proof, snapshot_sha256=sha256))
        done = publisher.switch(proven, counts=run.counts, staged=staged, now=self.clock.now())
        publisher.settle(lambda pair: explanation_of(outcome.cohort, pair), self.clock.now())
        return done

    def _settle_again(self, run: Run) -> None:
        if run.is_dry_run:
            return
        from service.usecases.running import evidence
        from service.usecases.running.publishing import Publisher
        from service.usecases.running.staging import explanation_of, plan_of

        snapshot, _ = evidence.read_snapshot(self.store, self.platform_id, run_id=run.run_id)
        result = evidence.read_result(self.store, self.platform_id, run_id=run.run_id)
        cohort = snapshot.cohort()
        publisher = Publisher(self.store, self.platform_id, self.lease.fence, snapshot, plan_of(result.pairs, snapshot))
        publisher.settle(lambda pair: explanation_of(cohort, pair), self.clock.now())


@contextmanager
def executing(
    store: Store, platform_id: str, *, run_id: str, clock: Clock, on_progress: OnProgress | None
) -> Iterator[Execution]:
    """Hold the platform's run lease for a run; RunInProgress while another run has it."""
    try:
        with run_lease(store, platform_id, run_id=run_id, clock=clock) as lease:
            yield Execution(store, platform_id, lease, clock, on_progress)
    except LeaseHeld as error:
        other = open_run(store, platform_id)
        other_id = other.run_id if other else ""
        raise RunInProgress(run_id=other_id, retry_after_seconds=error.retry_after_seconds) from error


@contextmanager
def closing(execution: Execution, run_id: str) -> Iterator[None]:
    """Never leave the run open, whatever ends the block: for callers behind whom nobody takes it up again."""
    is_done = False
    try:
        yield
        is_done = True
    finally:
        if not is_done:
            with suppress(StoreUnavailable, FenceLost):
                execution.fail(run_id, INTERRUPTED_CODE, "the run was interrupted before it was done")
