"""Coordinators' notes over the wire."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import In, Out
from schemas.fields import Instant
from schemas.page import NEXT
from schemas.wording import Words

MOST_CHARACTERS = 500


class NoteIn(In):
    """A short note about a match."""

    text = Words(
        least=1,
        most=MOST_CHARACTERS,
        required=True,
        metadata={"description": "No names and no contact details: use the alias.", "example": "Prefers mornings."},
    )


class NoteWrittenOut(Out):
    """That a note is kept; what it says is told where notes are read."""

    note_id = fields.String(attribute="note.note_id")
    match_id = fields.String(attribute="note.match_id")
    written_at = Instant(attribute="note.written_at")
    written_by = fields.String(attribute="note.written_by")


class NoteOut(NoteWrittenOut):
    """A note; `text` null where the secret key it was sealed under is gone."""

    text = fields.String(allow_none=True)


class NotesOut(Out):
    """Some notes."""

    notes = fields.List(fields.Nested(NoteOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})
