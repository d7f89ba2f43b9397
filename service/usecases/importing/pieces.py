"""The lines of an import in the store, in pieces that each fit a record, and what is wrong with them in pages.

A piece is a list of (line number, line): text of a JSON line, or the mapped cells of a spreadsheet's row; a number with
a message instead where the line could not even be read. What it holds is personal, so it is removed as soon as the
import is over. Pages hold no text of any line.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from service.errors import NotFound
from service.mapping.errors import Problem
from service.records import kinds
from service.storage.store import Delete, Put, Store

MOST_LINES: Final = 1000
MOST_BYTES: Final = 600_000
"""Of one piece before it is packed; in base64 even what cannot be packed stays below the store's limit for a body."""

PAGE: Final = 500
"""Problems of one page."""


class Line(NamedTuple):
    """One line: `content` is text, cells by column, or None where `problem` says why it cannot be read."""

    number: int
    content: Any
    problem: str = ""


def in_pieces(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Cut lines into pieces."""
    piece: list[Line] = []
    size = 0
    for line in lines:
        length = len(json.dumps(line, ensure_ascii=False).encode())
        if piece and (len(piece) == MOST_LINES or size + length > MOST_BYTES):
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += length
    if piece:
        yield piece


def put_of_piece(import_id: str, number: int, lines: Sequence[Line]) -> Put:
    """Write a piece."""
    text = json.dumps(lines, ensure_ascii=False, separators=(",", ":")).encode()
    packed = b64encode(zlib.compress(text, 3)).decode()
    index = ((kinds.BY_IMPORT, import_id),)
    return Put(kinds.IMPORT_PIECE, piece_id(import_id, number), {"bytes": packed}, index=index)


def read_piece(store: Store, platform_id: str, *, import_id: str, number: int) -> list[Line]:
    """Read a piece; NotFound (``import_piece_not_found``)."""
    record_id = piece_id(import_id, number)
    stored = store.get(platform_id, kinds.IMPORT_PIECE, record_id)
    if stored is None:
        raise NotFound(kinds.IMPORT_PIECE, record_id)
    return lines_in(stored.body)


def lines_in(body: dict[str, Any]) -> list[Line]:
    """Read the body of a piece."""
    return [Line(*each) for each in json.loads(zlib.decompress(b64decode(body["bytes"])))]


def names(line: Line, member_id: str, mapping: Mapping[str, Any] | None) -> bool:
    """Tell whether a line is about a member; one that cannot be read is about nobody who could be stored."""
    if mapping is not None:
        cells = line.content or {}
        return str(cells.get(mapping["id"]["column"], "")).strip() == member_id
    try:
        body = json.loads(line.content or "null")
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and body.get("member_id") == member_id


def piece_id(import_id: str, number: int) -> str:
    """Name a piece."""
    return f"{import_id}.{number:06d}"


def puts_of_problems(import_id: str, number: int, problems: Sequence[Problem]) -> Iterator[Put]:
    """Write what is wrong with the lines of a piece, in pages."""
    for page, first in enumerate(range(0, len(problems), PAGE)):
        body = {
            "problems": [[each.line, each.column, each.field, each.message] for each in problems[first : first + PAGE]]
        }
        index = ((kinds.BY_IMPORT, import_id),)
        yield Put(kinds.IMPORT_ERRORS, f"{piece_id(import_id, number)}.{page:03d}", body, index=index)


def problems_in(body: dict[str, Any]) -> list[Problem]:
    """Read a page."""
    return [Problem(line, message, column=column, field=field) for line, column, field, message in body["problems"]]


def remove(store: Store, platform_id: str, *, import_id: str, kind: str, commit: Any) -> None:
    """Remove all records of a kind that belong to an import; `commit` is given each lot of deletes."""
    while True:
        page = store.page(platform_id, kind, index=kinds.BY_IMPORT, value=import_id, limit=100)
        if not page.records:
            return
        commit(tuple(Delete(stored.kind, stored.record_id) for stored in page.records))
