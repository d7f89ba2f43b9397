"""A member's profile as the engine reads it: frozen values, no names, no contact details.

What crosses the wire is validated in `schemas/member.py`, which builds these values; another program may build them
directly or with `Profile.from_mapping`. `Standing` is what the service knows of a member beside the profile.
A new profile field is added here and in `schemas/member.py`; what the engine does with it in `cohort.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

SESSION_MINUTES = (15, 30, 45, 60, 90)
"""The lengths a session may have, in minutes."""

DEFAULT_SUPPORTER_SESSION_MINUTES = 60
"""A supporter's usual session where the profile names none."""


class Mode(StrEnum):
    """How two people may meet."""

    TEXT = "text"
    VOICE = "voice"
    VIDEO = "video"
    IN_PERSON = "in_person"


class Pace(StrEnum):
    """How often somebody would like to meet."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    FLEXIBLE = "flexible"


class AgeBand(StrEnum):
    """Age in bands, youngest first; the first two are minors."""

    AGE_13_15 = "13-15"
    AGE_16_17 = "16-17"
    AGE_18_24 = "18-24"
    AGE_25_34 = "25-34"
    AGE_35_44 = "35-44"
    AGE_45_54 = "45-54"
    AGE_55_64 = "55-64"
    AGE_65_74 = "65-74"
    AGE_75_UP = "75+"

    @property
    def is_minor(self) -> bool:
        """Under 18."""
        return self in (AgeBand.AGE_13_15, AgeBand.AGE_16_17)


class Gender(StrEnum):
    """Gender as the member states it; absent means not stated."""

    WOMAN = "woman"
    MAN = "man"
    NON_BINARY = "non_binary"
    ANOTHER = "another"


class MemberStatus(StrEnum):
    """Whether a member takes part; `paused` may carry a date."""

    ACTIVE = "active"
    PAUSED = "paused"


class Day(StrEnum):
    """Days of the local week, Monday first."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class ConsentGiver(StrEnum):
    """Who gave the consent; minors need their guardian's."""

    MEMBER = "member"
    GUARDIAN = "guardian"


class ClearanceScope(StrEnum):
    """What a clearance covers."""

    ADULTS = "adults"
    MINORS = "minors"
    IN_PERSON = "in_person"


@dataclass(frozen=True, slots=True)
class Window:
    """A weekly stretch of local wall time; minutes 0–1440 from midnight of `day`.

    `end_minute` ≤ `start_minute` crosses midnight into the next day.
    """

    day: Day
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class Location:
    """Where somebody can meet: degrees rounded to 0.01, and how far they would go, in kilometres."""

    latitude: float
    longitude: float
    radius_km: float


@dataclass(frozen=True, slots=True)
class Consent:
    """The member's (or guardian's) word that matching may use the profile."""

    matching: bool
    given_at: datetime
    given_by: ConsentGiver = ConsentGiver.MEMBER
    text_version: str = ""


@dataclass(frozen=True, slots=True)
class Measures:
    """UCLA three-item loneliness scale as published: three answers 1–3; None where not asked."""

    taken_at: date
    ucla3: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Clearance:
    """The outcome of a check: its kind, what it covers, its last valid day (None: no end)."""

    kind: str
    scope: frozenset[ClearanceScope]
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class SeekerSide:
    """What somebody who would like company asks for."""

    topics: frozenset[str] = frozenset()
    session_minutes: int = 30
    required_training: frozenset[str] = frozenset()
    waiting_since: date | None = None
    measures: Measures | None = None


@dataclass(frozen=True, slots=True)
class SupporterSide:
    """What a peer supporter offers.

    `weekly_minutes` None: no limit in minutes, only `capacity` heads.
    """

    topics: frozenset[str] = frozenset()
    training: frozenset[str] = frozenset()
    capacity: int = 1
    weekly_minutes: int | None = None
    session_minutes: int = DEFAULT_SUPPORTER_SESSION_MINUTES
    commitment_weeks: int | None = None
    clearances: tuple[Clearance, ...] = ()


LabelValue = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """One member: what both roles share, and at least one of `seeker` and `supporter`.

    Languages are BCP 47 tags, most preferred first. An empty preference set means no wish.
    """

    member_id: str
    languages: tuple[str, ...]
    timezone: str
    modes: frozenset[Mode]
    age_band: AgeBand
    consent: Consent
    availability: tuple[Window, ...] = ()
    pace: Pace = Pace.FLEXIBLE
    preferred_age_bands: frozenset[AgeBand] = frozenset()
    age_band_confirmed_on: date | None = None
    gender: Gender | None = None
    gender_preference: frozenset[Gender] = frozenset()
    interests: frozenset[str] = frozenset()
    avoid_topics: frozenset[str] = frozenset()
    access: frozenset[str] = frozenset()
    location: Location | None = None
    labels: Mapping[str, LabelValue] = field(default_factory=dict)
    status: MemberStatus = MemberStatus.ACTIVE
    paused_until: date | None = None
    seeker: SeekerSide | None = None
    supporter: SupporterSide | None = None

    @classmethod
    def from_mapping(cls, member_id: str, profile: Mapping[str, Any]) -> Profile:
        """Build a profile from its JSON form (docs/profile.md).

        Dates may be ISO strings or date objects, times ``HH:MM`` strings. Unknown keys, unknown values and missing
        required keys raise ProfileError with the field's path.
        """
        from matching.profile_json import profile_from_mapping

        return profile_from_mapping(member_id, profile)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the service knows of a member beside the profile; the default is a newcomer.

    Attributes
    ----------
    waiting_since : the day the waiting clock started; None falls back to the profile, then to the planning day.
    is_on_hold, is_recovering : never matched while true.
    has_supporter : the seeker side holds a match (or a fixed proposal) already and is not looking.
    held_matches : supporter side: matches and fixed proposals that hold a place.
    held_quarter_minutes : supporter side: minutes a week those hold, in quarters of a minute (`cohort.PACE_QUARTERS`).
    lost_supporter : the seeker lost a supporter and asked for another.
    boost : a coordinator's extra weeks, 0–52.
    """

    waiting_since: date | None = None
    is_on_hold: bool = False
    is_recovering: bool = False
    has_supporter: bool = False
    held_matches: int = 0
    held_quarter_minutes: int = 0
    lost_supporter: bool = False
    boost: int = 0


NEWCOMER = Standing()


class Apart(StrEnum):
    """Why two members are kept apart whatever their profiles say."""

    BLOCKED = "blocked"
    RESTING = "resting"
