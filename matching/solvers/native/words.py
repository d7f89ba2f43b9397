"""What all loops share: the tie of a pair, and two heaps: of what is worth most, and of supporters by length."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = Any
"""An array of the loops: (rows,) int64 unless said otherwise."""

NOTHING = np.int64(-(1 << 61))
"""Below every worth."""

LEAST = np.int64(-(1 << 63))
"""Below everything."""

ALL = np.int64(1 << 61)
"""Above every worth and every rank."""


@njit(nogil=True, inline="always")
def tie_of(seeker_key: Any, turned_key: Any) -> Any:
    """Give the tie of a pair as `keys.ties_of` does; the supporter's key comes turned by 32 bits."""
    z = (seeker_key ^ turned_key) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return np.int64(z >> np.uint64(24))


@njit(nogil=True)
def keep(worths: Array, items: Array, size: Any, worth: Any, item: Any) -> Any:
    """Put an item into a heap whose least worth stands first; a full heap drops that one. Gives the new size."""
    most = len(worths)
    if size < most:
        at = size
        while at > 0:
            above = (at - 1) >> 1
            if worths[above] <= worth:
                break
            worths[at], items[at] = worths[above], items[above]
            at = above
        worths[at], items[at] = worth, item
        return size + 1
    if most == 0 or worth <= worths[0]:
        return size
    at, below = 0, 1
    while below < most:
        if below + 1 < most and worths[below + 1] < worths[below]:
            below += 1
        if worth <= worths[below]:
            break
        worths[at], items[at] = worths[below], items[below]
        at, below = below, 2 * below + 1
    worths[at], items[at] = worth, item
    return size


@njit(nogil=True)
def take_best(  # noqa: PLR0913, PLR0917 - a row, what its pairs are worth, and room for the answer
    supporters: Array, scores: Array, scale: Any, price: Array, most: Any, worths: Array, items: Array
) -> Any:
    """Put a row's pairs of greatest worth, scale × score less price, first in `items`; their worths in `worths`.

    Gives how many there are: `most`, or all. The two arrays are as long as the row, or sixteen.
    """
    length = len(supporters)
    bar = LEAST
    if length > 2 * most + 32:
        # Most are left out at once by what a few of them are worth.
        step = length // 16
        for at in range(16):
            worths[at] = scale * np.int64(scores[at * step]) - price[supporters[at * step]]
        bar = _ranked(worths, 0, 1, 16 * most // length + 2)
    while True:
        # Without a sign: indices that may be negative are looked at twice.
        size = np.uint64(0)
        for item in range(length):
            worth = scale * np.int64(scores[item]) - price[np.uint64(supporters[item])]
            worths[size], items[size] = worth, item
            size += np.uint64(worth > bar)
        if bar == LEAST or size >= most:
            break
        bar = LEAST
    _put_first(worths, items, size, most)
    return min(np.int64(size), most)


@njit(nogil=True)
def _put_first(worths: Array, items: Array, size: Any, most: Any) -> None:
    """Order items in place so that the `most` of greatest worth stand first, in any order among themselves.

    Quickselect (Hoare, CACM 4, 1961); the partition has no branch, for its outcome cannot be foreseen.
    """
    begin, end, one = np.uint64(0), np.uint64(size), np.uint64(1)
    most = np.uint64(most)
    while begin < most < end:
        if end - begin > np.uint64(64):
            # So few are wanted of a long part that its median would leave too many.
            wanted = min(np.uint64(16) * (most - begin) // (end - begin) + one, np.uint64(15))
            pivot = _ranked(worths, begin, (end - begin) // np.uint64(16), wanted)
        else:
            low, high = worths[begin], worths[end - one]
            pivot = max(min(low, high), min(max(low, high), worths[(begin + end) >> one]))
        at = begin
        for place in range(begin, end):
            worth, item = worths[place], items[place]
            worths[place], items[place] = worths[at], items[at]
            worths[at], items[at] = worth, item
            at += np.uint64(worth > pivot)
        if at > most:
            end = at
        elif at > begin:
            begin = at
        else:
            # None is worth more: those worth as much follow first.
            for place in range(begin, end):
                worth, item = worths[place], items[place]
                worths[place], items[place] = worths[at], items[at]
                worths[at], items[at] = worth, item
                at += np.uint64(worth == pivot)
            begin = at


@njit(nogil=True)
def _ranked(worths: Array, begin: Any, step: Any, wanted: Any) -> Any:
    """Give a worth that about `wanted` of sixteen taken at even steps reach."""
    sample = np.empty(16, np.int64)
    for place in range(16):
        worth, at = worths[begin + np.uint64(place) * np.uint64(step)], place
        while at > 0 and sample[at - 1] < worth:
            sample[at] = sample[at - 1]
            at -= 1
        sample[at] = worth
    return sample[np.int64(wanted)]


@njit(nogil=True)
def sift_up(heap: Array, place_of: Array, hi: Array, lo: Array, at: int) -> None:
    """Let the entry at a place of the heap rise to where its length belongs."""
    supporter = heap[at]
    own_hi, own_lo = hi[supporter], lo[supporter]
    while at > 0:
        above = (at - 1) >> 1
        other = heap[above]
        if hi[other] < own_hi or (hi[other] == own_hi and lo[other] <= own_lo):
            break
        heap[at] = other
        place_of[other] = at
        at = above
    heap[at] = supporter
    place_of[supporter] = at


@njit(nogil=True)
def take_first(heap: Array, place_of: Array, hi: Array, lo: Array, size: int) -> int:
    """Take the supporter of least length off a heap of that size; the last entry sinks from the top."""
    first, last = heap[0], heap[size - 1]
    own_hi, own_lo = hi[last], lo[last]
    at, below = 0, 1
    while below < size - 1:
        if below + 1 < size - 1:
            left, right = heap[below], heap[below + 1]
            if hi[right] < hi[left] or (hi[right] == hi[left] and lo[right] < lo[left]):
                below += 1
        other = heap[below]
        if own_hi < hi[other] or (own_hi == hi[other] and own_lo <= lo[other]):
            break
        heap[at] = other
        place_of[other] = at
        at, below = below, 2 * below + 1
    heap[at] = last
    place_of[last] = at
    return int(first)


@njit(nogil=True)
def slot_of(slots: Array, begin: int, end: int, seeker: int) -> int:
    """Find the slot a seeker holds among begin…end; they hold one."""
    for slot in range(begin, end):
        if slots[slot] == seeker:
            return slot
    return -1
