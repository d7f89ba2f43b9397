"""The cast of use-case tests: a coordinator, two seekers, two supporters, and a platform that must see nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from matching.profile import AgeBand, Consent, Day, Mode, Profile, SeekerSide, SupporterSide, Window
from service.records.match import Actor, ActorRole

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
"""A Wednesday morning."""

P = "harbour"
OTHER = "outside"

COORDINATOR = Actor(ActorRole.COORDINATOR, "c-1")

_EVENINGS = tuple(Window(day, 18 * 60, 21 * 60) for day in (Day.MON, Day.WED))


def somebody(member_id: str, **changes: Any) -> Profile:
    """An adult who speaks English and is free on two evenings; no role yet."""
    profile = Profile(
        member_id=member_id,
        languages=("en",),
        timezone="Europe/London",
        modes=frozenset((Mode.TEXT,)),
        age_band=AgeBand.AGE_25_34,
        consent=Consent(matching=True, given_at=datetime(2026, 9, 1, tzinfo=UTC)),
        availability=_EVENINGS,
    )
    return replace(profile, **changes)


def seeker(
    member_id: str, *, topics: tuple[str, ...] = ("bereavement",), since: date | None = None, **changes: Any
) -> Profile:
    """Somebody who would like company."""
    return somebody(member_id, seeker=SeekerSide(topics=frozenset(topics), waiting_since=since), **changes)


def supporter(
    member_id: str, *, topics: tuple[str, ...] = ("bereavement",), capacity: int = 1, **changes: Any
) -> Profile:
    """Somebody who offers it."""
    return somebody(member_id, supporter=SupporterSide(topics=frozenset(topics), capacity=capacity), **changes)


ADA = seeker("ada", topics=("bereavement", "new_parent"))
AMY = seeker("amy", topics=("caring",))
BEN = supporter("ben", topics=("bereavement",))
BEA = supporter("bea", topics=("caring",))
CAST = (ADA, AMY, BEN, BEA)


def without_consent(profile: Profile) -> Profile:
    """The same person, consent withdrawn."""
    return replace(profile, consent=replace(profile.consent, matching=False))
