"""Smallest prices from any valid ones: how far each can fall, found as shortest ways from where none can."""
# ruff: noqa: PLR0912, PLR0913, PLR0915, PLR0917, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

import numpy as np
from numba import njit

from matching.solvers.native.words import Array, sift_up, take_first, tie_of


@njit(nogil=True, cache=True)
def lower(
    starts: Array,
    supporters: Array,
    weights: Array,
    seeker_keys: Array,
    turned_keys: Array,
    slot_starts: Array,
    supporter_of: Array,
    price_hi: Array,
    price_lo: Array,
    surplus_hi: Array,
    surplus_lo: Array,
    slots: Array,
    used: Array,
) -> None:
    """Let prices of a best matching fall as far as any valid ones may; state as in `repair.py`.

    Notes
    -----
    A price may fall by no more than itself; than the slack of an arc from a seeker who waits; than the slack of an arc
    from a seeker whose own supporter's price falls, and that fall: shortest ways, all lengths ≥ 0 (Dijkstra).
    """
    m = len(slot_starts) - 1
    fall_hi, fall_lo = price_hi.copy(), price_lo.copy()
    for seeker in range(len(starts) - 1):
        if supporter_of[seeker] >= 0:
            continue
        for arc in range(starts[seeker], starts[seeker + 1]):
            supporter = supporters[arc]
            hi = surplus_hi[seeker] + price_hi[supporter] - weights[arc]
            if hi <= fall_hi[supporter]:
                tie = tie_of(seeker_keys[seeker], turned_keys[supporter])
                lo = surplus_lo[seeker] + price_lo[supporter] - tie
                if hi < fall_hi[supporter] or lo < fall_lo[supporter]:
                    fall_hi[supporter], fall_lo[supporter] = hi, lo
    heap, place_of = np.empty(m, np.int32), np.empty(m, np.int32)
    is_done = np.zeros(m, np.bool_)
    for supporter in range(m):
        heap[supporter] = supporter
        sift_up(heap, place_of, fall_hi, fall_lo, supporter)
    for size in range(m, 0, -1):
        supporter = take_first(heap, place_of, fall_hi, fall_lo, size)
        is_done[supporter] = True
        for slot in range(slot_starts[supporter], slot_starts[supporter] + used[supporter]):
            seeker = slots[slot]
            from_hi, from_lo = fall_hi[supporter] + surplus_hi[seeker], fall_lo[supporter] + surplus_lo[seeker]
            for arc in range(starts[seeker], starts[seeker + 1]):
                other = supporters[arc]
                hi = from_hi + price_hi[other] - weights[arc]
                if hi > fall_hi[other] or is_done[other]:
                    continue
                lo = from_lo + price_lo[other] - tie_of(seeker_keys[seeker], turned_keys[other])
                if hi < fall_hi[other] or lo < fall_lo[other]:
                    fall_hi[other], fall_lo[other] = hi, lo
                    sift_up(heap, place_of, fall_hi, fall_lo, place_of[other])
    for supporter in range(m):
        price_hi[supporter] -= fall_hi[supporter]
        price_lo[supporter] -= fall_lo[supporter]
        for slot in range(slot_starts[supporter], slot_starts[supporter] + used[supporter]):
            surplus_hi[slots[slot]] += fall_hi[supporter]
            surplus_lo[slots[slot]] += fall_lo[supporter]
