"""The community of a failure test: small, in one language, with fewer places than seekers, so that they count."""

from __future__ import annotations

from typing import Any

TOPICS = ("bereavement", "new_parent", "chronic_illness", "migration")
HOURS = (("18:00", "21:00"), ("09:00", "12:00"), ("12:00", "18:30"))


def seeker(number: int, *, note: int = 0, is_paused: bool = False) -> tuple[str, dict[str, Any]]:
    """Give a seeker's id and profile; `note` is told among the interests, so that it can be read back."""
    profile = _shared(number, note) | {"seeker": {"topics": [TOPICS[number % 4]], "waiting_since": "2026-09-01"}}
    return f"seeker-{number}", profile | ({"status": "paused"} if is_paused else {})


def supporter(number: int, *, note: int = 0) -> tuple[str, dict[str, Any]]:
    """Give a supporter's id and profile, with places for one or two."""
    offered = {"topics": [TOPICS[number % 4], TOPICS[(number + 1) % 4]], "capacity": capacity_of(number)}
    return f"supporter-{number}", _shared(number, note) | {"supporter": offered}


def capacity_of(number: int) -> int:
    return 1 + number % 2


def note_in(profile: dict[str, Any]) -> int:
    """Give the number that a profile tells."""
    return int(profile["interests"][0].removeprefix("note-"))


def _shared(number: int, note: int) -> dict[str, Any]:
    hours = (HOURS[number % 3], HOURS[(number + 1) % 3])
    days = ("mon", "thu")
    return {
        "languages": ["en"],
        "timezone": "Europe/London",
        "availability": [
            {"day": day, "start": start, "end": end} for day, (start, end) in zip(days, hours, strict=True)
        ],
        "modes": ["text", "voice"],
        "age_band": "25-34",
        "interests": [f"note-{note}"],
        "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z"},
    }
