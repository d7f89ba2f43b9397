"""Weeks in the time zones of this machine, with the nights on which clocks change."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from matching.profile import Day, Window
from matching.week import slots_of
from service.errors import InvalidInput
from service.weeks import is_known_zone, week_for

HOUR = 4
SATURDAY = 5 * 96
SUNDAY = 6 * 96


def slots(bits: int) -> list[int]:
    return [slot for slot in range(672) if bits >> slot & 1]


def test_an_ordinary_week_has_one_offset():
    week = week_for(date(2026, 11, 22), ["Europe/Berlin", "Asia/Kolkata", "America/New_York"])

    assert week.today == date(2026, 11, 22)
    assert week.monday == date(2026, 11, 16)
    assert dict(week.offsets) == {
        "Europe/Berlin": ((0, 60),),
        "Asia/Kolkata": ((0, 330),),
        "America/New_York": ((0, -300),),
    }


def test_the_week_before_the_change_is_not_changed():
    assert week_for(date(2026, 3, 22), ["Europe/London"]).offsets["Europe/London"] == ((0, 0),)


def test_in_spring_the_offset_changes_after_the_skipped_hour():
    # Sunday 29 March 2026, 02:00 becomes 03:00 in Berlin; the skipped hour still counts with the winter offset.
    assert week_for(date(2026, 3, 25), ["Europe/Berlin"]).offsets["Europe/Berlin"] == (
        (0, 60),
        (SUNDAY + 3 * HOUR, 120),
    )


def test_in_autumn_the_offset_changes_after_the_first_of_the_two_hours():
    # Sunday 25 October 2026, 03:00 becomes 02:00 in Berlin.
    assert week_for(date(2026, 10, 25), ["Europe/Berlin"]).offsets["Europe/Berlin"] == (
        (0, 120),
        (SUNDAY + 3 * HOUR, 60),
    )


def test_a_window_over_the_skipped_hour_has_no_hole_and_no_hour_too_many():
    week = week_for(date(2026, 3, 29), ["Europe/Berlin"])
    window = Window(Day.SUN, start_minute=60, end_minute=300)

    # 01:00–05:00 by the clock is three hours of life: 00:00–03:00 UTC.
    assert slots(slots_of([window], "Europe/Berlin", week)) == list(range(SUNDAY, SUNDAY + 3 * HOUR))


def test_a_window_within_the_skipped_hour_is_the_hour_that_follows():
    week = week_for(date(2026, 3, 29), ["Europe/Berlin"])
    window = Window(Day.SUN, start_minute=120, end_minute=180)

    assert slots(slots_of([window], "Europe/Berlin", week)) == list(range(SUNDAY + 1 * HOUR, SUNDAY + 2 * HOUR))


def test_of_an_hour_that_comes_twice_the_first_is_meant():
    week = week_for(date(2026, 10, 25), ["Europe/Berlin"])
    window = Window(Day.SUN, start_minute=120, end_minute=180)

    assert slots(slots_of([window], "Europe/Berlin", week)) == list(range(SUNDAY, SUNDAY + HOUR))


def test_each_zone_changes_on_its_own_day():
    # In 2026 New York changes on 8 March, Berlin three weeks later.
    week = week_for(date(2026, 3, 4), ["America/New_York", "Europe/Berlin"])

    assert week.offsets["America/New_York"] == ((0, -300), (SUNDAY + 3 * HOUR, -240))
    assert week.offsets["Europe/Berlin"] == ((0, 60),)


def test_quarter_hour_and_half_hour_zones_are_right():
    week = week_for(date(2026, 7, 1), ["Asia/Kathmandu", "Australia/Lord_Howe"])

    assert week.offsets["Asia/Kathmandu"] == ((0, 345),)
    assert week.offsets["Australia/Lord_Howe"] == ((0, 630),)


def test_the_same_evening_is_another_hour_in_utc_after_the_change():
    window = Window(Day.SAT, start_minute=18 * 60, end_minute=19 * 60)
    winter = week_for(date(2026, 3, 28), ["Europe/London"])
    summer = week_for(date(2026, 4, 4), ["Europe/London"])

    assert slots(slots_of([window], "Europe/London", winter))[0] == SATURDAY + 18 * HOUR
    assert slots(slots_of([window], "Europe/London", summer))[0] == SATURDAY + 17 * HOUR


@pytest.mark.parametrize(
    "zone", ["Europe/Londn", "europe/london", "", "../../etc/passwd", "Europe", "localtime", "a\0b"]
)
def test_an_unknown_zone_is_refused_by_name_and_with_what_is_allowed(zone: str):
    with pytest.raises(InvalidInput, match="IANA time zones, for example Europe/London") as raised:
        week_for(date(2026, 11, 22), [zone])

    assert raised.value.code == "unknown_time_zone"
    assert raised.value.problems[0].field == "timezone"
    assert not is_known_zone(zone)


def test_known_zones_are_known():
    assert is_known_zone("Europe/London")
    assert is_known_zone("UTC")


@pytest.mark.parametrize(
    "zone",
    [
        "Africa/Cairo",
        "Africa/Casablanca",
        "America/Asuncion",
        "America/Havana",
        "America/Santiago",
        "America/St_Johns",
        "Antarctica/Troll",
        "Asia/Beirut",
        "Asia/Gaza",
        "Asia/Kathmandu",
        "Asia/Tehran",
        "Australia/Lord_Howe",
        "Europe/Dublin",
        "Pacific/Apia",
        "Pacific/Chatham",
    ],
)
def test_every_slot_of_every_week_has_the_offset_its_clock_shows(zone):
    # Apia left out the whole of 30 December 2011; Tehran changed on a Monday in 2021; Beirut changes at midnight, Lord
    # Howe by half an hour.
    for monday in (date(year, 1, 1) + timedelta(days=7 * week) for year in (2011, 2021, 2026) for week in range(53)):
        week = week_for(monday, [zone])
        midnight = datetime.combine(week.monday, time(), tzinfo=ZoneInfo(zone))
        clock = [(midnight + timedelta(minutes=15 * slot)).utcoffset() // timedelta(minutes=1) for slot in range(672)]
        changes = [slot for slot in range(672) if slot == 0 or clock[slot] != clock[slot - 1]]

        assert week.offsets[zone] == tuple((slot, clock[slot]) for slot in changes)
