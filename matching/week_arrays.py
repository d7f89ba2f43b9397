"""The weeks of many members at once: windows as arrays become bitsets of UTC slots, and starts for every session.

Does what `week.slots_of` and `week.starts_for` do for one member; a test holds both against each other. A stretch of
local time is turned into UTC once for each zone in which it occurs: a million members share some ten thousand. Never
here: one member's week.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matching.arrays import WindowLists
from matching.bitsets import Bits, bitset, unions, words_for
from matching.columns import WORD_BITS
from matching.terms import Integers, Rows, taken
from matching.week import SESSION_SLOTS, SLOT_MINUTES, SLOTS, Offsets, local_slots, pieces_of

WORDS = words_for(SLOTS)
LAST_BIT = np.uint64((SLOTS - 1) % WORD_BITS)

STARTS = SLOTS + 1
"""Local slots at which a window may start; the last for one at 24:00 of Sunday."""

MOST_SLOTS = 24 * 60 // SLOT_MINUTES + 1
"""How many slots a window may have: none to a whole day's."""

BLOCK_ROWS = 1 << 14
"""Rows whose starts are worked on at a time: they stay in the cache."""


def slots_of_rows(windows: WindowLists, rows: Rows, zones: Integers, offsets: Sequence[Offsets]) -> Bits:
    """Turn the windows of some rows into their UTC slots, (rows, 11).

    `zones` (rows,) index `offsets`, which may hold the same offsets more than once.
    """
    starts, entries = taken(windows.starts, rows)
    alike = {each: number for number, each in enumerate(dict.fromkeys(offsets))}
    alike_of = np.array([alike[each] for each in offsets], dtype=np.int64)
    zone = np.repeat(alike_of[zones], np.diff(starts))
    first, end = local_slots(
        *(_whole(each[entries]) for each in (windows.days, windows.start_minutes, windows.end_minutes))
    )
    stretches = (zone * STARTS + first) * MOST_SLOTS + np.maximum(end - first, 0)
    occurring, stretch_of = _distinct(stretches, len(alike) * STARTS * MOST_SLOTS)
    return unions(_slots_between(occurring, list(alike)), starts, stretch_of)


def _slots_between(stretches: Rows, offsets: Sequence[Offsets]) -> Bits:
    """Turn stretches of zones' local weeks into UTC slots; one line does what `week.slots_between` does for each."""
    zone, stretch = np.divmod(stretches, STARTS * MOST_SLOTS)
    first, length = np.divmod(stretch, MOST_SLOTS)
    made = np.zeros((len(stretches), WORDS), dtype=np.uint64)
    below = _slots_below()
    for number, pieces in enumerate(map(pieces_of, offsets)):
        rows = np.flatnonzero(zone == number)
        for piece_first, piece_end, offset in pieces:
            low, high = np.maximum(first[rows], piece_first), np.minimum((first + length)[rows], piece_end)
            start = (low * SLOT_MINUTES - offset) // SLOT_MINUTES % SLOTS
            end = start + np.maximum(high - low, 0)
            # A run past the end of the week goes on at its start.
            made[rows] |= below[np.minimum(end, SLOTS)] & ~below[start] | below[np.maximum(end - SLOTS, 0)]
    return made


@cache
def _slots_below() -> Bits:
    """Give for each slot, and for the end of the week, the slots before it, (673, 11)."""
    below = bitset(((1 << slot) - 1 for slot in range(SLOTS + 1)), SLOTS)
    below.setflags(write=False)
    return below


def starts_at_every_length(slots: Bits) -> Bits:
    """Give where a session may start, one block of rows a length, (lengths × rows, 11), lengths as `SESSION_SLOTS`."""
    made = np.empty((len(SESSION_SLOTS), *slots.shape), dtype=np.uint64)
    for first in range(0, len(slots), BLOCK_ROWS):
        made[:, first : first + BLOCK_ROWS] = _starts(slots[first : first + BLOCK_ROWS])
    return made.reshape(-1, slots.shape[1])


def starts_at_own_length(slots: Bits, lengths: Integers) -> Bits:
    """Give where a session of each row's own length (an index of `SESSION_SLOTS`) may start, (rows, 11)."""
    made = np.empty_like(slots)
    for first in range(0, len(slots), BLOCK_ROWS):
        block = slice(first, first + BLOCK_ROWS)
        starts = _starts(slots[block])
        made[block] = starts[lengths[block], np.arange(starts.shape[1])]
    return made


def _starts(slots: Bits) -> Bits:
    """Give the starts at every length, (lengths, rows, 11): a slot and all that follow it are free."""
    made = np.empty((len(SESSION_SLOTS), *slots.shape), dtype=np.uint64)
    starts, following = slots.copy(), slots
    for length in range(1, SESSION_SLOTS[-1] + 1):
        if length > 1:
            following = _turned(following)
            starts &= following
        if length in SESSION_SLOTS:
            made[SESSION_SLOTS.index(length)] = starts
    return made


def _turned(slots: Bits) -> Bits:
    """Move every slot one earlier, round the start of the week."""
    turned = slots >> np.uint64(1)
    turned[:, :-1] |= slots[:, 1:] << np.uint64(WORD_BITS - 1)
    turned[:, -1] |= (slots[:, 0] & np.uint64(1)) << LAST_BIT
    return turned


def _distinct(codes: Rows, bound: int) -> tuple[Rows, NDArray[np.int32]]:
    """Give the codes (each below the bound) that occur, ascending, and for every code its position among them."""
    occurs = np.zeros(bound, dtype=np.bool_)
    occurs[codes] = True
    found = np.flatnonzero(occurs)
    position = np.empty(bound, dtype=np.int32)
    position[found] = np.arange(len(found), dtype=np.int32)
    return found.astype(np.int64), position[codes]


def _whole(values: Integers) -> Rows:
    return values.astype(np.int64)
