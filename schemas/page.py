"""How long lists are read: page by page, with a cursor that stays right while others write.

A list's own filters are fields of a schema that inherits `PageIn`, in the module of its resource.
"""

from __future__ import annotations

from schemas.base import In
from schemas.fields import Text, Whole

MOST_PER_PAGE = 500
NEXT = "Pass it as `after` for the next page; null at the end. The header Link carries the same."


class PageIn(In):
    """Where to go on, and how much to read."""

    after = Text(most=900, metadata={"description": "The `next` of the page before."})
    limit = Whole(1, MOST_PER_PAGE, load_default=100, metadata={"description": "Most entries of one page."})
