"""What every schema stands on: how unknown fields are refused, what answers promise, and messages by field.

Nothing here knows a field's type (`fields.py`) or a resource.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, ClassVar

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields
from marshmallow.exceptions import SCHEMA

from schemas.told import tell

_UNKNOWN = tell("is not a known field")

_MOST_HINTS = 20
"""Unknown fields of one object for which the nearest known one is looked up; it takes as long as loading a profile."""

Messages = dict[str, str | list[Any] | dict[Any, Any]]


def messages(**more: str) -> Messages:
    """Give a field's messages: the ones all fields share, and its own."""
    return {
        "required": tell("is missing"),
        "null": tell("must not be null"),
        "validator_failed": tell("is not allowed"),
        **more,
    }


_OURS = {
    "Missing data for required field.": tell("is missing"),
    "Field may not be null.": tell("must not be null"),
    "Not a valid string.": tell("must be text"),
}
"""What marshmallow says of its own plain fields, and how we say it."""


class In(Schema):
    """Base of everything that comes in: a field nobody declared is refused by its name."""

    class Meta:
        """Unknown fields are errors."""

        unknown = RAISE

    error_messages = {"unknown": _UNKNOWN, "type": tell("must be an object")}  # noqa: RUF012 - marshmallow's own
    read_only: ClassVar[frozenset[str]] = frozenset()
    """Fields of the answer that a caller may have sent back; refused with that reason."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:  # noqa: ARG002 - marshmallow's hook
        """Have every field speak as ours do, plain ones of marshmallow too."""
        said = {name: _OURS[text] for name, text in field_obj.error_messages.items() if text in _OURS}
        field_obj.error_messages = {**field_obj.error_messages, **said}

    def handle_error(self, error: ValidationError, *_args: Any, many: bool, **_kwargs: Any) -> None:
        """Say of each unknown field which one was probably meant, or that the service sets it."""
        messages = error.messages
        if many or not isinstance(messages, dict):
            return
        unknown = sorted((name for name, found in messages.items() if found == [_UNKNOWN]), key=str)
        for number, name in enumerate(unknown):
            # Out and in again: marshmallow has them in the order of a set, another one in each process.
            del messages[name]
            messages[name] = [self._unknown(str(name), is_hinted=number < _MOST_HINTS)]

    def _unknown(self, name: str, *, is_hinted: bool) -> str:
        if name in self.read_only:
            return tell("is set by the service; leave it out")
        close = get_close_matches(name[:64], self.fields, n=1, cutoff=0.75) if is_hinted else []
        return tell("is not a known field; did you mean %(name)s?", name=close[0]) if close else _UNKNOWN


class Out(Schema):
    """Base of everything that goes out: every field is always present, null where there is nothing to say."""

    class Meta:
        """Readers must expect more fields one day, so the document does not close the object."""

        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:  # noqa: ARG002 - marshmallow's hook
        """Tell the OpenAPI document so."""
        field_obj.required = True


def by_field(error: ValidationError) -> dict[Any, Any]:
    """Give the messages of an error by field; those about the whole under ``_schema``."""
    return error.messages if isinstance(error.messages, dict) else {SCHEMA: error.messages}


def nested_messages(path: str, message: str) -> dict[Any, Any]:
    """Nest a message under a dotted path, ``location.latitude``; without a path it is about the whole."""
    found: Any = [message]
    for name in reversed(path.split(".") if path else [SCHEMA]):
        found = {name: found}
    nested: dict[Any, Any] = found
    return nested
