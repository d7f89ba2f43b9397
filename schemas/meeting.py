"""What the two of a match may see of each other, and when they could meet next."""

from __future__ import annotations

from collections.abc import Iterable

from marshmallow import fields

from schemas.base import In, Out
from schemas.fields import Choice, Instant, Whole

MOST_TIMES = 50

_EXAMPLE_LOCAL = "2026-11-30T19:00+01:00"


class OwnTimeOut(Out):
    """A stretch in which a session suits both, by the clock of the audience."""

    day = fields.String(metadata={"example": "mon"})
    start = fields.Function(lambda own: _clock(own.start_minute), metadata={"type": "string", "example": "18:00"})
    end = fields.Function(
        lambda own: _clock(own.end_minute),
        metadata={"type": "string", "description": "Up to the start: on the next day.", "example": "21:00"},
    )


class CardOut(Out):
    """What one of the two may see of the other one, and nothing else."""

    match_id = fields.String()
    audience = fields.String(metadata={"example": "seeker"})
    alias = fields.String(metadata={"description": "Two words for the other one.", "example": "Amber Heron"})
    languages = fields.List(fields.String(), metadata={"description": "Both speak them.", "example": ["en"]})
    interests = fields.List(fields.String(), metadata={"description": "Both have them.", "example": ["chess"]})
    topics = fields.List(
        fields.String(),
        metadata={"description": "Asked for by the seeker, lived by the supporter.", "example": ["bereavement"]},
    )
    pace = fields.String(metadata={"description": "How often the other one would like to meet.", "example": "weekly"})
    modes = fields.List(fields.String(), metadata={"description": "Fine with both.", "example": ["text"]})
    timezone = fields.String(metadata={"description": "Of the audience.", "example": "Europe/London"})
    times = fields.List(fields.Nested(OwnTimeOut), metadata={"description": "When a session suits both, this week."})


class SuggestedTimeOut(Out):
    """A session that suits both."""

    start = Instant()
    end = Instant()
    seeker_local = fields.Function(
        lambda time: time.seeker.isoformat(timespec="minutes"),
        metadata={"type": "string", "description": "The start by the seeker's clock.", "example": _EXAMPLE_LOCAL},
    )
    supporter_local = fields.Function(
        lambda time: time.supporter.isoformat(timespec="minutes"),
        metadata={"type": "string", "description": "The start by the supporter's clock.", "example": _EXAMPLE_LOCAL},
    )


class SuggestedTimesOut(Out):
    """The next sessions that suit both, within four weeks."""

    times = fields.List(fields.Nested(SuggestedTimeOut))


class SuggestedTimesIn(In):
    """How many times to suggest."""

    limit = Whole(1, MOST_TIMES, load_default=6, metadata={"description": "Most times of the answer."})


def card_query(audiences: Iterable[str]) -> type[In]:
    """Make the query of a card from the two sides of a match."""

    class CardQuery(In):
        """Whose card."""

        audience = Choice(audiences, required=True, metadata={"description": "Who will see it."})

    return CardQuery


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
