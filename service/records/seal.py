"""A seal: the head of the audit chain after some events, and a link for each of them.

Seals follow each other without a gap, the first begins with event 1. They are never changed and never deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Seal:
    """The seal over events `first` to `last`.

    Attributes
    ----------
    head : of the chain after `last`, hexadecimal.
    links : of each event's head the first characters, one after the other (`service.audit_chain.LINK_CHARACTERS`).
    """

    KIND: ClassVar[str] = kinds.SEAL
    FORMAT: ClassVar[int] = 1

    first: int
    last: int
    head: str
    links: str
    sealed_at: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its last sequence with leading zeros, so that ids come in order."""
        return seal_id_of(self.last)

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "first": self.first,
            "last": self.last,
            "head": self.head,
            "links": self.links,
            "sealed_at": instant_to_json(self.sealed_at),
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            first=body["first"],
            last=body["last"],
            head=body["head"],
            links=body["links"],
            sealed_at=instant_from_json(body["sealed_at"]),
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """None: seals are read by id."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()


def seal_id_of(sequence: int) -> str:
    """Give the id of the seal that ends with this event."""
    return f"{sequence:016d}"
