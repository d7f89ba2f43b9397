"""Imports: many members at once as JSON lines or CSV, what became of the lines, and what columns mean."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, pre_dump

from schemas.base import In, Out
from schemas.fields import SLUG, Instant, Slug, Text
from schemas.page import NEXT

MAPPING_NAME = SLUG


class ImportQuery(In):
    """How the body is to be read."""

    mapping = Slug(metadata={"description": "The name of the mapping that says what the columns of a CSV body mean."})


class ErrorsQuery(In):
    """Where to go on."""

    after = Text(most=900, metadata={"description": "The `next` of the page before."})


class ImportOut(Out):
    """What became of an import; counts grow while its lines are stored."""

    import_id = fields.String()
    state = fields.String(
        metadata={
            "description": "receiving (the lines are still coming in), queued, running, done, failed or cancelled. "
            "What was stored before an import failed or was cancelled stays."
        }
    )
    lines = fields.Integer(metadata={"description": "Lines with anything in them, without a header."})
    lines_done = fields.Integer(metadata={"description": "created + updated + unchanged + refused."})
    created = fields.Integer()
    updated = fields.Integer()
    unchanged = fields.Integer(metadata={"description": "Lines that say what was known already."})
    refused = fields.Integer(metadata={"description": "Lines that could not be taken; the errors say why."})
    requested_by = fields.String(metadata={"example": "key:0123456789ab"})
    error_code = fields.String(allow_none=True, metadata={"description": "Null unless it failed."})
    created_at = Instant()
    finished_at = Instant(
        allow_none=True, metadata={"description": "When the last line was stored; null while a worker may be at it."}
    )

    @pre_dump
    def _told(self, importing: Any, **_kwargs: Any) -> dict[str, Any]:
        counts = importing.counts
        return {
            **{name: getattr(importing, name) for name in self.fields if hasattr(importing, name)},
            **counts.to_json(),
            "lines_done": counts.lines,
            "error_code": importing.error_code or None,
        }


class ImportsOut(Out):
    """Some imports, latest first."""

    imports = fields.List(fields.Nested(ImportOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


class LineProblemOut(Out):
    """What is wrong with a line; never its text."""

    line = fields.Integer(metadata={"description": "Counted from 1, a header included."})
    column = fields.String(metadata={"description": "Of the spreadsheet; empty where no one cell is meant."})
    field = fields.String(metadata={"description": "Of the profile; empty where there is none."})
    message = fields.String(metadata={"example": "must be an age in whole years, 13 to 120"})


class ImportErrorsOut(Out):
    """What is wrong with lines that were not taken, by line; at most 20 for one line."""

    errors = fields.List(fields.Nested(LineProblemOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


class MappingOut(Out):
    """What the columns of a spreadsheet mean."""

    name = fields.String(metadata={"pattern": MAPPING_NAME})
    document = fields.Raw(metadata={"type": "object", "description": "As it was put: a mapping file, as JSON."})
    updated_at = Instant()
    version = fields.Integer()


class MappingsOut(Out):
    """All mappings, by name."""

    mappings = fields.List(fields.Nested(MappingOut))


class MappingIn(In):
    """A mapping file (docs/spreadsheet.md) as JSON; over HTTP `id.column` is required, `recognise_by` is not taken."""

    rows = fields.Raw(required=True, metadata={"description": "seekers, supporters, both, or a column with a table."})
    id = fields.Raw(required=True, metadata={"type": "object", "description": "`column`: with the platform's own ids."})
    separator = fields.Raw(
        allow_none=True,
        metadata={"type": "string", "description": 'Of cells: ",", ";" or tab; null: found out.'},
    )
    fields_ = fields.Raw(
        data_key="fields",
        required=True,
        metadata={"type": "object", "description": "Field of a profile → a column or a constant."},
    )
