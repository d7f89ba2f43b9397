"""Merge patches (RFC 7396): the schema of one, made from the schema of the whole, and how it changes a value.

In a patch every field may be left out. null gives a field back its default, so a field that has none refuses it; an
object is merged into the one that stands, a list takes the place of the whole list.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, cast

from marshmallow import fields, missing

from schemas.base import In
from schemas.fields import Mapped, Part


def patch_of(schema: type[In], *, name: str) -> type[In]:
    """Make the schema of a patch of what `schema` describes; `name` is what the OpenAPI document calls it."""
    own = {each: _optional(field) for each, field in schema._declared_fields.items()}
    told = f"A merge patch (RFC 7396): what is left out stays, null gives a field back its default. {schema.__doc__}"
    return cast("type[In]", type(name, (In,), {**own, "read_only": schema.read_only, "__doc__": told}))


def merged(value: Any, patch: Any) -> Any:
    """Give the value with a patch applied; neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    changed = dict(value) if isinstance(value, Mapping) else {}
    for name, wanted in patch.items():
        if wanted is None:
            changed.pop(name, None)
        else:
            changed[name] = merged(changed.get(name), wanted)
    return changed


def _optional(field: fields.Field[Any]) -> fields.Field[Any]:
    has_default = field.allow_none or not field.required
    if isinstance(field, Part):
        inner = cast("type[In]", field.nested)
        part = patch_of(inner, name=f"{inner.__name__.removesuffix('Part')}Patch")
        return Part(part, allow_none=has_default, metadata=dict(field.metadata))
    optional = copy(field)
    optional.required, optional.load_default, optional.allow_none = False, missing, has_default
    if isinstance(optional, Mapped) and optional.value_field is not None:
        # A name whose value is null goes.
        optional.value_field = copy(optional.value_field)
        optional.value_field.allow_none = True
        optional.value_field.metadata = _or_null(optional.value_field.metadata)
    return optional


def _or_null(metadata: Mapping[str, Any]) -> dict[str, Any]:
    choices = {"anyOf": [*metadata["anyOf"], {"type": "null"}]} if "anyOf" in metadata else {}
    return {**metadata, **choices}
