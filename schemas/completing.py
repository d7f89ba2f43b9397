"""Compact JSON made whole: what a stored value leaves out is filled in, as the schema that answers it promises.

How is worked out once for each schema; a list of members is some thousands of small objects. The values themselves are
JSON already, as the engine's codecs write them, and pass as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, fields

from schemas.fields import Several

Completing = Callable[[Any], Any]


def completing(schema: Schema) -> Completing:
    """Give what fills in what a compact mapping leaves out: an empty list or object, else null; in its parts too.

    A field whose default is a text takes that one. A part that leaves nothing out is passed as it is, not copied.
    """
    blank = dict.fromkeys(schema.fields)
    empty = {name: found for name, field in schema.fields.items() if (found := _empty_of(field)) is not None}
    inner = [(name, part) for name, field in schema.fields.items() if (part := _inner_of(field)) is not None]

    def complete(value: Mapping[str, Any]) -> dict[str, Any]:
        whole: dict[str, Any] = {**blank, **value}
        if len(whole) > len(blank):
            whole = {name: whole[name] for name in blank}
        for name, make in empty.items():
            if whole[name] is None:
                whole[name] = make()
        for name, complete_part in inner:
            whole[name] = complete_part(whole[name])
        return whole

    return complete


def _empty_of(field: fields.Field[Any]) -> Callable[[], Any] | None:
    """Give what makes the value of a field that is left out; None where that is null."""
    if isinstance(field, Several):
        return list
    if isinstance(field, fields.Dict):
        return dict
    default = field.load_default
    return (lambda: default) if isinstance(default, str) else None


def _inner_of(field: fields.Field[Any]) -> Completing | None:
    """Give what completes the parts of a field's value; None where there is nothing to do."""
    if isinstance(field, Several):
        inner = _inner_of(field.inner)
        return None if inner is None else lambda value: [inner(element) for element in value]
    if not isinstance(field, fields.Nested):
        return None
    known = field.schema.fields.values()
    if all(each.required and _empty_of(each) is None and _inner_of(each) is None for each in known):
        return None
    part = completing(field.schema)
    return lambda value: None if value is None else part(value)
