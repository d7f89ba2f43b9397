"""What changes of a warm market leave to be done, noted once each: surpluses and prices that fell, anchors lost.

`f` is `warm.arrays.Field`, `rows` its arcs by seeker; see `local.py` for what always holds. Never here: paths.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matching.solvers.native.words import Array, slot_of

NO_ANCHOR = -1
LOST = -2


@njit(nogil=True)
def note(notes: Array, is_noted: Array, counts: Array, which: int, member: int) -> None:
    """Note a member once."""
    if not is_noted[member]:
        is_noted[member] = True
        notes[counts[which]] = member
        counts[which] += 1


@njit(nogil=True)
def lose(f: Any, supporter: int) -> None:
    """Say that a supporter's anchor, if there is one, no longer holds."""
    if f.anchor[supporter] != NO_ANCHOR:
        f.anchor[supporter] = LOST
        note(f.lost, f.is_lost, f.counts, 2, supporter)


@njit(nogil=True)
def lose_all_of(rows: Any, f: Any, seeker: int) -> None:
    """Say that a seeker anchors nobody any more."""
    for arc in range(rows.start[seeker], rows.start[seeker] + rows.size[seeker]):
        if f.anchor[rows.to[arc]] == seeker:
            lose(f, rows.to[arc])


@njit(nogil=True)
def leave(f: Any, seeker: int) -> None:
    """Take a seeker off the place they hold."""
    supporter = f.supporter_of[seeker]
    last = f.slot_start[supporter] + f.used[supporter] - 1
    f.slots[slot_of(f.slots, f.slot_start[supporter], last + 1, seeker)] = f.slots[last]
    f.used[supporter] -= 1
    f.supporter_of[seeker] = -1
    note(f.freed, f.is_freed, f.counts, 3, supporter)


@njit(nogil=True, cache=True)
def evict(rows: Any, f: Any, seekers: Array) -> None:
    """Take seekers off the places they hold, as they leave for good: what they anchor is lost."""
    for seeker in seekers:
        lose_all_of(rows, f, seeker)
        if f.supporter_of[seeker] >= 0:
            leave(f, seeker)


@njit(nogil=True, cache=True)
def vacate(f: Any, supporter: int, most: int) -> Array:
    """Leave a supporter with `most` holders of places; gives those who had to go. Their surpluses stay."""
    gone = np.empty(max(f.used[supporter] - most, 0), np.int64)
    for count in range(len(gone)):
        gone[count] = f.slots[f.slot_start[supporter] + f.used[supporter] - 1]
        leave(f, gone[count])
        note(f.fallen_rows, f.is_fallen_row, f.counts, 0, gone[count])
    return gone


@njit(nogil=True, cache=True)
def anchored_by(rows: Any, f: Any, seeker: int) -> Array:
    """Give the supporters whose anchor a seeker is; int32."""
    found, count = np.empty(rows.size[seeker], np.int32), 0
    for arc in range(rows.start[seeker], rows.start[seeker] + rows.size[seeker]):
        if f.anchor[rows.to[arc]] == seeker:
            found[count] = rows.to[arc]
            count += 1
    return found[:count]


@njit(nogil=True, cache=True)
def lose_missing(rows: Any, f: Any, seeker: int, supporters: Array) -> None:
    """Say of supporters whom the seeker anchored that their anchor is lost, where there is no arc any more."""
    for supporter in supporters:
        is_there = False
        for arc in range(rows.start[seeker], rows.start[seeker] + rows.size[seeker]):
            is_there = is_there or rows.to[arc] == supporter
        if not is_there:
            lose(f, supporter)


@njit(nogil=True, cache=True)
def take_notes(f: Any) -> tuple[Array, Array]:
    """Give the rows whose surplus fell below their bound, the columns whose price fell below the floor; forget both."""
    rows, count = np.empty(f.counts[0], np.int64), 0
    for at in range(f.counts[0]):
        row = f.fallen_rows[at]
        f.is_fallen_row[row] = False
        if f.surplus_hi[row] < f.bound_hi[row] or (
            f.surplus_hi[row] == f.bound_hi[row] and f.surplus_lo[row] < f.bound_lo[row]
        ):
            rows[count] = row
            count += 1
    columns, columns_count = np.empty(f.counts[1], np.int64), 0
    for at in range(f.counts[1]):
        column = f.fallen_columns[at]
        f.is_fallen_column[column] = False
        if f.price_hi[column] < f.floor_hi[column] or (
            f.price_hi[column] == f.floor_hi[column] and f.price_lo[column] < f.floor_lo[column]
        ):
            columns[columns_count] = column
            columns_count += 1
    f.counts[0] = 0
    f.counts[1] = 0
    return rows[:count], columns[:columns_count]


@njit(nogil=True, cache=True)
def hungry(f: Any) -> Array:
    """Give the noted seekers who have a surplus and no supporter."""
    found, count = np.empty(f.counts[0], np.int64), 0
    for at in range(f.counts[0]):
        seeker = f.fallen_rows[at]
        has_surplus = f.surplus_hi[seeker] > 0 or (f.surplus_hi[seeker] == 0 and f.surplus_lo[seeker] > 0)
        if has_surplus and f.supporter_of[seeker] < 0:
            found[count] = seeker
            count += 1
    return found[:count]


@njit(nogil=True, cache=True)
def dear_and_empty(f: Any) -> Array:
    """Give the noted supporters who have a price and a free place; forget the notes."""
    found, count = np.empty(f.counts[3], np.int64), 0
    for at in range(f.counts[3]):
        supporter = f.freed[at]
        f.is_freed[supporter] = False
        has_price = f.price_hi[supporter] > 0 or (f.price_hi[supporter] == 0 and f.price_lo[supporter] > 0)
        if has_price and f.used[supporter] < f.places[supporter]:
            found[count] = supporter
            count += 1
    f.counts[3] = 0
    return found[:count]


@njit(nogil=True, cache=True)
def note_freed(f: Any, supporter: int) -> None:
    """Note a supporter who may have a free place and a price."""
    note(f.freed, f.is_freed, f.counts, 3, supporter)
