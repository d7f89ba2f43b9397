"""The tables of the embedded store, and how a file becomes one.

`FORMAT` is the number of this arrangement, kept in the file. To change a table, raise it and add the step from the
number before to `steps.py`; never change a released step. Foreign keys are enforced (`ON DELETE CASCADE`), so that no
index entry or unique key outlives its record, whatever statement deletes it; `counted` rows follow by trigger and
vanish at zero, since an index value may be a member's id.
"""

from __future__ import annotations

import sqlite3

from service.errors import ConfigurationError
from service.storage.sqlite.steps import STEPS

FORMAT = 2

APPLICATION_ID = 0x414C4F4E
"""Marks the file as ours in its header: "ALON"."""

# No STRICT tables and no RETURNING: some supported systems come with SQLite 3.34.

_TABLES = """
CREATE TABLE format (
    number INTEGER NOT NULL
);

CREATE TABLE records (
    number    INTEGER PRIMARY KEY,
    scope     TEXT NOT NULL,
    kind      TEXT NOT NULL,
    record_id TEXT NOT NULL,
    version   INTEGER NOT NULL,
    format    INTEGER NOT NULL,
    body      TEXT NOT NULL,
    UNIQUE (scope, kind, record_id)
);

CREATE TABLE entries (
    scope     TEXT NOT NULL,
    kind      TEXT NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    record_id TEXT NOT NULL,
    record    INTEGER NOT NULL REFERENCES records (number) ON DELETE CASCADE,
    PRIMARY KEY (scope, kind, name, value, record_id)
) WITHOUT ROWID;
CREATE INDEX entries_of_record ON entries (record);

CREATE TABLE unique_keys (
    scope     TEXT NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    record_id TEXT NOT NULL,
    record    INTEGER NOT NULL REFERENCES records (number) ON DELETE CASCADE,
    PRIMARY KEY (scope, name, value)
) WITHOUT ROWID;
CREATE INDEX unique_keys_of_record ON unique_keys (record);

-- How many records a kind has (name and value empty), or an index entry.
CREATE TABLE counted (
    scope  TEXT NOT NULL,
    kind   TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (scope, kind, name, value)
) WITHOUT ROWID;

CREATE TABLE events (
    scope    TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    type     TEXT NOT NULL,
    subject  TEXT,
    at       TEXT NOT NULL,
    body     TEXT NOT NULL,
    salt     TEXT,
    mac      TEXT NOT NULL,
    PRIMARY KEY (scope, sequence)
) WITHOUT ROWID;

CREATE TABLE mentions (
    scope     TEXT NOT NULL,
    mentioned TEXT NOT NULL,
    sequence  INTEGER NOT NULL,
    PRIMARY KEY (scope, mentioned, sequence)
) WITHOUT ROWID;
CREATE INDEX mentions_of_event ON mentions (scope, sequence);

CREATE TABLE counters (
    scope      TEXT PRIMARY KEY,
    last_event INTEGER NOT NULL DEFAULT 0,
    last_token INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE leases (
    scope   TEXT NOT NULL,
    name    TEXT NOT NULL,
    owner   TEXT NOT NULL,
    token   INTEGER NOT NULL,
    expires TEXT NOT NULL,
    PRIMARY KEY (scope, name)
) WITHOUT ROWID
"""

_COUNT_UP = """
CREATE TRIGGER {table}_counted_up AFTER INSERT ON {table} BEGIN
    INSERT INTO counted VALUES (new.scope, new.kind, {new_name}, {new_value}, 1)
    ON CONFLICT DO UPDATE SET amount = amount + 1;
END
"""

_COUNT_DOWN = """
CREATE TRIGGER {table}_counted_down AFTER DELETE ON {table} BEGIN
    UPDATE counted SET amount = amount - 1
        WHERE scope = old.scope AND kind = old.kind AND name = {old_name} AND value = {old_value};
    DELETE FROM counted
        WHERE scope = old.scope AND kind = old.kind AND name = {old_name} AND value = {old_value} AND amount = 0;
END
"""

_COUNTED = (
    {"table": "records", "new_name": "''", "new_value": "''", "old_name": "''", "old_value": "''"},
    {
        "table": "entries",
        "new_name": "new.name",
        "new_value": "new.value",
        "old_name": "old.name",
        "old_value": "old.value",
    },
)


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables in a fresh file, or bring those of an older format up to this one.

    Raises ConfigurationError for a file of another program, or one that a newer Alongside wrote. The caller holds the
    writers' turn, so that of several processes starting at once one makes the tables and the others find them.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _is_fresh(connection):
            _create(connection)
        _step_up(connection, _checked_format(connection))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _is_fresh(connection: sqlite3.Connection) -> bool:
    tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    return tables == 0


def _create(connection: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    for names in _COUNTED:
        connection.execute(_COUNT_UP.format(**names))
        connection.execute(_COUNT_DOWN.format(**names))
    connection.execute("INSERT INTO format VALUES (?)", (FORMAT,))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _checked_format(connection: sqlite3.Connection) -> int:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise ConfigurationError("ALONGSIDE_STORE names a database of another program: choose another file name")
    found: int = connection.execute("SELECT number FROM format").fetchone()[0]
    if found > FORMAT:
        raise ConfigurationError(
            f"the database was written by a newer Alongside (format {found}, this one reads up to {FORMAT}): "
            "update this program, or restore a backup made with it"
        )
    return found


def _step_up(connection: sqlite3.Connection, found: int) -> None:
    for number in range(found + 1, FORMAT + 1):
        STEPS[number](connection)
        connection.execute("UPDATE format SET number = ?", (number,))
