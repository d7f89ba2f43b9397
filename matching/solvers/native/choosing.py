"""Which pairs of a row or a column are worth an arc of a warm market.

`f` is `warm.arrays.Field`. Always: of a pair without an arc, value ≤ the seeker's bound + the supporter's floor, and
floor ≤ price. Never here: arcs themselves (`arcs.py`), paths.
"""
# ruff: noqa: PLR0912, PLR0913, PLR0915, PLR0917, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matching.solvers.native.words import Array, tie_of

LEAST = np.int64(-(1 << 61))


@njit(nogil=True)
def _keep_best(his: Array, los: Array, items: Array, size: int, hi: int, lo: int, item: int) -> int:
    """Put an item into a heap whose least stands first; a full heap drops that one. Gives the new size."""
    most = len(his)
    if size < most:
        at = size
        while at > 0:
            above = (at - 1) >> 1
            if his[above] < hi or (his[above] == hi and los[above] <= lo):
                break
            his[at], los[at], items[at] = his[above], los[above], items[above]
            at = above
        his[at], los[at], items[at] = hi, lo, item
        return size + 1
    if most == 0 or hi < his[0] or (hi == his[0] and lo <= los[0]):
        return size
    at, below = 0, 1
    while below < most:
        right = below + 1
        if right < most and (his[right] < his[below] or (his[right] == his[below] and los[right] < los[below])):
            below = right
        if hi < his[below] or (hi == his[below] and lo <= los[below]):
            break
        his[at], los[at], items[at] = his[below], los[below], items[below]
        at, below = below, 2 * below + 1
    his[at], los[at], items[at] = hi, lo, item
    return size


@njit(nogil=True)
def _best_of_row(
    f: Any, row: int, supporters: Array, gains: Array, floor_hi: Array, floor_lo: Array, heap: Any, is_kept: Array
) -> int:
    """Keep a row's best pairs in the heap; its bound, and where needed floors, are made true for the others."""
    his, los, items = heap
    size, key = 0, f.seeker_keys[row]
    best_hi, best_lo = np.int64(0), np.int64(0)
    for item in range(len(supporters)):
        supporter = supporters[item]
        hi = f.base[row] + gains[item] - f.price_hi[supporter]
        if size == len(his) and hi < his[0]:
            continue
        lo = tie_of(key, f.turned_keys[supporter]) - f.price_lo[supporter]
        size = _keep_best(his, los, items, size, hi, lo, item)
        if hi > best_hi or (hi == best_hi and lo > best_lo):
            best_hi, best_lo = hi, lo
    for at in range(size):
        is_kept[items[at]] = True
    bound_hi, bound_lo = LEAST, np.int64(0)
    for item in range(len(supporters)):
        if is_kept[item]:
            is_kept[item] = False
            continue
        supporter = supporters[item]
        value = f.base[row] + gains[item]
        hi = value - floor_hi[supporter]
        if hi < bound_hi:
            continue
        tie = tie_of(key, f.turned_keys[supporter])
        lo = tie - floor_lo[supporter]
        if hi > best_hi or (hi == best_hi and lo > best_lo):
            floor_hi[supporter], floor_lo[supporter] = value - best_hi, tie - best_lo
            hi, lo = best_hi, best_lo
        if hi > bound_hi or (hi == bound_hi and lo > bound_lo):
            bound_hi, bound_lo = hi, lo
    f.bound_hi[row], f.bound_lo[row] = bound_hi, bound_lo
    return size


@njit(nogil=True)
def _fill_gains(earlier: int, supporters: Array, scores: Array, scale: int, bonus: int, gains: Array) -> None:
    for item in range(len(supporters)):
        gains[item] = scale * np.int64(scores[item]) + (bonus if supporters[item] == earlier else 0)


@njit(nogil=True, cache=True)
def choose_of_row(f: Any, row: int, supporters: Array, gains: Array, most: int) -> Array:
    """Choose which of all pairs of a row become its arcs, at most `most`; gives their places among the pairs.

    The row's surplus is its best value less price, or about to become that.
    """
    heap = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    is_kept = np.zeros(len(supporters), np.bool_)
    size = _best_of_row(f, row, supporters, gains, f.floor_hi, f.floor_lo, heap, is_kept)
    return heap[2][:size]


@njit(nogil=True, cache=True)
def choose_more(
    mine: Any,
    f: Any,
    rows: Array,
    lengths: Array,
    supporters: Array,
    scores: Array,
    scale: int,
    bonus: int,
    floor_hi: Array,
    floor_lo: Array,
    most: int,
) -> tuple[Array, Array, Array]:
    """Choose as `choose_of_row` does for many rows, among pairs with `scores`, what is no arc yet.

    floor_hi, floor_lo : (m,) raised in place.

    Returns
    -------
    How many of each row; supporters; gains.
    """
    heap = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    longest = lengths.max() if len(lengths) else 0
    is_kept, gains = np.zeros(longest, np.bool_), np.empty(longest, np.int64)
    arc_of = np.full(len(f.anchor), -1, np.int64)
    counts = np.zeros(len(rows), np.int64)
    to, gain = np.empty(len(rows) * most, np.int32), np.empty(len(rows) * most, np.int64)
    begin, used = 0, 0
    for position in range(len(rows)):
        row, end = rows[position], begin + lengths[position]
        for arc in range(mine.start[row], mine.start[row] + mine.size[row]):
            arc_of[mine.to[arc]] = row
        own = supporters[begin:end]
        _fill_gains(f.previous[row], own, scores[begin:end], scale, bonus, gains)
        size = _best_of_row(f, row, own, gains[: end - begin], floor_hi, floor_lo, heap, is_kept)
        for at in range(size):
            supporter = own[heap[2][at]]
            if arc_of[supporter] != row:
                to[used], gain[used] = supporter, gains[heap[2][at]]
                used += 1
                counts[position] += 1
        begin = end
    return counts, to[:used], gain[:used]


@njit(nogil=True, cache=True)
def raise_floors(f: Any, floor_hi: Array, floor_lo: Array) -> None:
    """Raise every floor to the one given for it, where that is higher."""
    for supporter in range(len(floor_hi)):
        hi, lo = floor_hi[supporter], floor_lo[supporter]
        if hi > f.floor_hi[supporter] or (hi == f.floor_hi[supporter] and lo > f.floor_lo[supporter]):
            f.floor_hi[supporter], f.floor_lo[supporter] = hi, lo


@njit(nogil=True, cache=True)
def choose_of_rows(
    f: Any,
    rows: Array,
    lengths: Array,
    supporters: Array,
    scores: Array,
    scale: int,
    bonus: int,
    floor_hi: Array,
    floor_lo: Array,
    to: Array,
    gain: Array,
    sizes: Array,
) -> None:
    """Choose the arcs of many rows from all their pairs, into `to`, `gain` (n, most) and `sizes` (n,).

    floor_hi, floor_lo : (m,) raised in place.
    """
    most = to.shape[1]
    heap = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    is_kept = np.zeros(len(floor_hi), np.bool_)
    gains = np.empty(len(floor_hi), np.int64)
    begin = 0
    for position in range(len(rows)):
        row, end = rows[position], begin + lengths[position]
        own = supporters[begin:end]
        _fill_gains(f.previous[row], own, scores[begin:end], scale, bonus, gains)
        size = _best_of_row(f, row, own, gains[: end - begin], floor_hi, floor_lo, heap, is_kept)
        for at in range(size):
            to[row, at], gain[row, at] = own[heap[2][at]], gains[heap[2][at]]
        sizes[row] = size
        begin = end


@njit(nogil=True, cache=True)
def choose_of_column(
    columns: Any,
    f: Any,
    column: int,
    seekers: Array,
    gains: Array,
    slack_hi: int,
    slack_lo: int,
    most: int,
) -> tuple[Array, int]:
    """Choose which pairs of a supporter, whose price fell below the floor, join the arcs; set the floor anew.

    Parameters
    ----------
    seekers, gains : all pairs of the column. slack_hi, slack_lo : how far below the price the floor should be.

    Returns
    -------
    Places of the pairs that join, among them at most `most`; how many are worth more than surplus + price. Where these
    are more than can join, the floor stays above the price.
    """
    price_hi, price_lo = f.price_hi[column], f.price_lo[column]
    low_hi, low_lo = price_hi - slack_hi, price_lo - slack_lo
    if low_hi < 0 or (low_hi == 0 and low_lo < 0):
        low_hi, low_lo = np.int64(0), np.int64(0)
    is_arc = np.zeros(len(f.base), np.bool_)
    for arc in range(columns.start[column], columns.start[column] + columns.size[column]):
        is_arc[columns.to[arc]] = True
    his, los, items = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    size, violations = 0, 0
    turned = f.turned_keys[column]
    for item in range(len(seekers)):
        seeker = seekers[item]
        hi = f.base[seeker] + gains[item] - f.surplus_hi[seeker]
        if is_arc[seeker] or hi < low_hi:
            continue
        lo = tie_of(f.seeker_keys[seeker], turned) - f.surplus_lo[seeker]
        if hi > low_hi or lo > low_lo:
            size = _keep_best(his, los, items, size, hi, lo, item)
            violations += hi > price_hi or (hi == price_hi and lo > price_lo)
    if violations > size:
        return items[:size], violations
    for at in range(size):
        is_arc[seekers[items[at]]] = True
    for item in range(len(seekers)):
        seeker = seekers[item]
        hi = f.base[seeker] + gains[item] - f.surplus_hi[seeker]
        if not is_arc[seeker] and hi >= low_hi:
            lo = tie_of(f.seeker_keys[seeker], turned) - f.surplus_lo[seeker]
            if hi > low_hi or lo > low_lo:
                low_hi, low_lo = hi, lo
    f.floor_hi[column], f.floor_lo[column] = low_hi, low_lo
    for item in range(len(seekers)):
        seeker = seekers[item]
        if is_arc[seeker]:
            continue
        hi = f.base[seeker] + gains[item] - low_hi
        if hi >= f.bound_hi[seeker]:
            lo = tie_of(f.seeker_keys[seeker], turned) - low_lo
            if hi > f.bound_hi[seeker] or lo > f.bound_lo[seeker]:
                f.bound_hi[seeker], f.bound_lo[seeker] = hi, lo
    return items[:size], violations


@njit(nogil=True, cache=True)
def worth_of_column(f: Any, column: int, seekers: Array, gains: Array) -> tuple[Any, Any, int]:
    """Give the least price at which nobody would rather come to a supporter, and who sets it; zeros, -1 if nobody."""
    price_hi, price_lo, anchor = np.int64(0), np.int64(0), -1
    for item in range(len(seekers)):
        seeker = seekers[item]
        hi = f.base[seeker] + gains[item] - f.surplus_hi[seeker]
        if hi < price_hi:
            continue
        lo = tie_of(f.seeker_keys[seeker], f.turned_keys[column]) - f.surplus_lo[seeker]
        if hi > price_hi or lo > price_lo:
            price_hi, price_lo, anchor = hi, lo, seeker
    return price_hi, price_lo, anchor
