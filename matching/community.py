"""The sample community: one realistic generator for the demo, benchmarks and simulation.

`generate` gives profiles; where objects would be too many, `sample_cohort` gives their cohort without them. The same
arguments give the same community on any machine. A new profile field gets one line here and in `crowd_arrays.py`, its
column in `crowd.py` and its draw in `drawing.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar

from matching import world
from matching.cohort import DEFAULT_POLICY, Cohort
from matching.crowd import FIRST_ADULT, LANGUAGES, NO_LANGUAGE, Crowd, MemberColumns, Shape, site_name
from matching.crowd_arrays import crowd_arrays
from matching.drawing import draw
from matching.policy import Policy
from matching.profile import (
    AgeBand,
    Clearance,
    ClearanceScope,
    Consent,
    ConsentGiver,
    Day,
    Gender,
    LabelValue,
    Location,
    Measures,
    MemberStatus,
    Mode,
    Pace,
    Profile,
    SeekerSide,
    SupporterSide,
    Window,
)
from matching.week import Week

__all__ = ["ZONES", "Community", "Shape", "generate", "sample_cohort"]

ZONES = tuple(sorted({city.zone for city in world.CITIES}))
"""The time zones members may live in, of which `sample_cohort` asks the week for offsets."""

_TOPICS = tuple(world.TOPICS)
_INTERESTS = tuple(world.INTERESTS)
_TRAININGS = tuple(world.TRAININGS)
_REQUIRED_TRAININGS = tuple(world.REQUIRED_TRAININGS)
_ACCESS_NEEDS = tuple(world.ACCESS_NEEDS)
_MODE_SETS = tuple(frozenset(Mode(mode) for mode in modes) for modes in world.MODE_WEIGHTS)
_GENDERS = (*Gender, None)
_Option = TypeVar("_Option")
_SCOPES = (ClearanceScope.ADULTS, ClearanceScope.IN_PERSON)


@dataclass(frozen=True, slots=True)
class Community:
    """Sample members: seekers first, supporters last, those who are both between them."""

    profiles: tuple[Profile, ...]

    @property
    def zones(self) -> tuple[str, ...]:
        """The time zones members live in, sorted."""
        return tuple(sorted({profile.timezone for profile in self.profiles}))


def generate(*, seed: int, seekers: int, supporters: int, today: date, shape: Shape | None = None) -> Community:
    """Make a sample community.

    Parameters
    ----------
    seed : int
        At least 0; another seed, another community.
    seekers, supporters : int
        Members on each side; those who are both count on both.
    today : date
        What waiting, consent and clearances are counted from.
    shape : Shape, optional
        Minors, branches, languages kept apart, and so on.

    Returns
    -------
    Community
        Profiles that pass every check of the service, with ids like ``m-7f3a09c51b2e``.
    """
    crowd = draw(seed=seed, seekers=seekers, supporters=supporters, shape=shape)
    asked = _seeker_sides(crowd, today)
    offered = _supporter_sides(crowd, today)
    before = crowd.seekers - crowd.both
    members = _Members(crowd, today)
    return Community(
        tuple(
            members.profile(
                row,
                seeker=asked[row] if row < crowd.seekers else None,
                supporter=offered[row - before] if row >= before else None,
            )
            for row in range(len(crowd.members.numbers))
        )
    )


def sample_cohort(
    *,
    seed: int,
    seekers: int,
    supporters: int,
    week: Week,
    shape: Shape | None = None,
    policy: Policy = DEFAULT_POLICY,
) -> Cohort:
    """Give the cohort of a sample community without making profiles: `generate`, then `Cohort.from_profiles`.

    A million seekers and half a million supporters take about half a minute and 2 GB. `week` needs offsets for `ZONES`
    and counts dates from its planning day.
    """
    crowd = draw(seed=seed, seekers=seekers, supporters=supporters, shape=shape)
    return Cohort.from_arrays(crowd_arrays(crowd, week.today), week=week, policy=policy)


class _Members:
    """The shared columns as Python lists, read one row at a time."""

    def __init__(self, crowd: Crowd, today: date) -> None:
        self._ids = crowd.member_ids()
        self._columns = {name: getattr(crowd.members, name).tolist() for name in MemberColumns.__slots__}
        self._today = today
        self._has_sites = crowd.sites > 0

    def profile(self, row: int, *, seeker: SeekerSide | None, supporter: SupporterSide | None) -> Profile:
        at = {name: column[row] for name, column in self._columns.items()}
        is_minor = at["ages"] < FIRST_ADULT
        modes = _MODE_SETS[at["modes"]]
        consented = self._today - timedelta(days=at["consent_days"])
        return Profile(
            member_id=self._ids[row],
            languages=tuple(LANGUAGES[index] for index in at["languages"] if index != NO_LANGUAGE),
            timezone=world.CITIES[at["cities"]].zone,
            availability=_windows(at["habit_days"], at["habit_starts"], at["habit_ends"]),
            modes=modes,
            pace=tuple(Pace)[at["paces"]],
            age_band=tuple(AgeBand)[at["ages"]],
            preferred_age_bands=_of_bits(at["age_wishes"], tuple(AgeBand)),
            age_band_confirmed_on=consented if is_minor else None,
            gender=_GENDERS[at["genders"]],
            gender_preference=_of_bits(at["gender_wishes"], tuple(Gender)),
            interests=_of_bits(at["interests"], _INTERESTS),
            avoid_topics=_of_bits(at["boundaries"], _TOPICS),
            access=_of_bits(at["access"], _ACCESS_NEEDS) if Mode.IN_PERSON in modes else frozenset(),
            location=_location(at) if Mode.IN_PERSON in modes else None,
            labels=_labels(at["sites"]) if self._has_sites else {},
            status=MemberStatus.PAUSED if at["is_paused"] else MemberStatus.ACTIVE,
            paused_until=self._today + timedelta(days=28) if at["is_paused"] else None,
            consent=Consent(
                matching=at["has_consent"],
                given_at=datetime.combine(consented, time(), UTC) - timedelta(minutes=at["consent_minutes"]),
                given_by=ConsentGiver.GUARDIAN if is_minor else ConsentGiver.MEMBER,
                text_version="2026-01",
            ),
            seeker=seeker,
            supporter=supporter,
        )


def _location(at: dict[str, int]) -> Location:
    return Location(at["latitudes"] / 100, at["longitudes"] / 100, float(at["radii"]))


def _labels(site: int) -> dict[str, LabelValue]:
    return {"site": site_name(site)}


def _windows(days: Sequence[int], starts: Sequence[int], ends: Sequence[int]) -> tuple[Window, ...]:
    return tuple(
        Window(day, start, end)
        for kept, start, end in zip(days, starts, ends, strict=True)
        for bit, day in enumerate(Day)
        if kept >> bit & 1
    )


def _seeker_sides(crowd: Crowd, today: date) -> list[SeekerSide]:
    asked = crowd.asked
    is_adult = (crowd.members.ages[: crowd.seekers] >= FIRST_ADULT).tolist()
    sides = []
    for row, days in enumerate(asked.waiting_days.tolist()):
        since = today - timedelta(days=days)
        first, second, third = asked.answers[row].tolist()
        is_answered = is_adult[row] and first > 0
        sides.append(
            SeekerSide(
                topics=_of_bits(int(asked.topics[row]), _TOPICS),
                session_minutes=int(asked.sessions[row]),
                required_training=_of_bits(int(asked.required_training[row]), _REQUIRED_TRAININGS),
                waiting_since=since,
                measures=Measures(since, (first, second, third)) if is_answered else None,
            )
        )
    return sides


def _supporter_sides(crowd: Crowd, today: date) -> list[SupporterSide]:
    offered = crowd.offered
    sides = []
    for row in range(crowd.supporters):
        scope = frozenset(_SCOPES[: int(offered.clearance_scopes[row])])
        until = today + timedelta(days=int(offered.clearance_days[row]))
        sides.append(
            SupporterSide(
                topics=_of_bits(int(offered.topics[row]), _TOPICS),
                training=_of_bits(int(offered.training[row]), _TRAININGS),
                capacity=int(offered.capacities[row]),
                weekly_minutes=int(offered.weekly_minutes[row]) or None,
                session_minutes=int(offered.sessions[row]),
                commitment_weeks=int(offered.commitment_weeks[row]) or None,
                clearances=(Clearance("basic", scope, until),) if scope else (),
            )
        )
    return sides


@lru_cache(maxsize=4096)
def _of_bits(bits: int, options: tuple[_Option, ...]) -> frozenset[_Option]:
    return frozenset(option for bit, option in enumerate(options) if bits >> bit & 1)
