"""The readable reference held against the verifier's judge.

`reference.score_of` says what a score means; where the judge that goes through every pair finds something else, one of
them is wrong and nothing is proven. Never here: judging for anything but this comparison.
"""

from __future__ import annotations

import numpy as np

from matching.cohort import Cohort
from matching.entries import Ints
from matching.errors import CertificateError
from matching.reference import score_of
from matching.verifying.judges import Judge

SAMPLES = 10_000
"""Random pairs that the readable reference judges."""


def hold_reference_against(cohort: Cohort, judge: Judge, pairs: Ints, *, seed: int) -> None:
    """Judge the given pairs and `SAMPLES` random ones readably; CertificateError where the judge says otherwise.

    `pairs` are cells (row × m + column); so few pairs altogether that all can be judged are all judged.
    """
    m = cohort.capacity.size
    cells = cohort.priority.size * m
    if cells <= SAMPLES:
        chosen = np.arange(cells)
    else:
        chosen = np.append(pairs, np.random.default_rng(seed).integers(0, cells, SAMPLES))
    rows, columns = chosen // max(m, 1), chosen % max(m, 1)
    judged = judge.cells(rows, columns)
    for i, j, is_feasible, score in zip(*(array.tolist() for array in (rows, columns, *judged)), strict=True):
        claim, truth = score if is_feasible else None, score_of(cohort, i, j)
        if claim != truth:
            raise CertificateError(
                f"the pair ({cohort.seeker_ids[i]}, {cohort.supporter_ids[j]}) scores {_said(claim)}; "
                f"judged by the readable reference {_said(truth)}"
            )


def _said(score: int | None) -> str:
    return "nothing (absent)" if score is None else str(score)
