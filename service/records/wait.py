"""What has been said about somebody's wait: to them, and to coordinators. Only those who wait for long have one.

It stands beside the member and not in their record, so that a kind word never gets in the way of a profile that is
saved, or of a run. How long somebody has waited is never kept here: that is their clock's alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Self

from service.records import kinds
from service.storage.store import Entries, Stored


class WaitLevel(StrEnum):
    """A wait that coordinators should see."""

    AMBER = "amber"
    RED = "red"  # too long


@dataclass(frozen=True, slots=True)
class Wait:
    """What has been said about one wait.

    Attributes
    ----------
    told_days : the days waited when the last kind message came; 0 before the first.
    level : the highest of which coordinators have been told; None for none.
    told_on : the day of the last change.
    """

    KIND: ClassVar[str] = kinds.WAIT
    FORMAT: ClassVar[int] = 1

    member_id: str
    told_on: date
    told_days: int = 0
    level: WaitLevel | None = None
    version: int = 0

    @property
    def record_id(self) -> str:
        """The member's id."""
        return self.member_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        level = None if self.level is None else self.level.value
        return {"told_on": self.told_on.isoformat(), "told_days": self.told_days, "level": level}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        level = None if body["level"] is None else WaitLevel(body["level"])
        return cls(stored.record_id, date.fromisoformat(body["told_on"]), body["told_days"], level, stored.version)

    def index_entries(self) -> Entries:
        """None: it is read by the member's id."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
