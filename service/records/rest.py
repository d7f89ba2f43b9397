"""A rest: two members who are not proposed to each other for a time, or ever again.

It is written in the same commit as the step that causes it. How long is a matter of reason and policy
(`service/usecases/rests.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json, maybe_instant_from_json, maybe_instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Rest:
    """Why and until when two members are kept apart: `until` None means for ever, `match_id` is where it came from."""

    KIND: ClassVar[str] = kinds.REST
    FORMAT: ClassVar[int] = 1

    seeker_id: str
    supporter_id: str
    match_id: str
    reason: str
    since: datetime
    until: datetime | None
    version: int = 0

    @property
    def record_id(self) -> str:
        """Both ids, seeker first; no id holds a tilde."""
        return rest_id_of(self.seeker_id, self.supporter_id)

    def holds_at(self, now: datetime) -> bool:
        """Whether the two still rest from each other."""
        return self.until is None or now < self.until

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "seeker_id": self.seeker_id,
            "supporter_id": self.supporter_id,
            "match_id": self.match_id,
            "reason": self.reason,
            "since": instant_to_json(self.since),
            "until": maybe_instant_to_json(self.until),
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            seeker_id=body["seeker_id"],
            supporter_id=body["supporter_id"],
            match_id=body["match_id"],
            reason=body["reason"],
            since=instant_from_json(body["since"]),
            until=maybe_instant_from_json(body["until"]),
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By either member; those of somebody erased also as such."""
        members = (self.seeker_id, self.supporter_id)
        veiled = ((kinds.BY_VEILED, "yes"),) if any(name.startswith("~") for name in members) else ()
        return (*((kinds.BY_MEMBER, name) for name in members), *veiled)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()


def rest_id_of(seeker_id: str, supporter_id: str) -> str:
    """Give the id under which the rest of these two is kept."""
    return f"{seeker_id}~{supporter_id}"
