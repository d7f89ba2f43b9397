"""That a store was restored and stands by: nobody outside is told anything before an operator says that it is in use.

One record in the global scope, there until `alongside go-live`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored

STORE: Final = "store"
"""Its one id."""


@dataclass(frozen=True, slots=True)
class Standby:
    """Since when the store stands by."""

    KIND: ClassVar[str] = kinds.STANDBY
    FORMAT: ClassVar[int] = 1

    since: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """The one there is."""
        return STORE

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"since": instant_to_json(self.since)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        return cls(instant_from_json(stored.body["since"]), stored.version)

    def index_entries(self) -> Entries:
        """None: there is one at most."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
