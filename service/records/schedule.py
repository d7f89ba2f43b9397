"""How far a platform's scheduled work of a sort has come: the slot up to which everything is done with.

It is moved on in the commit that makes the work of a slot, against the version that was read, so that each slot is done
once however many workers look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from matching.policy import Schedule
from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """One sort of scheduled work.

    Attributes
    ----------
    work : its name.
    schedule : under which `since` was reached; another one begins when it was saved.
    since : no slot until this moment, itself included, is made up for.
    """

    KIND: ClassVar[str] = kinds.SCHEDULE
    FORMAT: ClassVar[int] = 1

    work: str
    schedule: Schedule
    since: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """The name of the work."""
        return self.work

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "cron": self.schedule.cron,
            "timezone": self.schedule.timezone,
            "since": instant_to_json(self.since),
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        schedule = Schedule(body["cron"], body["timezone"])
        return cls(stored.record_id, schedule, instant_from_json(body["since"]), stored.version)

    def index_entries(self) -> Entries:
        """None: it is read by its name."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
