"""The arcs a core is made of: chosen from short lists, joined by others, turned around."""
# ruff: noqa: PLR0913, PLR0917 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

import numpy as np
from numba import njit

from matching.solvers.native.words import ALL, Array, keep


@njit(nogil=True, cache=True)
def choose(
    lists: Array,
    scores: Array,
    lengths: Array,
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

    The row's earlier pair is among them wherever it is listed. Gives compressed rows: how many arcs each has,
    supporters (int32), weights.
    """
    counts = np.minimum(lengths[first:end], most)
    supporters, weights = np.empty(counts.sum(), np.int32), np.empty(counts.sum(), np.int64)
    worths, items = np.empty(most, np.int64), np.empty(most, np.int64)
    begin = 0
    for row in range(first, end):
        size = 0
        for item in range(lengths[row]):
            supporter = lists[row, item]
            worth = scale * np.int64(scores[row, item]) - price[supporter]
            if previous[row] == supporter:
                worth = ALL
            size = keep(worths, items, size, worth, item)
        for at in range(size):
            supporter = lists[row, items[at]]
            weight = base[row] + scale * np.int64(scores[row, items[at]])
            supporters[begin + at] = supporter
            weights[begin + at] = weight + (bonus if previous[row] == supporter else 0)
        begin += size
    return counts, supporters, weights


@njit(nogil=True, cache=True)
def best_of_supporters(lists: Array, scores: Array, lengths: Array, m: int, most: int) -> tuple[Array, Array]:
    """Find the seekers of greatest score of each supporter, at most `most`, among all lists; rows and supporters."""
    worths, items = np.empty((m, most), np.int64), np.empty((m, most), np.int64)
    sizes = np.zeros(m, np.int64)
    for row in range(len(lengths)):
        for item in range(lengths[row]):
            supporter = lists[row, item]
            sizes[supporter] = keep(
                worths[supporter], items[supporter], sizes[supporter], np.int64(scores[row, item]), row
            )
    rows, supporters = np.empty(sizes.sum(), np.int32), np.empty(sizes.sum(), np.int32)
    count = 0
    for supporter in range(m):
        for at in range(sizes[supporter]):
            rows[count], supporters[count] = items[supporter, at], supporter
            count += 1
    return rows, supporters


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
