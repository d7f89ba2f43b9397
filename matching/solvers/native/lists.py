"""Short lists of the best pairs of each seeker."""
# ruff: noqa: PLR0913, PLR0915, PLR0917, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

import numpy as np
from numba import njit

from matching.solvers.native.words import ALL, NOTHING, Array, keep


@njit(nogil=True, cache=True)
def shortlist(
    rows: Array,
    lengths: Array,
    supporters: Array,
    scores: Array,
    scale: int,
    previous: Array,
    slot_starts: Array,
    price: Array,
    spread: int,
    list_of: Array,
    score_of: Array,
    length_of: Array,
    threshold_of: Array,
) -> None:
    """Keep the best pairs of each row at given prices, and some spread over all of its pairs.

    Parameters
    ----------
    rows : seekers; lengths, supporters, scores : their feasible pairs, row after row.
    scale, previous : see `worth.Worth`. slot_starts : supporters without places are left out.
    spread : how many of a list's entries are for pairs taken at even steps: they keep rare supporters in reach.
    list_of, score_of : (n, longest) int32, changed in place; length_of : (n,) entries used.
    threshold_of : (n,) changed in place: no pair outside the list is worth more at these prices.
    """
    longest = list_of.shape[1]
    most = longest - spread
    worths, items = np.empty(most, np.int64), np.empty(most, np.int64)
    is_kept = np.zeros(1024, np.bool_)
    begin = 0
    for position in range(len(rows)):
        row, length = rows[position], lengths[position]
        if length > len(is_kept):
            is_kept = np.zeros(2 * length, np.bool_)
        size, earlier = 0, previous[row]
        for item in range(length):
            supporter = supporters[begin + item]
            worth = scale * np.int64(scores[begin + item]) - price[supporter]
            if supporter == earlier:
                # Somebody's earlier pair is always in reach.
                worth = ALL
            if (size == most and worth <= worths[0]) or slot_starts[supporter + 1] == slot_starts[supporter]:
                continue
            size = keep(worths, items, size, worth, item)
        for at in range(size):
            item = items[at]
            is_kept[item] = True
            list_of[row, at], score_of[row, at] = supporters[begin + item], scores[begin + item]
        best = size
        threshold_of[row] = NOTHING
        if size == most and length > size:
            threshold_of[row] = worths[0]
            # Begin at another place in each row, so that neighbours do not all reach for the same supporters.
            step = max(length // max(spread, 1), 1)
            item = (row * 7919) % step
            while item < length and size < longest:
                supporter = supporters[begin + item]
                if not is_kept[item] and slot_starts[supporter + 1] > slot_starts[supporter]:
                    list_of[row, size], score_of[row, size] = supporter, scores[begin + item]
                    size += 1
                item += step
        for at in range(best):
            is_kept[items[at]] = False
        length_of[row] = size
        begin += length
