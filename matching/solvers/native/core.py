"""The arcs a core is made of: chosen from short lists, joined by others, turned around."""
# ruff: noqa: PLR0913, PLR0917, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

import numpy as np
from numba import njit

from matching.solvers.native.words import ALL, NOTHING, Array, keep, take_best


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
    longest = max(lengths[first:end].max() if first < end else 0, 16)
    worths, items = np.empty(longest, np.int64), np.empty(longest, np.int64)
    count = 0
    for row in range(first, end):
        own = supporters[begins[row] : begins[row] + lengths[row]]
        own_scores = scores[begins[row] : begins[row] + lengths[row]]
        size = take_best(own, own_scores, scale, price, most, worths, items)
        if previous[row] >= 0 and price[previous[row]] < ALL:
            _keep_in_reach(own, previous[row], worths, items, size)
        before = count
        for at in range(size):
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
