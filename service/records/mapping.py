"""A mapping: what the columns of a platform's spreadsheets mean, under a name that imports give.

The document is what `service/mapping/document.py` reads; it was checked when it was saved, and is checked again when it
is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping; `name` is lower case, a-z, 0-9, with single - or _ between them."""

    KIND: ClassVar[str] = kinds.MAPPING
    FORMAT: ClassVar[int] = 1

    name: str
    document: dict[str, Any]
    updated_at: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its name."""
        return self.name

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without name and version."""
        return {"document": self.document, "updated_at": instant_to_json(self.updated_at)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(stored.record_id, body["document"], instant_from_json(body["updated_at"]), stored.version)

    def index_entries(self) -> Entries:
        """None: a platform's mappings are few."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the name."""
        return ()
