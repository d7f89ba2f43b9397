"""The week a run plans: 672 quarter-hours of UTC, Monday first, as bits of one Python integer.

Local windows become UTC slots through offsets that the caller resolved (`service/weeks.py` does it with zoneinfo), so
that daylight saving is right and the engine needs no time-zone data. The week is a circle: Sunday night runs into
Monday.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.errors import ProfileError
from matching.profile import SESSION_MINUTES, Day, Window

SLOT_MINUTES = 15
SLOTS_PER_DAY = 24 * 60 // SLOT_MINUTES
SLOTS = 7 * SLOTS_PER_DAY
FULL_WEEK = (1 << SLOTS) - 1
SESSION_SLOTS = tuple(minutes // SLOT_MINUTES for minutes in SESSION_MINUTES)
"""Session lengths in slots, in the order of `SESSION_MINUTES`: (1, 2, 3, 4, 6)."""

Offsets = tuple[tuple[int, int], ...]
"""A zone's UTC offsets over the week by its own clock: (first local slot, minutes), ascending, the first at slot 0."""

Whole = TypeVar("Whole", int, NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class Week:
    """The planning day, and every zone's offsets for the ISO week that holds it.

    Attributes
    ----------
    today : the planning day; waiting weeks, clearances and confirmations are counted to it.
    offsets : IANA zone → offsets (see `Offsets`).
    """

    today: date
    offsets: Mapping[str, Offsets] = field(default_factory=dict)

    @property
    def monday(self) -> date:
        """The first day of the week that is planned."""
        return self.today - timedelta(days=self.today.weekday())


def slots_of(windows: Iterable[Window], timezone: str, week: Week) -> int:
    """Turn local windows into a bitset of UTC slots.

    A slot counts when all its 15 minutes lie in a window. Raises ProfileError when the week has no offsets for the
    zone.
    """
    offsets = week.offsets.get(timezone)
    if offsets is None:
        raise ProfileError(
            f"cannot place availability in time zone {timezone!r}: the week has no offsets for it", field="timezone"
        )
    bits = 0
    for window in windows:
        first, end = local_slots(list(Day).index(window.day), window.start_minute, window.end_minute)
        for piece_first, piece_end, offset in pieces_of(offsets):
            low, high = max(first, piece_first), min(end, piece_end)
            if low < high:
                bits |= _run((low * SLOT_MINUTES - offset) // SLOT_MINUTES % SLOTS, high - low)
    return bits


def local_slots(day: Whole, start_minute: Whole, end_minute: Whole) -> tuple[Whole, Whole]:
    """Give the first and the end slot, in the local week, of a window on a day (0 Monday), or of arrays of them.

    The end may lie in the next week; up to the first when no whole slot lies in the window.
    """
    first_of_day, day_minutes = day * SLOTS_PER_DAY, 24 * 60
    end = end_minute + day_minutes * (end_minute <= start_minute)
    return first_of_day - -start_minute // SLOT_MINUTES, first_of_day + end // SLOT_MINUTES


def starts_for(bits: int, slots: int) -> int:
    """Keep the slots at which a session of that many slots may start: it and all following slots are set."""
    starts = bits
    for step in range(1, slots):
        starts &= (bits >> step) | (bits << (SLOTS - step)) & FULL_WEEK
    return starts


def pieces_of(offsets: Offsets) -> list[tuple[int, int, int]]:
    """Give (first local slot, end, offset) of each offset; the last runs on, for windows that pass Sunday midnight."""
    ends = [first for first, _ in offsets[1:]] + [2 * SLOTS]
    return [(first, end, offset) for (first, offset), end in zip(offsets, ends, strict=True)]


def _run(first: int, length: int) -> int:
    """Set `length` slots from `first` on, round the end of the week."""
    bits = ((1 << length) - 1) << first
    return (bits | bits >> SLOTS) & FULL_WEEK
