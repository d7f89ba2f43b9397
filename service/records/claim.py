"""A claim: one coordinator looks at a proposal just now, so that no other one decides on it at the same time.

It lapses by itself; one that has lapsed means nothing and is removed in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Claim:
    """Who looks at a match, and until when at most."""

    KIND: ClassVar[str] = kinds.CLAIM
    FORMAT: ClassVar[int] = 1

    match_id: str
    coordinator_id: str
    until: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """The match's id: one claim at a time."""
        return self.match_id

    def holds_at(self, now: datetime) -> bool:
        """Tell whether it has not lapsed."""
        return now < self.until

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"coordinator_id": self.coordinator_id, "until": instant_to_json(self.until)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        until = instant_from_json(stored.body["until"])
        return cls(stored.record_id, stored.body["coordinator_id"], until, stored.version)

    def index_entries(self) -> Entries:
        """By the moment it lapses."""
        return ((kinds.BY_ENDED, instant_to_json(self.until)),)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
