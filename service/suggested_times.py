"""When two people could meet next: moments at which a whole session suits both, by the clocks they live with.

Free quarter-hours are laid out day by day in each one's own zone, so that every suggestion is right on both sides of a
clock change; what a skipped or doubled hour means is as in `weeks.py`. Nothing here reads a clock or a store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from matching.profile import Day, Profile, Window
from matching.week import SLOT_MINUTES, local_slots

HORIZON: Final = timedelta(days=28)
"""How far ahead times are suggested; who can be planned with further ahead would rather agree on it themselves."""

_SLOT = timedelta(minutes=SLOT_MINUTES)


@dataclass(frozen=True, slots=True)
class SuggestedTime:
    """A session that suits both: `start` and `end` in UTC, and the start by each one's clock."""

    start: datetime
    end: datetime
    seeker: datetime
    supporter: datetime


def suggested_times(seeker: Profile, supporter: Profile, *, now: datetime, limit: int) -> tuple[SuggestedTime, ...]:
    """Give the next sessions that suit both and begin after `now`, the first one of each joint stretch of free time."""
    if seeker.seeker is None:
        return ()
    minutes = timedelta(minutes=seeker.seeker.session_minutes)
    zones = ZoneInfo(seeker.timezone), ZoneInfo(supporter.timezone)
    return tuple(
        SuggestedTime(start, start + minutes, start.astimezone(zones[0]), start.astimezone(zones[1]))
        for start in islice(_first_starts(_free(seeker, now) & _free(supporter, now), minutes, now), limit)
    )


def _first_starts(free: frozenset[datetime], minutes: timedelta, now: datetime) -> Iterator[datetime]:
    """Give the first start of each stretch in which whole sessions can begin, in order."""
    earlier = None
    for slot in sorted(free):
        if slot <= now or not all(slot + step * _SLOT in free for step in range(minutes // _SLOT)):
            continue
        if earlier is None or slot - earlier > _SLOT:
            yield slot
        earlier = slot


def _free(profile: Profile, now: datetime) -> frozenset[datetime]:
    """Give the free quarter-hours from the day before `now` up to the horizon, in UTC."""
    zone = ZoneInfo(profile.timezone)
    # Since yesterday, whose last window may reach into today.
    first = now.astimezone(zone).date() - timedelta(days=1)
    days = (first + timedelta(days=number) for number in range(HORIZON.days + 2))
    return frozenset(slot for day in days for window in profile.availability for slot in _slots_on(day, window, zone))


def _slots_on(day: date, window: Window, zone: ZoneInfo) -> Iterator[datetime]:
    """Give a window's quarter-hours on a day, where it falls on that day of the week."""
    if list(Day)[day.weekday()] is not window.day:
        return
    midnight = datetime.combine(day, time(), tzinfo=zone)
    first, end = local_slots(0, window.start_minute, window.end_minute)
    for slot in range(first, end):
        # Arithmetic on an aware datetime is on its wall clock, which is what is meant.
        yield (midnight + slot * _SLOT).astimezone(UTC)
