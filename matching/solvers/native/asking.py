"""What prices say of every pair: which are worth more, and which both sides would rather have."""
# ruff: noqa: PLR0912, PLR0913, PLR0915, PLR0917, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

import numpy as np
from numba import njit

from matching.solvers.native.words import NOTHING, Array, keep, tie_of


@njit(nogil=True, cache=True)
def find_violations(
    rows: Array,
    lengths: Array,
    supporters: Array,
    scores: Array,
    scale: int,
    bonus: int,
    base: Array,
    previous: Array,
    seeker_keys: Array,
    turned_keys: Array,
    slot_starts: Array,
    price_hi: Array,
    price_lo: Array,
    surplus_hi: Array,
    surplus_lo: Array,
    most: int,
    best_hi: Array,
    best_lo: Array,
    list_price: Array,
    threshold_of: Array,
    unlisted_hi: Array,
    unlisted_lo: Array,
    blocking_of: Array,
    own_score: Array,
    own_tie: Array,
    least_score: Array,
    least_tie: Array,
) -> tuple[Array, Array, Array, int, int]:
    """Find pairs worth more than their seeker's surplus and their supporter's price; count blocking pairs.

    Parameters
    ----------
    most : violations kept a row, always that of the greatest excess; a pair of less than one seen before may be
        passed over.
    best_hi, best_lo : (n,) changed in place: each row's best value less price, at least zero.
    list_price, threshold_of : prices at which the lists were drawn up, and what pairs outside them are worth at most.
    unlisted_hi, unlisted_lo : (n,) changed in place: the best value less price among pairs outside the list.
    blocking_of : (n,) changed in place: pairs of each row that both sides would rather have.
    own_score, own_tie : (n,) of each seeker's pair, the least integers where there is none.
    least_score, least_tie : (m,) of each supporter's pair of least score, the least integers where a place is free.

    Returns
    -------
    Rows, supporters and scores of the violations kept; how many were seen, 0 only where there are none; pairs.
    """
    kept = 1024
    found_rows, found, found_scores = np.empty(kept, np.int32), np.empty(kept, np.int32), np.empty(kept, np.int32)
    worths, items = np.empty(most, np.int64), np.empty(most, np.int64)
    begin, count, violations = 0, 0, 0
    for position in range(len(rows)):
        row = rows[position]
        top_hi, top_lo, size = surplus_hi[row], surplus_lo[row], 0
        row_best_hi, row_best_lo = np.int64(0), np.int64(0)
        outside_hi, outside_lo, blocking = NOTHING, np.int64(0), 0
        # Whatever is the same for a whole row is read once: rows are long.
        ground, earlier, key, threshold = base[row], np.uint64(previous[row]), seeker_keys[row], threshold_of[row]
        own, own_last = own_score[row], own_tie[row]
        end = begin + lengths[position]
        row_supporters, row_scores = supporters[begin:end], scores[begin:end]
        for item in range(len(row_supporters)):
            # Without a sign: indices that may be negative are looked at twice.
            supporter, score = np.uint64(row_supporters[item]), np.int64(row_scores[item])
            if score >= own and score >= least_score[supporter]:
                least = least_score[supporter]
                if score > own and score > least:
                    blocking += 1
                else:
                    tie = tie_of(key, turned_keys[supporter])
                    blocking += (score > own or tie > own_last) and (score > least or tie > least_tie[supporter])
            worth = scale * score
            hi = ground + worth - price_hi[supporter]
            if hi < row_best_hi and hi < outside_hi and supporter != earlier:
                continue
            if slot_starts[supporter + np.uint64(1)] == slot_starts[supporter]:
                continue
            is_far = hi >= outside_hi and worth - list_price[supporter] <= threshold
            if supporter == earlier:
                hi += bonus
                is_far = False
            if hi < row_best_hi and not is_far:
                continue
            lo = tie_of(key, turned_keys[supporter]) - price_lo[supporter]
            if is_far and (hi > outside_hi or lo > outside_lo):
                outside_hi, outside_lo = hi, lo
            if hi > row_best_hi or (hi == row_best_hi and lo > row_best_lo):
                row_best_hi, row_best_lo = hi, lo
            if hi > top_hi or (hi == top_hi and lo > top_lo):
                violations += 1
                size = keep(worths, items, size, hi, item)
        best_hi[row], best_lo[row] = row_best_hi, row_best_lo
        unlisted_hi[row], unlisted_lo[row] = outside_hi, outside_lo
        blocking_of[row] = blocking
        for at in range(size):
            if count == kept:
                kept *= 2
                found_rows = np.append(found_rows, np.empty(count, np.int32))
                found = np.append(found, np.empty(count, np.int32))
                found_scores = np.append(found_scores, np.empty(count, np.int32))
            found_rows[count], found[count] = row, row_supporters[items[at]]
            found_scores[count] = row_scores[items[at]]
            count += 1
        begin = end
    return found_rows[:count], found[:count], found_scores[:count], violations, begin
