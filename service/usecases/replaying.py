"""Replaying a stored run: matching its snapshot once more, from nothing, and comparing pair by pair.

Verifying (`verifying.py`) checks a proof without any solver; replaying shows that the engine of today, given what the
run saw, answers the same. A run that was out of time has no single answer to compare with: it is verified instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matching.errors import CertificateError, MatchingError
from service.errors import RunRefused
from service.records.run import Run
from service.storage.store import Store
from service.usecases.verifying import read_evidence, run_with_evidence, verify_run

if TYPE_CHECKING:
    from matching.outcome import Outcome
    from service.usecases.running.result_lines import KeptResult


@dataclass(frozen=True, slots=True)
class ReplayedRun:
    """A run that gave the same once more.

    Attributes
    ----------
    run : as it is stored.
    matched, total_score, digest : found anew, equal to the stored ones.
    is_solved : matched anew; else the run had been stopped by its time limit, and was verified.
    """

    run: Run
    matched: int
    total_score: int
    digest: str
    is_solved: bool


def replay_run(
    store: Store, platform_id: str, *, run_id: str, on_progress: Callable[[int, int], None] | None = None
) -> ReplayedRun:
    """Match the snapshot of a published run again; every pair and the digest must be the same.

    `on_progress` is told (pairs done, pairs to do). NotFound and Conflict as `verify_run`; RunRefused where anything
    differs, saying what.
    """
    run = run_with_evidence(store, platform_id, run_id=run_id, deed="replay")
    if run.proof is not None and not run.proof.is_best:
        verified = verify_run(store, platform_id, run_id=run_id, on_progress=on_progress)
        return ReplayedRun(run, verified.matched, verified.total_score, verified.digest, is_solved=False)
    try:
        outcome, kept = _matched_again(store, platform_id, run, on_progress)
        _check_same(run, outcome, kept)
    except CertificateError as error:
        raise RunRefused(f"this run does not replay: {error}", run_id=run_id) from error
    except MatchingError as error:
        raise RunRefused(f"this run's snapshot cannot be matched any longer: {error}", run_id=run_id) from error
    return ReplayedRun(run, outcome.matched, outcome.total_score, outcome.digest, is_solved=True)


def _matched_again(
    store: Store, platform_id: str, run: Run, on_progress: Callable[[int, int], None] | None
) -> tuple[Outcome, KeptResult]:
    from matching.engine import match

    snapshot, kept = read_evidence(store, platform_id, run)
    return match(snapshot.cohort(), snapshot.policy, snapshot.previous, on_progress=on_progress), kept


def _check_same(run: Run, outcome: Outcome, kept: KeptResult) -> None:
    stored = {pair.seeker_id: (pair.supporter_id, pair.score) for pair in kept.pairs}
    again = {pair.seeker_id: (pair.supporter_id, pair.score) for pair in outcome.pairs}
    differing = sum(stored.get(each) != again.get(each) for each in stored.keys() | again.keys())
    if differing:
        raise CertificateError(f"{differing:,} of {len(stored):,} pairs come out otherwise{_by_another(run)}")
    if run.proof is None or run.proof.digest != outcome.digest:
        raise CertificateError(f"the pairs are the same, their digest is not{_by_another(run)}")


def _by_another(run: Run) -> str:
    from service.usecases.running.versions import engine_version

    made_by = run.proof.engine_version if run.proof else "unknown"
    return "" if made_by == engine_version() else f" (it was made by version {made_by}, this is {engine_version()})"
