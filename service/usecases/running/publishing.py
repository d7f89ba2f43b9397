"""Making a run visible: one commit switches, what does not fit in it follows.

The switch sets the platform's `current_run`, the run's state and as many withdrawals as fit: before it nothing of the
run is seen, after it everything new is. Withdrawals beyond that, and fresh scores of kept proposals, are settled
afterwards; settling can be repeated from the stored parts when the process dies in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from matching.outcome import Pair
from service.events import new_event
from service.lifecycle import Action, transition
from service.reasons import WithdrawReason
from service.records.codec import put_of, read_as
from service.records.match import Match
from service.records.platform import Platform
from service.records.run import Run, RunCounts, RunState
from service.storage.store import Changes, Fence, Put, Store
from service.usecases.moves import SYSTEM, saved_steps
from service.usecases.reading import found
from service.usecases.running.change_lines import write_changes
from service.usecases.running.differences import Difference, Fate, as_published, reasons_of
from service.usecases.running.progress import without_progress
from service.usecases.running.rechecking import no_longer_good
from service.usecases.running.snapshot_lines import OpenProposal, Snapshot
from service.usecases.running.staging import Plan, Staged, unstage
from service.usecases.saving import RECORDS_AT_ONCE, in_commits, until_saved
from service.usecases.work import Step

_WITHDRAWALS_IN_SWITCH: Final = 400
"""Beside platform and run in one commit; most platforms' runs change fewer, and are then visible all at once."""

Explain = Callable[[Iterable[Pair]], Iterable[dict[str, Any]]]
"""Gives the explanation of each pair, in order, as it is kept with a match."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """What publishing one run needs."""

    store: Store
    platform_id: str
    fence: Fence
    snapshot: Snapshot
    plan: Plan

    def switch(
        self,
        run: Run,
        *,
        counts: RunCounts,
        staged: Sequence[Staged],
        changes: tuple[Difference, ...],
        now: datetime,
    ) -> Run:
        """Publish the run with what is still good of what it staged; give it as it is then.

        `counts` say what the matching is worth; what becomes of its pairs is counted here. `changes` are what the run
        is to change, written down before; what it could not is noted before anything is seen.
        """

        good = list(staged)

        def attempt() -> Run:
            # Before anything else: who proposes beside a run changes this record too, so that one of both looks again.
            platform = found(self.store, self.platform_id, Platform, self.platform_id)
            bad = no_longer_good(self.store, self.platform_id, staged=good, plan=self.plan, snapshot=self.snapshot)
            dropped = {match.match_id for match in bad}
            unstage(self.store, self.platform_id, sorted(dropped), fence=self.fence)
            good[:] = [match for match in good if match.match_id not in dropped]
            kept = _unchanged(self.store, self.platform_id, [proposal for proposal, _ in self.plan.kept])
            leaving = self._withdrawals(self.plan.leaving, now)
            published = self._published(run.run_id, changes, new=good, kept=kept, leaving=leaving)
            told = replace(
                counts,
                new=len(good),
                kept=len(kept),
                dropped=counts.matched - len(kept) - len(good),
                withdrawn=len(leaving),
                reasons=reasons_of(published),
            )
            done = replace(run, state=RunState.DONE, counts=told, finished_at=now)
            version = self._commit_switch(platform, done, leaving[:_WITHDRAWALS_IN_SWITCH], now)
            return replace(done, version=version)

        return until_saved(attempt)

    def _published(
        self,
        run_id: str,
        changes: tuple[Difference, ...],
        *,
        new: Iterable[Staged],
        kept: Iterable[Match],
        leaving: Iterable[Step],
    ) -> tuple[Difference, ...]:
        """Give what the run changes as things stand, and write it down where that is not what it was to change."""
        done = {
            Fate.NEW: _pairs_of(new),
            Fate.KEPT: _pairs_of(kept),
            Fate.WITHDRAWN: _pairs_of(match for match, _ in leaving),
        }
        published = as_published(changes, done)
        if published != changes:
            write_changes(self.store, self.platform_id, run_id=run_id, changes=published, fence=self.fence)
        return published

    def settle(self, explain: Explain, now: datetime) -> None:
        """Withdraw what the switch left, and give kept proposals their new scores; done twice, it changes nothing."""
        for batch in in_commits(self.plan.leaving, size=RECORDS_AT_ONCE):
            until_saved(lambda batch=batch: self._save(self._withdrawals(batch, now), now))  # type: ignore[misc]
        for kept in in_commits(self.plan.kept, size=RECORDS_AT_ONCE):
            until_saved(lambda kept=kept: self._save(self._refreshed(kept, explain, now), now))  # type: ignore[misc]

    def _commit_switch(self, platform: Platform, run: Run, steps: Sequence[Step], now: datetime) -> int:
        current = replace(platform, current_run=run.run_id)
        puts = (
            put_of(current, expected_version=platform.version),
            put_of(run, expected_version=run.version),
            *self._puts_of(steps, now),
        )
        event = new_event("run.published", run.run_id, now)
        changes = Changes(puts=puts, deletes=(without_progress(run.run_id),), events=(event,), fence=self.fence)
        committed = self.store.commit(self.platform_id, changes)
        return committed.versions[Run.KIND, run.run_id]

    def _withdrawals(self, proposals: Iterable[OpenProposal], now: datetime) -> list[Step]:
        """Give the steps that take back proposals nobody has touched since the run began."""
        matches = _unchanged(self.store, self.platform_id, proposals)
        reason = WithdrawReason.RUN
        return [(match, transition(match, Action.WITHDRAW, by=SYSTEM, at=now, reason=reason)) for match in matches]

    def _refreshed(self, kept: Iterable[tuple[OpenProposal, Pair]], explain: Explain, now: datetime) -> list[Step]:
        pair_of = {proposal.match_id: pair for proposal, pair in kept}
        matches = _unchanged(self.store, self.platform_id, [proposal for proposal, _ in kept])
        pairs = [pair_of[match.match_id] for match in matches]
        steps = []
        for match, pair, explanation in zip(matches, pairs, explain(pairs), strict=True):
            fresh = replace(match, score=pair.score, is_thin=pair.is_thin, explanation=explanation)
            if fresh != match:
                steps.append((match, replace(fresh, updated_at=now)))
        return steps

    def _save(self, steps: Sequence[Step], now: datetime) -> None:
        if steps:
            self.store.commit(self.platform_id, Changes(puts=self._puts_of(steps, now), fence=self.fence))

    def _puts_of(self, steps: Sequence[Step], now: datetime) -> tuple[Put, ...]:
        # No events of their own: one `run.published` tells that everything may have changed.
        return saved_steps(self.store, self.platform_id, steps, now=now).puts


def _pairs_of(matches: Iterable[Match | Staged]) -> frozenset[tuple[str, str]]:
    return frozenset((match.seeker_id, match.supporter_id) for match in matches)


def _unchanged(store: Store, platform_id: str, proposals: Iterable[OpenProposal]) -> list[Match]:
    """Read those that are as they were when the run began, and so still proposals."""
    version_of = {proposal.match_id: proposal.version for proposal in proposals}
    matches = []
    for batch in in_commits(version_of):
        for stored in store.get_many(platform_id, Match.KIND, batch).values():
            match = read_as(Match, stored)
            if match.version == version_of[match.match_id]:
                matches.append(match)
    return matches
