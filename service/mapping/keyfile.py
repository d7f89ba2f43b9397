"""The key file: which random id stands for which row of a spreadsheet.

It lies beside the spreadsheet, readable by its owner only, and is never sent to or stored in the service: whoever has
it can say who a pseudonymous member is. A row is known again by the columns that the mapping's ``recognise_by`` names.
"""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from service.mapping.errors import KeyFileError, Problem, SheetError
from service.mapping.sheet import open_sheet
from service.mapping.sources import folded_text

LINE, MEMBER_ID = "line", "member_id"
Marks = tuple[str, ...]
"""The folded texts of the ``recognise_by`` columns of one row."""


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One row of the key file: the spreadsheet's line at the last import, the id, the texts to know the row by."""

    line: int
    member_id: str
    texts: tuple[str, ...]

    @property
    def marks(self) -> Marks:
        """The texts as they are compared."""
        return marks_of(self.texts)


def marks_of(texts: Iterable[str]) -> Marks:
    """Fold the texts by which a row is known, so that capitals and outer spaces do not count."""
    return tuple(folded_text(text) for text in texts)


def new_member_id() -> str:
    """Draw an id that says nothing of its bearer."""
    return f"r-{secrets.token_hex(8)}"


def default_key_file(spreadsheet: Path) -> Path:
    """Give the key file's place: beside the spreadsheet, ``people.csv`` → ``people.keys.csv``."""
    return spreadsheet.with_name(f"{spreadsheet.stem}.keys.csv")


def read_key_file(path: Path, recognise_by: Sequence[str]) -> dict[Marks, KeyLine]:
    """Read a key file that an earlier import wrote; raises KeyFileError.

    Rows that cannot be told apart are refused: a wrong id would give one person another's matches.
    """
    columns = [("every key file", name) for name in (LINE, MEMBER_ID)]
    columns += [("recognise_by", name) for name in recognise_by]
    known: dict[Marks, KeyLine] = {}
    try:
        with path.open("rb") as file:
            for row in open_sheet(file, columns=columns).rows():
                if isinstance(row, Problem):
                    raise KeyFileError(f"cannot use the key file {path.name}: line {row.line} {row.message}")
                texts = tuple(row.cells[name] for name in recognise_by)
                line = KeyLine(_line_number(row.cells[LINE]), row.cells[MEMBER_ID].strip(), texts)
                if line.marks in known:
                    raise KeyFileError(
                        f"cannot use the key file {path.name}: line {row.line} is the same as an earlier one"
                    )
                known[line.marks] = line
    except OSError as error:
        raise KeyFileError(f"cannot read the key file {path}: {error.strerror}") from error
    except SheetError as error:
        raise KeyFileError(f"cannot use the key file {path.name}: {error}") from error
    return known


def write_key_file(path: Path, recognise_by: Sequence[str], lines: Iterable[KeyLine]) -> None:
    """Write the key file whole or not at all, readable by its owner only; raises KeyFileError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - opens a descriptor
            writer = csv.writer(file)
            writer.writerow([LINE, MEMBER_ID, *recognise_by])
            writer.writerows([each.line, each.member_id, *each.texts] for each in lines)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise KeyFileError(f"cannot write the key file {path}: {error.strerror} (name another place for it)") from error


def _line_number(text: str) -> int:
    # The line is for people only; a hand-edited one does no harm.
    return int(text) if text.strip().isdecimal() else 0
