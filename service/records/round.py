"""How far a round through a platform has come: a line for each round, gone through some at a time.

What a round looks at and does is told in `service/usecases/rounds/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Self

from service.records import kinds
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Round:
    """One round.

    Attributes
    ----------
    name : which one.
    day : the day for which it was begun last.
    terms : under which terms (a policy's version, say); others begin it anew on the same day. Empty: none.
    after : where to go on; may hold a member's id. None: from the beginning, or it is done.
    is_done : it has been through everybody for this day and these terms.
    """

    KIND: ClassVar[str] = kinds.ROUND
    FORMAT: ClassVar[int] = 1

    name: str
    day: date
    terms: str = ""
    after: str | None = None
    is_done: bool = False
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its name."""
        return self.name

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"day": self.day.isoformat(), "terms": self.terms, "after": self.after, "is_done": self.is_done}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        day = date.fromisoformat(body["day"])
        return cls(stored.record_id, day, body["terms"], body["after"], body["is_done"], stored.version)

    def index_entries(self) -> Entries:
        """None: it is read by its name."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
