"""What the engine declares: its factors and hard rules, as a platform reads them. Generated from the registries."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Out


class FactorOut(Out):
    """A part of a score."""

    key = fields.String(metadata={"description": "Its name in policies and explanations.", "example": "topics"})
    title = fields.String(metadata={"example": "Topics"})
    weight = fields.Integer(metadata={"description": "Points at its best where the policy names none."})
    unit = fields.String(metadata={"description": "What it measures.", "example": "share of what the seeker asked for"})
    phrase = fields.String(metadata={"description": "How it is told; `{evidence}` stands for what matched."})


class RuleOut(Out):
    """A hard rule: a pair it does not allow is never proposed."""

    key = fields.String(metadata={"description": "Its name in explanations.", "example": "language"})
    title = fields.String(metadata={"example": "Language"})
    reason = fields.String(metadata={"description": "Why a pair is absent.", "example": "no language in common"})


class FactorsOut(Out):
    """Every factor, in the order in which they are shown."""

    factors = fields.List(fields.Nested(FactorOut))


class RulesOut(Out):
    """Every built-in hard rule, in the order in which they are checked; a policy's label rules come after them."""

    rules = fields.List(fields.Nested(RuleOut))
