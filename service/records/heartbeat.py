"""A worker's sign of life: who it is, since when, and when it was last seen; gone when it ends in order.

One line a worker in the global scope, written every some seconds by the worker itself. A worker that was killed leaves
its line, which then tells since when it is missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One worker; `worker_id` is its own for as long as it lives."""

    KIND: ClassVar[str] = kinds.HEARTBEAT
    FORMAT: ClassVar[int] = 1

    worker_id: str
    started_at: datetime
    seen_at: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.worker_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"started_at": instant_to_json(self.started_at), "seen_at": instant_to_json(self.seen_at)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        started_at, seen_at = (instant_from_json(stored.body[name]) for name in ("started_at", "seen_at"))
        return cls(stored.record_id, started_at, seen_at, stored.version)

    def index_entries(self) -> Entries:
        """None: there are few, and all are read."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
