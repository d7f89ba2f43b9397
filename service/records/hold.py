"""Holds and concerns: somebody is paused for care, and why, without anybody's story.

A concern keeps a category, a severity and the platform's own case number; what happened stays where the case is. What
a hold does is told in `service/usecases/safety.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json, maybe_instant_from_json, maybe_instant_to_json
from service.storage.store import Entries, Stored

CRISIS_UNSEEN: Final = timedelta(hours=1)
"""How long a crisis may wait for somebody to say that they have seen it."""


class HoldCause(StrEnum):
    """Why somebody is paused for care."""

    CRISIS = "crisis"  # they may need help now
    CONCERN = "concern"  # somebody is worried about what they do
    COORDINATOR = "coordinator"


class ConcernCategory(StrEnum):
    """What a concern is about."""

    BOUNDARIES = "boundaries"
    HARASSMENT = "harassment"
    EXPLOITATION = "exploitation"
    SAFETY = "safety"
    OTHER = "other"


class Severity(StrEnum):
    """How grave a concern is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold on one member.

    Attributes
    ----------
    concern_id : the concern behind it; empty for none.
    seen_at : when somebody of safeguarding said that they look after it.
    escalated_at : when it was called to mind because nobody had.
    """

    KIND: ClassVar[str] = kinds.HOLD
    FORMAT: ClassVar[int] = 1

    hold_id: str
    member_id: str
    cause: HoldCause
    placed_at: datetime
    placed_by: str
    concern_id: str = ""
    seen_at: datetime | None = None
    escalated_at: datetime | None = None
    released_at: datetime | None = None
    released_by: str = ""
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.hold_id

    @property
    def escalates_at(self) -> datetime | None:
        """When it is called to mind again; None when it need not be (any more)."""
        if self.seen_at or self.escalated_at or self.released_at or self.cause is HoldCause.COORDINATOR:
            return None
        return self.placed_at + CRISIS_UNSEEN if self.cause is HoldCause.CRISIS else next_working_day(self.placed_at)

    def released(self, now: datetime, *, by: str) -> Self:
        """Give it as released."""
        return replace(self, released_at=now, released_by=by, seen_at=self.seen_at or now)

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "member_id": self.member_id,
            "cause": self.cause.value,
            "placed_at": instant_to_json(self.placed_at),
            "placed_by": self.placed_by,
            "concern_id": self.concern_id,
            "seen_at": maybe_instant_to_json(self.seen_at),
            "escalated_at": maybe_instant_to_json(self.escalated_at),
            "released_at": maybe_instant_to_json(self.released_at),
            "released_by": self.released_by,
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            hold_id=stored.record_id,
            member_id=body["member_id"],
            cause=HoldCause(body["cause"]),
            placed_at=instant_from_json(body["placed_at"]),
            placed_by=body["placed_by"],
            concern_id=body["concern_id"],
            seen_at=maybe_instant_from_json(body["seen_at"]),
            escalated_at=maybe_instant_from_json(body["escalated_at"]),
            released_at=maybe_instant_from_json(body["released_at"]),
            released_by=body["released_by"],
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By member; while it stands by state, and by the moment at which it escalates."""
        standing = () if self.released_at else ((kinds.BY_STATE, "held"),)
        moment = self.escalates_at
        due = () if moment is None else ((kinds.BY_DUE, instant_to_json(moment)),)
        return ((kinds.BY_MEMBER, self.member_id), *standing, *due)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()


@dataclass(frozen=True, slots=True)
class Concern:
    """Somebody is worried about what a member does; `reporter_id` is empty where that is no member."""

    KIND: ClassVar[str] = kinds.CONCERN
    FORMAT: ClassVar[int] = 1

    concern_id: str
    about_id: str
    category: ConcernCategory
    severity: Severity
    reported_at: datetime
    case_number: str = ""
    reporter_id: str = ""
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.concern_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "about_id": self.about_id,
            "category": self.category.value,
            "severity": self.severity.value,
            "reported_at": instant_to_json(self.reported_at),
            "case_number": self.case_number,
            "reporter_id": self.reporter_id,
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            concern_id=stored.record_id,
            about_id=body["about_id"],
            category=ConcernCategory(body["category"]),
            severity=Severity(body["severity"]),
            reported_at=instant_from_json(body["reported_at"]),
            case_number=body["case_number"],
            reporter_id=body["reporter_id"],
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By the members it names."""
        named = dict.fromkeys(member_id for member_id in (self.about_id, self.reporter_id) if member_id)
        return tuple((kinds.BY_MEMBER, member_id) for member_id in named)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()


def next_working_day(moment: datetime) -> datetime:
    """Give the same time on the next day from Monday to Friday."""
    following = moment + timedelta(days=1)
    while following.weekday() >= 5:
        following += timedelta(days=1)
    return following
