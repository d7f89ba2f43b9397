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
    own = _own_parts(schema)
    names = tuple(schema.fields)

    def complete(value: Mapping[str, Any]) -> dict[str, Any]:
        whole = dict.fromkeys(names)
        for name in names:
            whole[name] = value.get(name)
        for name, complete_part in own:
            whole[name] = complete_part(whole[name])
        return whole

    return complete


def _own_parts(schema: Schema) -> list[tuple[str, Completing]]:
    parts = [(name, _of_field(field)) for name, field in schema.fields.items()]
    return [(name, complete) for name, complete in parts if complete is not None]


def _of_field(field: fields.Field[Any]) -> Completing | None:
    """Give what completes a field's value; None where there is nothing to do."""
    if isinstance(field, Several):
        inner = _of_field(field.inner)
        return _listed if inner is None else lambda value: [inner(element) for element in value or ()]
    if isinstance(field, fields.Dict):
        return lambda value: dict(value or {})
    if isinstance(field, fields.Nested):
        if all(each.required for each in field.schema.fields.values()) and not _own_parts(field.schema):
            return None
        part = completing(field.schema)
        return lambda value: None if value is None else part(value)
    default = field.load_default
    return (lambda value: default if value is None else value) if isinstance(default, str) else None


def _listed(value: Any) -> list[Any]:
    return list(value or ())
