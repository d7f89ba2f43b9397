"""A member as the service keeps it: the profile the platform sent, and what only the service may change.

Fields that belong to the platform live in `matching.profile.Profile`; service-owned ones (the waiting clock, and what
`care.py` lists) live here, so that a PUT of a profile can never touch them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self

from matching.profile import MemberStatus, Profile
from matching.profile_json import profile_from_mapping, profile_to_mapping
from service.errors import UnknownFormat
from service.records import kinds
from service.records.care import NOTHING_YET, Care
from service.records.codec import instant_from_json, instant_to_json, maybe_day_from_json, maybe_day_to_json
from service.storage.store import Entries, Stored


class MemberRole(StrEnum):
    """The two sides of a pair; a member may be on both."""

    SEEKER = "seeker"
    SUPPORTER = "supporter"


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a platform.

    `waiting_since` is the day the waiting clock started: taken once, when the member first appears as a seeker; None
    for somebody who never was one. It moves on by the days on which the clock stood still (`waiting_since_on`), and
    in no other way.
    """

    KIND: ClassVar[str] = kinds.MEMBER
    FORMAT: ClassVar[int] = 2

    profile: Profile
    waiting_since: date | None
    created_at: datetime
    updated_at: datetime
    care: Care = NOTHING_YET
    version: int = 0

    @property
    def record_id(self) -> str:
        """The platform's own id."""
        return self.profile.member_id

    @property
    def member_id(self) -> str:
        """The platform's own id."""
        return self.profile.member_id

    @property
    def profile_json(self) -> Mapping[str, Any]:
        """The profile in its JSON form."""
        return profile_to_mapping(self.profile)

    @property
    def roles(self) -> tuple[MemberRole, ...]:
        """The sides this member is on."""
        sides = ((MemberRole.SEEKER, self.profile.seeker), (MemberRole.SUPPORTER, self.profile.supporter))
        return tuple(role for role, side in sides if side is not None)

    @property
    def status(self) -> MemberStatus:
        """Whether the member takes part."""
        return self.profile.status

    def waiting_since_on(self, today: date) -> date | None:
        """Give the day from which the waiting counts, seen from `today`: later by every day the clock stood still."""
        stopped = self.care.stopped_on
        if self.waiting_since is None or stopped is None:
            return self.waiting_since
        until = self.profile.paused_until
        is_pause = self.status is MemberStatus.PAUSED and until is not None and until > stopped
        end = min(today, until) if is_pause and until is not None else today
        return self.waiting_since + max(end - stopped, timedelta())

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "profile": profile_to_mapping(self.profile),
            "waiting_since": maybe_day_to_json(self.waiting_since),
            "created_at": instant_to_json(self.created_at),
            "updated_at": instant_to_json(self.updated_at),
            "care": self.care.to_json(),
        }

    @classmethod
    def profile_in(cls, stored: Stored) -> Mapping[str, Any]:
        """Give the profile in its JSON form, for who reads everybody; UnknownFormat as `read_as`."""
        if stored.format > cls.FORMAT:
            raise UnknownFormat(stored.kind, found=stored.format, known=cls.FORMAT)
        profile: Mapping[str, Any] = stored.body["profile"]
        return profile

    @classmethod
    def waiting_since_in(cls, stored: Stored) -> str | None:
        """Give the day the waiting clock started, as it is written."""
        day: str | None = stored.body["waiting_since"]
        return day

    @classmethod
    def has_care_in(cls, stored: Stored) -> bool:
        """Tell whether there is anything of `Care` that is not a newcomer's; format 1 said nothing of it."""
        return bool(stored.body.get("care"))

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            profile=profile_from_mapping(stored.record_id, body["profile"]),
            waiting_since=maybe_day_from_json(body["waiting_since"]),
            created_at=instant_from_json(body["created_at"]),
            updated_at=instant_from_json(body["updated_at"]),
            care=Care.from_json(body["care"]),
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By role, by status, and by both at once; and those for whom the next best pair is to be found."""
        by_role = tuple((kinds.BY_ROLE, role.value) for role in self.roles)
        by_both = tuple((kinds.BY_ROLE_AND_STATUS, kinds.joined(role, self.status)) for role in self.roles)
        look_again = ((kinds.LOOK_AGAIN, "yes"),) if self.care.look_again else ()
        return (*by_role, (kinds.BY_STATUS, self.status.value), *by_both, *look_again)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()


@dataclass(frozen=True, slots=True)
class MemberShown:
    """A member for who only shows them: profile, day and moments stay as they are written. Never saved."""

    KIND: ClassVar[str] = Member.KIND
    FORMAT: ClassVar[int] = Member.FORMAT

    member_id: str
    profile_json: Mapping[str, Any]
    waiting_since: str | None
    created_at: str
    updated_at: str
    version: int

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            member_id=stored.record_id,
            profile_json=body["profile"],
            waiting_since=body["waiting_since"],
            created_at=body["created_at"],
            updated_at=body["updated_at"],
            version=stored.version,
        )
