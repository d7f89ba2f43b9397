"""Random members of every kind, for holding the cohort against the slow reading: who may take part, and who may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from matching.policy import LabelFactor, LabelField, LabelOp, LabelRule, LabelType, Policy, PriorityWeights
from matching.profile import (
    SESSION_MINUTES,
    AgeBand,
    Apart,
    Clearance,
    ClearanceScope,
    Consent,
    ConsentGiver,
    Day,
    Gender,
    Location,
    Measures,
    MemberStatus,
    Mode,
    Pace,
    Profile,
    SeekerSide,
    Standing,
    SupporterSide,
    Window,
)
from matching.week import Week
from tests.matching.people import TODAY, ordinary

WEEK = Week(
    TODAY,
    {
        "UTC": ((0, 0),),
        "Etc/UTC": ((0, 0),),
        "Europe/Berlin": ((0, 60),),
        "Asia/Kathmandu": ((0, 345),),
        "Asia/Odd": ((0, 37),),
        "Pacific/Auckland": ((0, 780),),
        # Clocks that change within the week, forwards and back.
        "Spring": ((0, -300), (584, -240)),
        "Autumn": ((0, 660), (300, 600), (301, 630)),
    },
)

POLICIES = (
    Policy(),
    Policy(
        accepts_minors=True,
        clearances={ClearanceScope.ADULTS: ("basic", "visit"), ClearanceScope.MINORS: ("enhanced",)},
        priority=PriorityWeights(3, 5, 7, 11),
        labels=(
            LabelField("site", LabelType.STRING),
            LabelField("level", LabelType.INTEGER),
            LabelField("groups", LabelType.LIST),
            LabelField("hobbies", LabelType.LIST),
            LabelField("unused", LabelType.LIST),
        ),
        label_rules=(
            LabelRule("sites", "site", LabelOp.DIFFERENT, "the same site"),
            LabelRule("levels", "level", LabelOp.GAP, "a wide gap", (-1, 0, 1)),
        ),
        label_factors=(
            LabelFactor("same_level", "level", LabelOp.EQUAL, 50),
            LabelFactor("groups", "groups", LabelOp.OVERLAP, 70),
            LabelFactor("hobbies", "hobbies", LabelOp.OVERLAP, 7),
            LabelFactor("same_site", "site", LabelOp.EQUAL, 5),
        ),
    ),
)

LANGUAGES = ("en", "en-GB", "en-US", "pl", "zh", "zh-Hant", "zh-TW", "iw", "he", "ar-arb")
TERMS = [f"term{n:02}" for n in range(90)]
LABELS: dict[str, tuple[Any, ...]] = {
    "site": ("north", "south", 4, ("north",)),
    "level": (0, 1, -3, 2**53, 2**53 + 1, "1", True),
    "groups": ((), ("a",), ("b", "a", "b"), tuple(TERMS), "a"),
    "hobbies": (("a",), ("chess", "a")),
    "undeclared": ("x",),
}


def anybody(random: Random, number: int) -> Profile:
    """Make a member; about half could take part."""
    member = replace(
        ordinary(f"member-{number}"),
        languages=tuple(random.sample(LANGUAGES, random.randint(1, 4))),
        timezone=random.choice(list(WEEK.offsets)),
        availability=tuple(_window(random) for _ in range(random.choice((0, 1, 2, 5)))),
        modes=_some(random, Mode, 1, 4),
        age_band=random.choice(list(AgeBand)),
        pace=random.choice(list(Pace)),
        gender=random.choice([None, *Gender]),
        gender_preference=_some(random, Gender, 0, 3),
        preferred_age_bands=_some(random, AgeBand, 0, 9),
        age_band_confirmed_on=random.choice((None, *(TODAY - timedelta(days=days) for days in (3, 364, 365)))),
        interests=_some(random, TERMS, 0, 9),
        avoid_topics=_some(random, TERMS, 0, 2),
        access=_some(random, ("step_free", "quiet"), 0, 2),
        location=_location(random),
        labels={name: random.choice(values) for name, values in LABELS.items() if random.random() < 0.9},
        status=MemberStatus.PAUSED if random.random() < 0.2 else MemberStatus.ACTIVE,
        paused_until=random.choice((None, TODAY, TODAY + timedelta(days=1))),
        consent=Consent(random.random() < 0.9, ordinary("").consent.given_at, random.choice(list(ConsentGiver))),
    )
    roles = random.choice(({"seeker"}, {"supporter"}, {"seeker", "supporter"}))
    return replace(
        member,
        seeker=_seeker(random) if "seeker" in roles else None,
        supporter=_supporter(random) if "supporter" in roles else None,
    )


def standing(random: Random) -> Standing:
    """Make what the service may know of a member."""
    return Standing(
        waiting_since=random.choice((None, TODAY - timedelta(days=random.randint(-9, 99)))),
        is_on_hold=random.random() < 0.1,
        is_recovering=random.random() < 0.1,
        has_supporter=random.random() < 0.1,
        held_matches=random.randint(0, 2),
        held_quarter_minutes=random.choice((0, 60, 480)),
        lost_supporter=random.random() < 0.3,
        boost=random.choice((0, -1, 7, 52, 99)),
    )


def kept_apart(random: Random, members: int) -> dict[tuple[str, str], Apart]:
    """Make pairs of members, known and unknown, who must not meet."""
    pairs = {(f"member-{random.randrange(members + 3)}", f"member-{random.randrange(members)}") for _ in range(members)}
    return {pair: random.choice(list(Apart)) for pair in sorted(pairs)}


def _some(random: Random, choices: Any, least: int, most: int) -> frozenset[Any]:
    return frozenset(random.sample(list(choices), random.randint(least, most)))


def _window(random: Random) -> Window:
    """Any minute, across midnight, a whole day, and too short for a slot."""
    start = random.choice((0, random.randrange(1441), 15 * random.randrange(97)))
    end = random.choice(
        (0, 1440, start, random.randrange(1441), min(start + random.randint(1, 14), 1440), 15 * random.randrange(97))
    )
    return Window(random.choice(list(Day)), start, end)


def _location(random: Random) -> Location | None:
    latitude, longitude = random.uniform(-90, 90), random.uniform(-180, 180)
    return random.choice((None, Location(latitude, longitude, random.choice((0.0, 0.1, 5, 40.5, 1000, 30_000)))))


def _seeker(random: Random) -> SeekerSide:
    answers = (random.randint(1, 3), random.randint(1, 3), random.randint(1, 3))
    return SeekerSide(
        topics=_some(random, TERMS, 0, 5),
        session_minutes=random.choice(SESSION_MINUTES),
        required_training=_some(random, ("listening", "debt", "grief"), 0, 1),
        waiting_since=random.choice((None, TODAY - timedelta(days=random.randint(-9, 99)))),
        measures=random.choice((None, Measures(TODAY), Measures(TODAY, answers))),
    )


def _supporter(random: Random) -> SupporterSide:
    return SupporterSide(
        topics=_some(random, TERMS, 0, 20),
        training=_some(random, ("listening", "debt", "first_aid"), 0, 2),
        capacity=random.randint(0, 4),
        weekly_minutes=random.choice((None, 0, 15, 60, 360)),
        session_minutes=random.choice(SESSION_MINUTES),
        clearances=tuple(
            Clearance(kind, _some(random, ClearanceScope, 1, 3), random.choice((None, TODAY, date(2026, 1, 1))))
            for kind in ("basic", "visit", "basic", "enhanced")
            if random.random() < 0.7
        ),
    )
