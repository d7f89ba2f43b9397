"""What a check is given, and how it puts what it found into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.settings import Settings
from service.storage.operated import OperatedStore


@dataclass(frozen=True, slots=True)
class Look:
    """The store that is looked at, when, and the platforms in question."""

    settings: Settings
    store: OperatedStore
    now: datetime
    platforms: tuple[str, ...]


def among(platforms: Sequence[str]) -> str:
    """Name up to three platforms."""
    named = list(dict.fromkeys(platforms))
    more = f" and {len(named) - 3:,} more" if len(named) > 3 else ""
    return ", ".join(named[:3]) + more


def lasting(span: timedelta) -> str:
    """Write a length of time in its largest unit, rounded down."""
    seconds = int(abs(span).total_seconds())
    for one, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            return counted(seconds // size, one)
    return counted(seconds, "second")


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
