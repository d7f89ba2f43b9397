"""What a store offers to those who look after it, beside what use cases need: moving it, emptying it, examining it.

Backup, restore, `migrate-store`, erasure and `doctor` are written against `OperatedStore`. Every engine has all of it,
and the contract suite covers it. What moves between stores are the values here: versions, sequences and codes stay as
they are, leases stay behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from service.storage.store import Entries, Event, Store


@dataclass(frozen=True, slots=True)
class Counters:
    """How far a scope has counted: the sequence of its last event, and the token of its last lease; 0: none yet."""

    last_event: int
    last_token: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A record with all that is kept of it; `index` and `unique` are sorted."""

    kind: str
    record_id: str
    version: int
    format: int
    body: dict[str, Any]
    index: Entries
    unique: Entries


Part = Counters | Kept | Event
"""A piece of a scope that is moved."""


class State(StrEnum):
    """How a finding is to be read."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: its name, what was found in plain words, and what to do unless it is ok."""

    name: str
    state: State
    says: str
    advice: str = ""


class OperatedStore(Store, Protocol):
    """A store, and what operators need of it."""

    def dump(self, scope: str) -> Iterator[Part]:
        """Give everything of a scope as it was at one moment: its counters, records by kind and id, then events.

        Nothing at all for a scope that was never written. Others go on writing meanwhile; none of that is given.
        SQLite's log cannot shrink while the iterator is open, so exhaust or close it. When the store goes away
        half-way, or cannot keep the moment any longer, StoreUnavailable comes out of the iteration.
        """
        ...

    def load(self, scope: str, parts: Sequence[Part]) -> None:
        """Put back parts that `dump` gave, durably, all of them or none; at most `MAX_RECORDS_PER_COMMIT` at once.

        A record takes the place of one with its kind and id, and is at the version it had. An event must follow the
        last one, or be the one that is there already. Counters never go back. Raises UniqueTaken for a unique key
        that another record holds, Conflict (``events_differ``) for an event that does not follow.
        """
        ...

    def clear(self, scope: str) -> None:
        """Remove all of a scope, its counters and leases too, in bounded steps; repeat it when it was cut off."""
        ...

    def purge(self, *, patience: timedelta) -> bool:
        """Overwrite what deleted and replaced contents have left in the store's files and logs.

        True: nothing is left of what was deleted before the call. False: something is still needed (a reader holds an
        old moment, a server could not be reached) after `patience`; call again later.
        """
        ...

    def clocks(self) -> tuple[datetime, ...]:
        """Ask every server that keeps records what time it is; nobody where the store is a file of this machine."""
        ...

    def examine(self) -> tuple[Finding, ...]:
        """Look at how durably and privately this store is set up, in plain words."""
        ...
