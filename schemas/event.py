"""Events over the wire: what has happened, in order, as webhooks tell it too.

What `data` holds for each type is the service's catalogue, which `event_out` is given; docs/events.md lists it.
"""

from __future__ import annotations

from collections.abc import Iterable

from marshmallow import fields, validate

from schemas.base import In, Out, messages
from schemas.fields import Pattern, Whole
from schemas.page import MOST_PER_PAGE

EVENT_CURSOR = r"^[0-9]{1,9}(\.[0-9a-f]{8})?$"
"""The number of an event, and the beginning of its id."""

_ALLOWED = "must be the `next` of an earlier answer, or an event's sequence"


class EventsQuery(In):
    """Where to go on, and how much to read."""

    after = fields.String(
        load_default="0",
        validate=Pattern(EVENT_CURSOR, error=_ALLOWED),
        error_messages=messages(invalid=_ALLOWED),
        metadata={
            "description": "The `next` of the answer before. A `sequence` alone is taken too, but does not notice that "
            "the service was restored and counts anew.",
            "pattern": EVENT_CURSOR,
            "example": "0",
        },
    )
    limit = Whole(1, MOST_PER_PAGE, load_default=100, metadata={"description": "Most events of one answer."})


def events_out(types: Iterable[str]) -> type[Out]:
    """Make the schema of a list of events from the types there are."""

    class EventOut(Out):
        """Something that has happened; thin, so read what it is about where it matters."""

        event_id = fields.String(
            metadata={
                "description": "The same whenever and however you are told of this event; a webhook's `webhook-id`.",
                "example": "evt_9a4b1c0f3d5e7a8b6c2d4e6f8091a2b3",
            }
        )
        sequence = fields.Integer(metadata={"description": "1, 2, 3 … in your platform, without gaps."})
        type = fields.String(validate=validate.OneOf(list(types)))
        timestamp = fields.String(metadata={"format": "date-time", "description": "When it happened, in UTC."})
        data = fields.Dict(
            keys=fields.String(),
            allow_none=True,
            metadata={
                "description": "Ids, states, counts and closed words: what its type says. Null once a member whom it "
                "named is erased, or it was kept long enough."
            },
        )

    class EventsOut(Out):
        """Some events in order."""

        events = fields.List(fields.Nested(EventOut))
        next = fields.String(
            metadata={
                "description": "Keep it, and pass it as `after` for what comes later; always there, at the end too.",
                "example": "2.c7f0b2a9",
            }
        )
        has_more = fields.Boolean(metadata={"description": "Whether there are later events already."})

    return EventsOut
