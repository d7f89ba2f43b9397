from __future__ import annotations

from datetime import date

from service.console.week_grid import week_grid
from tests.service.console.scenario import seeker, supporter

TODAY = date(2026, 11, 23)


def _day(grid, title):
    return next(day for day in grid if day.title == title)


def test_each_day_shows_when_each_is_free_and_when_a_session_suits_both():
    one = seeker("s-1", waiting_since=TODAY, availability=[{"day": "mon", "start": "18:00", "end": "21:00"}])
    other = supporter("p-1", availability=[{"day": "mon", "start": "20:00", "end": "22:00"}])

    grid = week_grid(one, other, today=TODAY)

    assert next(day.title for day in grid) == "Monday"
    assert len(grid) == 7
    monday = _day(grid, "Monday")
    assert monday.seeker == ((1080, 180),)
    assert monday.supporter == ((1200, 120),)
    assert monday.both == ((1200, 60),)


def test_the_clock_is_the_seekers_and_a_night_runs_on_into_the_next_day():
    one = seeker("s-1", waiting_since=TODAY, availability=[{"day": "sat", "start": "22:00", "end": "01:00"}])
    other = supporter("p-1", timezone="Europe/Warsaw", availability=[{"day": "sat", "start": "23:00", "end": "02:00"}])

    grid = week_grid(one, other, today=TODAY)

    assert _day(grid, "Saturday").both == ((1320, 120),)
    assert _day(grid, "Sunday").both == ((0, 60),)
    assert _day(grid, "Saturday").seeker == _day(grid, "Saturday").supporter
