"""A session of the console that somebody ended: its cookie, copied or not, opens nothing any more.

It is kept for as long as the session could have lasted. A session's id is random and names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class EndedSession:
    """One session, and until when it has to be remembered."""

    KIND: ClassVar[str] = kinds.ENDED_SESSION
    FORMAT: ClassVar[int] = 1

    session_id: str
    until: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.session_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"until": instant_to_json(self.until)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        return cls(stored.record_id, instant_from_json(stored.body["until"]), stored.version)

    def index_entries(self) -> Entries:
        """By the moment at which it may be forgotten."""
        return ((kinds.BY_ENDED, instant_to_json(self.until)),)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
