"""Executing a run, from its snapshot to what people see; called by the worker's child process and by the command line.

The order of the steps is what makes it safe: nothing is seen before the switch of `running/publishing.py`, and every
write carries the fence of the run lease.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from matching.errors import Cancelled, CertificateError, MatchingError
from service.clock import Clock
from service.errors import (
    FenceLost,
    InvalidInput,
    LeaseHeld,
    OutOfTime,
    RunInProgress,
    RunRefused,
    SignpostingMissing,
    StoreUnavailable,
)
from service.metrics import run_counted
from service.records.codec import put_of
from service.records.platform import Platform
from service.records.run import Run, RunState
from service.storage.store import Changes, Store
from service.tracing import spanned
from service.usecases.reading import found, maybe_found
from service.usecases.running.lease import HeldLease, run_lease
from service.usecases.running.limits import EngineLimits, Watcher
from service.usecases.running.opening import fail_run, open_run, save_run
from service.usecases.running.parts import PackedLines
from service.usecases.running.progress import ProgressNotes
from service.usecases.running.snapshot import take_snapshot
from service.usecases.wording import check_ready_to_publish

if TYPE_CHECKING:
    from matching.cohort import Cohort
    from matching.crew import Crew
    from matching.outcome import Outcome, Pair
    from matching.policy import Policy
    from service.usecases.running.differences import Difference
    from service.usecases.running.snapshot import Snapshot

INTERRUPTED_CODE = "run_interrupted"


@dataclass(frozen=True, slots=True)
class Execution:
    """One process's hold on one run; made by `executing`."""

    store: Store
    platform_id: str
    lease: HeldLease
    clock: Clock
    limits: EngineLimits
    watcher: Watcher

    def take_up(self, run: Run) -> Run:
        """Do the run, from the start even if somebody had begun it, and give it when it is final."""
        if run.state.is_final:
            if run.state is RunState.DONE:
                self._settle_again(run)
            return run
        try:
            begun = self._begin(run)
            with (
                self._notes(run.run_id) as notes,
                run_counted(is_dry_run=run.is_dry_run),
                spanned("trial" if run.is_dry_run else "run"),
            ):
                return self._do(begun, notes)
        except Cancelled as error:
            raise FenceLost(self.lease.fence.name, self.lease.fence.token) from error
        except CertificateError as error:
            self.fail(run.run_id, error.code, f"the result did not pass the independent check: {error}")
            raise RunRefused(
                "cannot publish this run: its result did not pass the independent check", run_id=run.run_id
            ) from error
        except (MatchingError, InvalidInput, OutOfTime, SignpostingMissing) as error:
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
        changes = Changes(puts=(put_of(begun, expected_version=run.version),), fence=self.lease.fence)
        committed = self.store.commit(self.platform_id, changes)
        return replace(begun, version=committed.versions[Run.KIND, run.run_id], as_of_event=committed.last_event)

    def _notes(self, run_id: str) -> ProgressNotes:
        return ProgressNotes(
            self.store,
            self.platform_id,
            run_id=run_id,
            fence=self.lease.fence,
            clock=self.clock,
            on_progress=self.watcher.on_progress,
            on_stage=self.watcher.on_stage,
        )

    def _do(self, run: Run, notes: ProgressNotes) -> Run:
        from matching.verify import verify_outcome
        from service.usecases.running.change_lines import write_changes
        from service.usecases.running.differences import differences_of, reasons_of
        from service.usecases.running.evidence import counts_of, proof_of

        if not run.is_dry_run:
            check_ready_to_publish(self.store, self.platform_id)
        notes.begins("read")
        written = PackedLines()
        keep = None if run.is_dry_run else written.add
        snapshot = take_snapshot(
            self.store,
            self.platform_id,
            now=self.clock.now(),
            policy=_policy_of(run),
            keep=keep,
            on_progress=notes.goes_on,
        )
        cohort = snapshot.cohort()
        with self.limits.crew(cohort) as crew:
            outcome = self._match(cohort, snapshot, notes, crew)
            _check_worth_publishing(outcome, snapshot)
            notes.begins("verify")
            verify_outcome(
                cohort,
                outcome,
                on_progress=notes.goes_on,
                should_stop=self.lease.is_lost,
                run_blocks=crew.weigh,
                block_pairs=crew.block_pairs,
            )
        notes.begins("save")
        changes = differences_of(outcome, snapshot)
        proven = replace(
            run,
            policy_version=snapshot.policy.version,
            counts=replace(counts_of(outcome, snapshot), reasons=reasons_of(changes)),
            proof=proof_of(outcome, checked_at=self.clock.now(), max_seconds=self.limits.max_seconds),
        )
        write_changes(self.store, self.platform_id, run_id=run.run_id, changes=changes, fence=self.lease.fence)
        if run.is_dry_run:
            notes.end()
            return self._store_counts(proven)
        return self._publish(proven, outcome, snapshot, written, changes, notes)

    def _match(self, cohort: Cohort, snapshot: Snapshot, notes: ProgressNotes, crew: Crew) -> Outcome:
        from matching.engine import match

        return match(
            cohort,
            snapshot.policy,
            previous=snapshot.previous,
            should_stop=self.lease.is_lost,
            on_progress=notes.goes_on,
            is_time_up=self._alarm(),
            memory_bytes=self.limits.memory_bytes,
            prices=self._last_prices(snapshot),
            on_stage=notes.begins,
            crew=crew,
        )

    def _alarm(self) -> Callable[[], bool] | None:
        """Give what tells whether the engine's time is up, from now on."""
        if self.limits.max_seconds is None:
            return None
        until = self.clock.now() + timedelta(seconds=self.limits.max_seconds)
        return lambda: self.clock.now() >= until

    def _last_prices(self, snapshot: Snapshot) -> Mapping[str, Sequence[int]] | None:
        """Give what places were worth in the run that was published last: little may have changed since."""
        from service.usecases.running.evidence import read_prices

        platform = found(self.store, self.platform_id, Platform, self.platform_id)
        last = maybe_found(self.store, self.platform_id, Run, platform.current_run) if platform.current_run else None
        if last is None:
            return None
        return read_prices(self.store, self.platform_id, run=last, objective=snapshot.policy.objective)

    def _store_counts(self, run: Run) -> Run:
        done = replace(run, state=RunState.DONE, finished_at=self.clock.now())
        return save_run(self.store, self.platform_id, run=done, fence=self.lease.fence)

    def _publish(
        self,
        run: Run,
        outcome: Outcome,
        snapshot: Snapshot,
        written: PackedLines,
        changes: tuple[Difference, ...],
        notes: ProgressNotes,
    ) -> Run:
        from service.usecases.running.evidence import write_evidence
        from service.usecases.running.ordering import write_orders
        from service.usecases.running.orders import delete_orders
        from service.usecases.running.publishing import Publisher
        from service.usecases.running.staging import explanations_of, plan_of, stage

        fence, run_id = self.lease.fence, run.run_id
        sha256 = write_evidence(
            self.store, self.platform_id, run_id=run_id, snapshot=written, outcome=outcome, fence=fence
        )
        plan = plan_of(outcome.pairs, snapshot)
        now = self.clock.now()
        staged = stage(
            self.store,
            self.platform_id,
            run_id=run_id,
            pairs=plan.new,
            cohort=outcome.cohort,
            now=now,
            fence=fence,
            on_progress=notes.goes_on,
        )
        write_orders(
            self.store,
            self.platform_id,
            run_id=run_id,
            snapshot=snapshot,
            plan=plan,
            staged=staged,
            still_looking=outcome.still_looking,
            fence=fence,
        )
        notes.end()
        publisher = Publisher(self.store, self.platform_id, fence, snapshot, plan)
        if run.counts is None or run.proof is None:
            raise RunRefused("cannot publish a run without its proof", run_id=run_id)
        proven = replace(run, proof=replace(run.proof, snapshot_sha256=sha256))
        former = found(self.store, self.platform_id, Platform, self.platform_id).current_run
        done = publisher.switch(proven, counts=run.counts, staged=staged, changes=changes, now=self.clock.now())
        if former is not None:
            delete_orders(self.store, self.platform_id, run_id=former, fence=fence)
        publisher.settle(partial(explanations_of, outcome.cohort), self.clock.now())
        self._look_back(done, outcome.pairs, snapshot)
        return done

    def _settle_again(self, run: Run) -> None:
        if run.is_dry_run:
            return
        from service.usecases.running import evidence
        from service.usecases.running.publishing import Publisher
        from service.usecases.running.staging import explanations_of, plan_of

        snapshot, _ = evidence.read_snapshot(self.store, self.platform_id, run_id=run.run_id)
        result = evidence.read_result(self.store, self.platform_id, run_id=run.run_id)
        publisher = Publisher(self.store, self.platform_id, self.lease.fence, snapshot, plan_of(result.pairs, snapshot))
        publisher.settle(partial(explanations_of, snapshot.cohort()), self.clock.now())
        self._look_back(run, result.pairs, snapshot)

    def _look_back(self, run: Run, pairs: Sequence[Pair], snapshot: Snapshot) -> None:
        from service.usecases.running.afterwards import look_back, refuse_unproven

        back = look_back(self.store, self.platform_id, run=run, pairs=pairs, snapshot=snapshot, now=self.clock.now())
        refuse_unproven(self.store, self.platform_id, run=run, found=back, fence=self.lease.fence)


def _policy_of(run: Run) -> Policy | None:
    """Give what a trial tries; None for a run by the policy in force."""
    from schemas.policy import load_policy

    return None if run.trial_policy is None else load_policy(run.trial_policy)


def _check_worth_publishing(outcome: Outcome, snapshot: Snapshot) -> None:
    """Refuse a matching that was cut short so early that people would lose what they have."""
    standing = len(snapshot.previous)
    if not outcome.result.is_best and outcome.matched < max(standing, 1):
        raise OutOfTime(
            f"the time was up when {outcome.matched:,} pairs were found and {standing:,} proposals stand; nothing was "
            "changed (give the run more time, or no limit)"
        )


@contextmanager
def executing(
    store: Store, platform_id: str, *, run_id: str, clock: Clock, limits: EngineLimits, watcher: Watcher
) -> Iterator[Execution]:
    """Hold the platform's run lease for a run; RunInProgress while another run has it."""
    try:
        with run_lease(store, platform_id, run_id=run_id, clock=clock) as lease:
            yield Execution(store, platform_id, lease, clock, limits, watcher)
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
