"""Verifying a stored run: encode its snapshot anew, score every pair anew, check certificate and claims.

Nothing of the solver is used, and nothing of what the run counted is believed.
"""

from __future__ import annotations

from dataclasses import dataclass

from matching.errors import CertificateError, MatchingError
from service.errors import Conflict, RunRefused
from service.records.run import Run, RunState
from service.storage.store import Store
from service.usecases.reading import found


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
    from service.usecases.running.evidence import outcome_from, read_result, read_snapshot

    snapshot, sha256 = read_snapshot(store, platform_id, run_id=run.run_id)
    if run.proof is None or run.counts is None or sha256 != run.proof.snapshot_sha256:
        raise CertificateError("the stored snapshot is not the one it was made from")
    cohort = snapshot.cohort()
    kept = read_result(store, platform_id, run_id=run.run_id)
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
    claimed = {
        "digest": (run.proof.digest, outcome.digest),
        "primal": (run.proof.primal, outcome.result.certificate.primal),
        "dual": (run.proof.dual, outcome.result.certificate.dual),
        "policy version": (run.policy_version, snapshot.policy.version),
        "matched": (run.counts.matched, outcome.matched),
        "total score": (run.counts.total_score, outcome.total_score),
        "places": (run.counts.places, outcome.places),
        "pairs checked": (run.counts.pairs_checked, outcome.pairs_checked),
    }
    for name, (claim, truth) in claimed.items():
        if claim != truth:
            raise CertificateError(f"it claims a {name} of {claim}, which is {truth}")
    return VerifiedRun(run, outcome.matched, outcome.total_score, outcome.pairs_checked, outcome.digest)
