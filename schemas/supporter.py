"""Peer supporters a coordinator should think of, over the wire."""

from __future__ import annotations

from collections.abc import Iterable

from marshmallow import fields

from schemas.base import Out
from schemas.fields import Choice
from schemas.member import MEMBER_ID
from schemas.page import NEXT, PageIn


class SupporterLoadOut(Out):
    """How much one supporter has taken on."""

    member_id = fields.String(metadata={"pattern": MEMBER_ID})
    places = fields.Integer(metadata={"description": "How many they would have if they held nothing."})
    held = fields.Integer(metadata={"description": "Matches that hold one of them."})


class SupportersOut(Out):
    """Some supporters."""

    supporters = fields.List(fields.Nested(SupporterLoadOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


def supporter_query(lists: Iterable[str]) -> type[PageIn]:
    """Make the query from the lists there are."""

    class SupporterQuery(PageIn):
        """Which supporters."""

        list = Choice(
            lists,
            required=True,
            metadata={
                "description": "ready_to_be_asked: they take part, have a place, and are asked for nothing. "
                "overloaded: they hold more matches than they have places for by now."
            },
        )

    return SupporterQuery
