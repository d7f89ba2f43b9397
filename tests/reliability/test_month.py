"""Thirty days of schedule with arrivals and departures: every slot once, fair waits, memory as it was."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.storage import open_store
from tests.reliability.month import ZONE, _unfair, days_of, live

DAYS = 30
UP_TO_SUMMER_TIME = 18
"""The clocks go forward on the sixteenth night."""


@pytest.fixture
def store(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/data/alongside.sqlite3"
    # Erasures read where their ledger is.
    monkeypatch.setenv("ALONGSIDE_STORE", url)
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("begin", "days"),
    [(datetime(2026, 10, 9, 12, tzinfo=UTC), DAYS), (datetime(2026, 3, 14, 12, tzinfo=UTC), UP_TO_SUMMER_TIME)],
)
def test_a_month_with_a_change_of_clocks_makes_every_slot_once(store, begin, days):
    month = live(store, begin=begin, days=days, step=timedelta(hours=6), workers=2, seed=begin.month)

    slots = [
        datetime(day.year, day.month, day.day, 3, 10, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
        for day in days_of(begin.date() + timedelta(days=1), days)
    ]
    assert month.slots == [f"{slot:%Y-%m-%dT%H:%M:%SZ}" for slot in slots]
    assert month.states == {"done": days}
    assert (month.unfair, month.failed_jobs) == ([], [])
    # There was something to see.
    assert min(month.matched, month.waited, month.came) > 60
    assert month.left >= days
    # What the tenth day took, the last one takes.
    assert month.resident_mb[-1] < month.resident_mb[9] + 20


def test_waits_that_need_not_be_are_found():
    # Two seekers for one place, one with a place of their own beside it; then the other way round.
    fair = list(_unfair([[0], [0]], [0, -1], [1], [5, 5]))
    behind = list(_unfair([[0], [0]], [0, -1], [1], [4, 5]))
    round_about = list(_unfair([[0, 1], [0]], [0, -1], [1, 1], [9, 1]))

    assert fair == []
    assert behind == ["somebody of priority 5 waits for one of 4"]
    assert round_about == ["somebody of priority 1 waits though a place is free"]
