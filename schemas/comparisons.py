"""What a policy says about a platform's own labels: their declaration, and the rules and factors over them.

A new way of comparing is an op of `matching/policy.py`; its wire form is read from there. Whether the parts of a policy
fit together (a rule over an undeclared label, an op the type does not have) is checked by the engine, in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from matching.policy import LabelOp, LabelType
from schemas.base import In, messages
from schemas.fields import Choice, Mapped, Pattern, Several, Slug, Text, Whole
from schemas.labels import LABEL_BOUND, LABEL_LENGTH
from schemas.told import tell

MOST_ALLOWED = 1000
MOST_GAPS = 200
MOST_POINTS = 1_000_000
MOST_GAP = 2 * LABEL_BOUND


class AllowedValue(fields.Raw):
    """One value a label may take: text or a whole number."""

    default_error_messages = messages()

    def __init__(self) -> None:
        text = {"type": "string", "format": Text.FORMAT, "minLength": 1, "maxLength": LABEL_LENGTH}
        whole = {"type": "integer", "minimum": -LABEL_BOUND, "maximum": LABEL_BOUND}
        super().__init__(metadata={"anyOf": [text, whole]})

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return Whole(-LABEL_BOUND, LABEL_BOUND).deserialize(value)
        return Text(most=LABEL_LENGTH).deserialize(value)


class LabelFieldPart(In):
    """The declaration of a label: only declared labels are taken from profiles."""

    name = Slug(required=True, metadata={"example": "grade"})
    type = Choice(LabelType, required=True)
    allowed = Several(AllowedValue(), most=MOST_ALLOWED, metadata={"description": "Empty: any value of the type."})

    @validates_schema
    def _has_one_type(self, label: Mapping[str, Any], **_kwargs: Any) -> None:
        kind = int if label["type"] == LabelType.INTEGER else str
        wrong = {
            number: [tell("must be of the label's type")]
            for number, value in enumerate(label.get("allowed", ()))
            if not isinstance(value, kind)
        }
        if wrong:
            raise ValidationError({"allowed": wrong})


class _Comparison(In):
    """What label rules and label factors have in common."""

    key = Slug(required=True, metadata={"description": "Its name in explanations and runs."})
    label = Slug(required=True, metadata={"description": "A declared label."})
    op = Choice(
        LabelOp,
        required=True,
        metadata={
            "description": "equal, different: text and whole numbers; overlap: lists with a value in common; "
            "gap: supporter - seeker, whole numbers. A missing label never holds and earns nothing."
        },
    )


class LabelRulePart(_Comparison):
    """A hard rule over a label: pairs for which it does not hold are never proposed."""

    reason = Text(
        most=120, required=True, metadata={"description": "Why a pair is absent.", "example": "the same organisation"}
    )
    gaps = Several(
        Whole(-MOST_GAP, MOST_GAP),
        most=MOST_GAPS,
        metadata={"description": "With gap: the differences that are allowed.", "example": [1, 2]},
    )


class LabelFactorPart(_Comparison):
    """Points for a label."""

    points = Whole(
        -MOST_POINTS,
        MOST_POINTS,
        load_default=0,
        metadata={"description": "Where it holds; not with gap.", "example": 10},
    )
    table = Mapped(
        fields.String(
            validate=Pattern(r"^-?(0|[1-9][0-9]{0,9})$", error=tell("must be a whole number, supporter - seeker"))
        ),
        Whole(-MOST_POINTS, MOST_POINTS),
        most=MOST_GAPS,
        metadata={
            "description": "With gap: points for each difference; others earn nothing.",
            "example": {"1": 9, "2": 12},
        },
    )
