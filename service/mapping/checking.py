"""What is wrong with a mapping by itself, before there is a spreadsheet: so that it is refused when it is saved.

Every row would fail for what is found here: a label that the policy does not declare, a value that no profile takes, a
required field that nothing fills. What only a cell can get wrong is found when rows are read (`profiles.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from marshmallow import Schema, ValidationError

from matching.policy import LabelField
from schemas.fields import Part, Several
from schemas.labels import wrong_labels
from schemas.member import MemberIn, load_patch
from schemas.told import tell
from service.field_problems import field_problems
from service.mapping.document import ColumnMapping
from service.mapping.errors import MappingError
from service.mapping.profiles import refuse_undeclared_labels, within
from service.mapping.sources import Column, Constant, JsonValue


def check_mapping(mapping: ColumnMapping, labels: Iterable[LabelField]) -> None:
    """Raise MappingError, by the mapping's key, for what no row could be read with."""
    declared = tuple(labels)
    refuse_undeclared_labels(mapping, declared)
    for path, source in mapping.sources.items():
        for key, value in _values_of(source):
            _refuse_value(path, f"fields.{path}.{key}", value, declared)
        _refuse_one_for_several(path, source)
    _refuse_unfilled(mapping, MemberIn(), "")


def _values_of(source: Column | Constant) -> Iterator[tuple[str, JsonValue]]:
    """Give (key, value) of each value that the mapping itself writes, as the profile would have it."""
    if isinstance(source, Constant):
        yield "constant", source.value
        return
    if source.when_empty is not None:
        yield "when_empty", source.when_empty
    if source.table is not None:
        looked_up = [("table", value) for value in source.table.values.values()]
        for key, value in (*looked_up, ("otherwise", source.table.otherwise)):
            if value is not None:
                yield key, _entries(value) if source.split else value


def _entries(value: JsonValue) -> list[JsonValue]:
    return [each for each in (value if isinstance(value, list) else [value]) if each is not None]


def _refuse_value(path: str, key: str, value: JsonValue, labels: tuple[LabelField, ...]) -> None:
    """A value is right where a patch of a profile that says it alone is."""
    root, _, label = path.partition(".")
    patch: Any = value
    for name in reversed(path.split(".")):
        patch = {name: patch}
    try:
        load_patch(patch)
    except ValidationError as error:
        refused = field_problems(error)[0]
        inner = refused.field.removeprefix(path).strip(".")
        raise MappingError(key, within(inner, refused.message)) from error
    if root == "labels" and (wrong := wrong_labels({label: value}, labels)):
        raise MappingError(key, wrong[label][0])


def _refuse_one_for_several(path: str, source: Column | Constant) -> None:
    is_one = isinstance(source, Column) and not source.split and source.table is None
    if is_one and isinstance(_field_at(path), Several):
        raise MappingError(
            f"fields.{path}.split", tell('is missing: the field is a list, so say what parts a cell (",")')
        )


def _field_at(path: str) -> Any:
    schema: Schema = MemberIn()
    *parents, last = path.split(".")
    for name in parents:
        field = schema.fields[name]
        if not isinstance(field, Part):
            return None
        schema = field.schema
    return schema.fields.get(last)


def _refuse_unfilled(mapping: ColumnMapping, schema: Schema, prefix: str) -> None:
    """Raise MappingError for a field that is required, of the profile or of a part that is filled, without a source."""
    for name, field in schema.fields.items():
        path = f"{prefix}{name}"
        is_within = any(source.startswith(f"{path}.") for source in mapping.sources)
        if isinstance(field, Part) and is_within:
            _refuse_unfilled(mapping, field.schema, f"{path}.")
        elif field.required and path not in mapping.sources:
            raise MappingError(f"fields.{path}", tell("is missing; the profile needs it"))
