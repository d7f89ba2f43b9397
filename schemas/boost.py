"""A coordinator's boost over the wire."""

from __future__ import annotations

from collections.abc import Iterable

from marshmallow import fields

from schemas.base import In, Out
from schemas.fields import Choice, Whole
from schemas.member import MEMBER_ID


class BoostOut(Out):
    """How much earlier somebody comes, and until when."""

    member_id = fields.String(metadata={"pattern": MEMBER_ID})
    weeks = fields.Integer(attribute="care.boost")
    lapses_on = fields.Date(attribute="care.boost_until", allow_none=True)


def boost_in(reasons: Iterable[str], *, most: int) -> type[In]:
    """Make the schema of a boost of at most so many weeks."""

    class BoostIn(In):
        """How much earlier somebody shall come, and why."""

        weeks = Whole(0, most, required=True, metadata={"description": "As if they had waited so many weeks more."})
        reason = Choice(reasons, required=True)

    return BoostIn
