"""One action on several matches, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable

from marshmallow import fields, validate

from schemas.base import In, Out, messages
from schemas.fields import Choice, Text, YesNo


class OutcomeOut(Out):
    """What became of one match."""

    match_id = fields.String()
    done = fields.Function(
        lambda outcome: outcome.match is not None,
        metadata={"type": "boolean", "description": "In a preview: it could be done."},
    )
    state = fields.String(attribute="match.state", dump_default=None, allow_none=True)
    code = fields.String(metadata={"description": "Why it was refused; else empty.", "example": "needs_a_look"})
    detail = fields.String()
    flags = fields.List(
        fields.String(), metadata={"description": "Why it is to be looked at by itself.", "example": ["thin"]}
    )


class OutcomesOut(Out):
    """What became of each, in the order of the request."""

    preview = fields.Boolean()
    outcomes = fields.List(fields.Nested(OutcomeOut))


def bulk_in(actions: Iterable[str], reasons: Iterable[str], *, most: int) -> type[In]:
    """Make the schema of an action on at most so many matches."""
    some = validate.Length(min=1, max=most, error=f"must have 1 to {most} entries")

    class BulkIn(In):
        """What shall be done to several matches."""

        action = Choice(actions, required=True, metadata={"example": "approve"})
        match_ids = fields.List(
            Text(most=200), required=True, validate=some, error_messages=messages(invalid="must be a list")
        )
        reason = Choice(reasons, allow_none=True, metadata={"description": "Required by reject."})
        preview = YesNo(load_default=False, metadata={"description": "Say what would become of each; change nothing."})

    return BulkIn
