"""How far clearing up has come in what is only ever added to, so that it goes on from there every night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from service.records import kinds
from service.storage.store import Entries, Stored

EVENTS: Final = "events"
"""What is forgotten of: what events say."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """One list; everything up to the sequence number `until` is forgotten."""

    KIND: ClassVar[str] = kinds.FORGOTTEN
    FORMAT: ClassVar[int] = 1

    of: str
    until: int
    version: int = 0

    @property
    def record_id(self) -> str:
        """The name of the list."""
        return self.of

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"until": self.until}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        return cls(stored.record_id, stored.body["until"], stored.version)

    def index_entries(self) -> Entries:
        """None: it is read by its name."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
