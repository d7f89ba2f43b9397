"""Exact shortest augmenting paths, forward for a seeker and backward for a place, from any valid prices.

Both work on one state, changed in place: `supporter_of` (n,) int32 or -1; `price_hi`, `price_lo` (m,); `surplus_hi`,
`surplus_lo` (n,); `slots` int32 and `used`: the seekers in each supporter's places, the first `used` of them taken.
Always: surplus + price ≥ value on every arc, equal on pairs; no vector is negative. What a path mends: a seeker with a
surplus and no supporter, a free place that has a price. A place of no price and a seeker without surplus are where
paths may end, so that once nothing is left to mend the matching is best.
"""
# ruff: noqa: PLR0912, PLR0913, PLR0915, PLR0917, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

import numpy as np
from numba import njit

from matching.solvers.native.words import Array, sift_up, slot_of, take_first, tie_of


@njit(nogil=True, cache=True)
def surpluses(
    starts: Array,
    supporters: Array,
    weights: Array,
    seeker_keys: Array,
    turned_keys: Array,
    price_hi: Array,
    price_lo: Array,
    surplus_hi: Array,
    surplus_lo: Array,
    supporter_of: Array,
) -> int:
    """Set every surplus to the best value less price, or zero; pairs that are not it come apart. Gives how many."""
    apart = 0
    for seeker in range(len(starts) - 1):
        best_hi, best_lo, choice = np.int64(0), np.int64(0), -1
        for arc in range(starts[seeker], starts[seeker + 1]):
            supporter = supporters[arc]
            hi = weights[arc] - price_hi[supporter]
            if hi >= best_hi:
                lo = tie_of(seeker_keys[seeker], turned_keys[supporter]) - price_lo[supporter]
                if hi > best_hi or lo > best_lo or (lo == best_lo and supporter == supporter_of[seeker]):
                    best_hi, best_lo, choice = hi, lo, supporter
        surplus_hi[seeker], surplus_lo[seeker] = best_hi, best_lo
        if supporter_of[seeker] >= 0 and supporter_of[seeker] != choice:
            supporter_of[seeker] = -1
            apart += 1
    return apart


@njit(nogil=True, cache=True)
def forward(
    starts: Array,
    supporters: Array,
    weights: Array,
    seeker_keys: Array,
    turned_keys: Array,
    slot_starts: Array,
    seekers: Array,
    supporter_of: Array,
    price_hi: Array,
    price_lo: Array,
    surplus_hi: Array,
    surplus_lo: Array,
    slots: Array,
    used: Array,
) -> int:
    """Give each of the seekers, who have a surplus and no supporter, a place or let somebody wait for it.

    A path may end at a free place or with a seeker who stays waiting. Gives the number of arcs looked at.
    """
    n, m = len(starts) - 1, len(slot_starts) - 1
    hi_of, lo_of, found_by = np.empty(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int32)
    seen = np.full(m, -1, np.int64)
    heap, place_of, closed = np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m, np.int32)
    reached, reached_hi, reached_lo = np.empty(n, np.int32), np.empty(n, np.int64), np.empty(n, np.int64)
    looks = 0
    for turn in range(len(seekers)):
        seeker = seekers[turn]
        end_hi, end_lo, end_seeker, end_supporter = surplus_hi[seeker], surplus_lo[seeker], seeker, -1
        size, closed_count, reached_count = 0, 0, 0
        at_hi, at_lo = np.int64(0), np.int64(0)
        slot, slot_end = 0, 0
        while True:
            reached[reached_count], reached_hi[reached_count], reached_lo[reached_count] = seeker, at_hi, at_lo
            reached_count += 1
            from_hi, from_lo = at_hi + surplus_hi[seeker], at_lo + surplus_lo[seeker]
            if from_hi < end_hi or (from_hi == end_hi and from_lo < end_lo):
                end_hi, end_lo, end_seeker, end_supporter = from_hi, from_lo, seeker, -1
            key = seeker_keys[seeker]
            for arc in range(starts[seeker], starts[seeker + 1]):
                supporter = supporters[arc]
                hi = from_hi - weights[arc] + price_hi[supporter]
                if hi > end_hi:
                    continue
                is_seen = seen[supporter] == turn
                if is_seen and hi > hi_of[supporter]:
                    continue
                lo = from_lo - tie_of(key, turned_keys[supporter]) + price_lo[supporter]
                if hi == end_hi and lo >= end_lo:
                    continue
                if is_seen and hi == hi_of[supporter] and lo >= lo_of[supporter]:
                    continue
                hi_of[supporter], lo_of[supporter], found_by[supporter] = hi, lo, seeker
                if used[supporter] < slot_starts[supporter + 1] - slot_starts[supporter]:
                    seen[supporter] = turn
                    end_hi, end_lo, end_supporter = hi, lo, supporter
                elif is_seen:
                    sift_up(heap, place_of, hi_of, lo_of, place_of[supporter])
                else:
                    seen[supporter] = turn
                    heap[size] = supporter
                    sift_up(heap, place_of, hi_of, lo_of, size)
                    size += 1
            looks += starts[seeker + 1] - starts[seeker]
            slot += 1
            if slot >= slot_end:
                if size == 0:
                    break
                nearest = heap[0]
                if hi_of[nearest] > end_hi or (hi_of[nearest] == end_hi and lo_of[nearest] >= end_lo):
                    break
                supporter = take_first(heap, place_of, hi_of, lo_of, size)
                size -= 1
                closed[closed_count] = supporter
                closed_count += 1
                at_hi, at_lo = hi_of[supporter], lo_of[supporter]
                slot = slot_starts[supporter]
                slot_end = slot + used[supporter]
            seeker = slots[slot]
        for count in range(closed_count):
            supporter = closed[count]
            price_hi[supporter] += end_hi - hi_of[supporter]
            price_lo[supporter] += end_lo - lo_of[supporter]
        for count in range(reached_count):
            surplus_hi[reached[count]] -= end_hi - reached_hi[count]
            surplus_lo[reached[count]] -= end_lo - reached_lo[count]
        # Walk the path back: each seeker on it takes the supporter that was reached from them, and leaves a place.
        free = -1
        if end_supporter >= 0:
            supporter = end_supporter
            free = slot_starts[supporter] + used[supporter]
            used[supporter] += 1
        else:
            supporter = supporter_of[end_seeker]
            if supporter >= 0:
                free = slot_of(slots, slot_starts[supporter], slot_starts[supporter] + used[supporter], end_seeker)
                supporter_of[end_seeker] = -1
        while supporter >= 0:
            seeker = found_by[supporter]
            left = supporter_of[seeker]
            slots[free] = seeker
            supporter_of[seeker] = supporter
            if left >= 0:
                free = slot_of(slots, slot_starts[left], slot_starts[left] + used[left], seeker)
            supporter = left
    return looks


@njit(nogil=True, cache=True)
def backward(
    starts: Array,
    seekers: Array,
    weights: Array,
    seeker_keys: Array,
    turned_keys: Array,
    slot_starts: Array,
    supporters: Array,
    supporter_of: Array,
    price_hi: Array,
    price_lo: Array,
    surplus_hi: Array,
    surplus_lo: Array,
    slots: Array,
    used: Array,
) -> int:
    """Lower the price of each of the supporters, who have free places, until each is taken or costs nothing.

    Parameters
    ----------
    starts, seekers, weights : arcs of each supporter, compressed; every seeker with a surplus has a supporter.

    Notes
    -----
    The mirror of `forward`: the length of a step from supporter j to seeker i is the slack surplus + price − value; a
    seeker who waits ends the path, one with a supporter leads on to it, and any supporter's price may fall to nothing.
    Gives the number of arcs looked at.
    """
    m = len(slot_starts) - 1
    hi_of, lo_of = np.empty(m, np.int64), np.empty(m, np.int64)
    leaver, taker = np.empty(m, np.int32), np.empty(m, np.int32)  # who would leave a supporter, and for whom
    seen = np.full(m, -1, np.int64)
    heap, place_of, closed = np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m, np.int32)
    looks, turn = 0, -1
    for position in range(len(supporters)):
        root = supporters[position]
        while used[root] < slot_starts[root + 1] - slot_starts[root] and (
            price_hi[root] > 0 or (price_hi[root] == 0 and price_lo[root] > 0)
        ):
            turn += 1
            seen[root] = turn
            hi_of[root], lo_of[root] = 0, 0
            end_hi, end_lo, end_supporter, end_seeker = price_hi[root], price_lo[root], root, -1
            supporter, size, closed_count = root, 0, 0
            while True:
                closed[closed_count] = supporter
                closed_count += 1
                from_hi = hi_of[supporter] + price_hi[supporter]
                from_lo = lo_of[supporter] + price_lo[supporter]
                for arc in range(starts[supporter], starts[supporter + 1]):
                    seeker = seekers[arc]
                    hi = from_hi + surplus_hi[seeker] - weights[arc]
                    if hi > end_hi:
                        continue
                    other = supporter_of[seeker]
                    if other == supporter:
                        continue
                    lo = from_lo + surplus_lo[seeker] - tie_of(seeker_keys[seeker], turned_keys[supporter])
                    if hi == end_hi and lo >= end_lo:
                        continue
                    if other < 0:
                        end_hi, end_lo, end_supporter, end_seeker = hi, lo, supporter, seeker
                        continue
                    is_seen = seen[other] == turn
                    if is_seen and (hi > hi_of[other] or (hi == hi_of[other] and lo >= lo_of[other])):
                        continue
                    hi_of[other], lo_of[other], leaver[other], taker[other] = hi, lo, seeker, supporter
                    if is_seen:
                        sift_up(heap, place_of, hi_of, lo_of, place_of[other])
                    else:
                        seen[other] = turn
                        heap[size] = other
                        sift_up(heap, place_of, hi_of, lo_of, size)
                        size += 1
                    hi += price_hi[other]
                    lo += price_lo[other]
                    if hi < end_hi or (hi == end_hi and lo < end_lo):
                        end_hi, end_lo, end_supporter, end_seeker = hi, lo, other, -1
                looks += starts[supporter + 1] - starts[supporter]
                if size == 0:
                    break
                nearest = heap[0]
                if hi_of[nearest] > end_hi or (hi_of[nearest] == end_hi and lo_of[nearest] >= end_lo):
                    break
                supporter = take_first(heap, place_of, hi_of, lo_of, size)
                size -= 1
            for count in range(closed_count):
                supporter = closed[count]
                fall_hi, fall_lo = end_hi - hi_of[supporter], end_lo - lo_of[supporter]
                price_hi[supporter] -= fall_hi
                price_lo[supporter] -= fall_lo
                for slot in range(slot_starts[supporter], slot_starts[supporter] + used[supporter]):
                    surplus_hi[slots[slot]] += fall_hi
                    surplus_lo[slots[slot]] += fall_lo
            # Walk the path back to the root: each seeker on it moves to the supporter that wanted them.
            supporter = end_supporter
            if end_seeker < 0:
                if supporter == root:
                    continue
                end_seeker = leaver[supporter]
                last = slot_starts[supporter] + used[supporter] - 1
                slots[slot_of(slots, slot_starts[supporter], last + 1, end_seeker)] = slots[last]
                used[supporter] -= 1
                supporter = taker[supporter]
            while supporter != root:
                leaving = leaver[supporter]
                end = slot_starts[supporter] + used[supporter]
                slots[slot_of(slots, slot_starts[supporter], end, leaving)] = end_seeker
                supporter_of[end_seeker] = supporter
                end_seeker = leaving
                supporter = taker[supporter]
            slots[slot_starts[root] + used[root]] = end_seeker
            used[root] += 1
            supporter_of[end_seeker] = root
    return looks


@njit(nogil=True, cache=True)
def seat(supporter_of: Array, slot_starts: Array, slots: Array, used: Array) -> None:
    """Write down in `slots` and `used` who holds which supporter's places; changed in place."""
    used[:] = 0
    for seeker in range(len(supporter_of)):
        supporter = supporter_of[seeker]
        if supporter >= 0:
            slots[slot_starts[supporter] + used[supporter]] = seeker
            used[supporter] += 1
