from __future__ import annotations

import pytest

from matching.factors import FACTORS
from service.console.people import people_of
from service.console.reasons import FactorLine, sentence_of
from service.times import JointTime

PEOPLE = people_of("s-1", "p-1")
SUPPORTER = PEOPLE[1].alias
TIMES = (JointTime("Monday", "18:00–20:00", ""), JointTime("Saturday", "10:00–12:00", ""))


def _line(key: str, *evidence: str) -> FactorLine:
    factor = FACTORS[key]
    return FactorLine(factor.key, factor.title, 100, factor.weight, evidence, factor.phrase)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (_line("topics", "new_parent"), f"{SUPPORTER} has lived experience of new parent."),
        (
            _line("availability", "Mon 18:00–20:00 UTC"),
            "Both are free on Monday 18:00–20:00 and at 1 other time in the week.",
        ),
        (_line("pace", "fortnightly"), "They would like to meet every two weeks."),
        (_line("interests", "a", "b", "c", "d", "e", "f"), "Both like a, b, c, d and 2 more."),
        (_line("language_preference", "pl"), "Both speak Polish."),
        (_line("distance", "about 7 km apart"), "They live about 7 km apart."),
    ],
)
def test_evidence_becomes_a_sentence(line: FactorLine, sentence: str) -> None:
    assert sentence_of(line, PEOPLE, TIMES) == sentence


def test_a_platforms_own_factor_is_said_in_its_own_phrase() -> None:
    line = FactorLine("level_gap", "Level", 12, 12, ("2",), "are {evidence} apart in level")

    assert sentence_of(line, PEOPLE, ()) == "They are 2 apart in level."


@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.key)
def test_every_declared_factor_makes_a_sentence(factor: object) -> None:
    line = _line(factor.key, "something")  # type: ignore[attr-defined]

    sentence = sentence_of(line, PEOPLE, ())

    assert sentence[0].isupper()
    assert sentence.endswith("something.")
