"""A block: two members who must never meet, whichever of them would be the seeker, until it is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Block:
    """Two members, in the order of their ids, so that a block is the same whoever asked for it."""

    KIND: ClassVar[str] = kinds.BLOCK
    FORMAT: ClassVar[int] = 1

    first_id: str
    second_id: str
    since: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """Both ids; no id holds a tilde."""
        return block_id_of(self.first_id, self.second_id)

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"first_id": self.first_id, "second_id": self.second_id, "since": instant_to_json(self.since)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(body["first_id"], body["second_id"], instant_from_json(body["since"]), stored.version)

    def index_entries(self) -> Entries:
        """By either member; those of somebody erased also as such."""
        members = (self.first_id, self.second_id)
        veiled = ((kinds.BY_VEILED, "yes"),) if any(name.startswith("~") for name in members) else ()
        return (*((kinds.BY_MEMBER, name) for name in members), *veiled)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()


def block_id_of(one: str, other: str) -> str:
    """Give the id under which the block of these two is kept, in whatever order they come."""
    return "~".join(sorted((one, other)))
