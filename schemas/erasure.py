"""An erasure over HTTP: how far the removal of a deleted member's traces has come. It never names the member."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Out
from schemas.fields import Instant


class ErasureOut(Out):
    """How far an erasure has come."""

    erasure_id = fields.String()
    state = fields.String(
        metadata={
            "description": "requested: the member is gone, past matches and runs may still name them; emptied: no "
            "record does; done: nothing can be read from the store's files and logs either."
        }
    )
    requested_at = Instant()
    emptied_at = Instant(allow_none=True)
    done_at = Instant(allow_none=True)
