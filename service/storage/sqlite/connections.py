"""Connections to the embedded database: opened, lent to one thread at a time, never carried over a fork.

Also the one place where SQLite's errors become ours. Every connection is set up in `_open`: WAL, an fsync before each
acknowledgement, deleted content overwritten, foreign keys enforced. No SQL about records lives here.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.errors import ServiceError, StoreUnavailable
from service.storage.store import Stored

MOST_IDLE = 8
"""Connections kept open for the next call, in each process."""

BUSY_TIMEOUT_MS = 5000
"""How long SQLite waits for a program that does not queue with us, such as a backup."""

_SETUP = (
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    # Sorting never writes people's records to a temporary file.
    "PRAGMA temp_store = MEMORY",
    # In KiB; the default of 2 MiB is too little once a platform has some ten thousand members (measured).
    "PRAGMA cache_size = -16384",
    # In pages. Those who write much make checkpoints before that (`checkpoints.py`); this is for logs that grow anyway.
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
)

_READ_ONLY = "the data folder or the database file is read-only: allow the service's own user to write there"
_LOCKED = "another program keeps the database locked: close it, or wait until it is done"
_DAMAGED = "the database file is damaged: stop the service and restore the latest backup"
_PLAIN_WORDS = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space",
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_PROTOCOL: _LOCKED,
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened: check that the data folder is there and writable",
    sqlite3.SQLITE_IOERR: "the disk reports an error or a quota is used up: check the disk under the data folder",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_NOMEM: "there is not enough memory to open the database",
}


class KeptConnection(sqlite3.Connection):
    """A connection, and what it has read that every call asks for, while nothing is written (`reading.get`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.again: dict[tuple[str, str, str], Stored | None] = {}
        self.as_of = (-1, -1)


@dataclass(slots=True)
class _Idle:
    """Connections of one process that nobody uses just now, each with the file it was opened on."""

    connections: list[tuple[KeptConnection, tuple[int, int]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Connections:
    """Lends connections to one database file, in any thread and after any fork."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, str(path)
        # By process id. A child must not use, nor even close, what its parent opened: it leaves the parent's entry be.
        self._idle: dict[int, _Idle] = {}

    def lend(self) -> AbstractContextManager[KeptConnection]:
        """Lend a connection without an open transaction; whatever the block leaves open is rolled back."""
        return _Loan(self)

    @contextmanager
    def lend_fresh(self) -> Iterator[KeptConnection]:
        """Lend a connection with no page in its memory, and close it afterwards."""
        with in_plain_words(), closing(self._open()) as connection:
            yield connection

    def close(self) -> None:
        """Close this process's idle connections; lent ones close when they come back to find no place."""
        idle = self._idle.pop(os.getpid(), None)
        if idle is not None:
            with idle.lock:
                for connection, _ in idle.connections:
                    connection.close()

    def take(self) -> tuple[KeptConnection, tuple[int, int]]:
        """Give an idle connection or a new one, and which file it is on; for `_Loan`."""
        identity = self._file_identity()
        idle = self._idle.get(os.getpid()) or self._begun()
        with idle.lock:
            while idle.connections:
                connection, opened_on = idle.connections.pop()
                if opened_on == identity:
                    return connection, identity
                # The file was replaced: writing on would go to one that has no name any more.
                connection.close()
        return self._open(), identity

    def give_back(self, connection: KeptConnection, identity: tuple[int, int]) -> None:
        """Take a connection back, with no transaction open; for `_Loan`."""
        if connection.in_transaction:
            connection.rollback()
        idle = self._idle.get(os.getpid()) or self._begun()
        with idle.lock:
            if len(idle.connections) < MOST_IDLE:
                idle.connections.append((connection, identity))
                return
        connection.close()

    def _begun(self) -> _Idle:
        return self._idle.setdefault(os.getpid(), _Idle())

    def _file_identity(self) -> tuple[int, int]:
        try:
            status = os.stat(self._file)  # noqa: PTH116 - a third of what a Path takes, for every read of the service
        except OSError as error:
            raise StoreUnavailable("the database file is missing: put it back, or restart to begin anew") from error
        return status.st_dev, status.st_ino

    def _open(self) -> KeptConnection:
        # mode=rw: a file that vanished is an error, never silently a new empty database.
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
            factory=KeptConnection,
        )
        try:
            for statement in _SETUP:
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection


class _Loan(AbstractContextManager[KeptConnection]):
    """One connection, lent for a block; a class, since every read of the service goes through it."""

    __slots__ = ("_connection", "_connections", "_identity")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def __enter__(self) -> KeptConnection:
        try:
            self._connection, self._identity = self._connections.take()
        except sqlite3.Error as failure:
            _raise_in_plain_words(failure)
            raise
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if error is None or isinstance(error, ServiceError):
            try:
                self._connections.give_back(self._connection, self._identity)
            except sqlite3.Error as failure:
                _raise_in_plain_words(failure)
                raise
            return
        self._connection.close()
        if isinstance(error, sqlite3.Error):
            _raise_in_plain_words(error)


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn SQLite's errors about file, disk and locks into StoreUnavailable; faults of ours pass as they are."""
    try:
        yield
    except sqlite3.Error as error:
        _raise_in_plain_words(error)
        raise


def _raise_in_plain_words(error: sqlite3.Error) -> None:
    """Raise StoreUnavailable for an error about file, disk or locks."""
    words = _PLAIN_WORDS.get(primary_code(error))
    if words is not None:
        raise StoreUnavailable(words) from error


def primary_code(error: sqlite3.Error) -> int:
    """Give SQLite's primary result code; 0 when the error did not come from SQLite itself."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF
