"""An erasure: a member who was deleted, until nothing of them can be read from any file of the store.

The record names the member only while their traces are being removed; after that it says when, and no longer who.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json, maybe_instant_from_json, maybe_instant_to_json
from service.storage.store import Entries, Stored


class ErasureState(StrEnum):
    """How far an erasure has come."""

    REQUESTED = "requested"  # the member is gone; past matches, runs and events still name them
    EMPTIED = "emptied"  # no record names them; the store's files may still hold what was overwritten
    DONE = "done"  # nothing can be read from the store's files and logs either


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure; `member_id` None once no record names the member."""

    KIND: ClassVar[str] = kinds.ERASURE
    FORMAT: ClassVar[int] = 1

    erasure_id: str
    state: ErasureState
    member_id: str | None
    requested_at: datetime
    emptied_at: datetime | None = None
    done_at: datetime | None = None
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.erasure_id

    @property
    def alias(self) -> str:
        """What stands in place of the member's id in what is kept; no member id begins with a tilde."""
        return f"~{self.erasure_id}"

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "state": self.state.value,
            "member_id": self.member_id,
            "requested_at": instant_to_json(self.requested_at),
            "emptied_at": maybe_instant_to_json(self.emptied_at),
            "done_at": maybe_instant_to_json(self.done_at),
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            erasure_id=stored.record_id,
            state=ErasureState(body["state"]),
            member_id=body["member_id"],
            requested_at=instant_from_json(body["requested_at"]),
            emptied_at=maybe_instant_from_json(body["emptied_at"]),
            done_at=maybe_instant_from_json(body["done_at"]),
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By state."""
        return ((kinds.BY_STATE, self.state.value),)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
