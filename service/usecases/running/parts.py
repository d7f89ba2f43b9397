"""Large contents of a run, kept in compressed pieces that each fit a record.

A part is a stream of JSON lines under a name. It is written and read a piece at a time, so that a large platform's
snapshot is never in memory as text. What the lines mean is for `snapshot.py`, `evidence.py` and
`change_lines.py`.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, Final

from service.errors import NotFound
from service.records import kinds
from service.storage.store import MAX_PAGE, Changes, Delete, Fence, Put, Store
from service.usecases.saving import in_commits

SNAPSHOT_PART: Final = "snapshot"
"""The name of what a run was made from."""

RESULT_PART: Final = "result"
"""The name of what came of it, with its certificate."""

CHANGES_PART: Final = "changes"
"""The name of what it changed, pair by pair (`change_lines.py`)."""

_PIECE_BYTES = 600_000
"""Compressed; in base64 it stays below the store's limit for a body."""

UNREADABLE = (NotFound, zlib.error, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, StopIteration)
"""What reading raises over parts that are missing, cut or replaced by anything else."""

Line = Any
"""A JSON value; what `json` gives back for it must be equal to it."""


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_LINES_AT_ONCE = 500


class PackedLines:
    """Lines that are packed while they come, so that even many take little memory."""

    def __init__(self) -> None:
        self._hashed = sha256()
        # Level 3 takes half the time of the usual 6, and a quarter more space.
        self._packer = zlib.compressobj(3)
        self._lines: list[str] = []
        self._packed = bytearray()

    def add(self, line: Line) -> None:
        """Take in a line."""
        self._lines.append(_encoded(line))
        if len(self._lines) == _LINES_AT_ONCE:
            self._pack()

    def sealed(self) -> tuple[bytes, str]:
        """Give all lines, packed, and the SHA-256 of their text as hexadecimal; no line comes after that."""
        self._pack()
        self._packed += self._packer.flush()
        return bytes(self._packed), self._hashed.hexdigest()

    def _pack(self) -> None:
        text = "".join(line + "\n" for line in self._lines).encode()
        self._lines.clear()
        self._hashed.update(text)
        self._packed += self._packer.compress(text)


def write_part(store: Store, platform_id: str, *, run_id: str, name: str, lines: Iterable[Line], fence: Fence) -> str:
    """Write a part in place of any earlier one of this name; give the SHA-256 of its text as hexadecimal."""
    packed = PackedLines()
    for line in lines:
        packed.add(line)
    return write_packed(store, platform_id, run_id=run_id, name=name, packed=packed, fence=fence)


def write_packed(store: Store, platform_id: str, *, run_id: str, name: str, packed: PackedLines, fence: Fence) -> str:
    """Write lines that are packed already, as `write_part`; once."""
    content, digest = packed.sealed()
    starts = range(0, len(content), _PIECE_BYTES)
    for number, start in enumerate(starts):
        piece, is_last = content[start : start + _PIECE_BYTES], number == len(starts) - 1
        put = Put(
            kind=kinds.RUN_PART,
            record_id=_id_of(run_id, name, number),
            body={"bytes": b64encode(piece).decode(), "is_last": is_last},
            index=((kinds.BY_RUN, run_id),),
        )
        store.commit(platform_id, Changes(puts=(put,), fence=fence))
    return digest


class PartReader:
    """Goes through the lines of a part; `sha256` is that of the text read so far, complete after the last line."""

    def __init__(self, store: Store, platform_id: str, *, run_id: str, name: str) -> None:
        self._store = store
        self._platform_id = platform_id
        self._run_id = run_id
        self._name = name
        self._hashed = sha256()

    @property
    def sha256(self) -> str:
        """As hexadecimal text."""
        return self._hashed.hexdigest()

    def __iter__(self) -> Iterator[Line]:
        """Read the lines from the first; NotFound (``run_part_not_found``) when a piece is missing."""
        self._hashed = sha256()
        unpacker = zlib.decompressobj()
        text = b""
        for piece in self._pieces():
            *whole, text = (text + unpacker.decompress(piece)).split(b"\n")
            for line in whole:
                self._hashed.update(line + b"\n")
                yield json.loads(line)

    def _pieces(self) -> Iterator[bytes]:
        number, is_last = 0, False
        while not is_last:
            record_id = _id_of(self._run_id, self._name, number)
            stored = self._store.get(self._platform_id, kinds.RUN_PART, record_id)
            if stored is None:
                raise NotFound(kinds.RUN_PART, record_id)
            yield b64decode(stored.body["bytes"])
            number, is_last = number + 1, stored.body["is_last"]


def delete_parts(
    store: Store, platform_id: str, *, run_id: str, name: str | None = None, fence: Fence | None = None
) -> None:
    """Remove all parts of a run, or all of one name."""
    begin = f"{run_id}." if name is None else f"{run_id}.{name}."
    after = None
    while True:
        page = store.page(platform_id, kinds.RUN_PART, index=kinds.BY_RUN, value=run_id, after=after, limit=MAX_PAGE)
        after = page.next
        for batch in in_commits(stored for stored in page.records if stored.record_id.startswith(begin)):
            deletes = tuple(Delete(stored.kind, stored.record_id) for stored in batch)
            store.commit(platform_id, Changes(deletes=deletes, fence=fence))
        if page.next is None:
            return


def _id_of(run_id: str, name: str, number: int) -> str:
    return f"{run_id}.{name}.{number:05d}"
