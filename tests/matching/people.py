"""Making members and cohorts of two for tests: say what matters, the rest is ordinary and fits everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from matching.cohort import Cohort
from matching.policy import Policy
from matching.profile import (
    AgeBand,
    Apart,
    Consent,
    ConsentGiver,
    Day,
    Mode,
    Pace,
    Profile,
    SeekerSide,
    Standing,
    SupporterSide,
    Window,
)
from matching.week import Week

TODAY = date(2026, 11, 25)
"""A Wednesday."""

WEEK = Week(
    TODAY,
    {
        "UTC": ((0, 0),),
        "Europe/Berlin": ((0, 60),),
        "Asia/Kathmandu": ((0, 345),),
        "America/New_York": ((0, -300),),
        "Pacific/Auckland": ((0, 780),),
    },
)

OPEN_POLICY = Policy(accepts_minors=True)
"""Accepts minors, so that rules about them can be asked at all."""

SEEKER_FIELDS = frozenset(SeekerSide.__dataclass_fields__)
SUPPORTER_FIELDS = frozenset(SupporterSide.__dataclass_fields__)


def window(day: str, start: str, end: str) -> Window:
    """Read "18:00" and "24:00" as minutes."""
    return Window(Day(day), _minutes(start), _minutes(end))


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def ordinary(member_id: str) -> Profile:
    """A member without a role: adult, speaks English, free on Monday from 18:00 to 20:00 UTC, meets by text."""
    return Profile(
        member_id,
        languages=("en",),
        timezone="UTC",
        modes=frozenset({Mode.TEXT}),
        age_band=AgeBand.AGE_25_34,
        consent=Consent(True, datetime(2026, 1, 1, tzinfo=UTC), ConsentGiver.GUARDIAN),
        availability=(window("mon", "18:00", "20:00"),),
        pace=Pace.WEEKLY,
        age_band_confirmed_on=date(2026, 6, 1),
    )


def seeker(member_id: str = "seeker", **fields: Any) -> Profile:
    """An ordinary seeker; fields may be of the seeker side or of the profile."""
    side = SeekerSide(**{name: value for name, value in fields.items() if name in SEEKER_FIELDS})
    return replace(ordinary(member_id), seeker=side, **_others(fields, SEEKER_FIELDS))


def supporter(member_id: str = "supporter", **fields: Any) -> Profile:
    """An ordinary supporter."""
    side = SupporterSide(**{name: value for name, value in fields.items() if name in SUPPORTER_FIELDS})
    return replace(ordinary(member_id), supporter=side, **_others(fields, SUPPORTER_FIELDS))


def _others(fields: Mapping[str, Any], side: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in side}


def cohort_of(
    *profiles: Profile,
    policy: Policy = OPEN_POLICY,
    apart: Mapping[tuple[str, str], Apart] | None = None,
    standings: Mapping[str, Standing] | None = None,
    week: Week = WEEK,
) -> Cohort:
    """A cohort of these members."""
    return Cohort.from_profiles(profiles, week=week, policy=policy, apart=apart or {}, standings=standings or {})
