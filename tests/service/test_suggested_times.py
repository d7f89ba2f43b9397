"""When two could meet next: by both clocks, on both sides of a clock change, as the engine counts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from matching.profile import Day, Window
from matching.week import SLOT_MINUTES, SLOTS, slots_of, starts_for
from service.ics import calendar_of
from service.suggested_times import suggested_times
from service.weeks import week_for
from tests.service.usecases.cast import NOW, seeker, supporter

ZONES = ["Europe/London", "America/New_York", "Asia/Kathmandu", "Asia/Tokyo", "Pacific/Auckland", "America/St_Johns"]
"""None changes its clocks in the weeks that the comparison with the engine looks at."""


def windows(*told: tuple[Day, int, int]) -> tuple[Window, ...]:
    return tuple(Window(day, int(60 * start), int(60 * end)) for day, start, end in told)


def suggested(one, other, now=NOW, limit=3):
    return suggested_times(one, other, now=now, limit=limit)


def test_the_next_joint_starts_are_told_by_both_clocks():
    one = seeker("s", availability=windows((Day.THU, 18, 21.5), (Day.SUN, 10, 12)))
    other = supporter("p", availability=windows((Day.THU, 20, 22), (Day.SUN, 8, 12)), timezone="Europe/Warsaw")

    first, second, third = suggested(one, other)

    assert (first.start, first.end - first.start) == (datetime(2026, 11, 26, 19, tzinfo=UTC), timedelta(minutes=30))
    assert (first.seeker.isoformat(), first.supporter.isoformat()) == (
        "2026-11-26T19:00:00+00:00",
        "2026-11-26T20:00:00+01:00",
    )
    assert [second.start.day, third.start.day] == [29, 3]


def test_each_side_of_a_clock_change_has_its_own_time():
    one = seeker("s", availability=windows((Day.TUE, 18, 20)))
    other = supporter("p", availability=windows((Day.TUE, 13, 15)), timezone="America/New_York")

    # America changes on 14 March 2027, Europe on the 28th.
    times = suggested(one, other, datetime(2027, 3, 9, 12, tzinfo=UTC), limit=4)

    assert [f"{time.seeker:%d %H:%M}, {time.supporter:%H:%M}" for time in times] == [
        "09 18:00, 13:00",
        "16 18:00, 14:00",
        "23 18:00, 14:00",
        "30 18:00, 13:00",
    ]
    assert [time.start.hour for time in times] == [18, 18, 18, 17]


def test_a_night_that_crosses_the_change_offers_no_doubled_hour():
    night = windows((Day.SAT, 23, 4))
    one, other = seeker("s", availability=night), supporter("p", availability=night)

    times = suggested(one, other, datetime(2026, 10, 24, 23, 30, tzinfo=UTC), limit=2)

    # 01:00 comes twice in London that night: the first one counts, and after it the next free start is 02:00.
    assert [time.start for time in times] == [
        datetime(2026, 10, 24, 23, 45, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 0, tzinfo=UTC),
    ]


def test_a_stretch_under_way_is_offered_from_the_next_quarter_hour_on():
    evening = windows((Day.WED, 9, 10))
    one, other = seeker("s", availability=evening), supporter("p", availability=evening)

    assert suggested(one, other, NOW.replace(minute=20), limit=1)[0].start == NOW.replace(minute=30)
    assert suggested(one, other, NOW.replace(minute=30), limit=1)[0].start == NOW + timedelta(days=7)


def test_no_joint_time_is_no_suggestion():
    one = seeker("s", availability=windows((Day.MON, 18, 19)))
    assert suggested(one, supporter("p", availability=windows((Day.MON, 18.75, 20)))) == ()
    assert suggested(one, supporter("p", availability=())) == ()


times_of_day = st.integers(0, 95).map(lambda slot: slot * SLOT_MINUTES)
some_windows = st.lists(st.builds(Window, st.sampled_from(Day), times_of_day, times_of_day), max_size=4).map(tuple)


@given(some_windows, some_windows, st.sampled_from(ZONES), st.sampled_from(ZONES), st.sampled_from([15, 30, 90]))
def test_where_no_clock_changes_the_starts_are_those_of_the_engine(first, second, one_zone, other_zone, minutes):
    one = seeker("s", availability=first, timezone=one_zone)
    one = replace(one, seeker=replace(one.seeker, session_minutes=minutes))
    other = supporter("p", availability=second, timezone=other_zone)
    week, monday = week_for(NOW.date(), (one_zone, other_zone)), datetime(2026, 11, 23, tzinfo=UTC)
    length = minutes // SLOT_MINUTES
    both = starts_for(slots_of(first, one_zone, week), length) & starts_for(slots_of(second, other_zone, week), length)
    begins = {slot for slot in range(SLOTS) if both >> slot & 1 and not both >> (slot - 1) % SLOTS & 1}

    times = suggested(one, other, monday, limit=5000)
    next_monday = monday + timedelta(days=7)
    found = {(time.start - next_monday) // timedelta(minutes=15) for time in times}

    assert found & set(range(SLOTS)) == begins


@pytest.mark.parametrize("name", ["match_1", "match_" + "x" * 120])
def test_another_program_reads_the_calendar_as_it_was_meant(name):
    one = seeker("s", availability=windows((Day.THU, 18, 21), (Day.SUN, 10, 12)))
    times = suggested(one, supporter("p", availability=one.availability, timezone="Europe/London"), limit=4)

    text = calendar_of(times, name=name, now=NOW)

    assert all(line.endswith("\r") and len(line) <= 76 for line in text.split("\n")[:-1])
    calendar = Calendar.from_ical(text)
    events = calendar.walk("VEVENT")
    assert [(event["DTSTART"].dt, event["DTEND"].dt) for event in events] == [(time.start, time.end) for time in times]
    assert len({str(event["UID"]) for event in events}) == 4
    assert all(str(event["UID"]).startswith(f"{name}-2026") for event in events)
    assert {(str(event["STATUS"]), str(event["CLASS"]), event["DTSTAMP"].dt) for event in events} == {
        ("TENTATIVE", "PRIVATE", NOW)
    }
    assert all(not component.errors for component in calendar.walk())
