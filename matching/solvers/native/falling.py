"""Prices of a warm market that fall: places to be filled, and prices that nothing holds any more.

State as in `local.py`. Never here: prices that rise.
"""
# ruff: noqa: PLR0912, PLR0915, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matching.solvers.native.notes import LOST, NO_ANCHOR, lose, lose_all_of, note
from matching.solvers.native.words import ALL, NOTHING, Array, sift_up, slot_of, take_first, tie_of


@njit(nogil=True, cache=True)
def search_backward(rows: Any, columns: Any, f: Any, supporters: Array) -> int:
    """Lower the price of each of the supporters, who have free places, until each is taken or costs nothing.

    Anchors of all that the search passed are lost. Gives the number of arcs looked at.
    """
    m = len(f.anchor)
    hi_of, lo_of = np.empty(m, np.int64), np.empty(m, np.int64)
    leaver, taker = np.empty(m, np.int32), np.empty(m, np.int32)
    seen = np.full(m, -1, np.int64)
    heap, place_of, closed = np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m, np.int32)
    looks, turn = 0, -1
    for root in supporters:
        while f.used[root] < f.places[root] and (
            f.price_hi[root] > 0 or (f.price_hi[root] == 0 and f.price_lo[root] > 0)
        ):
            turn += 1
            seen[root] = turn
            hi_of[root], lo_of[root] = 0, 0
            end_hi, end_lo, end_supporter, end_seeker = f.price_hi[root], f.price_lo[root], root, -1
            supporter, size, closed_count = root, 0, 0
            while True:
                closed[closed_count] = supporter
                closed_count += 1
                from_hi = hi_of[supporter] + f.price_hi[supporter]
                from_lo = lo_of[supporter] + f.price_lo[supporter]
                for arc in range(columns.start[supporter], columns.start[supporter] + columns.size[supporter]):
                    seeker = columns.to[arc]
                    hi = from_hi + f.surplus_hi[seeker] - f.base[seeker] - columns.gain[arc]
                    if hi > end_hi:
                        continue
                    other = f.supporter_of[seeker]
                    if other == supporter:
                        continue
                    lo = from_lo + f.surplus_lo[seeker] - tie_of(f.seeker_keys[seeker], f.turned_keys[supporter])
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
                    hi += f.price_hi[other]
                    lo += f.price_lo[other]
                    if hi < end_hi or (hi == end_hi and lo < end_lo):
                        end_hi, end_lo, end_supporter, end_seeker = hi, lo, other, -1
                looks += columns.size[supporter]
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
                f.price_hi[supporter] -= fall_hi
                f.price_lo[supporter] -= fall_lo
                lose(f, supporter)
                note(f.fallen_columns, f.is_fallen_column, f.counts, 1, supporter)
                for slot in range(f.slot_start[supporter], f.slot_start[supporter] + f.used[supporter]):
                    seeker = f.slots[slot]
                    f.surplus_hi[seeker] += fall_hi
                    f.surplus_lo[seeker] += fall_lo
                    lose_all_of(rows, f, seeker)
            supporter = end_supporter
            if end_seeker < 0:
                if supporter == root:
                    continue
                end_seeker = leaver[supporter]
                last = f.slot_start[supporter] + f.used[supporter] - 1
                f.slots[slot_of(f.slots, f.slot_start[supporter], last + 1, end_seeker)] = f.slots[last]
                f.used[supporter] -= 1
                supporter = taker[supporter]
            while supporter != root:
                leaving = leaver[supporter]
                end = f.slot_start[supporter] + f.used[supporter]
                f.slots[slot_of(f.slots, f.slot_start[supporter], end, leaving)] = end_seeker
                f.supporter_of[end_seeker] = supporter
                end_seeker = leaving
                supporter = taker[supporter]
            f.slots[f.slot_start[root] + f.used[root]] = end_seeker
            f.used[root] += 1
            f.supporter_of[end_seeker] = root
    return looks


@njit(nogil=True, cache=True)
def settle(rows: Any, columns: Any, f: Any) -> int:
    """Anchor anew whatever has lost its anchor, directly or through others; prices fall where nothing holds them.

    Nobody has a surplus and no supporter. Gives the number of prices looked at.

    Notes
    -----
    As `lowering.lower`, on the part that has lost its anchors; what is anchored outside that part cannot fall.
    """
    m = len(f.anchor)
    heap, place_of = np.empty(m, np.int32), np.empty(m, np.int32)
    part, count = np.empty(m, np.int32), 0
    state = np.zeros(m, np.int8)  # 1 in the part
    for at in range(f.counts[2]):
        supporter = f.lost[at]
        f.is_lost[supporter] = False
        if f.anchor[supporter] == LOST:
            state[supporter] = 1
            part[count] = supporter
            count += 1
    f.counts[2] = 0
    if count == 0:
        return 0
    looked = 0
    while looked < count:
        supporter = part[looked]
        looked += 1
        for slot in range(f.slot_start[supporter], f.slot_start[supporter] + f.used[supporter]):
            seeker = f.slots[slot]
            for arc in range(rows.start[seeker], rows.start[seeker] + rows.size[seeker]):
                other = rows.to[arc]
                if f.anchor[other] == seeker and state[other] == 0:
                    state[other] = 1
                    part[count] = other
                    count += 1
    fall_hi, fall_lo = np.empty(m, np.int64), np.empty(m, np.int64)
    # Surplus less base of seekers who may anchor from outside the part: one look tells most arcs that are too long.
    offer = np.empty(len(f.supporter_of), np.int64)
    for seeker in range(len(offer)):
        other = f.supporter_of[seeker]
        offer[seeker] = f.surplus_hi[seeker] - f.base[seeker] if other < 0 or state[other] == 0 else ALL
    # What a fall less price must not exceed to be a smaller one; below everything outside the part.
    reach = np.full(m, NOTHING, np.int64)
    for at in range(count):
        supporter = part[at]
        price_hi, price_lo = f.price_hi[supporter], f.price_lo[supporter]
        best_hi, best_lo, anchor = price_hi, price_lo, NO_ANCHOR
        for arc in range(columns.start[supporter], columns.start[supporter] + columns.size[supporter]):
            seeker = columns.to[arc]
            hi = price_hi + offer[seeker] - columns.gain[arc]
            if hi > best_hi:
                continue
            lo = price_lo + f.surplus_lo[seeker] - tie_of(f.seeker_keys[seeker], f.turned_keys[supporter])
            if hi < best_hi or lo < best_lo:
                best_hi, best_lo, anchor = hi, lo, seeker
        fall_hi[supporter], fall_lo[supporter], f.anchor[supporter] = best_hi, best_lo, anchor
        reach[supporter] = best_hi - price_hi
        heap[at] = supporter
        sift_up(heap, place_of, fall_hi, fall_lo, at)
    for size in range(count, 0, -1):
        supporter = take_first(heap, place_of, fall_hi, fall_lo, size)
        reach[supporter] = NOTHING
        for slot in range(f.slot_start[supporter], f.slot_start[supporter] + f.used[supporter]):
            seeker = f.slots[slot]
            from_hi = fall_hi[supporter] + f.surplus_hi[seeker] - f.base[seeker]
            from_lo = fall_lo[supporter] + f.surplus_lo[seeker]
            for arc in range(rows.start[seeker], rows.start[seeker] + rows.size[seeker]):
                other, most = rows.to[arc], from_hi - rows.gain[arc]
                if most > reach[other]:
                    continue
                hi = most + f.price_hi[other]
                lo = from_lo + f.price_lo[other] - tie_of(f.seeker_keys[seeker], f.turned_keys[other])
                if hi < fall_hi[other] or lo < fall_lo[other]:
                    fall_hi[other], fall_lo[other], f.anchor[other] = hi, lo, seeker
                    reach[other] = most
                    sift_up(heap, place_of, fall_hi, fall_lo, place_of[other])
    for at in range(count):
        supporter = part[at]
        if fall_hi[supporter] == 0 and fall_lo[supporter] == 0:
            continue
        f.price_hi[supporter] -= fall_hi[supporter]
        f.price_lo[supporter] -= fall_lo[supporter]
        note(f.fallen_columns, f.is_fallen_column, f.counts, 1, supporter)
        for slot in range(f.slot_start[supporter], f.slot_start[supporter] + f.used[supporter]):
            f.surplus_hi[f.slots[slot]] += fall_hi[supporter]
            f.surplus_lo[f.slots[slot]] += fall_lo[supporter]
    return count
