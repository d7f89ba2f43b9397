"""Verifying a stored run: encode its snapshot anew, score every pair anew, check certificate and claims.

Nothing of the solver is used, and nothing of what the run counted is believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from matching.errors import CertificateError, MatchingError
from service.errors import RunRefused
from service.records.run import Run, RunCounts
from service.storage.store import Store
from service.usecases.reading import found
from service.usecases.running.parts import UNREADABLE
from service.usecases.running.stored import check_may_be_read

if TYPE_CHECKING:
    from service.usecases.running.result_lines import KeptResult
    from service.usecases.running.snapshot import Snapshot

_OF_PUBLISHING = frozenset({"kept", "new", "dropped", "withdrawn", "reasons"})
_COUNTED_ANEW = tuple(field.name for field in fields(RunCounts) if field.name not in _OF_PUBLISHING)
"""Counts that follow from the snapshot; the others tell what others did while the run was published."""


@dataclass(frozen=True, slots=True)
class VerifiedRun:
    """A run that was verified just now.

    Attributes
    ----------
    run : as it is stored.
    matched, total_score, pairs_checked : counted anew.
    digest : computed anew, equal to the stored one.
    """

    run: Run
    matched: int
    total_score: int
    pairs_checked: int
    digest: str


def verify_run(
    store: Store, platform_id: str, *, run_id: str, on_progress: Callable[[int, int], None] | None = None
) -> VerifiedRun:
    """Verify a published run from what is stored of it: every pair, every number, and that its matches are its pairs.

    `on_progress` is told (pairs judged, all pairs). NotFound (``run_not_found``); Conflict (``run_not_verifiable``)
    for one that is not done, or was a dry run, (``run_snapshot_removed``) for one whose snapshot was kept long enough,
    and (``not_replayable_after_erasure``) for one that somebody was in who was erased since; RunRefused when anything
    does not hold: the snapshot was changed, the certificate does not prove the pairs, a number is not true, the stored
    matches are not its pairs.
    """
    run = run_with_evidence(store, platform_id, run_id=run_id)
    try:
        return _verified(store, platform_id, run, on_progress)
    except CertificateError as error:
        raise RunRefused(f"this run does not hold: {error}", run_id=run_id) from error
    except MatchingError as error:
        raise RunRefused(f"this run's snapshot cannot be encoded any longer: {error}", run_id=run_id) from error


def run_with_evidence(store: Store, platform_id: str, *, run_id: str, deed: str = "verify") -> Run:
    """Read a published run whose snapshot and result are kept; errors as `verify_run`, worded for the `deed`."""
    run = found(store, platform_id, Run, run_id)
    check_may_be_read(run, to=deed, code="run_not_verifiable")
    return run


def read_evidence(store: Store, platform_id: str, run: Run) -> tuple[Snapshot, KeptResult]:
    """Read what is stored of a run; CertificateError when it is not whole, or not what the run was made from."""
    from service.usecases.running.evidence import read_result, read_snapshot

    try:
        snapshot, sha256 = read_snapshot(store, platform_id, run_id=run.run_id)
        kept = read_result(store, platform_id, run_id=run.run_id)
    except UNREADABLE as error:
        raise CertificateError("what is stored of it is not whole, or is no run any longer") from error
    if run.proof is None or run.counts is None or sha256 != run.proof.snapshot_sha256:
        raise CertificateError("the stored snapshot is not the one it was made from")
    return snapshot, kept


def _verified(store: Store, platform_id: str, run: Run, on_progress: Callable[[int, int], None] | None) -> VerifiedRun:
    from matching.verify import verify_outcome
    from service.usecases.running.evidence import counts_of, outcome_from
    from service.usecases.running.recorded import check_matches

    snapshot, kept = read_evidence(store, platform_id, run)
    if run.proof is None or run.counts is None:
        raise CertificateError("it tells neither counts nor proof")
    cohort = snapshot.cohort()
    encoded = {
        "seekers": list(cohort.seeker_ids),
        "supporters": list(cohort.supporter_ids),
        "places": cohort.capacity.tolist(),
        "priorities": cohort.priority.tolist(),
    }
    for name, truth in encoded.items():
        if getattr(kept, name) != truth:
            raise CertificateError(f"its {name} are not those of its snapshot")
    outcome = outcome_from(kept, cohort, snapshot)
    verify_outcome(cohort, outcome, on_progress=on_progress)
    counted, certificate = counts_of(outcome, snapshot), outcome.result.certificate
    claimed: dict[str, tuple[object, object]] = {
        "digest": (run.proof.digest, outcome.digest),
        "primal": (run.proof.primal, certificate.primal if certificate else None),
        "dual": (run.proof.dual, certificate.dual if certificate else None),
        "best": (run.proof.is_best, outcome.result.is_best),
        "objective": (run.proof.objective, str(snapshot.policy.objective)),
        "policy version": (run.policy_version, snapshot.policy.version),
        "planning day": (run.planned_for, snapshot.week.today),
        **{
            name.replace("_", " "): (getattr(run.counts, name), getattr(counted, name))
            for name in _counted_in(run.counts)
        },
    }
    for name, (claim, truth) in claimed.items():
        if claim != truth:
            raise CertificateError(f"it claims {name} {claim}, which is {truth}")
    check_matches(store, platform_id, run=run, counts=run.counts, pairs=outcome.pairs, snapshot=snapshot)
    return VerifiedRun(run, outcome.matched, outcome.total_score, outcome.pairs_checked, outcome.digest)


def _counted_in(counts: RunCounts) -> tuple[str, ...]:
    # A run of an older format claims no number that was not counted then.
    return tuple(name for name in _COUNTED_ANEW if getattr(counts, name) is not None)
