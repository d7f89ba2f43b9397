"""From the rows of a spreadsheet to checked profiles, one row at a time; a bad row never stops the others.

`refuse_undeclared_labels` and `check_constants` find what is wrong with the mapping itself before anything is stored;
`profiles_in` gives the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from matching.policy import LabelField
from matching.profile import Profile
from schemas.told import tell
from service.errors import FieldProblem
from service.field_problems import field_problems
from service.mapping.document import ColumnMapping
from service.mapping.errors import MappingError, Problem
from service.mapping.ids import RowIds
from service.mapping.rows import profile_of, source_path
from service.mapping.sheet import Row, Sheet
from service.mapping.sources import Column

Load = Callable[[str, Mapping[str, Any]], Profile]
"""`schemas.member.load_profile` with a platform's labels: (member id, profile as JSON) → Profile or ValidationError."""

# Long enough to meet every role of an ordinary file; a constant that is wrong is wrong in its first row.
_ROWS_TO_PROBE = 200


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A row that became a valid profile."""

    line: int
    profile: Profile


def check_constants(sheet: Sheet, mapping: ColumnMapping, load: Load) -> None:
    """Try the first rows; raise MappingError when a constant is refused or a required field has no source.

    Every row would fail for it, so it is told once, by the mapping's key, before anything is stored.
    """
    for number, row in enumerate(sheet.rows()):
        if number == _ROWS_TO_PROBE:
            return
        if isinstance(row, Problem):
            continue
        profile, problems = profile_of(row, mapping)
        if problems:
            continue
        for refused in _refusals(load, profile):
            field, message = refused.field, refused.message
            path = source_path(mapping, field)
            source = mapping.sources.get(path)
            if source is None:
                raise MappingError(f"fields.{field}", tell("%(message)s; the profile needs it", message=message))
            if not isinstance(source, Column):
                inner = field.removeprefix(path).strip(".")
                raise MappingError(f"fields.{path}.constant", within(inner, message))


def within(inner: str, message: str) -> str:
    """Say of which part of a value a message is; `inner` is empty where it is of all of it."""
    return tell("(%(part)s) %(message)s", part=inner, message=message) if inner else message


def refuse_undeclared_labels(mapping: ColumnMapping, labels: Iterable[LabelField]) -> None:
    """Raise MappingError for a label that the policy does not declare: every row would be refused for it."""
    declared = [label.name for label in labels]
    for path in mapping.sources:
        root, _, name = path.partition(".")
        if root == "labels" and name not in declared:
            known = ", ".join(declared) or "none"
            raise MappingError(
                f"fields.{path}", tell("is no label that the policy declares (declared: %(known)s)", known=known)
            )


def profiles_in(sheet: Sheet, mapping: ColumnMapping, ids: RowIds, load: Load) -> Iterator[ReadyRow | Problem]:
    """Give every row as a profile, or all that is wrong with it."""
    for row in sheet.rows():
        if isinstance(row, Problem):
            yield row
        elif row.line in ids.problems:
            yield ids.problems[row.line]
        else:
            yield from checked_row(row, mapping, ids.id_of_line[row.line], load)


def checked_row(row: Row, mapping: ColumnMapping, member_id: str, load: Load) -> Iterator[ReadyRow | Problem]:
    """Give a row as a checked profile, or all that is wrong with it."""
    profile, problems = profile_of(row, mapping)
    if problems:
        yield from problems
        return
    try:
        ready = load(member_id, profile)
    except ValidationError as error:
        for each in field_problems(error):
            yield _problem(row, mapping, each.field, each.message)
    else:
        yield ReadyRow(row.line, ready)


def _problem(row: Row, mapping: ColumnMapping, field: str, message: str) -> Problem:
    source = mapping.sources.get(source_path(mapping, field))
    if not isinstance(source, Column):
        return Problem(row.line, message, field=field)
    if source.value_of(row.cells[source.name]) is None:
        message = tell("is empty, but every profile needs it")
    return Problem(row.line, message, column=source.name, field=field)


def _refusals(load: Load, profile: Mapping[str, Any]) -> tuple[FieldProblem, ...]:
    try:
        load("probe", profile)
    except ValidationError as error:
        return field_problems(error)
    return ()
