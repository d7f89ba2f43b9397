"""Checking what an outcome tells about itself beside its assignment: its pairs and every count.

`verify.verify_outcome` calls this once every pair was judged anew and the matching is proven. A new attribute of
`Outcome` that can be derived is counted here. Never here: judging, the certificate.
"""

from __future__ import annotations

from matching.cohort import Cohort
from matching.errors import CertificateError
from matching.outcome import Outcome, Pair, digest_of
from matching.verifying.case import Case, claimed_best
from matching.verifying.weighing import Tally

_OF_ALL_PAIRS = ("pairs_feasible", "blocking_pairs")


def check_summary(cohort: Cohort, outcome: Outcome, case: Case, tally: Tally) -> None:
    """Count everything the outcome tells, from the verified matching and the tally of all its cohort's pairs."""
    pairs = _pairs(cohort, outcome, case)
    paired = {pair.seeker_id for pair in pairs}
    truths = {
        "pairs": pairs,
        "still_looking": tuple(sorted(set(cohort.seeker_ids) - paired)),
        "pairs_checked": case.priority.size * case.capacity.size,
        "pairs_feasible": tally.feasible,
        "total_score": sum(pair.score for pair in pairs),
        "matched": len(pairs),
        "kept": sum(pair.is_kept for pair in pairs),
        "places": sum(cohort.capacity.tolist()),
        "blocking_pairs": tally.blocking,
    }
    if not claimed_best(case):
        # Out of time, a run may not have counted what only all pairs tell; None claims nothing.
        for name in _OF_ALL_PAIRS:
            if getattr(outcome, name) is None:
                del truths[name]
    for name, truth in truths.items():
        told = getattr(outcome, name)
        # Equal is not enough: 1, 1.0 and True are, and only one of them is a count.
        if told != truth or repr(told) != repr(truth):
            raise CertificateError(f"the outcome tells a wrong {name}: counted anew it is {truth!r:.200}")
    if outcome.digest != digest_of(pairs, outcome.policy, outcome.result.certificate):
        raise CertificateError("the outcome's digest is not that of its pairs and totals")


def _pairs(cohort: Cohort, outcome: Outcome, case: Case) -> tuple[Pair, ...]:
    thin_below = outcome.policy.thin_below
    pairs = []
    for i, j, score in zip(
        case.paired.tolist(), case.supporter_of[case.paired].tolist(), case.own_score[case.paired].tolist(), strict=True
    ):
        seeker_id, supporter_id = cohort.seeker_ids[i], cohort.supporter_ids[j]
        is_kept = outcome.previous.get(seeker_id) == supporter_id
        pairs.append(Pair(seeker_id, supporter_id, score, is_kept, score < thin_below))
    return tuple(sorted(pairs, key=lambda pair: pair.seeker_id))
