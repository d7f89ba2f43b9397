"""Everything that is held on a member, over the wire."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Out
from schemas.fields import Instant
from schemas.member import MEMBER_ID


class ExportedOut(Out):
    """One section: what is held of one kind."""

    kind = fields.String(metadata={"example": "check_in"})
    told = fields.String(metadata={"description": "What it is, in words for the member."})
    look_first = fields.Boolean(
        metadata={
            "description": "It may tell of others, too: somebody should look through it before it is handed over."
        }
    )
    records = fields.List(fields.Dict(), metadata={"description": "As they are kept, without the names of others."})


class ExportOut(Out):
    """Everything that is held on a member."""

    member_id = fields.String(metadata={"pattern": MEMBER_ID})
    made_at = Instant()
    sections = fields.List(fields.Nested(ExportedOut))
