"""Weeks of quarter-hours: windows of local time become UTC slots. All numbers by hand: slot = day × 96 + hour × 4."""

from __future__ import annotations

from datetime import date

import pytest

from matching.errors import ProfileError
from matching.profile import SESSION_MINUTES
from matching.week import FULL_WEEK, SESSION_SLOTS, SLOTS, Week, slots_of, starts_for
from tests.matching.people import TODAY, window

MON, TUE, SUN = 0, 96, 576


def bits(*slots: int | range) -> int:
    return sum(1 << slot for part in slots for slot in (part if isinstance(part, range) else (part,)))


def place(*windows: tuple[str, str, str], offsets=((0, 0),)) -> int:
    return slots_of([window(*w) for w in windows], "Zone", Week(TODAY, {"Zone": offsets}))


def test_a_week_has_672_quarter_hours():
    assert SLOTS == 672
    assert FULL_WEEK.bit_count() == 672


def test_the_planned_week_starts_on_monday():
    assert Week(date(2026, 11, 25)).monday == date(2026, 11, 23)
    assert Week(date(2026, 11, 23)).monday == date(2026, 11, 23)
    assert Week(date(2026, 11, 29)).monday == date(2026, 11, 23)


def test_a_window_in_utc_is_its_slots():
    assert place(("mon", "18:00", "21:30")) == bits(range(72, 86))
    assert place(("tue", "00:00", "00:15")) == bits(TUE)


def test_windows_that_overlap_or_touch_are_one():
    assert place(("mon", "18:00", "19:00"), ("mon", "18:30", "20:00")) == bits(range(72, 80))
    assert place(("mon", "18:00", "19:00"), ("mon", "19:00", "20:00")) == bits(range(72, 80))


def test_only_whole_quarter_hours_count():
    assert place(("mon", "18:05", "18:40")) == bits(73)
    assert place(("mon", "18:05", "18:20")) == 0
    assert place(("mon", "18:00", "18:14")) == 0
    assert place(("mon", "17:55", "18:15")) == bits(72)


def test_24_00_is_the_end_of_the_day():
    assert place(("mon", "23:00", "24:00")) == bits(range(92, 96))
    assert place(("mon", "00:00", "24:00")) == bits(range(96))
    assert place(("sun", "00:00", "24:00")) == bits(range(576, 672))


def test_a_window_that_ends_before_it_starts_crosses_midnight():
    assert place(("mon", "22:00", "01:00")) == bits(range(88, 100))
    assert place(("mon", "22:00", "00:00")) == bits(range(88, 96))


def test_sunday_night_runs_into_monday():
    assert place(("sun", "22:00", "01:00")) == bits(range(664, 672), range(4))


def test_a_zone_east_of_utc_is_earlier():
    assert place(("mon", "18:00", "19:00"), offsets=((0, 60),)) == bits(range(68, 72))
    assert place(("mon", "00:00", "02:00"), offsets=((0, 60),)) == bits(range(668, 672), range(4))


def test_a_zone_west_of_utc_is_later():
    assert place(("sun", "20:00", "24:00"), offsets=((0, -300),)) == bits(range(4, 20))


def test_kathmandu_is_five_hours_and_three_quarters_ahead():
    # 18:00 there is 12:15 UTC: slot 49.
    assert place(("mon", "18:00", "19:00"), offsets=((0, 345),)) == bits(range(49, 53))


def test_adelaide_is_ten_hours_and_a_half_ahead():
    assert place(("mon", "10:00", "11:00"), offsets=((0, 630),)) == bits(range(670, 672), range(2))


# Sunday 29 March 2026: Berlin's clocks jump from 02:00 to 03:00, UTC+1 becomes UTC+2.
SPRING = ((0, 60), (SUN + 12, 120))


def test_in_the_week_clocks_go_forward_each_day_has_its_own_offset():
    assert place(("sat", "18:00", "19:00"), offsets=SPRING) == bits(range(480 + 68, 480 + 72))
    assert place(("sun", "18:00", "19:00"), offsets=SPRING) == bits(range(SUN + 64, SUN + 68))


def test_a_window_over_the_jump_is_an_hour_shorter():
    # 01:00–05:00 by the clock is 00:00–03:00 UTC.
    assert place(("sun", "01:00", "05:00"), offsets=SPRING) == bits(range(SUN, SUN + 12))


def test_a_window_past_midnight_of_the_changed_sunday_has_no_hole():
    # 23:00–01:00 at UTC+2 is 21:00–23:00 UTC.
    assert place(("sun", "23:00", "01:00"), offsets=SPRING) == bits(range(SUN + 84, SUN + 92))


# Sunday 25 October 2026: at 03:00 Berlin's clocks go back to 02:00; what comes twice is meant the first time.
AUTUMN = ((0, 120), (SUN + 12, 60))


def test_in_the_week_clocks_go_back_each_day_has_its_own_offset():
    assert place(("sat", "18:00", "19:00"), offsets=AUTUMN) == bits(range(480 + 64, 480 + 68))
    assert place(("sun", "18:00", "19:00"), offsets=AUTUMN) == bits(range(SUN + 68, SUN + 72))


def test_an_hour_that_comes_twice_is_meant_once():
    # 01:00–04:00 by the clock: 23:00–01:00 UTC before the change, 02:00–03:00 UTC after it.
    assert place(("sun", "01:00", "04:00"), offsets=AUTUMN) == bits(range(SUN - 4, SUN + 4), range(SUN + 8, SUN + 12))


def test_a_zone_the_week_does_not_know_is_an_error_that_names_it():
    with pytest.raises(ProfileError, match="'Mars/Base'") as refused:
        slots_of([window("mon", "18:00", "19:00")], "Mars/Base", Week(TODAY))

    assert refused.value.field == "timezone"


def test_session_lengths_in_slots():
    assert SESSION_SLOTS == (1, 2, 3, 4, 6)
    assert [15 * slots for slots in SESSION_SLOTS] == list(SESSION_MINUTES)


@pytest.mark.parametrize(
    ("slots", "starts"),
    [(1, range(10, 16)), (2, range(10, 15)), (3, range(10, 14)), (4, range(10, 13)), (6, range(10, 11))],
)
def test_a_session_may_start_where_all_its_slots_are_free(slots, starts):
    assert starts_for(bits(range(10, 16)), slots) == bits(starts)


def test_a_stretch_shorter_than_the_session_has_no_start():
    assert starts_for(bits(range(10, 15), range(16, 21)), 6) == 0


def test_a_session_may_run_over_the_end_of_the_week():
    assert starts_for(bits(670, 671, 0, 1), 4) == bits(670)
    assert starts_for(FULL_WEEK, 6) == FULL_WEEK
