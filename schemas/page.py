"""How long lists are read: page by page, with a cursor that stays right while others write.

A list's own filters are fields of a schema that inherits `PageIn`, in the module of its resource.
"""

from __future__ import annotations

from marshmallow import fields

from schemas.base import In, messages
from schemas.fields import Pattern, Whole

MOST_PER_PAGE = 500
CURSOR = r"^[A-Za-z0-9._:@~+-]{1,300}$"
"""Every list goes by the ids of its records."""

NEXT = "Pass it as `after` for the next page; null at the end. The header Link carries the same."


class PageIn(In):
    """Where to go on, and how much to read."""

    after = fields.String(
        validate=Pattern(CURSOR, error="must be the `next` of the page before"),
        error_messages=messages(invalid="must be the `next` of the page before"),
        metadata={"description": "The `next` of the page before.", "pattern": CURSOR, "example": "m-1"},
    )
    limit = Whole(1, MOST_PER_PAGE, load_default=100, metadata={"description": "Most entries of one page."})
