"""The examples of the OpenAPI document; a test sends each of them, so that they stay true."""

from __future__ import annotations

from typing import Any, Final

PROFILE: Final[dict[str, Any]] = {
    "languages": ["en", "pl"],
    "timezone": "Europe/London",
    "availability": [
        {"day": "mon", "start": "18:00", "end": "21:30"},
        {"day": "sat", "start": "22:00", "end": "01:00"},
    ],
    "modes": ["text", "voice", "video"],
    "pace": "weekly",
    "age_band": "25-34",
    "preferred_age_bands": ["25-34", "35-44"],
    "gender": "woman",
    "gender_preference": [],
    "interests": ["gardening", "chess"],
    "avoid_topics": ["addiction"],
    "consent": {
        "matching": True,
        "given_at": "2026-09-01T10:00:00Z",
        "given_by": "member",
        "text_version": "2026-08",
    },
    "seeker": {
        "topics": ["bereavement", "new_parent"],
        "session_minutes": 30,
        "waiting_since": "2026-09-01",
        "measures": {"ucla3": [2, 3, 3], "taken_at": "2026-09-01"},
    },
}
"""A member who would like company."""

POLICY: Final[dict[str, Any]] = {
    "objective": "coverage",
    "weights": {"topics": 3500, "interests": 1000},
    "labels": [
        {"name": "site", "type": "string", "allowed": ["north", "south"]},
        {"name": "level", "type": "integer"},
    ],
    "label_rules": [{"key": "same_site", "label": "site", "op": "equal", "reason": "another site"}],
    "label_factors": [{"key": "one_step_up", "label": "level", "op": "gap", "table": {"1": 500, "2": 200}}],
    "minimum_score": 0,
    "thin_below": 2000,
    "accepts_minors": False,
    "clearances": {"adults": [], "in_person": ["basic"]},
}
"""A policy with two labels of the platform's own."""
