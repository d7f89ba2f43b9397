"""Checking what an outcome tells about itself: its scores, its pairs and every count.

`verify.verify_outcome` calls this once the scores were judged anew and the matching is proven. A new attribute of
`Outcome` that can be derived is counted here. Never here: scoring (`rescore.py`), the certificate (`verify.py`).
"""

from __future__ import annotations

import numpy as np

from matching.cohort import Cohort
from matching.entries import Entries, Ints, stored_entries
from matching.errors import CertificateError, ScoreError
from matching.outcome import Outcome, Pair, digest_of


def check_scores(cohort: Cohort, outcome: Outcome, ours: Entries) -> None:
    """Compare the outcome's scores, entry by entry, with those judged anew."""
    theirs = _told(outcome)
    if ours.shape != theirs.shape:
        raise CertificateError(f"the scores are {theirs.shape}, the cohort is {ours.shape}")
    if np.array_equal(_cells(ours), _cells(theirs)) and np.array_equal(ours.values, theirs.values):
        return
    judged = dict(zip(_cells(ours).tolist(), ours.values.tolist(), strict=True))
    told = dict(zip(_cells(theirs).tolist(), theirs.values.tolist(), strict=True))
    cell = min(dict(judged.items() ^ told.items()))
    i, j = divmod(cell, ours.shape[1])
    raise CertificateError(
        f"the pair ({cohort.seeker_ids[i]}, {cohort.supporter_ids[j]}) is stored with score {told.get(cell)}, "
        f"scored anew it has {judged.get(cell)} (None: it is forbidden)"
    )


def _cells(entries: Entries) -> Ints:
    return entries.rows * entries.shape[1] + entries.columns


def check_summary(cohort: Cohort, outcome: Outcome, entries: Entries, cells: Ints) -> None:
    """Count everything the outcome tells; `entries` are scored anew, `cells` (row × m + column) the verified pairs."""
    m = entries.shape[1]
    scores = entries.values[np.searchsorted(_cells(entries), cells)].tolist()
    pairs = sorted(
        (_pair(cohort, outcome, cell, score) for cell, score in zip(cells.tolist(), scores, strict=True)),
        key=lambda pair: pair.seeker_id,
    )
    paired = {pair.seeker_id for pair in pairs}
    truths = {
        "pairs": tuple(pairs),
        "still_looking": tuple(sorted(set(cohort.seeker_ids) - paired)),
        "pairs_checked": entries.shape[0] * m,
        "pairs_feasible": entries.values.size,
        "total_score": sum(scores),
        "matched": len(pairs),
        "kept": sum(pair.is_kept for pair in pairs),
        "places": sum(cohort.capacity.tolist()),
    }
    for name, truth in truths.items():
        told = getattr(outcome, name)
        # Equal is not enough: 1, 1.0 and True are, and only one of them is a count.
        if told != truth or repr(told) != repr(truth):
            raise CertificateError(f"the outcome tells a wrong {name}: counted anew it is {truth!r:.200}")
    if outcome.digest != digest_of(tuple(pairs), outcome.policy, outcome.result.certificate):
        raise CertificateError("the outcome's digest is not that of its pairs and totals")


def _pair(cohort: Cohort, outcome: Outcome, cell: int, score: int) -> Pair:
    i, j = divmod(cell, len(cohort.supporters))
    seeker_id, supporter_id = cohort.seeker_ids[i], cohort.supporter_ids[j]
    is_kept = outcome.previous.get(seeker_id) == supporter_id
    return Pair(seeker_id, supporter_id, score, is_kept, score < outcome.policy.thin_below)


def _told(outcome: Outcome) -> Entries:
    try:
        return stored_entries(outcome.scores)
    except ScoreError as error:
        raise CertificateError(f"the outcome's scores cannot be read: {error}") from error
