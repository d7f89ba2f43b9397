"""Check-ins over the wire: closed answers, and measures as they are published."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import fields, validate

from schemas.base import In, Out, messages
from schemas.fields import Choice, Instant, Part, Pattern, Whole, YesNo
from schemas.member import MEMBER_ID
from schemas.page import NEXT


class CheckInOut(Out):
    """What one of the two said."""

    check_in_id = fields.String()
    match_id = fields.String()
    role = fields.String(metadata={"example": "seeker"})
    member_id = fields.String(metadata={"pattern": MEMBER_ID})
    at = Instant()
    met = fields.Boolean(allow_none=True)
    wants_to_continue = fields.Boolean(allow_none=True)
    felt_understood = fields.Integer(allow_none=True)
    things_in_common = fields.Boolean(allow_none=True)
    not_safe = fields.Boolean()
    ucla3_sum = fields.Integer(allow_none=True, metadata={"description": "3 to 9; higher is lonelier."})
    feels_lonely = fields.String(allow_none=True)
    de_jong_gierveld_sum = fields.Integer(allow_none=True, metadata={"description": "0 to 6; higher is lonelier."})


class CheckInsOut(Out):
    """Some check-ins."""

    check_ins = fields.List(fields.Nested(CheckInOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


class DueOut(Out):
    """A match of which somebody is still to be asked."""

    match_id = fields.String()
    seeker_id = fields.String(metadata={"pattern": MEMBER_ID})
    supporter_id = fields.String(metadata={"pattern": MEMBER_ID})
    check_in_from = fields.List(fields.String(), metadata={"example": ["seeker", "supporter"]})


class DuesOut(Out):
    """Matches of which somebody is still to be asked."""

    due = fields.List(fields.Nested(DueOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


def check_in_in(sides: Iterable[str], how_often: Iterable[str]) -> type[In]:
    """Make the schema of a check-in from the two sides of a match and the answers of the direct question."""

    class SpeakerIn(In):
        """Who says so."""

        role = Choice(sides, required=True)
        member_id = fields.String(
            required=True, validate=Pattern(MEMBER_ID, error="must be 1 to 128 of A-Z a-z 0-9 . _ : -")
        )

    class MeasuresIn(In):
        """Measures, where they are due."""

        ucla3 = answers(
            3, metadata={"description": "UCLA-3, for adults: 1 hardly ever or never, 2 some of the time, 3 often."}
        )
        feels_lonely = Choice(how_often, metadata={"description": "How often do you feel lonely?"})
        de_jong_gierveld = answers(
            6,
            metadata={
                "description": "Six items, 1 yes, 2 more or less, 3 no: emptiness, missing people around, feeling "
                "rejected, people to lean on, people to trust, people to feel close to. Only where the policy says so."
            },
        )

    class CheckInIn(In):
        """How one of the two says it goes; every answer may be left out."""

        by = Part(SpeakerIn, required=True)
        met = YesNo(metadata={"description": "They have met (again)."})
        wants_to_continue = YesNo()
        felt_understood = Whole(1, 5, metadata={"description": "1 not at all to 5 fully."})
        things_in_common = YesNo(metadata={"description": "Asked at the first one."})
        not_safe = YesNo(load_default=False, metadata={"description": "I don't feel safe: they are held at once."})
        measures = Part(MeasuresIn)

    return CheckInIn


def answers(count: int, **kwargs: Any) -> fields.List[int]:
    """Make a field of exactly so many answers 1 to 3."""
    exactly = validate.Length(equal=count, error=f"must have {count} answers")
    return fields.List(Whole(1, 3), validate=exactly, error_messages=messages(invalid="must be a list"), **kwargs)
