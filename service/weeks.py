"""The week a run plans: every time zone's offsets for it, from the time-zone data of this machine.

The engine knows no time zones; it gets minutes of offset (`matching.week.Week`), and they come from here. The week is
the ISO week that holds the planning day, Monday to Sunday by each zone's own clock. When clocks change within it:

* A local time that the clock skips is read with the offset before the change, as RFC 5545 does for calendars: where
  02:00 becomes 03:00, 02:30 means 03:30.
* A local time that comes twice is read as the first of both. Nobody is booked in the second, though they may be free.

Never here: windows and slots (`matching/week.py`), showing times to people.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from matching.week import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY, Offsets, Week
from service.errors import FieldProblem, InvalidInput

_NO_PLACES = frozenset(("Factory", "localtime"))
"""Names in the data that are no place anyone lives in."""

_SLOT = timedelta(minutes=SLOT_MINUTES)


def week_for(day: date, zones: Iterable[str]) -> Week:
    """Give the week that holds the planning day, with the offsets of these IANA zones.

    Raises InvalidInput (``unknown_time_zone``) for a zone this machine's data do not know.
    """
    week = Week(today=day)
    return Week(today=day, offsets={zone: _offsets(week.monday, zone) for zone in sorted(set(zones))})


def is_known_zone(zone: str) -> bool:
    """Tell whether this machine's data know the IANA zone, spelt exactly."""
    return zone in known_zones()


@cache
def known_zones() -> frozenset[str]:
    """Give every IANA zone that this machine's data know."""
    return frozenset(available_timezones()) - _NO_PLACES


@lru_cache(maxsize=4096)
def _offsets(monday: date, zone: str) -> Offsets:
    if not is_known_zone(zone):
        allowed = "must be an IANA time zone, for example Europe/London"
        raise InvalidInput(
            f"cannot plan a week in time zone {zone!r} (allowed: IANA time zones, for example Europe/London)",
            problems=(FieldProblem("timezone", allowed),),
            code="unknown_time_zone",
        )
    midnight = datetime.combine(monday, time(), tzinfo=ZoneInfo(zone))
    runs = [(0, _minutes_at(midnight, 0))]
    for first in range(0, SLOTS, SLOTS_PER_DAY):
        # No zone changes its clocks there and back within a day, so most days are told by both their ends.
        if _minutes_at(midnight, first + SLOTS_PER_DAY) == runs[-1][1]:
            continue
        for slot in range(first, first + SLOTS_PER_DAY):
            minutes = _minutes_at(midnight, slot)
            if runs[-1][1] != minutes:
                runs.append((slot, minutes))
    return tuple(runs)


def _minutes_at(midnight: datetime, slot: int) -> int:
    # Arithmetic on an aware datetime is on its wall clock, which is what is meant.
    offset = (midnight + slot * _SLOT).utcoffset() or timedelta()
    return offset // timedelta(minutes=1)
