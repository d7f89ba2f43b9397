from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from service.times import JointTime, joint_times, own_times
from tests.service.console.scenario import seeker, supporter

MONDAY = date(2026, 11, 23)


def _times(seeker_windows: list[Any], supporter_windows: list[Any], **more: Any) -> tuple[JointTime, ...]:
    today = more.pop("today", MONDAY)
    session = {"session_minutes": more.pop("session_minutes", 30)}
    one = seeker("s", waiting_since=MONDAY, availability=_windows(seeker_windows), seeker=session)
    return joint_times(one, supporter("p", availability=_windows(supporter_windows), **more), today=today)


def _windows(windows: list[Any]) -> list[dict[str, str]]:
    return [{"day": day, "start": start, "end": end} for day, start, end in windows]


def test_the_joint_part_of_two_evenings_is_told_once_where_clocks_agree() -> None:
    times = _times([("mon", "18:00", "21:30")], [("mon", "19:00", "23:00")])

    assert times == (JointTime("Monday", "19:00–21:30", ""),)


def test_another_zone_is_told_by_both_clocks() -> None:
    times = _times([("mon", "18:00", "21:30")], [("mon", "20:00", "22:00")], timezone="Europe/Warsaw")

    assert times == (JointTime("Monday", "19:00–21:00", "20:00–22:00"),)


def test_another_day_by_the_other_clock_is_named() -> None:
    times = _times([("mon", "20:00", "24:00")], [("tue", "06:00", "08:00")], timezone="Asia/Tokyo")

    assert times == (JointTime("Monday", "21:00–23:00", "Tuesday 06:00–08:00"),)


def test_summer_time_of_the_week_at_hand_counts() -> None:
    winter = _times([("tue", "18:00", "20:00")], [("tue", "13:00", "15:00")], timezone="America/New_York")
    gap = _times(
        [("tue", "18:00", "20:00")], [("tue", "13:00", "15:00")], timezone="America/New_York", today=date(2027, 3, 16)
    )

    assert winter == (JointTime("Tuesday", "18:00–20:00", "13:00–15:00"),)
    assert gap == (JointTime("Tuesday", "18:00–19:00", "14:00–15:00"),)


def test_a_stretch_shorter_than_a_session_is_none() -> None:
    assert _times([("mon", "18:00", "19:00")], [("mon", "18:30", "20:00")], session_minutes=45) == ()


def test_the_week_is_a_circle() -> None:
    times = _times([("sun", "22:00", "02:00")], [("sun", "23:00", "01:00")])

    assert times == (JointTime("Sunday", "23:00–01:00", ""),)


def test_stretches_come_in_the_order_of_the_seekers_week() -> None:
    windows = [("sat", "10:00", "12:00"), ("mon", "10:00", "12:00"), ("mon", "08:00", "09:00")]

    assert [(time.day, time.seeker[:5]) for time in _times(windows, windows)] == [
        ("Monday", "08:00"),
        ("Monday", "10:00"),
        ("Saturday", "10:00"),
    ]


@pytest.mark.parametrize("session_minutes", [15, 90])
def test_somebody_always_free_is_told_as_one_stretch(session_minutes: int) -> None:
    always = [(day, "00:00", "24:00") for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]

    assert len(_times(always, always, session_minutes=session_minutes)) == 1


def _own(one_windows: list[Any], timezone: str) -> list[tuple[str, int, int]]:
    session = {"session_minutes": 30}
    one = seeker("s", waiting_since=MONDAY, availability=_windows(one_windows), seeker=session)
    other = supporter("p", availability=_windows(one_windows))
    own = own_times(one, other, timezone=timezone, today=MONDAY)
    return [(each.day, each.start_minute // 60, each.end_minute // 60) for each in own]


def test_own_times_are_by_the_clock_of_whoever_reads_them() -> None:
    windows = [("sun", "23:00", "01:00"), ("mon", "18:00", "21:00")]

    assert _own(windows, "Europe/London") == [("mon", 18, 21), ("sun", 23, 1)]
    assert _own(windows, "Asia/Tokyo") == [("mon", 8, 10), ("tue", 3, 6)]
    assert _own(windows, "Europe/Warsaw") == [("mon", 0, 2), ("mon", 19, 22)]
    assert _own([("mon", "22:00", "24:00")], "Europe/London") == [("mon", 22, 24)]


def test_who_is_always_free_reads_seven_whole_days() -> None:
    always = [(day, "00:00", "24:00") for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]

    assert [(start, end) for _, start, end in _own(always, "Europe/London")] == [(0, 24)] * 7
