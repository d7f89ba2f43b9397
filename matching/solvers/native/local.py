"""Exact repair of a warm market: as `repair.py`, on arcs that come and go, with as much work as a change has effects.

`rows`, `columns` are `warm.arrays.Arcs`, the same arcs by seeker and by supporter; `f` is `warm.arrays.Field`.
What always holds between calls: surplus + price ≥ value on every arc, equal on pairs, no vector negative; and every
price that is not zero is anchored: `anchor` names a seeker of a tight arc who waits without surplus, or is matched
with another supporter who is anchored in turn, so that no valid price is smaller. Paths forward, which are here, keep
that, and name new anchors; whatever else loosens an arc says so by `notes.lose`, and `falling.settle` lets prices fall
as far as they may.
"""
# ruff: noqa: PLR0912, PLR0915, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matching.solvers.native.notes import leave, lose, note
from matching.solvers.native.words import Array, sift_up, slot_of, take_first, tie_of


@njit(nogil=True, cache=True)
def refresh(rows: Any, f: Any, seekers: Array) -> None:
    """Set surpluses anew after arcs, or what they are worth, changed; pairs that are not the best come apart."""
    for seeker in seekers:
        best_hi, best_lo, choice = np.int64(0), np.int64(0), -1
        begin, end = rows.start[seeker], rows.start[seeker] + rows.size[seeker]
        key = f.seeker_keys[seeker]
        for arc in range(begin, end):
            supporter = rows.to[arc]
            hi = f.base[seeker] + rows.gain[arc] - f.price_hi[supporter]
            if hi >= best_hi:
                lo = tie_of(key, f.turned_keys[supporter]) - f.price_lo[supporter]
                if hi > best_hi or lo > best_lo or (lo == best_lo and supporter == f.supporter_of[seeker]):
                    best_hi, best_lo, choice = hi, lo, supporter
        f.surplus_hi[seeker], f.surplus_lo[seeker] = best_hi, best_lo
        note(f.fallen_rows, f.is_fallen_row, f.counts, 0, seeker)
        if f.supporter_of[seeker] >= 0 and f.supporter_of[seeker] != choice:
            leave(f, seeker)
        for arc in range(begin, end):
            supporter = rows.to[arc]
            if f.anchor[supporter] != seeker:
                continue
            hi = f.base[seeker] + rows.gain[arc] - f.price_hi[supporter]
            lo = tie_of(key, f.turned_keys[supporter]) - f.price_lo[supporter]
            if hi != best_hi or lo != best_lo:
                lose(f, supporter)


@njit(nogil=True, cache=True)
def search_forward(rows: Any, f: Any, seekers: Array) -> int:
    """Give each of the seekers, who have a surplus and no supporter, a place or let somebody wait for it.

    Prices of what the search passed are anchored where it came from, along its path the other way round. Gives the
    number of arcs looked at.
    """
    n, m = len(f.supporter_of), len(f.anchor)
    hi_of, lo_of, found_by = np.empty(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int32)
    seen = np.full(m, -1, np.int64)
    # An arc whose length without the price is more leads too far, or to somebody who is nearer another way: one look.
    reach = np.empty(m, np.int64)
    heap, place_of, closed = np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m, np.int32)
    reached, reached_hi, reached_lo = np.empty(n, np.int32), np.empty(n, np.int64), np.empty(n, np.int64)
    looks = 0
    for turn in range(len(seekers)):
        seeker = seekers[turn]
        end_hi, end_lo, end_seeker, end_supporter = f.surplus_hi[seeker], f.surplus_lo[seeker], seeker, -1
        for supporter in range(m):
            reach[supporter] = end_hi - f.price_hi[supporter]
        size, closed_count, reached_count = 0, 0, 0
        at_hi, at_lo = np.int64(0), np.int64(0)
        slot, slot_end = 0, 0
        while True:
            reached[reached_count], reached_hi[reached_count], reached_lo[reached_count] = seeker, at_hi, at_lo
            reached_count += 1
            from_hi, from_lo = at_hi + f.surplus_hi[seeker], at_lo + f.surplus_lo[seeker]
            if from_hi < end_hi or (from_hi == end_hi and from_lo < end_lo):
                end_hi, end_lo, end_seeker, end_supporter = from_hi, from_lo, seeker, -1
            key, less = f.seeker_keys[seeker], from_hi - f.base[seeker]
            for arc in range(rows.start[seeker], rows.start[seeker] + rows.size[seeker]):
                supporter = rows.to[arc]
                part = less - rows.gain[arc]
                if part > reach[supporter]:
                    continue
                hi = part + f.price_hi[supporter]
                if hi > end_hi:
                    continue
                is_seen = seen[supporter] == turn
                if is_seen and hi > hi_of[supporter]:
                    continue
                lo = from_lo - tie_of(key, f.turned_keys[supporter]) + f.price_lo[supporter]
                if hi == end_hi and lo >= end_lo:
                    continue
                if is_seen and hi == hi_of[supporter] and lo >= lo_of[supporter]:
                    continue
                hi_of[supporter], lo_of[supporter], found_by[supporter] = hi, lo, seeker
                reach[supporter] = part
                if f.used[supporter] < f.places[supporter]:
                    seen[supporter] = turn
                    end_hi, end_lo, end_supporter = hi, lo, supporter
                elif is_seen:
                    sift_up(heap, place_of, hi_of, lo_of, place_of[supporter])
                else:
                    seen[supporter] = turn
                    heap[size] = supporter
                    sift_up(heap, place_of, hi_of, lo_of, size)
                    size += 1
            looks += rows.size[seeker]
            slot += 1
            is_over = False
            while slot >= slot_end:
                is_over = size == 0
                if is_over:
                    break
                nearest = heap[0]
                is_over = hi_of[nearest] > end_hi or (hi_of[nearest] == end_hi and lo_of[nearest] >= end_lo)
                if is_over:
                    break
                # Whoever has no places at all is passed, too: the price of one more would rise.
                supporter = take_first(heap, place_of, hi_of, lo_of, size)
                size -= 1
                closed[closed_count] = supporter
                closed_count += 1
                at_hi, at_lo = hi_of[supporter], lo_of[supporter]
                slot = f.slot_start[supporter]
                slot_end = slot + f.used[supporter]
            if is_over:
                break
            seeker = f.slots[slot]
        for count in range(closed_count):
            supporter = closed[count]
            f.price_hi[supporter] += end_hi - hi_of[supporter]
            f.price_lo[supporter] += end_lo - lo_of[supporter]
            f.anchor[supporter] = found_by[supporter]
        for count in range(reached_count):
            seeker = reached[count]
            f.surplus_hi[seeker] -= end_hi - reached_hi[count]
            f.surplus_lo[seeker] -= end_lo - reached_lo[count]
            note(f.fallen_rows, f.is_fallen_row, f.counts, 0, seeker)
        free = -1
        if end_supporter >= 0:
            supporter = end_supporter
            # What the search passed is now anchored in this one, whose own anchor may be among it.
            lose(f, supporter)
            free = f.slot_start[supporter] + f.used[supporter]
            f.used[supporter] += 1
        else:
            supporter = f.supporter_of[end_seeker]
            if supporter >= 0:
                free = slot_of(
                    f.slots, f.slot_start[supporter], f.slot_start[supporter] + f.used[supporter], end_seeker
                )
                f.supporter_of[end_seeker] = -1
                f.anchor[supporter] = end_seeker
        while supporter >= 0:
            seeker = found_by[supporter]
            left = f.supporter_of[seeker]
            f.slots[free] = seeker
            f.supporter_of[seeker] = supporter
            if left >= 0:
                free = slot_of(f.slots, f.slot_start[left], f.slot_start[left] + f.used[left], seeker)
                f.anchor[left] = seeker
            supporter = left
    return looks
