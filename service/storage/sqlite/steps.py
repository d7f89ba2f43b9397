"""The steps by which a file of an older format becomes one of the next: released steps are never changed.

Each runs inside the transaction of `schema.prepare`, on the tables as the format before left them, and uses nothing
that a later format may change.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Mapping

from service.storage.payloads import mac_of


def _give_events_a_mac(connection: sqlite3.Connection) -> None:
    """2: each event has a salt, and a code that vouches for what it says."""
    connection.execute("ALTER TABLE events RENAME TO events_1")
    connection.execute(
        "CREATE TABLE events (scope TEXT NOT NULL, sequence INTEGER NOT NULL, type TEXT NOT NULL, subject TEXT, "
        "at TEXT NOT NULL, body TEXT NOT NULL, salt TEXT, mac TEXT NOT NULL, PRIMARY KEY (scope, sequence)) "
        "WITHOUT ROWID"
    )
    rows = connection.execute("SELECT scope, sequence, type, subject, at, body FROM events_1")
    for scope, sequence, type_, subject, at, body in rows:
        query = "SELECT mentioned FROM mentions WHERE scope = ? AND sequence = ? ORDER BY mentioned"
        mentions = tuple(name for (name,) in connection.execute(query, (scope, sequence)))
        salt = secrets.token_hex(32)
        # Of a forgotten event there is nothing to vouch for: its code is one that no payload has.
        mac = secrets.token_hex(32) if subject is None else mac_of(salt, subject, json.loads(body), mentions)
        kept_salt = None if subject is None else salt
        connection.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (scope, sequence, type_, subject, at, body, kept_salt, mac),
        )
    connection.execute("DROP TABLE events_1")


STEPS: Mapping[int, Callable[[sqlite3.Connection], None]] = {2: _give_events_a_mac}
"""Format → what makes a file of the format before into one of it."""
