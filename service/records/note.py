"""A coordinator's short note about a match, sealed: the store alone does not tell what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Attributes
    ----------
    member_ids : the two of the match, with whom it goes.
    written_by : the id of whoever wrote it: a coordinator, or the platform's key.
    sealed : the text, as `service/sealed_text.py` seals it, bound to `bound_to`.
    """

    KIND: ClassVar[str] = kinds.NOTE
    FORMAT: ClassVar[int] = 1

    note_id: str
    match_id: str
    member_ids: tuple[str, ...]
    written_at: datetime
    written_by: str
    sealed: str
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.note_id

    def bound_to(self, platform_id: str) -> str:
        """What its text belongs to."""
        return f"{platform_id} {self.note_id}"

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "match_id": self.match_id,
            "member_ids": list(self.member_ids),
            "written_at": instant_to_json(self.written_at),
            "written_by": self.written_by,
            "sealed": self.sealed,
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        moment = instant_from_json(body["written_at"])
        members = tuple(body["member_ids"])
        return cls(
            *(stored.record_id, body["match_id"], members, moment, body["written_by"], body["sealed"], stored.version)
        )

    def index_entries(self) -> Entries:
        """By match, and by either member."""
        members = tuple((kinds.BY_MEMBER, member_id) for member_id in dict.fromkeys(self.member_ids))
        return ((kinds.BY_MATCH, self.match_id), *members)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
