"""When an API key was last used, to the hour: a record of its own, so that using a key never changes the key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class KeyUse:
    """The last use of a key that was noted."""

    KIND: ClassVar[str] = kinds.KEY_USE
    FORMAT: ClassVar[int] = 1

    key_id: str
    used_at: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """The key's id."""
        return self.key_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"used_at": instant_to_json(self.used_at)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        return cls(stored.record_id, instant_from_json(stored.body["used_at"]), stored.version)

    def index_entries(self) -> Entries:
        """None: it is found by the key."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
