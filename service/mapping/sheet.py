"""Read a spreadsheet saved as CSV: encoding, separator, header, rows with their line numbers.

Only the columns that were asked for leave this module; other cells are dropped as soon as a row is read. A damaged line
is a `Problem` and the lines after it are read; a damaged file is a SheetError before the first row.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from schemas.told import tell, together
from service.mapping.errors import Problem, SheetError
from service.mapping.sources import folded_text

if TYPE_CHECKING:
    from typing_extensions import Buffer

SEPARATORS = (",", ";", "\t")
LONGEST_LINE = 1_000_000
"""Characters; a longer line is no spreadsheet and would be held in memory whole."""

_CHUNK = 1 << 20
# Reading again after an unclosed quotation mark costs up to a cell's limit each time: not for a file full of them.
_MOST_REREADS = 100
_SAVE_AS = tell(
    "save it as 'CSV UTF-8' (Excel), or as text CSV with the character set UTF-8 (LibreOffice), and try again"
)
_SIGNATURES = (
    (codecs.BOM_UTF32_LE, tell("the file is in UTF-32; %(how)s", how=_SAVE_AS)),
    (codecs.BOM_UTF32_BE, tell("the file is in UTF-32; %(how)s", how=_SAVE_AS)),
    (codecs.BOM_UTF16_LE, tell("the file is in UTF-16; %(how)s", how=_SAVE_AS)),
    (codecs.BOM_UTF16_BE, tell("the file is in UTF-16; %(how)s", how=_SAVE_AS)),
    (b"PK\x03\x04", tell("the file is an Excel or LibreOffice workbook, not CSV; %(how)s", how=_SAVE_AS)),
    (b"\xd0\xcf\x11\xe0", tell("the file is an old Excel workbook, not CSV; %(how)s", how=_SAVE_AS)),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins at, and the text of the columns that were asked for."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """An open CSV file whose encoding and header are known to be good; `rows` may be read more than once."""

    file: BinaryIO
    separator: str
    places: Mapping[str, int]
    width: int

    def rows(self) -> Iterator[Row | Problem]:
        """Give every row that is not blank, or what is wrong with it."""
        records = _records(self.file, self.separator)
        next(records)
        for record in records:
            if isinstance(record, Problem):
                yield record
            elif any(cell.strip() for cell in record.cells):
                yield self._row(record)

    def _row(self, record: _Record) -> Row | Problem:
        if len(record.cells) != self.width:
            return Problem(
                record.line,
                tell(
                    "must have as many cells as the first line (%(width)s); it has %(cells)s",
                    width=self.width,
                    cells=len(record.cells),
                ),
            )
        if any("\0" in cell for cell in record.cells):
            return Problem(record.line, tell("holds a NUL character, which no text has"))
        return Row(record.line, {name: record.cells[place] for name, place in self.places.items()})


def open_sheet(file: BinaryIO, *, columns: Iterable[tuple[str, str]], separator: str = "") -> Sheet:
    """Check encoding and header of a seekable file and find its separator.

    Parameters
    ----------
    columns : (who asks, column) pairs; every column must be in the header. Capitals and outer spaces do not count.
    separator : one of `SEPARATORS`; empty: the one under which the header has the columns.
    """
    refuse_other_encodings(file)
    wanted = list(columns)
    headers = {each: _header(file, each) for each in ([separator] if separator else SEPARATORS)}
    best = max(headers, key=lambda each: sum(folded_text(name) in headers[each] for _, name in wanted))
    header = headers[best]
    missing = [(key, name) for key, name in wanted if folded_text(name) not in header]
    if missing:
        told = together(tell("no column '%(name)s', which %(key)s names", name=name, key=key) for key, name in missing)
        raise SheetError(
            tell("the file has %(missing)s (the first line must hold the names of the columns)", missing=told)
        )
    for _, name in wanted:
        if header.count(folded_text(name)) > 1:
            raise SheetError(
                tell("the first line names the column '%(name)s' more than once; which one is meant?", name=name)
            )
    return Sheet(file, best, {name: header.index(folded_text(name)) for _, name in wanted}, len(header))


def refuse_other_encodings(file: BinaryIO) -> None:
    """Read the whole file once; raise SheetError unless it is UTF-8, with or without a byte order mark."""
    file.seek(0)
    start = file.read(4096)
    for signature, message in _SIGNATURES:
        if start.startswith(signature):
            raise SheetError(message)
    if start.count(0) > len(start) // 4:
        raise SheetError(tell("the file looks like UTF-16 without a byte order mark; %(how)s", how=_SAVE_AS))
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, chunk = 1, start
    while True:
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            raise SheetError(
                tell("line %(line)s is not UTF-8 (perhaps Windows-1252 or Latin-1); %(how)s", line=line, how=_SAVE_AS)
            ) from None
        if not chunk:
            return
        line += chunk.count(b"\n")
        chunk = file.read(_CHUNK)


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    cells: list[str]


def _header(file: BinaryIO, separator: str) -> list[str]:
    first = next(_records(file, separator), None)
    if first is None:
        raise SheetError(tell("the file is empty"))
    if isinstance(first, Problem):
        raise SheetError(
            tell("the first line, which must hold the names of the columns, cannot be read: %(why)s", why=first.message)
        )
    return [folded_text(cell) for cell in first.cells]


def _records(file: BinaryIO, separator: str) -> Iterator[_Record | Problem]:
    """Split the file into records; a record with unpaired quotation marks costs one line, not the rest of the file."""
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    rereads = 0
    while True:
        first = lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Problem(
                first,
                tell(
                    'cannot be read: a cell is longer than 131,072 characters or its quotation marks (") do not pair up'
                ),
            )
            rereads += 1
            if rereads <= _MOST_REREADS:
                lines.put_back_all_but_first()
            continue
        if cells:
            yield _Record(first, cells)


class _Lines:
    """The lines of a file, with those of the current record kept so that they can be read again."""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        # A wrapper closes its file when it is dropped, and the caller's must stay open.
        self._text = io.TextIOWrapper(io.BufferedReader(_Borrowed(file), _CHUNK), encoding="utf-8-sig", newline="")
        self._waiting: deque[str] = deque()
        self._taken: list[str] = []
        self._next_line = 1

    def begin_record(self) -> int:
        """Forget the last record's lines; give the number of the line that comes next."""
        self._taken.clear()
        return self._next_line

    def put_back_all_but_first(self) -> None:
        """Give the current record's later lines once more."""
        self._next_line -= len(self._taken) - 1
        self._waiting.extendleft(reversed(self._taken[1:]))

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._text.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        if len(line) > LONGEST_LINE:
            raise SheetError(
                tell(
                    "line %(line)s is longer than %(most)s characters; is this a CSV file?",
                    line=self._next_line,
                    most=f"{LONGEST_LINE:,}",
                )
            )
        self._next_line += 1
        self._taken.append(line)
        return line


class _Borrowed(io.RawIOBase):
    """A file to read that a wrapper may close without closing the one below."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill the buffer as far as the file goes."""
        view = memoryview(buffer)
        chunk = self._file.read(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)
