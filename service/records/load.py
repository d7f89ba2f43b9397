"""A supporter's load: the matches that hold one of their places, counted where two approvals cannot miss each other.

It is written in the same commit as the match that enters or leaves a holding state, with its version as expectation:
of two approvals for the last place one finds the load changed. How many places there are is for
`service/usecases/places.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from service.records import kinds
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Load:
    """The matches that hold places of one supporter, in the order they came."""

    KIND: ClassVar[str] = kinds.LOAD
    FORMAT: ClassVar[int] = 1

    supporter_id: str
    match_ids: tuple[str, ...] = ()
    version: int = 0

    @property
    def record_id(self) -> str:
        """The supporter's id."""
        return self.supporter_id

    def with_match(self, match_id: str) -> Self:
        """Give the load with this match too."""
        return replace(self, match_ids=(*self.match_ids, match_id))

    def without_match(self, match_id: str) -> Self:
        """Give the load without this match."""
        return replace(self, match_ids=tuple(held for held in self.match_ids if held != match_id))

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"match_ids": list(self.match_ids)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        return cls(stored.record_id, tuple(stored.body["match_ids"]), stored.version)

    def index_entries(self) -> Entries:
        """None: it is read by the supporter's id."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
