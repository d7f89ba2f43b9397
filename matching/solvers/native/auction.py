"""Starting prices: an auction of places among the arcs of each seeker's own level."""
# ruff: noqa: PLR0912, PLR0913, PLR0915, PLR0917, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

import numpy as np
from numba import njit

from matching.solvers.native.words import ALL, NOTHING, Array


@njit(nogil=True, cache=True)
def auction(
    starts: Array,
    supporters: Array,
    weights: Array,
    may_wait: Array,
    slot_starts: Array,
    price: Array,
    supporter_of: Array,
    step: int,
    most_bids: int,
    floor: int,
) -> int:
    """Let seekers bid for places until nobody is left who would.

    Parameters
    ----------
    starts, supporters, weights : arcs of each seeker, compressed.
    may_wait : (n,) bool; who stops bidding when a place costs all it is worth. Others stop below `floor`.
    slot_starts : (m + 1,) where each supporter's places begin.
    price : (m,) changed in place: the least bid where all places are taken.
    supporter_of : (n,) changed in place: all -1 before, the holder of each place after.
    step : > 0, by how much a bid tops what is needed.
    most_bids : where bidding ends at the latest.

    Returns
    -------
    How many bids were made.

    Notes
    -----
    Bertsekas, "The auction algorithm" (Annals of Operations Research 14, 1988), with several places a supporter
    (Bertsekas & Castañon 1989). Only a start: what it leaves undone, exact paths do.
    """
    n, m = len(starts) - 1, len(slot_starts) - 1
    queue = np.empty(n, np.int32)
    slots = np.empty(slot_starts[m], np.int32)
    bid_of = np.zeros(slot_starts[m], np.int64)
    used = np.zeros(m, np.int64)
    head, waiting, bids = 0, 0, 0
    for seeker in range(n):
        if starts[seeker + 1] > starts[seeker]:
            queue[waiting] = seeker
            waiting += 1
    while waiting > 0 and bids < most_bids:
        seeker = queue[head]
        head = 0 if head + 1 == n else head + 1
        waiting -= 1
        best, second, choice = NOTHING, NOTHING, -1
        for arc in range(starts[seeker], starts[seeker + 1]):
            worth = weights[arc] - price[supporters[arc]]
            if worth > best:
                best, second, choice = worth, best, supporters[arc]
            elif worth > second:
                second = worth
        limit = 0 if may_wait[seeker] else floor
        if best <= limit:
            continue
        second = max(second, np.int64(limit))
        bids += 1
        begin, end = slot_starts[choice], slot_starts[choice + 1]
        if used[choice] < end - begin:
            slot = begin + used[choice]
            used[choice] += 1
        else:
            slot = begin
            for other in range(begin + 1, end):
                if bid_of[other] < bid_of[slot]:
                    slot = other
            beaten = slots[slot]
            supporter_of[beaten] = -1
            tail = head + waiting
            queue[tail - n if tail >= n else tail] = beaten
            waiting += 1
        slots[slot] = seeker
        bid_of[slot] = price[choice] + best - second + step
        supporter_of[seeker] = choice
        if used[choice] == end - begin:
            least = bid_of[begin]
            for other in range(begin + 1, end):
                least = min(least, bid_of[other])
            price[choice] = max(price[choice], least)
    return bids


@njit(nogil=True, cache=True)
def on_own_level(
    starts: Array, supporters: Array, weights: Array, base: Array, ranks: Array, level: Array
) -> tuple[Array, Array, Array, Array]:
    """Keep the arcs to each seeker's least level, where their rank reaches it, with weights less the base.

    Gives starts, supporters, weights, and who may wait: (n,) bool, true where the rank is no more than that level.
    """
    n = len(starts) - 1
    own_starts = np.zeros(n + 1, np.int64)
    own, worth = np.empty(len(supporters), np.int32), np.empty(len(supporters), np.int64)
    may_wait = np.empty(n, np.bool_)
    count = 0
    for seeker in range(n):
        least = ALL
        for arc in range(starts[seeker], starts[seeker + 1]):
            least = min(least, level[supporters[arc]])
        may_wait[seeker] = ranks[seeker] <= least
        if ranks[seeker] >= least:
            for arc in range(starts[seeker], starts[seeker + 1]):
                if level[supporters[arc]] == least:
                    own[count], worth[count] = supporters[arc], weights[arc] - base[seeker]
                    count += 1
        own_starts[seeker + 1] = count
    return own_starts, own[:count], worth[:count], may_wait


@njit(nogil=True, cache=True)
def parts(starts: Array, supporters: Array, m: int) -> Array:
    """Give each supporter the least supporter of their connected part."""
    root = np.arange(m)
    for seeker in range(len(starts) - 1):
        if starts[seeker] == starts[seeker + 1]:
            continue
        one = supporters[starts[seeker]]
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        for arc in range(starts[seeker] + 1, starts[seeker + 1]):
            other = supporters[arc]
            while root[other] != other:
                root[other] = root[root[other]]
                other = root[other]
            if other < one:
                root[one] = other
                one = other
            else:
                root[other] = one
    for supporter in range(m):
        # A root is never greater than what hangs on it, so going up once is enough in this order.
        root[supporter] = root[root[supporter]]
    return root


@njit(nogil=True, cache=True)
def shortfalls(starts: Array, supporters: Array, weights: Array, price: Array, supporter_of: Array) -> Array:
    """Give by how much places cost each waiting seeker too much, at least; the least integer for the others."""
    n = len(starts) - 1
    short = np.full(n, NOTHING)
    for seeker in range(n):
        if supporter_of[seeker] < 0 and starts[seeker] < starts[seeker + 1]:
            best = NOTHING
            for arc in range(starts[seeker], starts[seeker + 1]):
                best = max(best, weights[arc] - price[supporters[arc]])
            short[seeker] = -best
    return short
