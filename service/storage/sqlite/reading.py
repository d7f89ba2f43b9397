"""Reads of the embedded store, as functions over a connection. Nothing here writes.

Texts are compared byte by byte (SQLite's BINARY), which for UTF-8 is the order of code points that the interface
promises.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, Final

from service.storage.limits import cursor_of, decoded, place_after
from service.storage.sqlite.connections import KeptConnection
from service.storage.store import Event, Page, Stored

_COLUMNS = "r.record_id, r.version, r.format, r.body"
_MANY = 500
_MOST_KEPT = 256
ASKED_AGAIN: Final = frozenset({"api_key"})
"""Kinds of which every call of the API asks for one record; nobody changes what `get` gives."""

_ONE = f"SELECT {_COLUMNS} FROM records r WHERE scope = ? AND kind = ? AND record_id = ?"


def get(connection: KeptConnection, scope: str, kind: str, record_id: str) -> Stored | None:
    """Read one record."""
    if kind in ASKED_AGAIN and not connection.in_transaction:
        return _get_again(connection, scope, kind, record_id)
    row = connection.execute(_ONE, (scope, kind, record_id)).fetchone()
    return None if row is None else _stored(scope, kind, row)


def _get_again(connection: KeptConnection, scope: str, kind: str, record_id: str) -> Stored | None:
    """Read one record, or give what was read before if nothing at all was written since, by anybody.

    `data_version` changes with what others commit, `total_changes` with what this connection writes.
    """
    as_of = (connection.execute("PRAGMA data_version").fetchone()[0], connection.total_changes)
    kept, key = connection.again, (scope, kind, record_id)
    if as_of != connection.as_of or len(kept) >= _MOST_KEPT:
        kept.clear()
        connection.as_of = as_of
    if key not in kept:
        row = connection.execute(_ONE, key).fetchone()
        kept[key] = None if row is None else _stored(scope, kind, row)
    return kept[key]


def get_many(connection: sqlite3.Connection, scope: str, kind: str, record_ids: Sequence[str]) -> dict[str, Stored]:
    """Read the records with these ids, some hundred in a statement."""
    found = {}
    for first in range(0, len(record_ids), _MANY):
        some = record_ids[first : first + _MANY]
        places = ",".join("?" * len(some))
        query = f"SELECT {_COLUMNS} FROM records r WHERE scope = ? AND kind = ? AND record_id IN ({places})"
        for row in connection.execute(query, (scope, kind, *some)):
            found[row[0]] = _stored(scope, kind, row)
    return found


def page(  # noqa: PLR0913 - the interface's read, described by names
    connection: sqlite3.Connection,
    scope: str,
    kind: str,
    *,
    index: str | None,
    value: str | None,
    after: str | None,
    limit: int,
    descending: bool,
) -> Page[Stored]:
    """Read one page: by id, by id under one index value, or by index value and id."""
    beyond, order = ("<", "DESC") if descending else (">", "ASC")
    is_by_value = index is not None and value is None
    if index is None:
        query = f"SELECT {_COLUMNS}, NULL FROM records r WHERE scope = ? AND kind = ?"
        arguments: list[Any] = [scope, kind]
        key = "record_id"
    else:
        query = (
            f"SELECT {_COLUMNS}, e.value FROM entries e JOIN records r ON r.number = e.record "
            "WHERE e.scope = ? AND e.kind = ? AND e.name = ?"
        )
        arguments = [scope, kind, index]
        key = "e.value, e.record_id" if is_by_value else "e.record_id"
        if not is_by_value:
            query += " AND e.value = ?"
            arguments.append(value)
    if after is not None:
        place = place_after(after, has_value=is_by_value)
        query += f" AND ({key}) {beyond} (?, ?)" if is_by_value else f" AND {key} {beyond} ?"
        arguments.extend(place if is_by_value else place[1:])
    ordered = ", ".join(f"{column} {order}" for column in key.split(", "))
    rows = connection.execute(f"{query} ORDER BY {ordered} LIMIT ?", (*arguments, limit + 1)).fetchall()
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return Page(
        records=tuple(_stored(scope, kind, row) for row in shown),
        next=None if last is None else cursor_of(last[0], last[4] if is_by_value else None),
    )


def count(connection: sqlite3.Connection, scope: str, kind: str, index: str, value: str) -> int:
    """Read how many records a kind (index and value empty) or an index entry has."""
    row = connection.execute(
        "SELECT amount FROM counted WHERE scope = ? AND kind = ? AND name = ? AND value = ?",
        (scope, kind, index, value),
    ).fetchone()
    return row[0] if row else 0


def find_unique(connection: sqlite3.Connection, scope: str, name: str, value: str) -> str | None:
    """Read which record holds a unique key."""
    row = connection.execute(
        "SELECT record_id FROM unique_keys WHERE scope = ? AND name = ? AND value = ?", (scope, name, value)
    ).fetchone()
    return row[0] if row else None


def each(connection: sqlite3.Connection, scope: str, kind: str) -> Iterator[Stored]:
    """Go through a kind by id; one statement, hence one snapshot, read row by row."""
    query = f"SELECT {_COLUMNS} FROM records r WHERE scope = ? AND kind = ? ORDER BY record_id"
    with closing(connection.execute(query, (scope, kind))) as rows:
        for row in rows:
            yield _stored(scope, kind, row)


def events(connection: sqlite3.Connection, scope: str, after: int, limit: int) -> tuple[Event, ...]:
    """Read the events after a sequence number, as of one moment."""
    connection.execute("BEGIN")
    found = some_events(connection, scope, after, limit)
    connection.execute("COMMIT")
    return found


def some_events(connection: sqlite3.Connection, scope: str, after: int, limit: int) -> tuple[Event, ...]:
    """Read the events after a sequence number, inside a transaction."""
    rows = connection.execute(
        "SELECT sequence, type, subject, at, body, salt, mac FROM events WHERE scope = ? AND sequence > ? "
        "ORDER BY sequence LIMIT ?",
        (scope, after, limit),
    ).fetchall()
    mentions = _mentions(connection, scope, after, rows[-1][0]) if rows else {}
    return tuple(
        Event(
            sequence, type_, subject, datetime.fromisoformat(at), decoded(body), mentions.get(sequence, ()), salt, mac
        )
        for sequence, type_, subject, at, body, salt, mac in rows
    )


def _mentions(connection: sqlite3.Connection, scope: str, after: int, last: int) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    query = (
        "SELECT sequence, mentioned FROM mentions WHERE scope = ? AND sequence > ? AND sequence <= ? "
        "ORDER BY sequence, mentioned"
    )
    for sequence, mentioned in connection.execute(query, (scope, after, last)):
        found[sequence] = (*found.get(sequence, ()), mentioned)
    return found


def _stored(scope: str, kind: str, row: tuple[Any, ...]) -> Stored:
    record_id, version, format_, body = row[:4]
    return Stored(scope, kind, record_id, version, decoded(body), format_)
