"""Statistics over the wire: counts that point at nobody, and what became of matches, with intervals."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Out
from schemas.fields import Instant

_HIDDEN = "null: fewer than five, or hidden so that another small number cannot be worked out."


class CountsOut(Out):
    """A total and its parts."""

    total = fields.Integer(allow_none=True, metadata={"description": _HIDDEN})
    parts = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True), metadata={"description": _HIDDEN})


class EstimateOut(Out):
    """A number, and between what it lies with 95 % confidence."""

    value = fields.Float()
    low = fields.Float()
    high = fields.Float()


class GroupOut(Out):
    """Pairs of a kind."""

    pairs = fields.Integer()
    stayed = fields.Integer(metadata={"description": "Together for twelve weeks, or ended well before."})
    share = fields.Nested(EstimateOut)


class FactorOutcomeOut(Out):
    """How pairs that fitted well in a factor fared beside the others."""

    key = fields.String(metadata={"example": "topics"})
    title = fields.String()
    verdict = fields.String(
        metadata={
            "description": "not_enough_data, no_clear_difference, stayed_more_often or stayed_less_often (those that "
            "fitted well, beside the others).",
            "example": "not_enough_data",
        }
    )
    fitted = fields.Nested(GroupOut, allow_none=True)
    others = fields.Nested(GroupOut, allow_none=True)
    difference = fields.Nested(EstimateOut, allow_none=True)


class ChangeOut(Out):
    """How the UCLA-3 sums (3 to 9, higher is lonelier) of seekers changed; null where there is not enough data."""

    members = fields.Integer(allow_none=True)
    before = fields.Nested(EstimateOut, allow_none=True)
    after = fields.Nested(EstimateOut, allow_none=True)
    change = fields.Nested(EstimateOut, allow_none=True)
    caveat = fields.String()


class LookBackOut(Out):
    """What became of pairs that began at least twelve weeks ago."""

    all_pairs = fields.Nested(GroupOut, allow_none=True, metadata={"description": "null: not enough data."})
    factors = fields.List(fields.Nested(FactorOutcomeOut))
    caveat = fields.String()
    ucla3 = fields.Nested(ChangeOut)


class StatsOut(Out):
    """Counts and outcomes of a platform."""

    seekers = fields.Nested(CountsOut)
    supporters = fields.Nested(CountsOut)
    matches = fields.Nested(CountsOut)
    tasks = fields.Nested(CountsOut)
    outcomes = fields.Nested(LookBackOut)


class MeasureOut(Out):
    """What was answered at one moment; null where somebody was not asked or did not answer."""

    at = Instant()
    ucla3_sum = fields.Integer(
        allow_none=True, metadata={"description": "UCLA-3: 3 to 9; higher is lonelier.", "example": 7}
    )
    feels_lonely = fields.String(
        allow_none=True, metadata={"description": "The direct question.", "example": "some_of_the_time"}
    )
    de_jong_gierveld_sum = fields.Integer(
        allow_none=True, metadata={"description": "De Jong Gierveld's six items: 0 to 6; higher is lonelier."}
    )


class FeltLonelyOut(Out):
    """The first and the last answer to the direct question; it has an order, but no sum."""

    first = fields.String(metadata={"example": "often_or_always"})
    last = fields.String(metadata={"example": "occasionally"})


_CHANGE = "The last sum minus the first; null with fewer than two."


class MeasuresOut(Out):
    """What the seeker of a match answered over time, the oldest first, and what changed."""

    match_id = fields.String()
    answers = fields.List(fields.Nested(MeasureOut))
    ucla3_change = fields.Integer(allow_none=True, metadata={"description": _CHANGE})
    de_jong_gierveld_change = fields.Integer(allow_none=True, metadata={"description": _CHANGE})
    felt_lonely = fields.Nested(
        FeltLonelyOut, allow_none=True, metadata={"description": "null with fewer than two answers."}
    )
    caveat = fields.String()
