"""Jobs: background work as a record, which is the truth about it; a call only wakes somebody to look here.

What sorts of work there are is declared in `service/jobs/tasks/`; a record only holds the name of its task, so that a
worker which does not know it (an older one, while new ones are being started) leaves it to those that do. Jobs are put
into a store by `service.usecases.queueing`, which also sees that a worker hears of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json, maybe_instant_from_json, maybe_instant_to_json
from service.storage.store import Entries, Stored


class JobState(StrEnum):
    """The states of a job; `queued` and `running` ones are open: somebody must (still or again) do them."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """There is something left to do."""
        return self in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work.

    Attributes
    ----------
    task : the name under which the work is declared (`service.jobs.registry`).
    subject : the id of what it works on (for a run: the run's).
    due_at : from this moment anyone may take it. While it runs this is when its worker's lease ends, unless renewed.
    attempt : how often it was taken, 0 when new.
    fence : token of the lease of the worker that has it; 0 while nobody has.
    slot : the scheduled moment that made it (`kinds.slot_of`); None for work that somebody asked for.
    error_code : of the last failure; empty when there was none.
    """

    KIND: ClassVar[str] = kinds.JOB
    FORMAT: ClassVar[int] = 1

    job_id: str
    task: str
    subject: str
    state: JobState
    due_at: datetime
    created_at: datetime
    finished_at: datetime | None = None
    attempt: int = 0
    fence: int = 0
    slot: str | None = None
    error_code: str = ""
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.job_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "task": self.task,
            "subject": self.subject,
            "state": self.state.value,
            "due_at": instant_to_json(self.due_at),
            "created_at": instant_to_json(self.created_at),
            "finished_at": maybe_instant_to_json(self.finished_at),
            "attempt": self.attempt,
            "fence": self.fence,
            "slot": self.slot,
            "error_code": self.error_code,
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            job_id=stored.record_id,
            task=body["task"],
            subject=body["subject"],
            state=JobState(body["state"]),
            due_at=instant_from_json(body["due_at"]),
            created_at=instant_from_json(body["created_at"]),
            finished_at=maybe_instant_from_json(body["finished_at"]),
            attempt=body["attempt"],
            fence=body["fence"],
            slot=body["slot"],
            error_code=body["error_code"],
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By state; open ones also by the moment they are due, among all and among those of their task."""
        if not self.state.is_open:
            return ((kinds.BY_STATE, self.state.value), (kinds.BY_ENDED, instant_to_json(self._ended_at)))
        due = instant_to_json(self.due_at)
        return ((kinds.BY_STATE, self.state.value), (kinds.BY_DUE, due), (kinds.due_of(self.task), due))

    @property
    def _ended_at(self) -> datetime:
        return self.created_at if self.finished_at is None else self.finished_at

    def unique_keys(self) -> Entries:
        """The scheduled moment, so that it fires once."""
        return () if self.slot is None else ((kinds.SLOT, self.slot),)
