"""The full check of a warm market: what each seeker is due at the prices, over all pairs.

`f` is `warm.arrays.Field`. Never here: what is made of it.
"""
# ruff: noqa: PLR0913, PLR0917 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matching.solvers.native.words import Array, tie_of


@njit(nogil=True, cache=True)
def dues(
    f: Any,
    thresholds: Any,
    rows: Array,
    lengths: Array,
    supporters: Array,
    scores: Array,
    scale: int,
    bonus: int,
    best_hi: Array,
    best_lo: Array,
) -> int:
    """Find each row's best value less price, at least zero, in `best_hi`, `best_lo` (n,); gives blocking pairs.

    thresholds : `stability.Thresholds`.
    """
    begin, blocking = 0, 0
    for position in range(len(rows)):
        row = rows[position]
        due_hi, due_lo = np.int64(0), np.int64(0)
        for item in range(begin, begin + lengths[position]):
            supporter, score = supporters[item], scores[item]
            tie = tie_of(f.seeker_keys[row], f.turned_keys[supporter])
            own, least = thresholds.seeker_score[row], thresholds.supporter_score[supporter]
            blocking += (score > own or (score == own and tie > thresholds.seeker_tie[row])) and (
                score > least or (score == least and tie > thresholds.supporter_tie[supporter])
            )
            hi = f.base[row] + scale * np.int64(score) - f.price_hi[supporter]
            if f.previous[row] == supporter:
                hi += bonus
            lo = tie - f.price_lo[supporter]
            if hi > due_hi or (hi == due_hi and lo > due_lo):
                due_hi, due_lo = hi, lo
        best_hi[row], best_lo[row] = due_hi, due_lo
        begin += lengths[position]
    return blocking
