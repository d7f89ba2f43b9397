"""The arcs a core is made of: chosen from short lists, joined by others, turned around."""
# ruff: noqa: PLR0913, PLR0915, PLR0917, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matching.solvers.native.words import ALL, LEAST, NOTHING, Array, keep, put_first, ranked


@njit(nogil=True)
def _keep_in_reach(own: Array, earlier: int, worths: Array, items: Array, most: int) -> None:
    """Put somebody's earlier pair among the first items, in place of that of least worth, if it is listed."""
    least = 0
    for at in range(most):
        if own[items[at]] == earlier:
            return
        if worths[at] < worths[least]:
            least = at
    for item in range(len(own)):
        if own[item] == earlier:
            items[least] = item


@njit(nogil=True, cache=True)
def choose(
    begins: Array,
    lengths: Array,
    supporters: Array,
    scores: Array,
    scale: int,
    bonus: int,
    base: Array,
    previous: Array,
    price: Array,
    most: int,
    first: int,
    end: int,
) -> tuple[Array, Array, Array]:
    """Choose the best arcs of the lists from first to before end at given prices, at most `most` a row.

    Parameters
    ----------
    begins, lengths : (n,) where each row's list begins in `supporters` and `scores` (int32), and its length.
    price : (m,) in the first word; `ALL` where nobody may be chosen.

    Returns
    -------
    Compressed rows: how many arcs each has, supporters (int32), weights. The row's earlier pair is among them wherever
    it is listed.
    """
    counts = np.zeros(end - first, np.int64)
    chosen, weights = np.empty((end - first) * most, np.int32), np.empty((end - first) * most, np.int64)
    worths, items = np.empty(1024, np.int64), np.empty(1024, np.int64)
    count = 0
    for row in range(first, end):
        begin, length = begins[row], lengths[row]
        own, own_scores = supporters[begin : begin + length], scores[begin : begin + length]
        if length > len(worths):
            worths, items = np.empty(2 * length, np.int64), np.empty(2 * length, np.int64)
        bar = LEAST
        if length > 2 * most + 32:
            # Most are left out at once by what a few of them are worth.
            for at in range(16):
                item = at * (length // 16)
                worths[at] = scale * np.int64(own_scores[item]) - price[own[item]]
            bar = ranked(worths, 0, 1, 16 * most // length + 2)
        while True:
            # Without a sign: indices that may be negative are looked at twice.
            size = np.uint64(0)
            for item in range(length):
                worth = scale * np.int64(own_scores[item]) - price[np.uint64(own[item])]
                worths[size], items[size] = worth, item
                size += np.uint64(worth > bar)
            if bar == LEAST or size >= most:
                break
            bar = LEAST
        put_first(worths, items, size, most)
        kept: Any = min(np.int64(size), most)
        if previous[row] >= 0 and price[previous[row]] < ALL:
            _keep_in_reach(own, previous[row], worths, items, kept)
        before = count
        for at in range(kept):
            supporter = own[items[at]]
            if price[supporter] < ALL:
                weight = base[row] + scale * np.int64(own_scores[items[at]])
                chosen[count] = supporter
                weights[count] = weight + (bonus if supporter == previous[row] else 0)
                count += 1
        counts[row - first] = count - before
    return counts, chosen[:count].copy(), weights[:count].copy()


@njit(nogil=True, cache=True)
def best_of_supporters(
    begins: Array, lengths: Array, supporters: Array, scores: Array, slot_starts: Array, most: int
) -> tuple[Array, Array]:
    """Find the seekers of greatest score of each supporter with places, at most `most`, among all lists.

    Gives rows and supporters.
    """
    m = len(slot_starts) - 1
    worths, items = np.empty((m, most), np.int64), np.empty((m, most), np.int64)
    sizes, least = np.zeros(m, np.int64), np.full(m, NOTHING)
    for supporter in range(m):
        if slot_starts[supporter] == slot_starts[supporter + 1]:
            least[supporter] = ALL
    for row in range(len(lengths)):
        for item in range(begins[row], begins[row] + lengths[row]):
            supporter, score = supporters[item], np.int64(scores[item])
            if score > least[supporter]:
                size = keep(worths[supporter], items[supporter], sizes[supporter], score, row)
                sizes[supporter] = size
                if size == most:
                    least[supporter] = worths[supporter, 0]
    rows, found = np.empty(sizes.sum(), np.int32), np.empty(sizes.sum(), np.int32)
    count = 0
    for supporter in range(m):
        for at in range(sizes[supporter]):
            rows[count], found[count] = items[supporter, at], supporter
            count += 1
    return rows, found


@njit(nogil=True, cache=True)
def joined(
    starts: Array, supporters: Array, weights: Array, rows: Array, others: Array, added: Array
) -> tuple[Array, Array, Array]:
    """Add arcs (rows, others, weights added), none of them there yet, to compressed rows."""
    n = len(starts) - 1
    ends = np.zeros(n + 1, np.int64)
    for arc in range(len(rows)):
        ends[rows[arc] + 1] += 1
    for row in range(n):
        ends[row + 1] += ends[row] + starts[row + 1] - starts[row]
    at = ends[:n].copy()
    all_supporters, all_weights = np.empty(ends[n], np.int32), np.empty(ends[n], np.int64)
    for row in range(n):
        for arc in range(starts[row], starts[row + 1]):
            all_supporters[at[row]], all_weights[at[row]] = supporters[arc], weights[arc]
            at[row] += 1
    for arc in range(len(rows)):
        place = at[rows[arc]]
        all_supporters[place], all_weights[place] = others[arc], added[arc]
        at[rows[arc]] += 1
    return ends, all_supporters, all_weights


@njit(nogil=True, cache=True)
def transposed(starts: Array, supporters: Array, weights: Array, m: int) -> tuple[Array, Array, Array]:
    """Give the same arcs by supporter: where each supporter's begin, their seekers (ascending), their weights."""
    ends = np.zeros(m + 1, np.int64)
    for arc in range(len(supporters)):
        ends[supporters[arc] + 1] += 1
    for supporter in range(m):
        ends[supporter + 1] += ends[supporter]
    at = ends[:m].copy()
    seekers, turned = np.empty(len(supporters), np.int32), np.empty(len(supporters), np.int64)
    for seeker in range(len(starts) - 1):
        for arc in range(starts[seeker], starts[seeker + 1]):
            place = at[supporters[arc]]
            seekers[place], turned[place] = seeker, weights[arc]
            at[supporters[arc]] += 1
    return ends, seekers, turned
