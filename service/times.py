"""When two people are both free for a whole session, by the clocks they live with.

The engine's own functions find the joint starts, so that what is shown and the score never disagree; here they become
days and hours of the week that holds `today`. Both fronts say times from here. Nothing here knows a store or a page.
When two could meet next, as dated moments, is for `suggested_times.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matching.profile import Day, Profile
from matching.week import SLOT_MINUTES, SLOTS, slots_of, starts_for
from service.weeks import week_for


@dataclass(frozen=True, slots=True)
class JointTime:
    """A stretch in which a session suits both; `supporter` is empty where both clocks say the same."""

    day: str
    seeker: str
    supporter: str


@dataclass(frozen=True, slots=True)
class OwnTime:
    """A stretch by one clock: a day, and minutes from its midnight; an end up to the start is on the next day."""

    day: Day
    start_minute: int
    end_minute: int


def joint_times(seeker: Profile, supporter: Profile, *, today: date) -> tuple[JointTime, ...]:
    """Give the stretches of the week in the order of the seeker's week; empty where there are none."""
    zones = ZoneInfo(seeker.timezone), ZoneInfo(supporter.timezone)
    stretches = [
        (start.astimezone(zones[0]), _joint_time(start, end, zones))
        for start, end in _stretches(seeker, supporter, today)
    ]
    return tuple(shown for start, shown in sorted(stretches, key=lambda pair: (pair[0].weekday(), pair[0].time())))


def own_times(seeker: Profile, supporter: Profile, *, timezone: str, today: date) -> tuple[OwnTime, ...]:
    """Give the same stretches by one clock, in the order of its week; days that are free throughout one by one."""
    return _by_day(_stretches(seeker, supporter, today), timezone)


def free_times(profile: Profile, *, timezone: str, today: date) -> tuple[OwnTime, ...]:
    """Give when one person is free, by any clock, in the order of its week."""
    week = week_for(today, (profile.timezone,))
    monday = datetime.combine(week.monday, time(), tzinfo=UTC)
    free = _runs(slots_of(profile.availability, profile.timezone, week))
    return _by_day(((_at(monday, first), _at(monday, last + 1)) for first, last in free), timezone)


def _by_day(stretches: Iterable[tuple[datetime, datetime]], timezone: str) -> tuple[OwnTime, ...]:
    zone = ZoneInfo(timezone)
    times = []
    for first, last in stretches:
        start, end = first.astimezone(zone), min(last, first + timedelta(days=7)).astimezone(zone)
        while end.replace(tzinfo=None) - start.replace(tzinfo=None) >= timedelta(days=1):
            midnight = datetime.combine(start.date() + timedelta(days=1), time(), tzinfo=zone)
            times.append(_own_time(start, midnight))
            start = midnight
        if end > start:
            times.append(_own_time(start, end))
    return tuple(sorted(times, key=lambda own: (list(Day).index(own.day), own.start_minute)))


def _own_time(start: datetime, end: datetime) -> OwnTime:
    return OwnTime(list(Day)[start.weekday()], _minute_of(start), _minute_of(end) or 24 * 60)


def _minute_of(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _stretches(seeker: Profile, supporter: Profile, today: date) -> Iterator[tuple[datetime, datetime]]:
    """Give each stretch of the week that holds `today` as moments: its first start, and the end of its last session."""
    if seeker.seeker is None:
        return
    week = week_for(today, (seeker.timezone, supporter.timezone))
    length = seeker.seeker.session_minutes // SLOT_MINUTES
    both = starts_for(slots_of(seeker.availability, seeker.timezone, week), length) & starts_for(
        slots_of(supporter.availability, supporter.timezone, week), length
    )
    monday = datetime.combine(week.monday, time(), tzinfo=UTC)
    for first, last in _runs(both):
        yield _at(monday, first), _at(monday, last + length)


def _at(monday: datetime, slot: int) -> datetime:
    return monday + timedelta(minutes=slot * SLOT_MINUTES)


def _joint_time(start: datetime, end: datetime, zones: tuple[ZoneInfo, ZoneInfo]) -> JointTime:
    seeker, supporter = ((start.astimezone(zone), end.astimezone(zone)) for zone in zones)
    # Two zones may agree all week, or part only for the week in which one of them changes its clocks.
    differ = seeker[0].replace(tzinfo=None) != supporter[0].replace(tzinfo=None)
    day = "" if seeker[0].weekday() == supporter[0].weekday() else f"{supporter[0]:%A} "
    return JointTime(f"{seeker[0]:%A}", _hours(*seeker), day + _hours(*supporter) if differ else "")


def _hours(start: datetime, end: datetime) -> str:
    return f"{start:%H:%M}–{end:%H:%M}"


def _runs(starts: int) -> list[tuple[int, int]]:
    """Give the runs of set bits as (first, last); the week is a circle, so Sunday's last may run on into Monday."""
    if starts == (1 << SLOTS) - 1:
        return [(0, SLOTS - 1)]
    # Begin behind a free slot, so that no run is cut where the week's list begins.
    origin = next(slot for slot in range(SLOTS) if not starts >> slot & 1)
    runs: list[tuple[int, int]] = []
    for slot in range(origin + 1, origin + SLOTS):
        if not starts >> slot % SLOTS & 1:
            continue
        if runs and runs[-1][1] == slot - 1:
            runs[-1] = (runs[-1][0], slot)
        else:
            runs.append((slot, slot))
    return runs
