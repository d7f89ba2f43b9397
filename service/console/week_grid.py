"""The week of two people as a grid: when each is free, and when a session suits both, by the clock of the seeker.

One row a day, minutes from midnight; the drawing is made of these by the template, and the same is said in words beside
it. Built from profiles; nothing here reads a store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from matching.profile import Day, Profile
from service.console.words import DAYS
from service.times import OwnTime, free_times, own_times

Span = tuple[int, int]
"""From and length, in minutes of the day."""


@dataclass(frozen=True, slots=True)
class GridDay:
    """One day: when the seeker is free, when the supporter is, and when a session suits both."""

    title: str
    seeker: tuple[Span, ...]
    supporter: tuple[Span, ...]
    both: tuple[Span, ...]


def week_grid(seeker: Profile, supporter: Profile, *, today: date) -> tuple[GridDay, ...]:
    """Give the seven days."""
    zone = seeker.timezone
    rows = (
        free_times(seeker, timezone=zone, today=today),
        free_times(supporter, timezone=zone, today=today),
        own_times(seeker, supporter, timezone=zone, today=today),
    )
    return tuple(GridDay(DAYS[day], *(_spans(times, day) for times in rows)) for day in Day)


def _spans(times: tuple[OwnTime, ...], day: Day) -> tuple[Span, ...]:
    """Give the stretches of a day, and what is left in it of the night before."""
    before = list(Day)[list(Day).index(day) - 1]
    spans = []
    for own in times:
        runs_on = own.end_minute <= own.start_minute
        if own.day is day:
            spans.append((own.start_minute, (24 * 60 if runs_on else own.end_minute) - own.start_minute))
        if own.day is before and runs_on and own.end_minute > 0:
            spans.append((0, own.end_minute))
    return tuple(sorted(spans))
