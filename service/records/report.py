"""A report: what was asked about a run, and the answer once a job has worked it out.

What a report is about is `about`; what exactly was asked is in `asked`, whose digest is part of the id, so that the
same question about the same run has one answer, worked out once. A run never changes, so neither does an answer; it
goes with the run's snapshot. Answers may name members: an erasure removes those that do (`usecases/erasing/traces.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json, maybe_instant_from_json, maybe_instant_to_json
from service.storage.store import Entries, Stored


class About(StrEnum):
    """What there are reports about."""

    SHORTAGES = "shortages"
    PREVIEW = "preview"
    SMALLEST_CHANGE = "smallest_change"


class ReportState(StrEnum):
    """How far a report has come; the last two are final."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """One report; `answer` None until it is done, `error_code` empty unless it has failed."""

    KIND: ClassVar[str] = kinds.REPORT
    FORMAT: ClassVar[int] = 1

    report_id: str
    about: About
    run_id: str
    asked: dict[str, Any]
    state: ReportState
    created_at: datetime
    finished_at: datetime | None = None
    answer: dict[str, Any] | None = None
    error_code: str = ""
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.report_id

    @property
    def job_id(self) -> str:
        """The id of the job that works it out."""
        return f"job_{self.report_id}"

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "about": self.about.value,
            "run_id": self.run_id,
            "asked": self.asked,
            "state": self.state.value,
            "created_at": instant_to_json(self.created_at),
            "finished_at": maybe_instant_to_json(self.finished_at),
            "answer": self.answer,
            "error_code": self.error_code,
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            report_id=stored.record_id,
            about=About(body["about"]),
            run_id=body["run_id"],
            asked=body["asked"],
            state=ReportState(body["state"]),
            created_at=instant_from_json(body["created_at"]),
            finished_at=maybe_instant_from_json(body["finished_at"]),
            answer=body["answer"],
            error_code=body["error_code"],
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By the run it is about."""
        return ((kinds.BY_RUN, self.run_id),)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()


def report_id_of(about: About, run_id: str, asked: dict[str, Any]) -> str:
    """Give the id of the one report that answers this question; it says nothing of what was asked."""
    canonical = json.dumps([about.value, run_id, asked], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"report_{sha256(canonical.encode()).hexdigest()[:32]}"
