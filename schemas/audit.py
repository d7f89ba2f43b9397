"""The audit trail over HTTP: envelopes of events, and the seals of the chain over them.

Times are texts of exactly the form that the chain is computed from (docs/operations.md).
"""

from __future__ import annotations

from marshmallow import fields

from schemas.base import In, Out
from schemas.fields import Whole
from schemas.page import MOST_PER_PAGE

_MOST_SEQUENCE = 999_999_999


class AuditQuery(In):
    """Where to go on, and how much to read."""

    after = Whole(
        0, _MOST_SEQUENCE, load_default=0, metadata={"description": "The `next` of the page before: a sequence."}
    )
    limit = Whole(1, MOST_PER_PAGE, load_default=100, metadata={"description": "Most envelopes of one page."})


class EnvelopeOut(Out):
    """What is kept of an event for ever; what it said may be erased."""

    sequence = fields.Integer()
    type = fields.String()
    at = fields.String(metadata={"format": "date-time", "description": "Always with six digits of a second, in UTC."})
    mac = fields.String(
        metadata={"description": "HMAC-SHA256 of what the event says, under a salt that is erased with it."}
    )
    is_erased = fields.Boolean(metadata={"description": "What it said was erased; the envelope is as it was."})


class SealOut(Out):
    """A seal over the events from `first` to `last`."""

    first = fields.Integer()
    last = fields.Integer()
    head = fields.String(metadata={"description": "SHA-256 of the chain after event `last`, hexadecimal."})
    sealed_at = fields.String(metadata={"format": "date-time"})


class AuditOut(Out):
    """Some envelopes in order, and the seals that end among them."""

    envelopes = fields.List(fields.Nested(EnvelopeOut))
    seals = fields.List(fields.Nested(SealOut))
    next = fields.Integer(
        allow_none=True,
        metadata={"description": "Pass it as `after` for the next page; null at the end. Link carries the same."},
    )
