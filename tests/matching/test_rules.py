"""Every hard rule, held to its hand-computed table."""

from __future__ import annotations

import pytest

from matching.columns import (
    ADULTS_SCOPE,
    AGE_INDEX,
    IN_PERSON,
    IN_PERSON_SCOPE,
    LAST_MINOR_AGE,
    MINORS_SCOPE,
    MODE_BITS,
    SCOPE_BITS,
)
from matching.profile import AgeBand, Apart, ClearanceScope, Gender, Location, Mode
from matching.rules import RULES
from tests.matching.people import cohort_of, seeker, supporter
from tests.matching.tables import RULE_TABLES, Case

ROWS = [pytest.param(key, case, id=f"{key}: {case.name}") for key, cases in RULE_TABLES.items() for case in cases]


@pytest.mark.parametrize(("key", "case"), ROWS)
def test_rule_answers_as_worked_out_by_hand(key: str, case: Case):
    assert RULES[key].function(*case.pair) is case.expected


def test_rules_are_checked_in_the_published_order():
    assert RULES.keys() == (
        "language",
        "mode",
        "joint_start",
        "age_groups",
        "gender",
        "preferred_ages",
        "boundaries",
        "training",
        "clearances",
        "access",
        "distance",
        "place_cost",
        "blocked",
        "same_person",
        "resting",
    )


def test_every_rule_has_a_table_that_allows_and_forbids():
    assert set(RULE_TABLES) == set(RULES.keys())
    for key, cases in RULE_TABLES.items():
        assert {case.expected for case in cases} == {True, False}, key


def test_reasons_blame_nobody():
    blame = {"you", "failed", "refused", "rejected", "wrong", "bad", "not enough", "unsuitable", "lacks"}
    for rule in RULES:
        assert rule.title
        assert rule.reason
        assert not blame & set(rule.reason.split()), rule.key


SYMMETRIC = [
    ("language", {"languages": ("pl", "en")}, {"languages": ("de", "pl")}),
    ("language", {"languages": ("pl",)}, {"languages": ("de",)}),
    ("mode", {"modes": frozenset({Mode.TEXT})}, {"modes": frozenset({Mode.VOICE, Mode.TEXT})}),
    ("age_groups", {"age_band": AgeBand.AGE_16_17}, {"age_band": AgeBand.AGE_18_24}),
    ("gender", {"gender": Gender.MAN}, {"gender_preference": frozenset({Gender.WOMAN})}),
    ("gender", {"gender": Gender.MAN}, {"gender_preference": frozenset({Gender.MAN})}),
    ("preferred_ages", {"age_band": AgeBand.AGE_75_UP}, {"preferred_age_bands": frozenset({AgeBand.AGE_18_24})}),
    ("boundaries", {"topics": frozenset({"a"})}, {"avoid_topics": frozenset({"a"})}),
    ("boundaries", {"topics": frozenset({"a"})}, {"avoid_topics": frozenset({"b"})}),
    (
        "distance",
        {"modes": frozenset({Mode.IN_PERSON}), "location": Location(50, 0, 111)},
        {"modes": frozenset({Mode.IN_PERSON}), "location": Location(51, 0, 300)},
    ),
]


@pytest.mark.parametrize(("key", "one", "other"), SYMMETRIC)
def test_a_rule_about_both_people_does_not_ask_who_is_the_seeker(key, one, other):
    forwards = cohort_of(seeker(**one), supporter(**other)).plain
    backwards = cohort_of(seeker(**other), supporter(**one)).plain

    assert RULES[key].function(forwards, 0, 0) is RULES[key].function(backwards, 0, 0)


def test_a_block_finds_its_supporter_among_many():
    supporters = [supporter(f"s{n}") for n in range(40)]
    apart = {("seeker", f"s{n}"): Apart.BLOCKED for n in range(0, 40, 3)}

    cohort = cohort_of(seeker(), *supporters, apart=apart)

    allowed = {cohort.supporter_ids[j] for j in range(40) if RULES["blocked"].function(cohort.plain, 0, j)}
    assert allowed == {f"s{n}" for n in range(40) if n % 3}


def test_constants_that_rules_read_are_those_of_the_encoding():
    assert MODE_BITS[Mode.IN_PERSON] == IN_PERSON
    assert [band for band in AgeBand if AGE_INDEX[band] <= LAST_MINOR_AGE] == [b for b in AgeBand if b.is_minor]
    assert tuple(SCOPE_BITS[scope] for scope in ClearanceScope) == (ADULTS_SCOPE, MINORS_SCOPE, IN_PERSON_SCOPE)
