"""Compiled shortest augmenting paths on one 64-bit integer a pair: the inner loops of `words.py`.

The only other module that imports numba beside `native.py`. It is never imported under this name: `words.py` has
`code_cache` keep a copy named by a digest of this text, so it may call nothing of ours. Arrays are int64 throughout,
and their sums stay within the bound that `words.py` states. Never here: packing of digits, anything about who asks.
"""
# ruff: noqa: PLR0912, PLR0913, PLR0915, PLR0917, C901 - inner loops in one piece: a call per edge would cost more than its work

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Ints = Any
"""(rows,) int64 array."""


@njit(nogil=True, cache=True)
def _sift_up(heap: Ints, place_of: Ints, length_of: Ints, at: int) -> None:
    supporter = heap[at]
    while at > 0:
        above = (at - 1) >> 1
        other = heap[above]
        if length_of[other] <= length_of[supporter]:
            break
        heap[at], place_of[other] = other, at
        at = above
    heap[at], place_of[supporter] = supporter, at


@njit(nogil=True, cache=True)
def _take_first(heap: Ints, place_of: Ints, length_of: Ints, size: int) -> int:
    """Take the nearest supporter off a heap of that size; the last entry sinks from the top."""
    first, last = heap[0], heap[size - 1]
    at, below = 0, 1
    while below < size - 1:
        if below + 1 < size - 1 and length_of[heap[below + 1]] < length_of[heap[below]]:
            below += 1
        other = heap[below]
        if length_of[last] <= length_of[other]:
            break
        heap[at], place_of[other] = other, at
        at, below = below, 2 * below + 1
    heap[at], place_of[last] = last, at
    return int(first)


@njit(nogil=True, cache=True)
def _slot_of(slots: Ints, begin: int, end: int, seeker: int) -> int:
    for slot in range(begin, end):
        if slots[slot] == seeker:
            return slot
    return -1


@njit(nogil=True, cache=True)
def enter(
    starts: Ints,
    supporters: Ints,
    values: Ints,
    slot_starts: Ints,
    newcomers: Ints,
    supporter_of: Ints,
    price: Ints,
    surplus: Ints,
    slots: Ints,
    used: Ints,
) -> None:
    """Let the newcomers enter one after the other, rearranging the others as far as that is worth it.

    Parameters
    ----------
    starts, supporters, values : the edges of each seeker, compressed; every value greater than 0.
    slot_starts : (m + 1,) where each supporter's places begin in `slots`.
    newcomers : seekers who have not entered.
    supporter_of, price, surplus, slots, used : the state, changed in place. Supporter of each seeker or -1; the duals;
        the seekers in each supporter's places, the first `used` of them taken.

    Notes
    -----
    Before and after each newcomer, for those who have entered: surplus + price ≥ value on every edge, equal on pairs;
    price is 0 where a place is free; surplus is 0 for those who wait. See `paths.py`, whose method this is.
    """
    n, m = len(starts) - 1, len(slot_starts) - 1
    length_of, found_by = np.empty(m, np.int64), np.empty(m, np.int64)
    seen_by = np.full(m, -1, np.int64)  # the newcomer whose search has set length_of and found_by last
    heap, place_of = np.empty(m, np.int64), np.empty(m, np.int64)
    closed = np.empty(m, np.int64)
    reached, distance_of = np.empty(n, np.int64), np.empty(n, np.int64)
    for newcomer in newcomers:
        best = np.int64(0)
        for edge in range(starts[newcomer], starts[newcomer + 1]):
            best = max(best, values[edge] - price[supporters[edge]])
        surplus[newcomer] = best
        # The path may end with a seeker who stays waiting (end_supporter -1) or at a free place.
        end, end_seeker, end_supporter = best, newcomer, -1
        size, closed_count, reached_count = 0, 0, 0
        seeker, distance = newcomer, np.int64(0)
        slot, slot_end = 0, 0
        while True:
            reached[reached_count], distance_of[reached_count] = seeker, distance
            reached_count += 1
            base = distance + surplus[seeker]
            if base < end:
                end, end_seeker = base, seeker
            for edge in range(starts[seeker], starts[seeker + 1]):
                supporter = supporters[edge]
                length = base - values[edge] + price[supporter]
                if length < end:
                    if seen_by[supporter] != newcomer:
                        seen_by[supporter] = newcomer
                        length_of[supporter], found_by[supporter] = length, seeker
                        heap[size] = supporter
                        _sift_up(heap, place_of, length_of, size)
                        size += 1
                    elif length < length_of[supporter]:
                        length_of[supporter], found_by[supporter] = length, seeker
                        _sift_up(heap, place_of, length_of, place_of[supporter])
            slot += 1
            if slot >= slot_end:
                if size == 0 or length_of[heap[0]] >= end:
                    break
                supporter = _take_first(heap, place_of, length_of, size)
                size -= 1
                if used[supporter] < slot_starts[supporter + 1] - slot_starts[supporter]:
                    end, end_supporter = length_of[supporter], supporter
                    break
                closed[closed_count] = supporter
                closed_count += 1
                distance = length_of[supporter]
                slot, slot_end = slot_starts[supporter], slot_starts[supporter] + used[supporter]
            seeker = slots[slot]
        for count in range(closed_count):
            price[closed[count]] += end - length_of[closed[count]]
        for count in range(reached_count):
            surplus[reached[count]] -= end - distance_of[count]
        # Walk the path back: each seeker on it takes the supporter that was reached from them, and leaves a place.
        if end_supporter >= 0:
            supporter = end_supporter
            free_slot = slot_starts[supporter] + used[supporter]
            used[supporter] += 1
        else:
            supporter = supporter_of[end_seeker]
            free_slot = -1
            if supporter >= 0:
                free_slot = _slot_of(
                    slots, slot_starts[supporter], slot_starts[supporter] + used[supporter], end_seeker
                )
                supporter_of[end_seeker] = -1
        while supporter >= 0:
            seeker = found_by[supporter]
            left = supporter_of[seeker]
            slots[free_slot] = seeker
            supporter_of[seeker] = supporter
            if left >= 0:
                free_slot = _slot_of(slots, slot_starts[left], slot_starts[left] + used[left], seeker)
            supporter = left
