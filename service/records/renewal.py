"""How far records of older formats have been rewritten: one line for each kind that has had more than one format.

A kind that is not through is gone through by id, some at a time; one that is through costs nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from service.records import kinds
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Renewal:
    """One kind.

    Attributes
    ----------
    of : the kind.
    to : the format to which it is brought up.
    after : where to go on in the order of ids; may be a member's id. None: from the beginning, or it is done.
    is_done : no record of an older format was left.
    """

    KIND: ClassVar[str] = kinds.RENEWAL
    FORMAT: ClassVar[int] = 1

    of: str
    to: int
    after: str | None = None
    is_done: bool = False
    version: int = 0

    @property
    def record_id(self) -> str:
        """The kind."""
        return self.of

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"to": self.to, "after": self.after, "is_done": self.is_done}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(stored.record_id, body["to"], body["after"], body["is_done"], stored.version)

    def index_entries(self) -> Entries:
        """None: it is read by its kind."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
