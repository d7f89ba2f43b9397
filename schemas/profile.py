"""The parts of a member's profile as they come in: windows, places, consent, and what each role asks or offers.

A new profile field is one row here or in `member.py`, one in `matching/profile_json.py`, one in `matching/profile.py`.
Whether a label or a minor is welcome is the policy's business; nothing here reads one.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, validate, validates_schema

from matching.profile import DEFAULT_SUPPORTER_SESSION_MINUTES, SESSION_MINUTES, ClearanceScope, ConsentGiver
from matching.profile import Day as WeekDay
from schemas import languages
from schemas.base import In, messages
from schemas.fields import Choice, Day, Decimal, Instant, OneNumber, Part, Pattern, Several, Slug, Text, Whole, YesNo
from schemas.told import tell

MOST_KEYS = 50
"""How many topics, interests, trainings or access needs one member may name."""

LANGUAGE_LENGTH = 35
"""Of a BCP 47 tag."""


class Keys(Several):
    """Lower-case keys of the platform's own vocabulary."""

    def __init__(self, description: str, example: list[str], **kwargs: Any) -> None:
        metadata = {"description": description, "example": example}
        super().__init__(Slug(), most=MOST_KEYS, metadata=metadata, **kwargs)


class TimeOfDay(fields.String):
    """Local wall time, ``HH:MM``."""

    default_error_messages = messages()

    def __init__(self, *, is_end: bool, **kwargs: Any) -> None:
        latest = "24:00" if is_end else "23:59"
        allowed = tell("must be a time of day, written HH:MM, from 00:00 to %(latest)s", latest=latest)
        clock = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" if is_end else r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
        checks = [Pattern(clock, error=allowed)]
        super().__init__(validate=checks, error_messages={"invalid": allowed}, **kwargs)


class Language(Text):
    """A BCP 47 tag of a known language, brought to its usual case."""

    FORMAT = "language-tag"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=LANGUAGE_LENGTH, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        tag = languages.canonical(super()._deserialize(value, *args, **kwargs))
        if tag is None:
            raise ValidationError(
                tell("must be the BCP 47 tag of a known language, for example en, pl, pt-BR or zh-Hant")
            )
        return tag


class TimeZone(Text):
    """An IANA time zone, spelt exactly."""

    FORMAT = "iana-timezone"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=64, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        zone = super()._deserialize(value, *args, **kwargs)
        if zone in zones():
            return zone
        close = get_close_matches(zone, zones(), n=1)
        if close:
            raise ValidationError(
                tell("must be an IANA time zone, for example Europe/London; did you mean %(zone)s?", zone=close[0])
            )
        raise ValidationError(tell("must be an IANA time zone, for example Europe/London"))


@cache
def zones() -> frozenset[str]:
    """Give the IANA time zones that this machine's data know."""
    return frozenset(available_timezones()) - {"Factory", "localtime"}


class Window(In):
    """A weekly stretch of local wall time; an end before the start is on the next day."""

    day = Choice(WeekDay, required=True, metadata={"description": "The local day on which it starts."})
    start = TimeOfDay(is_end=False, required=True, metadata={"example": "18:00"})
    end = TimeOfDay(is_end=True, required=True, metadata={"example": "21:30"})

    @validates_schema
    def _lasts(self, window: Mapping[str, Any], **_kwargs: Any) -> None:
        if window["start"] == window["end"]:
            raise ValidationError(tell("must differ from start; a whole day is 00:00 to 24:00"), "end")


class Location(In):
    """Roughly where somebody can meet in person; degrees are rounded to 0.01 on arrival."""

    latitude = Decimal(-90, 90, digits=2, required=True, metadata={"example": 53.48})
    longitude = Decimal(-180, 180, digits=2, required=True, metadata={"example": -2.24})
    radius_km = Decimal(0, 1000, digits=1, required=True, metadata={"description": "How far they would go."})


class Consent(In):
    """The word of the member, or of a guardian, that matching may use the profile."""

    matching = YesNo(required=True, metadata={"description": "Without consent nobody is matched."})
    given_at = Instant(required=True, metadata={"example": "2026-09-01T10:00:00Z"})
    given_by = Choice(ConsentGiver, load_default=ConsentGiver.MEMBER.value)
    text_version = Text(
        least=0,
        most=40,
        load_default="",
        metadata={"description": "Which wording they agreed to.", "example": "2026-08"},
    )


class Measures(In):
    """The three-item UCLA loneliness scale: three answers from 1 to 3, null where it was not asked."""

    ucla3 = fields.List(
        Whole(1, 3),
        allow_none=True,
        validate=validate.Length(equal=3, error=tell("must have the three answers, each from 1 to 3")),
        error_messages={"invalid": tell("must be a list of the three answers, each from 1 to 3")},
        metadata={"example": [2, 3, 3]},
    )
    taken_at = Day(required=True)


class SeekerPart(In):
    """What somebody who would like company asks for."""

    topics = Keys("What they would like company with.", ["bereavement", "new_parent"])
    session_minutes = OneNumber(SESSION_MINUTES, load_default=30, metadata={"description": "How long a session lasts."})
    required_training = Keys("What a supporter must be trained in.", ["bereavement"])
    waiting_since = Day(
        allow_none=True,
        metadata={"description": "When they asked, if that was before they came here; taken once, never moved later."},
    )
    measures = Part(Measures, allow_none=True)


class Clearance(In):
    """The outcome of a check: its kind, what it covers, its last valid day. Never its content."""

    kind = Slug(required=True, metadata={"example": "basic"})
    scope = Several(Choice(ClearanceScope), least=1, most=len(ClearanceScope), required=True)
    valid_until = Day(allow_none=True, metadata={"description": "The last valid day; null where it has no end."})


class SupporterPart(In):
    """What a peer supporter offers."""

    topics = Keys("Lived experience they offer.", ["bereavement"])
    training = Keys("What they are trained in.", ["bereavement"])
    capacity = Whole(0, 100, load_default=1, metadata={"description": "How many people they would support at once."})
    weekly_minutes = Whole(
        0,
        10080,
        allow_none=True,
        metadata={"description": "Minutes a week they can give; null: no limit but capacity."},
    )
    session_minutes = OneNumber(
        SESSION_MINUTES,
        load_default=DEFAULT_SUPPORTER_SESSION_MINUTES,
        metadata={"description": "Their usual session; with pace and weekly_minutes it decides their places."},
    )
    commitment_weeks = Whole(1, 520, allow_none=True)
    clearances = Several(Part(Clearance), most=20)
