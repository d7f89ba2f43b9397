"""Jobs: background work as a record, which is the truth about it; a queue only wakes somebody to look here.

A new sort of work is a row of `Task` and a function in `service/jobs/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json, maybe_instant_from_json, maybe_instant_to_json
from service.storage.store import Entries, Stored


class Task(StrEnum):
    """The sorts of work."""

    RUN = "run"


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
    subject : the id of what it works on (for a run: the run's).
    due_at : from this moment anyone may take it. While it runs this is when its worker's lease ends, unless renewed.
    attempt : how often it was taken, 0 when new.
    fence : token of the lease of the worker that has it; 0 while nobody has.
    slot : the scheduled moment that made it (``rematch:2026-11-23T02:00Z``); None for work that somebody asked for.
    error_code : of the last failure; empty when there was none.
    """

    KIND: ClassVar[str] = kinds.JOB
    FORMAT: ClassVar[int] = 1

    job_id: str
    task: Task
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
            "task": self.task.value,
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
            task=Task(body["task"]),
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
        """By state; open ones also by the moment they are due, so that a sweep reads only those and stops early."""
        due = ((kinds.BY_DUE, instant_to_json(self.due_at)),) if self.state.is_open else ()
        return ((kinds.BY_STATE, self.state.value), *due)

    def unique_keys(self) -> Entries:
        """The scheduled moment, so that it fires once."""
        return () if self.slot is None else ((kinds.SLOT, self.slot),)
