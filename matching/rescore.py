"""The verifier's own scoring of a cohort, and the readable reference held against it.

It calls the declared rules and factors itself and takes no score from a run. A rule or factor needs no change here.
Never here: `kernel.score_pairs`, whose answers are what is checked.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from matching import compiled
from matching.cohort import Cohort
from matching.entries import Entries, Ints
from matching.errors import CertificateError
from matching.factors import FACTORS
from matching.labels import labels_allow, points_for_labels
from matching.reference import score_of
from matching.rules import RULES

PLAIN_PAIRS = 1_000_000
"""Up to here every pair is judged uncompiled, in seconds; above, compiled, with the reference held against samples."""

SAMPLES = 10_000
"""Random pairs that the readable reference judges."""

_BLOCK_PAIRS = 1 << 22


def rescored(cohort: Cohort) -> csr_array:
    """Judge every pair anew; (n, m) int64, a stored entry is a feasible pair."""
    n, m = len(cohort.seekers), len(cohort.supporters)
    blocks = list(_plain_rows(cohort) if n * m <= PLAIN_PAIRS else _compiled_rows(cohort))
    empty = np.empty(0, dtype=np.int64)
    lengths = np.concatenate([empty, *(lengths for lengths, _, _ in blocks)])
    supporters = np.concatenate([empty, *(supporters for _, supporters, _ in blocks)])
    scores = np.concatenate([empty, *(scores for _, _, scores in blocks)])
    return csr_array((scores, supporters, np.append(0, np.cumsum(lengths))), shape=(n, m))


def hold_reference_against(cohort: Cohort, entries: Entries, pairs: Ints, *, seed: int) -> None:
    """Judge the given pairs and `SAMPLES` random ones readably; CertificateError where an entry says otherwise.

    `pairs` are cells (row × m + column); so few pairs altogether that all can be judged are all judged.
    """
    m = entries.shape[1]
    cells = entries.shape[0] * m
    if cells <= SAMPLES:
        chosen = np.arange(cells)
    else:
        chosen = np.append(pairs, np.random.default_rng(seed).integers(0, cells, SAMPLES))
    # One cell beyond all others, so that every search ends at a cell.
    stored = np.append(entries.rows * m + entries.columns, cells)
    values = np.append(entries.values, 0)
    positions = np.searchsorted(stored, chosen)
    is_stored = stored[positions] == chosen
    for cell, value, is_feasible in zip(chosen.tolist(), values[positions].tolist(), is_stored.tolist(), strict=True):
        i, j = divmod(cell, m)
        claim, truth = value if is_feasible else None, score_of(cohort, i, j)
        if claim != truth:
            raise CertificateError(
                f"the pair ({cohort.seeker_ids[i]}, {cohort.supporter_ids[j]}) scores {_said(claim)}; "
                f"judged by the readable reference {_said(truth)}"
            )


def _said(score: int | None) -> str:
    return "nothing (absent)" if score is None else str(score)


def _plain_rows(cohort: Cohort) -> Iterator[tuple[Ints, Ints, Ints]]:
    for i in range(len(cohort.seekers)):
        judged = [(j, score) for j in range(len(cohort.supporters)) if (score := _judged(cohort, i, j)) is not None]
        pairs = np.array(judged, dtype=np.int64).reshape(-1, 2)
        yield np.array([len(judged)]), pairs[:, 0], pairs[:, 1]


def _judged(cohort: Cohort, i: int, j: int) -> int | None:
    c = cohort.plain
    for rule in RULES:
        if not rule.function(c, i, j):
            return None
    if not labels_allow(c, i, j):
        return None
    score = points_for_labels(c, i, j)
    for k, factor in enumerate(FACTORS):
        numerator, denominator = factor.function(c, i, j)
        score += c.weights[k] * numerator // denominator
    return score if score >= cohort.policy.minimum_score else None


def _compiled_rows(cohort: Cohort) -> Iterator[tuple[Ints, Ints, Ints]]:
    score_rows = compiled.load()
    n, m = len(cohort.seekers), len(cohort.supporters)
    step = max(_BLOCK_PAIRS // m, 1)
    for first in range(0, n, step):
        block = score_rows(cohort, first, min(first + step, n))
        yield block.lengths, block.supporters.astype(np.int64), block.scores
