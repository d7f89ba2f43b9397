"""Whole scopes of the embedded store: reading one as of a moment, loading it, removing it. Functions over a connection.

Nothing here begins or ends a write transaction; `dump` reads inside one of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator

from service.errors import Conflict, UniqueTaken
from service.storage.limits import decoded
from service.storage.loading import Load
from service.storage.operated import Counters, Kept, Part
from service.storage.payloads import instant_text
from service.storage.sqlite import reading
from service.storage.store import Entries, Event

_AT_ONCE = 500


def dump(connection: sqlite3.Connection, scope: str) -> Generator[Part, None, None]:
    """Go through a scope inside one read transaction."""
    connection.execute("BEGIN")
    counters = connection.execute("SELECT last_event, last_token FROM counters WHERE scope = ?", (scope,)).fetchone()
    if counters is None and not connection.execute("SELECT 1 FROM records WHERE scope = ?", (scope,)).fetchone():
        return
    yield Counters(*(counters or (0, 0)))
    yield from _records(connection, scope)
    after = 0
    while events := reading.some_events(connection, scope, after, _AT_ONCE):
        yield from events
        after = events[-1].sequence


def load(connection: sqlite3.Connection, scope: str, ready: Load) -> None:
    """Put back records, events and how far leases had counted."""
    connection.execute("INSERT OR IGNORE INTO counters (scope) VALUES (?)", (scope,))
    for kept, _ in ready.records:
        connection.execute(
            "DELETE FROM records WHERE scope = ? AND kind = ? AND record_id = ?", (scope, kept.kind, kept.record_id)
        )
    for kept, body in ready.records:
        _insert(connection, scope, kept, body)
    for event, body in ready.events:
        _append(connection, scope, event, body)
    counted = "UPDATE counters SET last_token = max(last_token, ?) WHERE scope = ?"
    connection.execute(counted, (ready.last_token, scope))


def remove_some(connection: sqlite3.Connection, scope: str) -> bool:
    """Remove some hundred records or events of a scope, at last the rest; tell whether anything is left."""
    for statement in (
        "DELETE FROM records WHERE number IN (SELECT number FROM records WHERE scope = ? LIMIT ?)",
        "DELETE FROM mentions WHERE (scope, mentioned, sequence) IN "
        "(SELECT scope, mentioned, sequence FROM mentions WHERE scope = ? LIMIT ?)",
        "DELETE FROM events WHERE (scope, sequence) IN (SELECT scope, sequence FROM events WHERE scope = ? LIMIT ?)",
    ):
        if connection.execute(statement, (scope, _AT_ONCE)).rowcount:
            return True
    for table in ("leases", "counters"):
        connection.execute(f"DELETE FROM {table} WHERE scope = ?", (scope,))
    return False


def _records(connection: sqlite3.Connection, scope: str) -> Iterator[Kept]:
    rows = connection.execute(
        "SELECT number, kind, record_id, version, format, body FROM records WHERE scope = ? ORDER BY kind, record_id",
        (scope,),
    )
    while some := rows.fetchmany(_AT_ONCE):
        numbers = [row[0] for row in some]
        index = _entries(connection, "entries", numbers)
        unique = _entries(connection, "unique_keys", numbers)
        for number, kind, record_id, version, format_, body in some:
            yield Kept(kind, record_id, version, format_, decoded(body), index.get(number, ()), unique.get(number, ()))


def _entries(connection: sqlite3.Connection, table: str, numbers: list[int]) -> dict[int, Entries]:
    found: dict[int, Entries] = {}
    places = ",".join("?" * len(numbers))
    query = f"SELECT record, name, value FROM {table} WHERE record IN ({places}) ORDER BY name, value"
    for number, name, value in connection.execute(query, numbers):
        found[number] = (*found.get(number, ()), (name, value))
    return found


def _insert(connection: sqlite3.Connection, scope: str, kept: Kept, body: str) -> None:
    values = (scope, kept.kind, kept.record_id, kept.version, kept.format, body)
    inserted = connection.execute(
        "INSERT INTO records (scope, kind, record_id, version, format, body) VALUES (?, ?, ?, ?, ?, ?)", values
    )
    connection.executemany(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)",
        [(scope, kept.kind, name, value, kept.record_id, inserted.lastrowid) for name, value in kept.index],
    )
    for name, value in kept.unique:
        try:
            connection.execute(
                "INSERT INTO unique_keys VALUES (?, ?, ?, ?, ?)",
                (scope, name, value, kept.record_id, inserted.lastrowid),
            )
        except sqlite3.IntegrityError as error:
            raise UniqueTaken(name, value) from error


def _append(connection: sqlite3.Connection, scope: str, event: Event, body: str) -> None:
    last: int = connection.execute("SELECT last_event FROM counters WHERE scope = ?", (scope,)).fetchone()[0]
    if event.sequence <= last and reading.some_events(connection, scope, event.sequence - 1, 1) == (event,):
        return
    if event.sequence != last + 1:
        raise Conflict("cannot load an event that does not follow the last one", code="events_differ")
    columns = (event.type, event.subject, instant_text(event.at), body, event.salt, event.mac)
    connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (scope, event.sequence, *columns))
    mentioned = [(scope, name, event.sequence) for name in event.mentions]
    connection.executemany("INSERT INTO mentions VALUES (?, ?, ?)", mentioned)
    connection.execute("UPDATE counters SET last_event = ? WHERE scope = ?", (event.sequence, scope))
