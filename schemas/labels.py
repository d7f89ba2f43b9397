"""A platform's own profile fields: their values on the wire, and the check against what its policy declares.

A new type of label is one row in `_CHECKS` (and in `matching/policy.py`). How labels are compared is for the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from marshmallow import ValidationError, fields

from matching.policy import LabelField, LabelType
from schemas.base import messages
from schemas.fields import Mapped, Several, Text, Whole
from schemas.told import tell

MOST_LABELS = 50
MOST_VALUES = 50
LABEL_NAME_LENGTH = 40
LABEL_LENGTH = 100
LABEL_BOUND = 2**31 - 1

_CHECKS: Mapping[LabelType, tuple[Callable[[Any], bool], str]] = {
    LabelType.STRING: (lambda value: isinstance(value, str), tell("must be text")),
    LabelType.INTEGER: (lambda value: isinstance(value, int), tell("must be a whole number")),
    LabelType.LIST: (lambda value: isinstance(value, list | tuple), tell("must be a list of texts")),
}


class LabelValue(fields.Raw):
    """Text, a whole number, or a list of texts."""

    default_error_messages = messages()

    def __init__(self) -> None:
        text = {"type": "string", "format": Text.FORMAT, "minLength": 1, "maxLength": LABEL_LENGTH}
        whole = {"type": "integer", "minimum": -LABEL_BOUND, "maximum": LABEL_BOUND}
        several = {"type": "array", "items": text, "maxItems": MOST_VALUES}
        super().__init__(metadata={"anyOf": [text, whole, several]})

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return Whole(-LABEL_BOUND, LABEL_BOUND).deserialize(value)
        if isinstance(value, str):
            return Text(most=LABEL_LENGTH).deserialize(value)
        if isinstance(value, list):
            return Several(Text(most=LABEL_LENGTH), most=MOST_VALUES).deserialize(value)
        raise ValidationError(tell("must be text, a whole number or a list of texts"))


class Labels(Mapped):
    """A member's labels by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Text(most=LABEL_NAME_LENGTH), LabelValue(), most=MOST_LABELS, **kwargs)


def wrong_labels(labels: Mapping[str, Any], declared: Iterable[LabelField]) -> dict[str, list[str]]:
    """Say of each label what the policy does not allow: undeclared, another type, or no allowed value."""
    fields = {field.name: field for field in declared}
    found = {name: _wrong(value, fields.get(name), fields) for name, value in labels.items()}
    return {name: [message] for name, message in found.items() if message}


def _wrong(value: Any, field: LabelField | None, fields: Mapping[str, LabelField]) -> str | None:
    if field is None:
        known = ", ".join(fields) or "none"
        return tell("is no label that the policy declares (declared: %(known)s)", known=known)
    is_right_type, message = _CHECKS[field.type]
    if not is_right_type(value):
        return tell("%(allowed)s: the policy declares it as %(type)s", allowed=message, type=str(field.type))
    given = value if isinstance(value, list | tuple) else (value,)
    if field.allowed and not set(given) <= set(field.allowed):
        return tell("must be one of: %(words)s", words=", ".join(map(str, field.allowed)))
    return None
