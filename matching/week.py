"""The week a run plans: 672 quarter-hours of UTC, Monday first, as bits of one Python integer.

Local windows become UTC slots through offsets that the caller resolved (`service/weeks.py` does it with zoneinfo), so that
daylight saving is right and the engine needs no time-zone data. The week is a circle: Sunday night runs into Monday.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from matching.errors import ProfileError
from matching.profile import SESSION_MINUTES, Day, Window

SLOT_MINUTES = 15
SLOTS_PER_DAY = 24 * 60 // SLOT_MINUTES
SLOTS = 7 * SLOTS_PER_DAY
FULL_WEEK = (1 << SLOTS) - 1
SESSION_SLOTS = tuple(minutes // SLOT_MINUTES for minutes in SESSION_MINUTES)
"""Session lengths in slots, in the order of `SESSION_MINUTES`: (1, 2, 3, 4, 6)."""

Offsets = tuple[tuple[int, int], ...]
"""A zone's UTC offsets over the week: (first local slot, offset in minutes), ascending, the first at slot 0."""


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

    A slot counts when all its 15 minutes lie in a window. Raises ProfileError when the week has no offsets for the zone.
    """
    offsets = week.offsets.get(timezone)
    if offsets is None:
        raise ProfileError(
            f"cannot place availability in time zone {timezone!r}: the week has no offsets for it", field="timezone"
        )
    starts = [first for first, _ in offsets]
    bits = 0
    for window in windows:
        for local in _local_slots(window):
            slot = local % SLOTS
            offset = offsets[bisect_right(starts, slot) - 1][1]
            bits |= 1 << ((slot * SLOT_MINUTES - offset) // SLOT_MINUTES % SLOTS)
    return bits


def starts_for(bits: int, slots: int) -> int:
    """Keep the slots at which a session of that many slots may start: it and all following slots are set."""
    starts = bits
    for step in range(1, slots):
        starts &= (bits >> step) | (bits << (SLOTS - step)) & FULL_WEEK
    return starts


def _local_slots(window: Window) -> range:
    day = list(Day).index(window.day) * SLOTS_PER_DAY
    end = window.end_minute if window.end_minute > window.start_minute else window.end_minute + 24 * 60
    return range(day - -window.start_minute // SLOT_MINUTES, day + end // SLOT_MINUTES)
