"""The time, passed in as a value so that use cases and tests can choose it.

`SystemClock` is made in the app factory and the command line; everything below takes a `Clock` or a `now`. Nothing
else in the service may read the time of day.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> datetime:
        """Give the present moment, aware and in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the present moment, aware and in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        """Start at `now`, which must be aware; it is kept in UTC."""
        if now.tzinfo is None:
            raise ValueError("a clock needs a moment with a time zone")
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        """Give the moment it stands at."""
        return self._now

    def advance(self, step: timedelta) -> datetime:
        """Move forward by `step` and give the new moment."""
        self._now += step
        return self._now
