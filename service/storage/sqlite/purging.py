"""Erasing what deleted contents have left in the embedded store's files, while others go on working.

First the write-ahead log is emptied into the database, which takes a moment at which no reader needs an older state;
then gaps in pages are overwritten (`scrubbing.py`), some hundred pages at a turn.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from service.storage.sqlite.connections import BUSY_TIMEOUT_MS, Connections
from service.storage.sqlite.scrubbing import Pages

_NAP_SECONDS: Final = 0.1
_PAGES_AT_ONCE: Final = 256
"""Overwritten in one turn: some milliseconds, for which other writers wait."""


class Purging:
    """Purges one database file."""

    def __init__(self, path: Path, connections: Connections, turn: Callable[[], AbstractContextManager[None]]) -> None:
        self._path = path
        self._connections = connections
        self._turn = turn
        # By what they were opened on, and kept until the process ends: see `Pages`.
        self._descriptors: dict[tuple[int, int], int] = {}

    def purge(self, patience: timedelta) -> bool:
        """See `OperatedStore.purge`."""
        deadline = time.monotonic() + patience.total_seconds()
        if not _until(self._empty_log, deadline):
            return False
        pages = self._pages()
        # Of a larger file the gaps cannot be told: what they hold stays, and nobody may say that it is gone.
        return pages.are_known and all(
            _until(partial(self._scrub, batch), deadline) for batch in _in_batches(pages.unclean())
        )

    def _empty_log(self) -> bool:
        with self._turn(), self._connections.lend() as connection:
            return _truncate_log(connection)

    def _scrub(self, numbers: Sequence[int]) -> bool:
        """Overwrite the gaps of some pages, and empty the log again; False while a reader needs it."""
        with self._turn(), self._connections.lend_fresh() as connection:
            if not _truncate_log(connection):
                return False
            connection.execute("BEGIN IMMEDIATE")
            if self._log_size():
                # A program that does not queue with us was quicker.
                return False
            pages = self._pages()
            for number in numbers:
                pages.clean(number)
            os.fsync(pages.descriptor)
            # A commit with a change: no other connection goes on with pages as it has them in memory. This one is
            # closed.
            connection.execute("UPDATE format SET number = number")
            connection.execute("COMMIT")
            return _truncate_log(connection)

    def _log_size(self) -> int:
        log = self._path.with_name(f"{self._path.name}-wal")
        return log.stat().st_size if log.exists() else 0

    def _pages(self) -> Pages:
        status = self._path.stat()
        identity = status.st_dev, status.st_ino
        if identity not in self._descriptors:
            self._descriptors[identity] = os.open(self._path, os.O_RDWR)
        return Pages.of(self._descriptors[identity])


def _in_batches(numbers: Iterator[int]) -> Iterator[Sequence[int]]:
    while batch := tuple(islice(numbers, _PAGES_AT_ONCE)):
        yield batch


def _truncate_log(connection: sqlite3.Connection) -> bool:
    """Move everything from the write-ahead log into the database and empty the log; False while a reader needs it."""
    connection.execute("PRAGMA busy_timeout = 0")
    is_busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    return not is_busy


def _until(attempt: Callable[[], bool], deadline: float) -> bool:
    while not attempt():
        if time.monotonic() > deadline:
            return False
        time.sleep(_NAP_SECONDS)
    return True
