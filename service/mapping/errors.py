"""What can be wrong with a mapping file, a spreadsheet, one of its lines, or a key file.

    InvalidInput
    ├── MappingError    the mapping file; `key` is the path of the bad part, for example ``fields.labels.grade.as``
    ├── SheetError      the whole spreadsheet cannot be read; nothing was stored
    └── KeyFileError    the key file cannot be read, written or used

`Problem` is no exception: it is what is told of one line while the other lines are kept.
A cell's text must never be here: it may be somebody's name.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.told import tell
from service.errors import FieldProblem, InvalidInput


class MappingError(InvalidInput):
    """The mapping file says something that cannot be followed."""

    def __init__(self, key: str, message: str) -> None:
        told = tell("the mapping's %(key)s %(message)s", key=key, message=message) if key else message
        super().__init__(told, problems=(FieldProblem(key, message, _names(key)),), code="invalid_mapping")
        self.key = key


class SheetError(InvalidInput):
    """The spreadsheet as a whole cannot be read."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="invalid_sheet")


class KeyFileError(InvalidInput):
    """The key file cannot be read, written or used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="invalid_key_file")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one line was not taken.

    Attributes
    ----------
    line : the line of the file at which the row begins, counted from 1.
    message : what is allowed; never the text of a cell.
    column : the spreadsheet's column as the mapping names it; empty when the whole row is meant.
    field : the profile's field; empty when there is none.
    """

    line: int
    message: str
    column: str = ""
    field: str = ""

    def __str__(self) -> str:
        """Say it in one line, ready to print after the file's name."""
        place = f"line {self.line}"
        if self.column:
            place += f", column '{self.column}'"
        elif self.field:
            place += f", field {self.field}"
        return f"{place}: {self.message}"


_OF_A_SOURCE = ("column", "constant", "as", "format", "split", "table", "otherwise", "when_empty")


def _names(key: str) -> tuple[str, ...]:
    """Part a key as the document nests it: a field's path is one name there, ``fields`` / ``consent.matching``."""
    top, *path = key.split(".")
    if top != "fields" or not path:
        return tuple(key.split(".")) if key else ()
    # A label may have the name of a key, a field has not.
    length = 2 if path[0] == "labels" else len(path) - (path[-1] in _OF_A_SOURCE)
    rest = path[length:]
    return (top, ".".join(path[:length]), *rest)
