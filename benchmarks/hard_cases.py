"""Communities that are hard on solvers, each for one reason: large in the benchmark, small with an oracle in the tests.

A case is one function from a number of seekers to a cohort and one row of `CASES`. Members come from the sample
community; a case changes only what makes it hard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.communities import BRANCHES_APART, SEED, TODAY
from matching.cohort import Cohort
from matching.community import generate
from matching.crowd import Shape
from matching.policy import Policy
from matching.profile import Day, Mode, Pace, Profile, Window
from service.weeks import week_for

Profiles = tuple[Profile, ...]
Case = Callable[[int], Cohort]

HUBS = 10
PLAIN = Policy()

PACES_ALONE = Policy(weights={"topics": 0, "availability": 0, "interests": 0, "language_preference": 0, "distance": 0})
"""Leaves the one factor that has four values."""


def scarce_places(seekers: int) -> Cohort:
    """Places for three seekers in ten, one a supporter: long searches that end with somebody waiting."""
    cohort = _sample(seekers, max(seekers * 3 // 10, 1))
    return replace(cohort, capacity=np.ones_like(cohort.capacity))


def four_scores(seekers: int) -> Cohort:
    """Scores take four values: nearly every pair ties with thousands of others."""
    return _sample(seekers, max(seekers // 2, 1), PACES_ALONE)


def ten_hubs(seekers: int) -> Cohort:
    """Everybody fits the same ten supporters and nobody else."""
    profiles = _everywhere(_draw(seekers, HUBS))
    cohort = _encode(profiles)
    return replace(cohort, capacity=np.full_like(cohort.capacity, max(seekers // 20, 1)))


def identical_profiles(seekers: int) -> Cohort:
    """One seeker and one supporter, many times over: only ties decide."""
    drawn = _everywhere(_draw(seekers, max(seekers // 2, 1)))
    first_seeker, last_supporter = drawn[0], drawn[-1]
    return _encode(
        tuple(
            replace(last_supporter if profile.supporter else first_seeker, member_id=profile.member_id)
            for profile in drawn
        )
    )


def wide_priorities(seekers: int) -> Cohort:
    """Priorities over six orders of magnitude, nearly all different, with places for three seekers in four."""
    cohort = _sample(seekers, max(seekers // 2, 1))
    spread = np.random.default_rng(SEED).random(len(cohort.priority))
    return replace(cohort, priority=np.floor(10.0 ** (6 * spread)).astype(np.int64))


def one_huge_many_tiny(seekers: int) -> Cohort:
    """One component with half of all members, and the rest in components of about six."""
    profiles = _draw(seekers, max(seekers // 2, 1))
    tiny = max(len(profiles) // 12, 1)
    # Every second member is in the one large branch; the others go round the tiny ones, so that each gets both roles.
    branches = ("branch-0" if at % 2 else f"branch-{1 + at // 2 % tiny}" for at in range(len(profiles)))
    return _encode(
        tuple(
            replace(profile, labels={"site": branch})
            for profile, branch in zip(_everywhere(profiles), branches, strict=True)
        ),
        BRANCHES_APART,
    )


CASES: dict[str, Case] = {
    "places at 30 % of demand": scarce_places,
    "four distinct scores": four_scores,
    "all fit the same ten": ten_hubs,
    "identical profiles": identical_profiles,
    "priorities over six orders of magnitude": wide_priorities,
    "one huge, thousands of tiny components": one_huge_many_tiny,
}
"""Name → case; each takes the number of seekers."""


def _draw(seekers: int, supporters: int) -> Profiles:
    shape = Shape(away=0, both=0)
    return generate(seed=SEED, seekers=seekers, supporters=supporters, today=TODAY, shape=shape).profiles


def _sample(seekers: int, supporters: int, policy: Policy = PLAIN) -> Cohort:
    return _encode(_draw(seekers, supporters), policy)


def _encode(profiles: Profiles, policy: Policy = PLAIN) -> Cohort:
    week = week_for(TODAY, {profile.timezone for profile in profiles})
    return Cohort.from_profiles(profiles, week=week, policy=policy)


def _everywhere(profiles: Profiles) -> Profiles:
    """Make everybody meet everybody: one language, always free, by text, no wishes or boundaries."""
    return tuple(_open(profile) for profile in profiles)


def _open(profile: Profile) -> Profile:
    asked = profile.seeker and replace(profile.seeker, required_training=frozenset(), session_minutes=30)
    offered = profile.supporter and replace(profile.supporter, session_minutes=30, weekly_minutes=None)
    return replace(
        profile,
        languages=("en",),
        availability=tuple(Window(day, 0, 0) for day in Day),
        modes=frozenset({Mode.TEXT}),
        pace=Pace.MONTHLY,
        preferred_age_bands=frozenset(),
        gender_preference=frozenset(),
        avoid_topics=frozenset(),
        access=frozenset(),
        location=None,
        seeker=asked,
        supporter=offered,
    )
