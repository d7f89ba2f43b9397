"""Suggested times as an iCalendar file (RFC 5545), which calendars of all kinds open.

Times are in UTC, so that every calendar shows them by its owner's clock and no time zone has to be described. Nobody is
named: what stands in a calendar is often seen by others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from service.suggested_times import SuggestedTime

MEDIA_TYPE: Final = "text/calendar"

_LONGEST_LINE: Final = 75
"""Octets, without the line break; all that is written here is ASCII."""

_SUMMARY = "Suggested time to meet"


def calendar_of(times: Iterable[SuggestedTime], *, name: str, now: datetime) -> str:
    """Write the times as tentative events that leave their owner free; `name` (an id) tells them from all others."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Alongside//Suggested times//EN", "METHOD:PUBLISH"]
    for suggested in times:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{name}-{_utc(suggested.start)}",
            f"DTSTAMP:{_utc(now)}",
            f"DTSTART:{_utc(suggested.start)}",
            f"DTEND:{_utc(suggested.end)}",
            f"SUMMARY:{_SUMMARY}",
            "STATUS:TENTATIVE",
            "TRANSP:TRANSPARENT",
            "CLASS:PRIVATE",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{piece}\r\n" for line in lines for piece in _folded(line))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _folded(line: str) -> Iterator[str]:
    """Cut a long line: each further piece begins with a space."""
    yield line[:_LONGEST_LINE]
    for start in range(_LONGEST_LINE, len(line), _LONGEST_LINE - 1):
        yield " " + line[start : start + _LONGEST_LINE - 1]
