"""Commits that wait at the same moment in one process share a turn, a transaction and an fsync.

An fsync takes as long for one change as for many, and whoever waits for the turn waits for the fsyncs of all before it
(group commit; DeWitt et al., "Implementation techniques for main memory database systems", SIGMOD 1984). The first to
come leads: it waits for the turn, then does the work of all who came meanwhile, each inside a savepoint, so that each
stands or falls by itself; one COMMIT makes all of it last, and only then are they told. What SQLite refuses for all of
them is done again one by one, so that nobody suffers for another's change. Nothing here knows what the work is.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Event, Lock
from typing import Any, Final, TypeVar, cast

from service.errors import CommitUnconfirmed, ServiceError
from service.storage.store import MAX_RECORDS_PER_COMMIT

T = TypeVar("T")

Work = Callable[[sqlite3.Connection], T]

_MOST: Final = MAX_RECORDS_PER_COMMIT
"""Records that a shared transaction writes: no longer than the longest commit alone, for others wait for its end."""


class _Unit:
    """One caller's work, and what became of it."""

    def __init__(self, work: Work[Any], size: int) -> None:
        self.work, self.size = work, size
        self.called = Event()
        self.is_leading = False
        self.is_settled = False
        self.result: Any = None
        self.error: Exception | None = None

    def run(self, connection: sqlite3.Connection) -> None:
        """Do the work inside a savepoint; a refusal undoes it and nothing else."""
        connection.execute("SAVEPOINT unit")
        try:
            self.result, self.error = self.work(connection), None
        except ServiceError as error:
            connection.execute("ROLLBACK TO unit")
            self.error = error
        connection.execute("RELEASE unit")

    def settle(self, error: Exception | None = None) -> None:
        """Let it be known that what `run` did is saved, or why it is not."""
        self.error, self.is_settled = error or self.error, True

    def answer(self) -> Any:
        """Give what the work gave, or raise what became of it."""
        if not self.is_settled:
            # Whoever led was stopped on the way, as by a signal.
            raise CommitUnconfirmed("the service was stopped while a change was saved: it may be saved or not")
        if self.error is not None:
            raise self.error
        return self.result


class _Queue:
    """Who waits in this process, and whether somebody leads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[_Unit] = deque()
        self._is_led = False

    def join(self, unit: _Unit) -> bool:
        """Take a place; True: the caller leads at once."""
        with self._lock:
            if self._is_led:
                self._waiting.append(unit)
                return False
            self._is_led = True
            return True

    def taken(self, leader: _Unit) -> list[_Unit]:
        """Give the leader's unit and those whose turn comes with it."""
        batch, room = [leader], _MOST - leader.size
        with self._lock:
            while self._waiting and self._waiting[0].size <= room:
                batch.append(self._waiting.popleft())
                room -= batch[-1].size
        return batch

    def pass_on(self, batch: Sequence[_Unit]) -> None:
        """Tell those that are done, and have the next one lead."""
        with self._lock:
            following = self._waiting.popleft() if self._waiting else None
            self._is_led = following is not None
        if following is not None:
            following.is_leading = True
            following.called.set()
        for unit in batch:
            unit.called.set()


class Together:
    """Shares transactions between the threads of a process.

    Parameters
    ----------
    write : lends a connection inside a write transaction that is committed, durably, when the block ends well.
    afterwards : called by whoever led, when all have been told.
    """

    def __init__(
        self, write: Callable[[], AbstractContextManager[sqlite3.Connection]], afterwards: Callable[[], None]
    ) -> None:
        self._write, self._afterwards = write, afterwards
        # By process id: after a fork, a queue may be left locked by a thread that is not there.
        self._queues: dict[int, _Queue] = {}

    def do(self, work: Work[T], *, size: int = 1) -> T:
        """Do the work in a transaction, give what it gives, or raise what it or the transaction raises.

        It returns only when all is saved durably; `work` may be called again where its first try was undone.
        """
        queue = self._queues.setdefault(os.getpid(), _Queue())
        own = _Unit(work, size)
        if queue.join(own):
            self._lead(queue, own)
        else:
            own.called.wait()
            if own.is_leading:
                self._lead(queue, own)
        return cast("T", own.answer())

    def _lead(self, queue: _Queue, own: _Unit) -> None:
        batch = [own]
        try:
            with self._write() as connection:
                batch = queue.taken(own)
                for unit in batch:
                    unit.run(connection)
        except Exception as error:  # noqa: BLE001 - raised by each in the thread whose work it is
            self._settle_failed(batch, error)
        else:
            for unit in batch:
                unit.settle()
        finally:
            queue.pass_on(batch)
        self._afterwards()

    def _settle_failed(self, batch: Sequence[_Unit], error: Exception) -> None:
        if isinstance(error, CommitUnconfirmed):
            for unit in batch:
                unit.settle(CommitUnconfirmed(*error.args))
        elif len(batch) == 1:
            batch[0].settle(error)
        else:
            for unit in batch:
                self._alone(unit)

    def _alone(self, unit: _Unit) -> None:
        try:
            with self._write() as connection:
                unit.run(connection)
        except Exception as error:  # noqa: BLE001 - raised in the thread whose work it is
            unit.settle(error)
        else:
            unit.settle()
