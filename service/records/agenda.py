"""When a worker should look at a platform next: a line a platform in the global scope, so that due work is found there.

It is a promise, not the truth: nothing due in the platform is due earlier than its line says, apart from what a call
(`Changes.rings`) tells of. Lines are written by `service.usecases.queueing` and moved on by workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Agenda:
    """One platform's line.

    Attributes
    ----------
    look_at : when it should be looked at.
    announced_at : when somebody last said that work is about to be stored: a look just after it may be too early.
    """

    KIND: ClassVar[str] = kinds.AGENDA
    FORMAT: ClassVar[int] = 1

    platform_id: str
    look_at: datetime
    announced_at: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """The platform's id."""
        return self.platform_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"look_at": instant_to_json(self.look_at), "announced_at": instant_to_json(self.announced_at)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        look_at, announced_at = (instant_from_json(stored.body[name]) for name in ("look_at", "announced_at"))
        return cls(stored.record_id, look_at, announced_at, stored.version)

    def index_entries(self) -> Entries:
        """By the moment of the next look."""
        return ((kinds.BY_DUE, instant_to_json(self.look_at)),)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
