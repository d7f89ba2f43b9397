"""API keys over the wire: what is asked of a new one, and what anybody may know of one afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from marshmallow import fields

from schemas.base import In, Out
from schemas.fields import Choice, Instant, Several, Text, Whole
from schemas.page import NEXT

KEY_ID = r"^[0-9a-f]{1,64}$"
MOST_OVERLAP_HOURS = 90 * 24


def key_in(scopes: Iterable[str]) -> type[In]:
    """Make the schema of a new key from the scopes there are."""
    words = tuple(scopes)

    class KeyIn(In):
        """A new API key."""

        name = Text(most=100, required=True, metadata={"description": "What it is for.", "example": "our website"})
        scopes = Several(
            Choice(words),
            least=1,
            most=len(words),
            required=True,
            metadata={"description": "What it may do; no more than the key that asks for it.", "example": ["runs"]},
        )
        valid_until = Instant(
            allow_none=True, metadata={"description": "From when on it counts no longer; null: until it is revoked."}
        )

    return KeyIn


class RotateIn(In):
    """How a key is replaced."""

    overlap_hours = Whole(
        0,
        MOST_OVERLAP_HOURS,
        load_default=7 * 24,
        metadata={"description": "How long the old key still counts beside the new one."},
    )


class KeyOut(Out):
    """An API key, without its secret."""

    key_id = fields.String(metadata={"pattern": KEY_ID, "example": "5f2c0a9b7d31"})
    name = fields.String(metadata={"example": "our website"})
    scopes = fields.Function(
        lambda key: sorted(key["scopes"]),
        metadata={"type": "array", "items": {"type": "string"}, "example": ["members:write", "runs"]},
    )
    created_at = Instant()
    valid_until = Instant(
        allow_none=True, metadata={"description": "From when on it counts no longer; null: until it is revoked."}
    )
    last_used_at = Instant(
        allow_none=True, metadata={"description": "To the hour; null for one that was not used yet."}
    )


class MadeKeyOut(KeyOut):
    """A new API key, with its secret."""

    key = fields.String(
        allow_none=True,
        metadata={
            "description": "What its holder sends as `Authorization: Bearer`. Told this once and never again: null "
            "where the call is sent again with its Idempotency-Key.",
            "example": "alk_harbour_5f2c0a9b7d31_…",
        },
    )


class KeysOut(Out):
    """Some API keys, by id."""

    keys = fields.List(fields.Nested(KeyOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})
