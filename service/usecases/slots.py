"""Slots: the moments at which scheduled work falls due, from a cron expression in a time zone.

Expressions have five fields and are read as Debian's cron does, on days of clock changes too: work at a certain hour
that is skipped in spring comes right after the change, and one that comes twice in autumn is done the first time only.
All moments here are aware; what is given back is UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from matching.policy import Schedule

_FIRST_SPAN = timedelta(days=2)


def next_slot(schedule: Schedule, *, after: datetime) -> datetime | None:
    """Give the first slot later than `after`; None when there is none in the next decades."""
    return next(_slots(schedule, after), None)


def latest_slot(schedule: Schedule, *, after: datetime, until: datetime) -> datetime | None:
    """Give the last slot later than `after` and not later than `until`; None when there is none."""
    # Backwards, in longer and longer steps: neither a slot a minute nor one a year takes long.
    end, span = until, _FIRST_SPAN
    while end > after:
        begin = max(after, end - span)
        latest = None
        for slot in _slots(schedule, begin):
            if slot > end:
                break
            latest = slot
        if latest is not None:
            return latest
        end, span = begin, span * 2
    return None


def period_slot(now: datetime, *, minutes: int) -> datetime:
    """Give when the present stretch of so many minutes began, counted from midnight UTC."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    stretch = timedelta(minutes=minutes)
    return midnight + (now - midnight) // stretch * stretch


def slot_text(slot: datetime) -> str:
    """Write a slot as it stands in keys, to the second."""
    return slot.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _slots(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    for slot in CronSim(schedule.cron, after.astimezone(ZoneInfo(schedule.timezone))):
        yield slot.astimezone(UTC)
