"""Random cohorts for tests: wide enough that every rule forbids and allows, and every factor earns and does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from matching.cohort import Cohort
from matching.policy import LabelFactor, LabelField, LabelOp, LabelRule, LabelType, Policy
from matching.profile import (
    SESSION_MINUTES,
    AgeBand,
    Apart,
    Clearance,
    ClearanceScope,
    Day,
    Gender,
    Location,
    Mode,
    Pace,
    Profile,
    Window,
)
from tests.matching.people import WEEK, cohort_of, seeker, supporter

POLICY = Policy(
    accepts_minors=True,
    weights={"age_closeness": 333, "distance": 1_000_000},
    clearances={ClearanceScope.ADULTS: ("basic",), ClearanceScope.IN_PERSON: ("visit",)},
    labels=(
        LabelField("site", LabelType.STRING),
        LabelField("level", LabelType.INTEGER),
        LabelField("groups", LabelType.LIST),
    ),
    label_rules=(
        LabelRule("another_site", "site", LabelOp.DIFFERENT, "the same site"),
        LabelRule("not_far_above", "level", LabelOp.GAP, "a wide gap", (-2, -1, 0, 1, 2)),
    ),
    label_factors=(
        LabelFactor("same_level", "level", LabelOp.EQUAL, -50),
        LabelFactor("shared_groups", "groups", LabelOp.OVERLAP, 70),
        LabelFactor("steps", "level", LabelOp.GAP, table=((1, 9), (2, 12), (-1, -40_000))),
    ),
    minimum_score=-3000,
)

LANGUAGES = ("en", "en-GB", "pl", "de", "zh-Hant", "zh", "ar", "uk")
TERMS = [f"term{n}" for n in range(100)]
"""More than fit one word of a bitset."""


def crowd(n: int, m: int, *, seed: int, policy: Policy = POLICY) -> Cohort:
    """Make n seekers and m supporters, the last three of them seekers too, with some pairs kept apart."""
    random = Random(seed)
    seekers = [seeker(f"seeker{k}", **_seeker(random)) for k in range(n - 3)]
    supporters = [supporter(f"supporter{k}", **_supporter(random)) for k in range(m)]
    both = [replace(one, seeker=seeker(**_seeker(random)).seeker) for one in supporters[:3]]
    apart = {
        (random.choice(seekers).member_id, random.choice(supporters).member_id): random.choice(list(Apart))
        for _ in range(n * m // 8)
    }
    cohort = cohort_of(*seekers, *both, *supporters[3:], policy=policy, apart=apart)
    assert (len(cohort.seekers), len(cohort.supporters)) == (n, m), cohort.left_out
    return cohort


def profiles_of(cohort: Cohort) -> list[Profile]:
    """Each member once."""
    return list({profile.member_id: profile for profile in (*cohort.seekers, *cohort.supporters)}.values())


def _some(random: Random, choices: Any, least: int, most: int) -> frozenset[Any]:
    return frozenset(random.sample(list(choices), random.randint(least, most)))


def _shared(random: Random) -> dict[str, Any]:
    """Most wishes are rare, so that pairs reach the last rules and the factors."""
    start = random.randrange(0, 20) * 60
    return {
        "languages": tuple(random.sample(LANGUAGES, random.randint(1, 3))),
        "timezone": random.choice(list(WEEK.offsets)),
        "availability": (
            Window(Day.SAT, 0, 0),
            Window(random.choice(list(Day)), start, start + random.choice((120, 240))),
        )
        if random.random() < 0.7
        else (Window(Day.SUN, start, start + 120),),
        "modes": _some(random, Mode, 1, 2) if random.random() < 0.5 else frozenset({Mode.IN_PERSON}),
        "age_band": random.choice([*AgeBand, AgeBand.AGE_25_34, AgeBand.AGE_35_44]),
        "pace": random.choice(list(Pace)),
        "gender": random.choice([None, *Gender]),
        "gender_preference": _some(random, Gender, 1, 3) if random.random() < 0.2 else frozenset(),
        "preferred_age_bands": _some(random, AgeBand, 4, 8) if random.random() < 0.2 else frozenset(),
        "interests": _some(random, TERMS[:70], 0, 20),
        "avoid_topics": _some(random, TERMS, 0, 2),
        "access": _some(random, ("step_free", "quiet"), 0, 1),
        "location": random.choice(
            (None, Location(round(random.uniform(50, 52), 2), round(random.uniform(0, 2), 2), random.choice((50, 300))))
        ),
        "labels": {
            name: value
            for name, value in (
                ("site", random.choice(("north", "south", "east"))),
                ("level", random.randint(1, 4)),
                ("groups", tuple(random.sample(TERMS, 20))),
            )
            if random.random() < 0.95
        },
    }


def _seeker(random: Random) -> dict[str, Any]:
    return {
        **_shared(random),
        "topics": _some(random, TERMS, 0, 5),
        "session_minutes": random.choice(SESSION_MINUTES),
        "required_training": frozenset({"listening"}) if random.random() < 0.3 else frozenset(),
    }


def _supporter(random: Random) -> dict[str, Any]:
    return {
        **_shared(random),
        "topics": _some(random, TERMS, 5, 20),
        "session_minutes": random.choice(SESSION_MINUTES),
        "weekly_minutes": random.choice((None, 360)),
        "training": _some(random, ("listening", "debt"), 0, 2),
        "clearances": tuple(
            Clearance(kind, frozenset({scope}), random.choice((None, date(2027, 1, 1), date(2026, 1, 1))))
            for kind, scope in (("basic", ClearanceScope.ADULTS), ("visit", ClearanceScope.IN_PERSON))
            if random.random() < 0.9
        ),
    }
