"""The embedded store: one SQLite file, shared safely by all threads and processes of one machine.

Every write waits for its turn (`turns.py`), together with others of its process (`together.py`), then takes SQLite's
own lock with BEGIN IMMEDIATE and is acknowledged after an fsync (WAL, synchronous=FULL). Reads need no turn and never
wait for writers. The statements are in `reading.py` and `writing.py`, the tables in `schema.py`. A network file system
is no place for the file: its locks cannot be trusted.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from service.errors import CommitUnconfirmed, ConfigurationError, StoreUnavailable
from service.storage.limits import check_changes, check_index, check_lease, check_limit, encoded, is_storable
from service.storage.loading import checked_load
from service.storage.operated import Finding, Part
from service.storage.payloads import kept_events
from service.storage.sqlite import examining, moving, reading, schema, writing
from service.storage.sqlite.bells import Bells
from service.storage.sqlite.checkpoints import Checkpoints
from service.storage.sqlite.connections import Connections, primary_code
from service.storage.sqlite.purging import Purging
from service.storage.sqlite.together import Together
from service.storage.sqlite.turns import turn_to_write
from service.storage.store import Changes, Committed, Event, Lease, Listener, Page, Stored

PATIENCE_SECONDS = 30.0
"""How long a write waits for its turn."""

LEAST_FREE_BYTES = 1 << 20
"""With less left on the disk, the next change of some size may not be taken."""

PING_PATIENCE_SECONDS = 5.0
"""How long `ping` waits for its turn: whoever asks wants to know now."""


class SqliteStore:
    """See `service.storage.store.Store`; made by `SqliteStore.open`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connections = Connections(path)
        self._queue_file = path.with_name(path.name + ".queue")
        self._bells = Bells(path.with_name(path.name + ".bells"))
        self._checkpoints = Checkpoints()
        self._together = Together(self._write, self._checkpoint_if_due)
        self._purging = Purging(path, self._connections, lambda: self._turn(PATIENCE_SECONDS))

    @classmethod
    def open(cls, path: Path) -> SqliteStore:
        """Open the database at an absolute path; make it, and its folder for its owner alone, when it is not there.

        Raises ConfigurationError when the file is not ours or not of a known format, StoreUnavailable when it cannot be
        read or written.
        """
        _make_file(path)
        store = cls(path)
        with store._turn(PATIENCE_SECONDS), store._connections.lend() as connection:
            _use_write_ahead_log(connection)
            schema.prepare(connection)
        return store

    def get(self, scope: str, kind: str, record_id: str) -> Stored | None:
        """See `Store.get`."""
        if not is_storable(scope, kind, record_id):
            return None
        with self._connections.lend() as connection:
            return reading.get(connection, scope, kind, record_id)

    def get_many(self, scope: str, kind: str, record_ids: Sequence[str]) -> dict[str, Stored]:
        """See `Store.get_many`."""
        if not is_storable(scope, kind):
            return {}
        storable = [record_id for record_id in record_ids if is_storable(record_id)]
        with self._connections.lend() as connection:
            return reading.get_many(connection, scope, kind, storable)

    def page(  # noqa: PLR0913 - one read, described by names
        self,
        scope: str,
        kind: str,
        *,
        index: str | None = None,
        value: str | None = None,
        after: str | None = None,
        limit: int = 100,
        descending: bool = False,
    ) -> Page[Stored]:
        """See `Store.page`."""
        check_limit(limit)
        check_index(index, value, may_be_open=True)
        if not is_storable(scope, kind, *_given(index, value)):
            return Page((), None)
        with self._connections.lend() as connection:
            return reading.page(
                connection, scope, kind, index=index, value=value, after=after, limit=limit, descending=descending
            )

    def count(self, scope: str, kind: str, *, index: str | None = None, value: str | None = None) -> int:
        """See `Store.count`."""
        check_index(index, value, may_be_open=False)
        if not is_storable(scope, kind, *_given(index, value)):
            return 0
        with self._connections.lend() as connection:
            return reading.count(connection, scope, kind, index or "", value or "")

    def find_unique(self, scope: str, name: str, value: str) -> str | None:
        """See `Store.find_unique`."""
        if not is_storable(scope, name, value):
            return None
        with self._connections.lend() as connection:
            return reading.find_unique(connection, scope, name, value)

    def each(self, scope: str, kind: str) -> Iterator[Stored]:
        """See `Store.each`."""
        with self._connections.lend() as connection:
            yield from reading.each(connection, scope, kind)

    def events(self, scope: str, *, after: int = 0, limit: int = 100) -> tuple[Event, ...]:
        """See `Store.events`."""
        check_limit(limit)
        with self._connections.lend() as connection:
            return reading.events(connection, scope, after, limit)

    def commit(self, scope: str, changes: Changes) -> Committed:
        """See `Store.commit`."""
        check_changes(scope, changes)
        # Encoded before the turn: others wait only for what must be done in it.
        bodies = tuple(encoded(put.body) for put in changes.puts)
        events = kept_events(changes.events)
        committed = self._together.do(
            lambda connection: writing.apply(connection, scope, changes, bodies, events), size=changes.size
        )
        if changes.is_heard:
            self._bells.ring(scope)
        return committed

    def acquire_lease(self, scope: str, name: str, *, owner: str, ttl: timedelta, now: datetime) -> Lease:
        """See `Store.acquire_lease`."""
        check_lease(scope, name)
        return self._together.do(
            lambda connection: writing.acquire_lease(connection, scope, name, owner=owner, ttl=ttl, now=now)
        )

    def renew_lease(self, lease: Lease, *, ttl: timedelta, now: datetime) -> Lease:
        """See `Store.renew_lease`."""
        return self._together.do(lambda connection: writing.renew_lease(connection, lease, ttl=ttl, now=now))

    def release_lease(self, lease: Lease) -> None:
        """See `Store.release_lease`."""
        self._together.do(lambda connection: writing.release_lease(connection, lease))

    def dump(self, scope: str) -> Iterator[Part]:
        """See `OperatedStore.dump`."""
        if not is_storable(scope):
            return
        with self._connections.lend() as connection, closing(moving.dump(connection, scope)) as parts:
            yield from parts

    def load(self, scope: str, parts: Sequence[Part]) -> None:
        """See `OperatedStore.load`."""
        ready = checked_load(scope, parts)
        with self._write() as connection:
            moving.load(connection, scope, ready)
        self._checkpoint_if_due()

    def clear(self, scope: str) -> None:
        """See `OperatedStore.clear`."""
        is_left = True
        while is_left:
            with self._write() as connection:
                is_left = moving.remove_some(connection, scope)
            self._checkpoint_if_due()

    def purge(self, *, patience: timedelta) -> bool:
        """See `OperatedStore.purge`."""
        return self._purging.purge(patience)

    def clocks(self) -> tuple[datetime, ...]:
        """See `OperatedStore.clocks`."""
        return ()

    def examine(self) -> tuple[Finding, ...]:
        """See `OperatedStore.examine`."""
        with self._connections.lend() as connection:
            return tuple(examining.examine(connection, self._path))

    def listen(self) -> Listener:
        """See `Store.listen`."""
        return self._bells.listen()

    def ping(self) -> None:
        """See `Store.ping`; a real write with its fsync, since a quota or a failing disk shows in nothing less.

        A full disk may not: the log has room left inside after a checkpoint. So that is asked apart.
        """
        _require_room(self._path.parent)
        with self._write(PING_PATIENCE_SECONDS) as connection:
            connection.execute("UPDATE format SET number = number")

    def close(self) -> None:
        """See `Store.close`."""
        self._connections.close()

    def _turn(self, patience_seconds: float) -> AbstractContextManager[None]:
        return turn_to_write(self._queue_file, patience_seconds=patience_seconds)

    @contextmanager
    def _write(self, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[sqlite3.Connection]:
        """Lend a connection inside a write transaction that is committed, durably, when the block ends well."""
        with self._turn(patience_seconds), self._connections.lend() as connection:
            connection.execute("BEGIN IMMEDIATE")
            rows_before = connection.total_changes
            yield connection
            _commit(connection)
            self._checkpoints.count(connection.total_changes - rows_before)

    def _checkpoint_if_due(self) -> None:
        if self._checkpoints.is_due():
            # Whatever becomes of it, the commit stands; a disk that fails is told by the next one.
            with suppress(StoreUnavailable, sqlite3.Error), self._connections.lend() as connection:
                self._checkpoints.make(connection)


def _given(*texts: str | None) -> tuple[str, ...]:
    return tuple(text for text in texts if text is not None)


def _commit(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if primary_code(error) == sqlite3.SQLITE_IOERR:
            raise CommitUnconfirmed("the disk failed while a change was saved: it may be saved or not") from error
        raise


def _require_room(folder: Path) -> None:
    try:
        disk = os.statvfs(folder)
    except OSError as error:
        raise StoreUnavailable("the data folder is missing: put it back, or restart to begin anew") from error
    if disk.f_bavail * disk.f_frsize < LEAST_FREE_BYTES:
        raise StoreUnavailable("the disk is full: free some space")


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Only ever made, never opened, here: closing a second descriptor of an open database would drop SQLite's locks.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if not path.is_file():
            raise ConfigurationError("ALONGSIDE_STORE must name a file in a folder: something else is there") from None
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise StoreUnavailable(
            f"cannot make the database in its folder ({reason}): check that it is writable"
        ) from error


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise ConfigurationError("the disk of the data folder cannot hold a write-ahead log: choose a local folder")
