"""Slots: which moments a cron expression means in a time zone, on days of clock changes too."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.policy import Schedule
from service.usecases.slots import latest_slot, next_slot, period_slot, slot_text

NIGHTLY = Schedule("30 1 * * *", "Europe/London")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slots_between(schedule, begin, end):
    slots = []
    while (begin := next_slot(schedule, after=begin)) is not None and begin <= end:
        slots.append(slot_text(begin))
    return slots


def test_a_time_that_is_skipped_in_spring_comes_right_after_the_change():
    assert slots_between(NIGHTLY, utc("2026-03-28T12:00"), utc("2026-03-30T12:00")) == [
        "2026-03-29T01:00:00Z",
        "2026-03-30T00:30:00Z",
    ]


def test_a_time_that_comes_twice_in_autumn_comes_once():
    assert slots_between(NIGHTLY, utc("2026-10-24T12:00"), utc("2026-10-26T12:00")) == [
        "2026-10-25T00:30:00Z",
        "2026-10-26T01:30:00Z",
    ]


def test_every_half_hour_goes_on_through_the_hour_that_comes_twice():
    half_hourly = Schedule("*/30 * * * *", "Europe/Berlin")

    found = slots_between(half_hourly, utc("2026-10-24T23:45"), utc("2026-10-25T02:00"))

    assert found == [f"2026-10-25T0{hour}:{minute:02}:00Z" for hour in (0, 1) for minute in (0, 30)] + [
        "2026-10-25T02:00:00Z"
    ]


def test_the_zone_decides_the_day():
    mondays = Schedule("0 3 * * MON", "Pacific/Auckland")

    assert slot_text(next_slot(mondays, after=utc("2026-11-25T00:00"))) == "2026-11-29T14:00:00Z"


@pytest.mark.parametrize(
    ("cron", "days", "latest"),
    [
        ("30 1 * * *", 40, "2026-11-30T01:30:00Z"),
        ("* * * * *", 40, "2026-11-30T09:00:00Z"),
        ("0 0 1 * *", 400, "2026-11-01T00:00:00Z"),
        ("0 0 29 2 *", 4000, "2024-02-29T00:00:00Z"),
        ("0 12 * * *", 0.5, None),
    ],
)
def test_after_a_long_time_the_latest_slot_is_found(cron, days, latest):
    now = utc("2026-11-30T09:00")

    found = latest_slot(Schedule(cron, "Europe/London"), after=now - timedelta(days=days), until=now)

    assert (found and slot_text(found)) == latest


@given(
    cron=st.sampled_from(("30 1 * * *", "15 2 * * SUN", "*/20 * * * *", "0 */6 * * *", "59 23 L * *")),
    zone=st.sampled_from(("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")),
    minutes=st.integers(0, 60 * 24 * 700),
    hours=st.integers(0, 24 * 8),
)
def test_looking_back_finds_what_going_forward_passes_last(cron, zone, minutes, hours):
    begin = utc("2026-01-01T00:00") + timedelta(minutes=minutes)
    schedule, end = Schedule(cron, zone), begin + timedelta(hours=hours)

    passed = slots_between(schedule, begin, end)

    latest = latest_slot(schedule, after=begin, until=end)
    assert [latest and slot_text(latest)] == (passed[-1:] or [None])


@pytest.mark.parametrize(("minutes", "slot"), [(10, "09:20"), (60, "09:00"), (1440, "00:00"), (7, "09:20")])
def test_stretches_are_counted_from_midnight(minutes, slot):
    now = utc("2026-11-30T09:26:59.9")

    assert slot_text(period_slot(now, minutes=minutes)) == f"2026-11-30T{slot}:00Z"
