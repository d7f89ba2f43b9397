"""A pair that a coordinator has chosen, and those there are to choose from."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import In, Out
from schemas.fields import Pattern, Whole
from schemas.match import ExplanationOut
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


class CandidatesQuery(In):
    """How many."""

    limit = Whole(1, 50, load_default=10, metadata={"description": "Most candidates of the answer."})


class CandidateOut(Out):
    """A supporter who could be proposed to a seeker just now."""

    supporter_id = fields.String(metadata={"pattern": MEMBER_ID})
    score = fields.Integer()
    thin = fields.Boolean(attribute="is_thin", metadata={"description": "Below the policy's thin_below."})
    places_left = fields.Integer(metadata={"description": "Free, beside what is held and promised."})
    explanation = fields.Nested(ExplanationOut)


class CandidatesOut(Out):
    """Supporters who could be proposed, the best first; an empty list: we do not yet have someone."""

    candidates = fields.List(fields.Nested(CandidateOut))
