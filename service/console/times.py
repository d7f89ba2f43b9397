"""When two people are both free for a whole session, by the clocks they live with.

The engine's own functions find the joint starts, so that this page and the score never disagree; here they become
days and hours of the week that holds `today`. Nothing here knows a store or a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matching.profile import Profile
from matching.week import SLOT_MINUTES, SLOTS, slots_of, starts_for
from service.weeks import week_for


@dataclass(frozen=True, slots=True)
class JointTime:
    """A stretch in which a session suits both; `supporter` is empty where both clocks say the same."""

    day: str
    seeker: str
    supporter: str


def joint_times(seeker: Profile, supporter: Profile, *, today: date) -> tuple[JointTime, ...]:
    """Give the stretches of the week in the order of the seeker's week; empty where there are none."""
    if seeker.seeker is None:
        return ()
    week = week_for(today, (seeker.timezone, supporter.timezone))
    length = seeker.seeker.session_minutes // SLOT_MINUTES
    both = starts_for(slots_of(seeker.availability, seeker.timezone, week), length) & starts_for(
        slots_of(supporter.availability, supporter.timezone, week), length
    )
    monday = datetime.combine(week.monday, time(), tzinfo=UTC)
    zones = ZoneInfo(seeker.timezone), ZoneInfo(supporter.timezone)
    stretches = [
        (_at(monday, first).astimezone(zones[0]), _joint_time(_at(monday, first), _at(monday, last + length), zones))
        for first, last in _runs(both)
    ]
    return tuple(shown for start, shown in sorted(stretches, key=lambda pair: (pair[0].weekday(), pair[0].time())))


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
