"""From a row of cells to a profile in its JSON form.

The conversions of single cells are in `sources.py`; whether the result is a valid profile is for `schemas/member.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.told import tell
from service.mapping.document import ColumnMapping, Rows
from service.mapping.errors import Problem
from service.mapping.sheet import Row
from service.mapping.sources import CellError, Column

_WHOLE_PARTS = ("location", "seeker.measures")
"""Parts that a profile may leave out, and that mean nothing in part."""


def profile_of(row: Row, mapping: ColumnMapping) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Convert a row; give the profile's JSON form, and a problem for every cell that cannot be converted."""
    problems: list[Problem] = []
    profile: dict[str, Any] = {role: {} for role in _roles(row, mapping, problems)}
    for path, source in mapping.sources.items():
        root = path.partition(".")[0]
        if root in ("seeker", "supporter") and root not in profile:
            continue
        value = _converted(source, row, path, problems) if isinstance(source, Column) else source.value
        if value is not None:
            _put(profile, path, value)
    for whole in _WHOLE_PARTS:
        _drop_unfilled(profile, whole, mapping, row)
    return profile, tuple(problems)


def _drop_unfilled(profile: dict[str, Any], whole: str, mapping: ColumnMapping, row: Row) -> None:
    """Leave a part out that only constants filled: a radius without a place says nothing of this person."""
    inner = [source for path, source in mapping.sources.items() if path.startswith(f"{whole}.")]
    cells = [row.cells[source.name] for source in inner if isinstance(source, Column)]
    if not cells or any(cell.strip() for cell in cells):
        return
    *parents, last = whole.split(".")
    part = profile
    for parent in parents:
        part = part.get(parent, {})
    part.pop(last, None)


def _roles(row: Row, mapping: ColumnMapping, problems: list[Problem]) -> tuple[str, ...]:
    if isinstance(mapping.rows, Rows):
        return mapping.rows.roles
    before = len(problems)
    answer = _converted(mapping.rows, row, "", problems)
    if answer is None:
        if len(problems) == before:
            problems.append(Problem(row.line, tell("says no role"), column=mapping.rows.name))
        return ()
    return Rows(answer).roles


def _converted(column: Column, row: Row, path: str, problems: list[Problem]) -> Any:
    try:
        return column.value_of(row.cells[column.name])
    except CellError as error:
        problems.append(Problem(row.line, error.message, column=column.name, field=path))
        return None


def _put(profile: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    part = profile
    for parent in parents:
        part = part.setdefault(parent, {})
    part[last] = value


def source_path(mapping: ColumnMapping, field: str) -> str:
    """Give the mapping's own path for a field of an error: the longest one that leads to it, else the field itself."""
    leading: Mapping[int, str] = {
        len(path): path for path in mapping.sources if field == path or field.startswith(f"{path}.")
    }
    return leading[max(leading)] if leading else field
