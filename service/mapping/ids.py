"""Which member each row of a spreadsheet is: the id it carries, the id of an earlier import, or a new random one.

Ids are settled for the whole file before a row is stored, so that no member can exist whose key is on no disk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from schemas.member import MEMBER_ID
from schemas.told import tell
from service.mapping.document import ColumnMapping
from service.mapping.errors import KeyFileError, Problem
from service.mapping.keyfile import KeyLine, Marks, marks_of, new_member_id, read_key_file, write_key_file
from service.mapping.sheet import Row, Sheet


@dataclass(slots=True)
class RowIds:
    """The outcome: each line's id, each bad line's problem, and what the key file must hold.

    `key_lines` has the rows of earlier imports too, whether or not they are in this file.
    """

    id_of_line: dict[int, str] = field(default_factory=dict)
    line_of_id: dict[str, int] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)
    key_lines: dict[Marks, KeyLine] = field(default_factory=dict)
    known_again: int = 0
    newly_drawn: int = 0

    def claim(self, member_id: str, line: int, column: str) -> None:
        """Give the line its id, unless an earlier line has it."""
        if member_id in self.line_of_id:
            message = tell("is the same as on line %(line)s", line=self.line_of_id[member_id])
            self.problems[line] = Problem(line, message, column=column)
            return
        self.line_of_id[member_id] = line
        self.id_of_line[line] = member_id


def settle_ids(sheet: Sheet, mapping: ColumnMapping, key_file: Path) -> RowIds:
    """Read the whole file once and give each row its id; writes nothing (see `keep_keys`).

    Raises KeyFileError when a key file is there but this mapping cannot tell which row is whose: drawing new ids would
    make a second member of everyone.
    """
    settled = RowIds()
    if mapping.recognise_by and key_file.exists():
        settled.key_lines.update(read_key_file(key_file, mapping.recognise_by))
    for row in sheet.rows():
        if isinstance(row, Problem):
            continue
        if mapping.id_column and row.cells[mapping.id_column].strip():
            claim_told(row, mapping, settled)
        else:
            _known_or_new(row, mapping, settled)
    if settled.newly_drawn and not mapping.recognise_by and key_file.exists():
        raise KeyFileError(
            f"{key_file.name} is there from an earlier import, but the mapping does not say how to know its rows: "
            "add recognise_by (columns that tell the rows apart), or move the key file away to add everyone anew"
        )
    return settled


def claim_told(row: Row, mapping: ColumnMapping, settled: RowIds) -> None:
    """Give a row the id that it carries, or note why it cannot have it."""
    member_id = row.cells[mapping.id_column].strip()
    if re.fullmatch(MEMBER_ID, member_id):
        settled.claim(member_id, row.line, mapping.id_column)
        return
    if member_id:
        message = tell("is no id (allowed: 1 to 128 of the letters A-Z and a-z, digits, and . _ : -)")
    else:
        message = tell("is empty (allowed: 1 to 128 of the letters A-Z and a-z, digits, and . _ : -)")
    settled.problems[row.line] = Problem(row.line, message, column=mapping.id_column)


def ids_of_column(sheet: Sheet, mapping: ColumnMapping) -> RowIds:
    """Give each row the id it carries; one without an id is a problem, since nobody would know it again."""
    settled = RowIds()
    for row in sheet.rows():
        if not isinstance(row, Problem):
            claim_told(row, mapping, settled)
    return settled


def keep_keys(settled: RowIds, mapping: ColumnMapping, key_file: Path) -> bool:
    """Write the key file if there is a key to keep; say whether there is."""
    has_keys = bool(settled.newly_drawn or settled.known_again)
    if has_keys:
        lines = sorted(settled.key_lines.values(), key=lambda each: (each.line, each.member_id))
        write_key_file(key_file, mapping.recognise_by, lines)
    return has_keys


def _known_or_new(row: Row, mapping: ColumnMapping, settled: RowIds) -> None:
    columns = " + ".join(mapping.recognise_by)
    texts = tuple(row.cells[name] for name in mapping.recognise_by)
    # Without columns to know rows by, the line stands in: it tells them apart in this file, not in the next.
    marks = marks_of(texts) if texts else (f"line {row.line}",)
    if texts and not any(marks):
        message = tell("is empty, so this row could not be known again at the next import")
        settled.problems[row.line] = Problem(row.line, message, column=columns)
        return
    known = settled.key_lines.get(marks)
    member_id = known.member_id if known else new_member_id()
    settled.claim(member_id, row.line, columns)
    if row.line in settled.problems:
        return
    settled.key_lines[marks] = KeyLine(row.line, member_id, texts)
    settled.known_again += known is not None
    settled.newly_drawn += known is None
