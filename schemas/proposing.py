"""A pair that a coordinator has chosen."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import In
from schemas.fields import Pattern
from schemas.member import MEMBER_ID

_MEMBER_ERROR = "must be 1 to 128 of A-Z a-z 0-9 . _ : -"


class PairIn(In):
    """Two people who shall be proposed to each other."""

    seeker_id = fields.String(
        required=True, validate=Pattern(MEMBER_ID, error=_MEMBER_ERROR), metadata={"pattern": MEMBER_ID}
    )
    supporter_id = fields.String(
        required=True, validate=Pattern(MEMBER_ID, error=_MEMBER_ERROR), metadata={"pattern": MEMBER_ID}
    )
