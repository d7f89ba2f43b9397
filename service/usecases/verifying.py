"""Verifying a stored run: encode its snapshot anew, score every pair anew, check certificate and claims.

Nothing of the solver is used, and nothing of what the run counted is believed.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from matching.errors import CertificateError, MatchingError
from service.errors import Conflict, NotFound, RunRefused
from service.records.run import Run, RunCounts, RunState
from service.storage.store import Store
from service.usecases.reading import found

if TYPE_CHECKING:
    from service.usecases.running.evidence import KeptResult
    from service.usecases.running.snapshot import Snapshot

_UNREADABLE = (NotFound, zlib.error, ValueError, LookupError, TypeError, AttributeError, StopIteration)
"""What reading raises over parts that are missing, cut or replaced by anything else."""

_OF_PUBLISHING = frozenset({"kept", "new", "dropped", "withdrawn"})
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


def verify_run(store: Store, platform_id: str, *, run_id: str) -> VerifiedRun:
    """Verify a published run from what is stored of it.

    NotFound (``run_not_found``); Conflict (``run_not_verifiable``) for one that is not done, or was a dry run;
    RunRefused when anything does not hold: the snapshot was changed, the certificate does not prove the pairs, a number
    is not true.
    """
    run = found(store, platform_id, Run, run_id)
    if run.state is not RunState.DONE or run.is_dry_run:
        raise Conflict("cannot verify this run (allowed: published runs)", code="run_not_verifiable")
    try:
        return _verified(store, platform_id, run)
    except CertificateError as error:
        raise RunRefused(f"this run does not hold: {error}", run_id=run_id) from error
    except MatchingError as error:
        raise RunRefused(f"this run's snapshot cannot be encoded any longer: {error}", run_id=run_id) from error


def _verified(store: Store, platform_id: str, run: Run) -> VerifiedRun:
    from matching.verify import verify_outcome
    from service.usecases.running.evidence import counts_of, outcome_from

    snapshot, sha256, kept = _read(store, platform_id, run_id=run.run_id)
    if run.proof is None or run.counts is None or sha256 != run.proof.snapshot_sha256:
        raise CertificateError("the stored snapshot is not the one it was made from")
    cohort = snapshot.cohort()
    encoded = {
        "seekers": list(cohort.seeker_ids),
        "supporters": list(cohort.supporter_ids),
        "places": cohort.capacity.tolist(),
        "priorities": cohort.priority.tolist(),
    }
    for name, truth in encoded.items():
        if kept.head[name] != truth:
            raise CertificateError(f"its {name} are not those of its snapshot")
    outcome = outcome_from(kept, cohort, snapshot)
    verify_outcome(cohort, outcome)
    counted = counts_of(outcome, snapshot)
    claimed: dict[str, tuple[object, object]] = {
        "digest": (run.proof.digest, outcome.digest),
        "primal": (run.proof.primal, outcome.result.certificate.primal),
        "dual": (run.proof.dual, outcome.result.certificate.dual),
        "objective": (run.proof.objective, str(snapshot.policy.objective)),
        "policy version": (run.policy_version, snapshot.policy.version),
        "planning day": (run.planned_for, snapshot.week.today),
        **{name.replace("_", " "): (getattr(run.counts, name), getattr(counted, name)) for name in _COUNTED_ANEW},
    }
    for name, (claim, truth) in claimed.items():
        if claim != truth:
            raise CertificateError(f"it claims {name} {claim}, which is {truth}")
    return VerifiedRun(run, outcome.matched, outcome.total_score, outcome.pairs_checked, outcome.digest)


def _read(store: Store, platform_id: str, *, run_id: str) -> tuple[Snapshot, str, KeptResult]:
    from service.usecases.running.evidence import read_result, read_snapshot

    try:
        snapshot, sha256 = read_snapshot(store, platform_id, run_id=run_id)
        return snapshot, sha256, read_result(store, platform_id, run_id=run_id)
    except _UNREADABLE as error:
        raise CertificateError("what is stored of it is not whole, or is no run any longer") from error
