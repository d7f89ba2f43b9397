"""What really matched, in words."""

from __future__ import annotations

import pytest

from matching.factors import FACTORS
from matching.profile import AgeBand, Location, Mode, Pace
from tests.matching.crowds import crowd
from tests.matching.people import cohort_of, seeker, supporter, window
from tests.matching.plain_evidence import EVIDENCE


def evidence(key: str, one: dict, other: dict) -> tuple[str, ...]:
    return FACTORS[key].evidence(cohort_of(seeker(**one), supporter(**other)), 0, 0)


def _free(*windows, **fields):
    return {"availability": tuple(window(*w) for w in windows), **fields}


def _at(latitude: float, radius: float):
    return {"modes": frozenset({Mode.IN_PERSON}), "location": Location(latitude, 0, radius)}


@pytest.mark.parametrize(
    ("key", "one", "other", "expected"),
    [
        ("topics", {"topics": frozenset("bac")}, {"topics": frozenset("cbx")}, ("b", "c")),
        ("topics", {"topics": frozenset("a")}, {"topics": frozenset("x")}, ()),
        ("topics", {}, {"topics": frozenset("x")}, ()),
        ("interests", {"interests": frozenset("ab")}, {"interests": frozenset("bx")}, ("b",)),
        ("language_preference", {"languages": ("pl", "en-GB", "de")}, {"languages": ("en", "pl")}, ("pl",)),
        ("language_preference", {"languages": ("de", "en-GB", "pl")}, {"languages": ("en", "pl")}, ("en",)),
        ("language_preference", {"languages": ("pl",)}, {"languages": ("en",)}, ()),
        ("pace", {"pace": Pace.WEEKLY}, {"pace": Pace.WEEKLY}, ("weekly",)),
        ("pace", {"pace": Pace.FLEXIBLE}, {"pace": Pace.MONTHLY}, ()),
        ("pace", {"pace": Pace.MONTHLY}, {"pace": Pace.FLEXIBLE}, ()),
        ("pace", {"pace": Pace.FLEXIBLE}, {"pace": Pace.FLEXIBLE}, ("at a flexible pace",)),
        ("pace", {"pace": Pace.WEEKLY}, {"pace": Pace.FORTNIGHTLY}, ()),
        ("age_closeness", {"age_band": AgeBand.AGE_75_UP}, {"age_band": AgeBand.AGE_65_74}, ("65-74", "75+")),
        ("age_closeness", {"age_band": AgeBand.AGE_75_UP}, {"age_band": AgeBand.AGE_75_UP}, ("75+",)),
        ("age_closeness", {"age_band": AgeBand.AGE_75_UP}, {"age_band": AgeBand.AGE_45_54}, ()),
        # One degree of latitude is 111 km.
        ("distance", _at(50, 200), _at(51, 200), ("about 111 km apart",)),
        ("distance", _at(50, 200), _at(50, 200), ("less than 1 km apart",)),
        ("distance", _at(50, 100), _at(51, 200), ()),
        ("distance", {}, _at(51, 200), ()),
        ("distance", _at(50, 200) | {"modes": frozenset({Mode.TEXT})}, _at(50, 200), ()),
        (
            "availability",
            _free(("mon", "18:00", "20:00"), ("sat", "09:00", "09:30")),
            _free(("mon", "19:00", "22:00"), ("sat", "09:00", "12:00")),
            ("Mon 19:00–20:00 UTC", "Sat 09:00–09:30 UTC"),
        ),
        (
            "availability",
            _free(("sun", "23:30", "01:00"), session_minutes=60),
            _free(("sun", "22:00", "01:00")),
            ("Sun 23:30–01:00 UTC",),
        ),
        ("availability", _free(("mon", "18:00", "18:30")), _free(("mon", "18:15", "19:00")), ()),
    ],
)
def test_evidence_names_what_matched(key, one, other, expected):
    assert evidence(key, one, other) == expected


def test_phrases_have_a_place_for_the_evidence():
    for factor in FACTORS:
        assert factor.phrase.count("{evidence}") == 1, factor.key


def test_no_evidence_without_a_share():
    cohort = crowd(40, 30, seed=6)
    for factor in FACTORS:
        for i in range(40):
            for j in range(30):
                numerator, _ = factor.function(cohort.plain, i, j)
                assert numerator > 0 or factor.evidence(cohort, i, j) == (), factor.key


@pytest.mark.parametrize("key", sorted(EVIDENCE))
def test_evidence_is_what_the_profiles_say(key):
    cohort = crowd(60, 40, seed=8)
    found = set()
    for i in range(60):
        for j in range(40):
            said = FACTORS[key].evidence(cohort, i, j)
            assert said == EVIDENCE[key](cohort, i, j)
            found.add(len(said))
    assert len(found) > 1
