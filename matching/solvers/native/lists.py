"""Short lists of the best pairs of each seeker."""
# ruff: noqa: PLR0912, PLR0913, PLR0915, PLR0917, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matching.solvers.native.words import ALL, NOTHING, Array, take_best


@njit(nogil=True, cache=True)
def shortlist(
    rows: Array,
    lengths: Array,
    supporters: Array,
    scores: Array,
    scale: int,
    previous: Array,
    price: Array,
    no_price: Array,
    has_prices: bool,
    plain: int,
    spread: int,
    list_of: Array,
    score_of: Array,
    length_of: Array,
    threshold_of: Array,
    plain_of: Array,
) -> int:
    """Keep the best pairs of each row at given prices, those of greatest score, and some spread over all of its pairs.

    Parameters
    ----------
    rows : seekers; lengths, supporters, scores : their feasible pairs, row after row.
    scale, previous : see `worth.Worth`. An earlier pair is always kept.
    price, no_price : (m,) in the first word, and zeros; `ALL` in both where there are no places: left out.
    has_prices : whether any price is above zero; where none is, the best pairs are those of greatest score.
    plain, spread : how many of a list's entries are for pairs of greatest score, and for pairs taken at even steps:
        these keep rare supporters in reach.
    list_of, score_of : (n, longest) int32, changed in place; length_of : (n,) entries used.
    threshold_of : (n,) changed in place: no pair outside the list is worth more at these prices.
    plain_of : (n,) changed in place: no pair outside the list has a greater score.

    Returns
    -------
    How many pairs there were.
    """
    longest = list_of.shape[1]
    room = max(lengths.max() if len(lengths) else 0, 16)
    worths, items, is_kept = np.empty(room, np.int64), np.empty(room, np.int64), np.zeros(room, np.bool_)
    kept = np.empty(longest, np.int64)
    begin = 0
    for position in range(len(rows)):
        row, end = rows[position], begin + lengths[position]
        own, own_scores = supporters[begin:end], scores[begin:end]
        begin, length, size = end, len(own), 0
        threshold_of[row], plain_of[row] = NOTHING, NOTHING
        if length <= longest:
            for item in range(length):
                size = _add(item, own, price, is_kept, kept, size)
        else:
            most = longest - spread - plain
            if previous[row] >= 0:
                most -= 1
                for item in range(length):
                    if own[item] == previous[row]:
                        size = _add(item, own, price, is_kept, kept, size)
            best = take_best(own, own_scores, scale, price, most, worths, items)
            threshold_of[row] = worths[:best].min() if best > 0 else ALL
            for at in range(best):
                size = _add(items[at], own, price, is_kept, kept, size)
            if not has_prices:
                plain_of[row] = threshold_of[row] // scale
            else:
                best = take_best(own, own_scores, 1, no_price, plain, worths, items)
                plain_of[row] = worths[:best].min() if best > 0 else ALL
                for at in range(best):
                    size = _add(items[at], own, price, is_kept, kept, size)
            # Begin at another place in each row, so that neighbours do not all reach for the same supporters.
            step = length // max(spread, 1)
            first = (row * 7919) % step
            for at in range(spread):
                size = _add(first + at * step, own, price, is_kept, kept, size)
        for at in range(size):
            list_of[row, at], score_of[row, at] = own[kept[at]], own_scores[kept[at]]
            is_kept[kept[at]] = False
        length_of[row] = size
    return begin


@njit(nogil=True)
def _add(item: Any, own: Array, price: Array, is_kept: Array, kept: Array, size: Any) -> Any:
    """Keep an item that is not kept yet, unless there are no places; gives how many are kept."""
    if is_kept[item] or price[own[item]] >= ALL:
        return size
    is_kept[item] = True
    kept[size] = item
    return size + 1
