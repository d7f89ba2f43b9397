"""A task: something a coordinator should look at, because a moment has come or something has happened.

Its id says nothing of whom or what it is about: it stands in URLs. A new sort is a row of `TaskKind` and words for it
in the console.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json, maybe_instant_from_json, maybe_instant_to_json
from service.storage.store import Entries, Stored


class TaskKind(StrEnum):
    """What a coordinator is asked to do."""

    FIRST_MEETING = "first_meeting"  # the two have not met yet
    CHECK_IN = "check_in"
    SUPERVISION = "supervision"  # talk with a supporter about how it goes
    CARE = "care"  # a death, or somebody who is not well: a person looks, nothing is sent
    RULE = "rule"  # a hard rule no longer holds between two who are matched
    WITHOUT_SUPPORTER = "without_supporter"  # ask whether they would like another
    LONG_WAIT = "long_wait"  # a seeker has been looking for long


@dataclass(frozen=True, slots=True)
class CoordinatorTask:
    """One thing to look at.

    Attributes
    ----------
    subject : the match or member it is about.
    member_ids : everybody it names, so that it goes with them.
    detail : a closed word that says more (a rule's key, a reason); empty for none.
    done_by : the id of whoever has done it; empty when it was settled by itself.
    owner_id : the coordinator who looks after it; empty for nobody.
    """

    KIND: ClassVar[str] = kinds.TASK
    FORMAT: ClassVar[int] = 2

    task_kind: TaskKind
    subject: str
    member_ids: tuple[str, ...]
    opened_at: datetime
    detail: str = ""
    done_at: datetime | None = None
    done_by: str = ""
    owner_id: str = ""
    version: int = 0
    task_id: str = field(kw_only=True)

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.task_id

    def is_same_as(self, other: CoordinatorTask) -> bool:
        """Whether both ask for the same thing, noticed at the same moment."""
        return (self.task_kind, self.subject, self.opened_at) == (other.task_kind, other.subject, other.opened_at)

    def done(self, now: datetime, *, by: str = "") -> Self:
        """Give it as done."""
        return replace(self, done_at=now, done_by=by)

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "task_kind": self.task_kind.value,
            "subject": self.subject,
            "member_ids": list(self.member_ids),
            "opened_at": instant_to_json(self.opened_at),
            "detail": self.detail,
            "done_at": maybe_instant_to_json(self.done_at),
            "done_by": self.done_by,
            "owner_id": self.owner_id,
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            task_kind=TaskKind(body["task_kind"]),
            subject=body["subject"],
            member_ids=tuple(body["member_ids"]),
            opened_at=instant_from_json(body["opened_at"]),
            detail=body["detail"],
            done_at=maybe_instant_from_json(body["done_at"]),
            done_by=body["done_by"],
            owner_id=body["owner_id"],
            version=stored.version,
            task_id=stored.record_id,
        )

    def index_entries(self) -> Entries:
        """Open ones by kind, by subject and by owner; every one by the members it names."""
        members = tuple((kinds.BY_MEMBER, member_id) for member_id in dict.fromkeys(self.member_ids))
        if self.done_at is not None:
            return members
        kind = self.task_kind.value
        owner = ((kinds.OPEN_BY_OWNER, kinds.joined(self.owner_id, kind)),) if self.owner_id else ()
        return (*members, *owner, (kinds.OPEN_BY_KIND, kind), (kinds.OPEN_BY_SUBJECT, self.subject))

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
