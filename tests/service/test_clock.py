from datetime import UTC, datetime, timedelta, timezone

import pytest

from service.clock import FixedClock, SystemClock


def test_the_system_clock_tells_the_time_in_utc():
    before = datetime.now(UTC)

    now = SystemClock().now()

    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_a_fixed_clock_stands_until_it_is_moved():
    clock = FixedClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))

    assert clock.now() == clock.now() == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    assert clock.advance(timedelta(hours=1)) == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    assert clock.now() == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_a_fixed_clock_tells_utc_and_refuses_a_moment_without_a_zone():
    assert FixedClock(datetime(2026, 1, 1, 5, tzinfo=timezone(timedelta(hours=5)))).now().tzinfo is UTC
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(datetime(2026, 1, 1))  # noqa: DTZ001
