"""Writes of the embedded store, as functions over a connection inside an open transaction.

Checks come in the order the interface promises; an error leaves the transaction to be rolled back by the caller.
Nothing here begins or ends a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import ceil

from service.errors import FenceLost, LeaseHeld, StaleVersion, UniqueTaken
from service.storage.payloads import KeptEvent
from service.storage.store import Changes, Committed, Delete, Fence, Lease, Put, RecordKey

# Of each record a commit touches: its row and version; none where there is no such record.
_Rows = Mapping[RecordKey, tuple[int, int]]


def apply(
    connection: sqlite3.Connection, scope: str, changes: Changes, bodies: tuple[str, ...], events: tuple[KeptEvent, ...]
) -> Committed:
    """Make all changes of a commit; `bodies` are those of its puts, already encoded, `events` its events."""
    if changes.fence is not None:
        _check_fence(connection, scope, changes.fence)
    rows = _rows_of(connection, scope, changes)
    _check_versions(changes, rows)
    _clear(connection, changes, rows)
    _check_unique(connection, scope, changes, rows)
    versions = {
        (put.kind, put.record_id): _put(connection, scope, put, body, rows)
        for put, body in zip(changes.puts, bodies, strict=True)
    }
    for forgotten in changes.forget:
        _forget(connection, scope, forgotten)
    if changes.forget_between is not None:
        _forget_between(connection, scope, *changes.forget_between)
    return Committed(versions, _append(connection, scope, events))


def acquire_lease(
    connection: sqlite3.Connection, scope: str, name: str, *, owner: str, ttl: timedelta, now: datetime
) -> Lease:
    """Take a lease that is free, expired or the owner's own."""
    row = connection.execute("SELECT owner, expires FROM leases WHERE scope = ? AND name = ?", (scope, name)).fetchone()
    if row is not None and row[0] != owner:
        expires = datetime.fromisoformat(row[1])
        if expires > now:
            raise LeaseHeld(name, until=expires, retry_after_seconds=max(1, ceil((expires - now).total_seconds())))
    _count_up(connection, scope, "last_token", 1)
    token: int = _counter(connection, scope, "last_token")
    lease = Lease(scope, name, owner, token, now.astimezone(UTC) + ttl)
    connection.execute(
        "INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?)", (scope, name, owner, token, lease.until.isoformat())
    )
    return lease


def renew_lease(connection: sqlite3.Connection, lease: Lease, *, ttl: timedelta, now: datetime) -> Lease:
    """Move the end of a lease that is still held."""
    _check_fence(connection, lease.scope, Fence(lease.name, lease.token))
    renewed = Lease(lease.scope, lease.name, lease.owner, lease.token, now.astimezone(UTC) + ttl)
    connection.execute(
        "UPDATE leases SET expires = ? WHERE scope = ? AND name = ?",
        (renewed.until.isoformat(), lease.scope, lease.name),
    )
    return renewed


def release_lease(connection: sqlite3.Connection, lease: Lease) -> None:
    """Give back a lease, if it is still this one."""
    connection.execute(
        "DELETE FROM leases WHERE scope = ? AND name = ? AND token = ?", (lease.scope, lease.name, lease.token)
    )


def _check_fence(connection: sqlite3.Connection, scope: str, fence: Fence) -> None:
    row = connection.execute("SELECT token FROM leases WHERE scope = ? AND name = ?", (scope, fence.name)).fetchone()
    if row is None or row[0] != fence.token:
        raise FenceLost(fence.name, fence.token)


def _rows_of(connection: sqlite3.Connection, scope: str, changes: Changes) -> _Rows:
    query = "SELECT number, version FROM records WHERE scope = ? AND kind = ? AND record_id = ?"
    found = {key: connection.execute(query, (scope, *key)).fetchone() for key, _ in changes.expected_versions}
    return {key: row for key, row in found.items() if row is not None}


def _check_versions(changes: Changes, rows: _Rows) -> None:
    for (kind, record_id), expected in changes.expected_versions:
        _, actual = rows.get((kind, record_id), (0, 0))
        if expected is not None and expected != actual:
            raise StaleVersion(kind, record_id, expected=expected, actual=actual)


def _clear(connection: sqlite3.Connection, changes: Changes, rows: _Rows) -> None:
    """Remove deleted records, and what rewritten ones drop: it is free for others of this commit."""
    deleted = [rows[key][:1] for key in _keys(changes.deletes) if key in rows]
    connection.executemany("DELETE FROM records WHERE number = ?", deleted)
    for put in changes.puts:
        if (put.kind, put.record_id) in rows:
            number, _ = rows[put.kind, put.record_id]
            for table, kept in (("entries", put.index), ("unique_keys", put.unique)):
                gone = _entries_of(connection, table, number).difference(kept)
                query = f"DELETE FROM {table} WHERE record = ? AND name = ? AND value = ?"
                connection.executemany(query, [(number, *entry) for entry in gone])


def _entries_of(connection: sqlite3.Connection, table: str, number: int) -> set[tuple[str, str]]:
    return set(connection.execute(f"SELECT name, value FROM {table} WHERE record = ?", (number,)))


def _check_unique(connection: sqlite3.Connection, scope: str, changes: Changes, rows: _Rows) -> None:
    query = "SELECT record FROM unique_keys WHERE scope = ? AND name = ? AND value = ?"
    for put in changes.puts:
        own, _ = rows.get((put.kind, put.record_id), (None, 0))
        for name, value in put.unique:
            holder = connection.execute(query, (scope, name, value)).fetchone()
            if holder is not None and holder[0] != own:
                raise UniqueTaken(name, value)


def _put(connection: sqlite3.Connection, scope: str, put: Put, body: str, rows: _Rows) -> int:
    kind, record_id = put.kind, put.record_id
    if (kind, record_id) in rows:
        number, version = rows[kind, record_id]
        version += 1
        connection.execute(
            "UPDATE records SET version = ?, format = ?, body = ? WHERE number = ?", (version, put.format, body, number)
        )
    else:
        version = 1
        inserted = connection.execute(
            "INSERT INTO records (scope, kind, record_id, version, format, body) VALUES (?, ?, ?, 1, ?, ?)",
            (scope, kind, record_id, put.format, body),
        )
        number = inserted.lastrowid or 0
    connection.executemany(
        "INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?, ?)",
        [(scope, kind, name, value, record_id, number) for name, value in put.index],
    )
    connection.executemany(
        "INSERT OR IGNORE INTO unique_keys VALUES (?, ?, ?, ?, ?)",
        [(scope, name, value, record_id, number) for name, value in put.unique],
    )
    return version


def _forget(connection: sqlite3.Connection, scope: str, forgotten: str) -> None:
    query = "SELECT sequence FROM mentions WHERE scope = ? AND mentioned = ?"
    sequences = connection.execute(query, (scope, forgotten)).fetchall()
    keys = [(scope, sequence) for (sequence,) in sequences]
    empty = "UPDATE events SET subject = NULL, body = '{}', salt = NULL WHERE scope = ? AND sequence = ?"
    connection.executemany(empty, keys)
    connection.executemany("DELETE FROM mentions WHERE scope = ? AND sequence = ?", keys)


def _forget_between(connection: sqlite3.Connection, scope: str, first: int, last: int) -> None:
    of_these = "WHERE scope = ? AND sequence BETWEEN ? AND ?"
    connection.execute(f"UPDATE events SET subject = NULL, body = '{{}}', salt = NULL {of_these}", (scope, first, last))
    connection.execute(f"DELETE FROM mentions {of_these}", (scope, first, last))


def _append(connection: sqlite3.Connection, scope: str, events: tuple[KeptEvent, ...]) -> int:
    if not events:
        return _counter(connection, scope, "last_event")
    _count_up(connection, scope, "last_event", len(events))
    last = _counter(connection, scope, "last_event")
    for sequence, event in enumerate(events, start=last - len(events) + 1):
        connection.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (scope, sequence, event.type, event.subject, event.at, event.body, event.salt, event.mac),
        )
        mentioned = [(scope, name, sequence) for name in event.mentions]
        connection.executemany("INSERT INTO mentions VALUES (?, ?, ?)", mentioned)
    return last


def _count_up(connection: sqlite3.Connection, scope: str, counter: str, step: int) -> None:
    connection.execute(
        f"INSERT INTO counters (scope, {counter}) VALUES (?, ?) ON CONFLICT DO UPDATE SET {counter} = {counter} + ?",
        (scope, step, step),
    )


def _counter(connection: sqlite3.Connection, scope: str, counter: str) -> int:
    row = connection.execute(f"SELECT {counter} FROM counters WHERE scope = ?", (scope,)).fetchone()
    return row[0] if row else 0


def _keys(parts: tuple[Put, ...] | tuple[Delete, ...]) -> list[RecordKey]:
    return [(part.kind, part.record_id) for part in parts]
