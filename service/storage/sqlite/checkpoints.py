"""When what the write-ahead log holds is moved into the database: after a commit, out of turn, by whoever wrote much.

SQLite itself moves it inside the commit that finds the log long, while everybody else waits. A passive checkpoint needs
no turn: others read and write meanwhile. What it cannot move, since somebody still reads it, stays for the next one.
"""

from __future__ import annotations

import sqlite3
from typing import Final

ROWS: Final = 2500
"""Written by this process since its last checkpoint: about a thousand pages of the log, SQLite's own measure."""


class Checkpoints:
    """Those of one process."""

    def __init__(self) -> None:
        # Counted without a lock: a row more or less only moves the moment.
        self._rows = 0

    def count(self, rows: int) -> None:
        """Note rows that were committed."""
        self._rows += rows

    def is_due(self) -> bool:
        """Tell once in `ROWS` rows that the caller is to make a checkpoint."""
        if self._rows < ROWS:
            return False
        self._rows = 0
        return True

    def make(self, connection: sqlite3.Connection) -> None:
        """Move what can be moved without waiting for anyone."""
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
