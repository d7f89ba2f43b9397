"""Holds, concerns and blocks over the wire: closed words and case numbers, nobody's story."""

from __future__ import annotations

from collections.abc import Iterable

from marshmallow import fields

from schemas.base import In, Out
from schemas.fields import Choice, Instant, Pattern
from schemas.member import MEMBER_ID
from schemas.page import NEXT

CASE_NUMBER = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$"
_MEMBER_ERROR = "must be 1 to 128 of A-Z a-z 0-9 . _ : -"


class HoldOut(Out):
    """Somebody is paused for care."""

    hold_id = fields.String()
    member_id = fields.String(metadata={"pattern": MEMBER_ID})
    cause = fields.String(metadata={"example": "crisis"})
    placed_at = Instant()
    concern_id = fields.String(metadata={"description": "The concern behind it; empty for none."})
    seen_at = Instant(allow_none=True, metadata={"description": "When somebody said that they look after it."})
    escalates_at = Instant(allow_none=True, metadata={"description": "When it is called to mind, unless it is seen."})
    escalated_at = Instant(allow_none=True)
    released_at = Instant(allow_none=True)


class HoldsOut(Out):
    """Holds that stand."""

    holds = fields.List(fields.Nested(HoldOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


class ReleasedOut(Out):
    """Somebody who is no longer paused for care."""

    member_id = fields.String(metadata={"pattern": MEMBER_ID})
    on_hold = fields.Boolean(attribute="care.is_on_hold")


class ConcernOut(Out):
    """A concern, as safeguarding reads it."""

    concern_id = fields.String()
    about_id = fields.String(metadata={"pattern": MEMBER_ID})
    reporter_id = fields.String(metadata={"description": "Empty where the one who is worried is no member."})
    category = fields.String(metadata={"example": "boundaries"})
    severity = fields.String(metadata={"example": "medium"})
    case_number = fields.String()
    reported_at = Instant()


class ConcernsOut(Out):
    """Some concerns."""

    concerns = fields.List(fields.Nested(ConcernOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


class BlockOut(Out):
    """Two members who are kept apart, both ways."""

    first_id = fields.String(metadata={"pattern": MEMBER_ID})
    second_id = fields.String(metadata={"pattern": MEMBER_ID})
    since = Instant()


def hold_in(causes: Iterable[str]) -> type[In]:
    """Make the schema of a hold from the causes a caller may name."""

    class HoldIn(In):
        """Why somebody is paused for care."""

        cause = Choice(causes, required=True, metadata={"description": "crisis: they may need help now."})

    return HoldIn


def concern_in(categories: Iterable[str], severities: Iterable[str]) -> type[In]:
    """Make the schema of a concern from the words there are."""

    class ConcernIn(In):
        """Somebody is worried about what a member does. What happened belongs to your case, not here."""

        about_id = fields.String(required=True, validate=Pattern(MEMBER_ID, error=_MEMBER_ERROR))
        reporter_id = fields.String(
            validate=Pattern(MEMBER_ID, error=_MEMBER_ERROR),
            metadata={"description": "The member who is worried; left out where it is somebody else."},
        )
        category = Choice(categories, required=True)
        severity = Choice(severities, required=True)
        case_number = fields.String(
            validate=Pattern(CASE_NUMBER, error="must be 1 to 64 of A-Z a-z 0-9 . _ : / -, a letter or digit first"),
            metadata={"description": "The number under which you keep the case.", "pattern": CASE_NUMBER},
        )

    return ConcernIn
