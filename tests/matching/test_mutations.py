"""The tables notice wrong rules, factors, label comparisons and primitives: each small change turns a row red."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from matching import declare, factors, labels, meeting, rules
from matching.factors import FACTORS
from matching.rules import RULES
from tests.matching.mutants import mutants_of
from tests.matching.tables import FACTOR_TABLES, LABEL_FACTOR, LABEL_RULE, RULE_TABLES, failures
from tests.matching.test_declare import listed_failures

SAME_MEANING = {
    ("clearances", "line 6: IN_PERSON_SCOPE -> IN_PERSON_SCOPE + 1"): "adults' scope is needed already",
    ("place_cost", "Lt -> LtE"): "no place costs nothing",
    ("place_cost", "line 5: 0 -> 1"): "no place costs nothing",
    ("language_preference", "Lt -> LtE"): "the better of two equals is either",
    ("language_preference", "line 16: 1 -> 0"): "the better of two equals is either",
    ("compared", "line 7: MISSING_LABEL -> MISSING_LABEL + 1"): "no gap of two labels either",
    ("compared", "line 12: MISSING_LABEL -> MISSING_LABEL + 1"): "no gap of two labels either",
    ("compared", "line 15: MISSING_LABEL -> MISSING_LABEL + 1"): "no gap of two labels either",
    ("listed", "line 7: 2 -> 3"): "a search may look at a third",
}
"""Changes that change no answer, and why."""


def _unnoticed(function: Callable[..., Any], is_noticed: Callable[[Callable[..., Any]], bool]) -> list[str]:
    name = function.__name__
    mutants = list(mutants_of(function))
    assert mutants
    return [what for what, mutant in mutants if (name, what) not in SAME_MEANING and not is_noticed(mutant)]


@pytest.mark.parametrize("key", RULES.keys())
def test_no_small_change_to_a_rule_goes_unnoticed(key: str):
    assert _unnoticed(RULES[key].function, lambda mutant: bool(failures(mutant, RULE_TABLES[key]))) == []


@pytest.mark.parametrize("key", FACTORS.keys())
def test_no_small_change_to_a_factor_goes_unnoticed(key: str):
    assert _unnoticed(FACTORS[key].function, lambda mutant: bool(failures(mutant, FACTOR_TABLES[key]))) == []


@pytest.mark.parametrize("key", RULES.keys())
@pytest.mark.parametrize("wrong", ["always", "never", "opposite"])
def test_no_stand_in_for_a_rule_goes_unnoticed(key: str, wrong: str):
    function = RULES[key].function
    stand_in = {
        "always": lambda c, i, j: True,
        "never": lambda c, i, j: False,
        "opposite": lambda c, i, j: not function(c, i, j),
    }[wrong]

    assert failures(stand_in, RULE_TABLES[key])


@pytest.mark.parametrize("key", FACTORS.keys())
@pytest.mark.parametrize(("more", "of"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_no_fraction_off_by_one_goes_unnoticed(key: str, more: int, of: int):
    def off(c: Any, i: int, j: int) -> tuple[int, int]:
        numerator, denominator = FACTORS[key].function(c, i, j)
        return numerator + more, denominator + of

    assert len(failures(off, FACTOR_TABLES[key])) == len(FACTOR_TABLES[key])


@pytest.mark.parametrize("primitive", declare.PRIMITIVES, ids=lambda primitive: primitive.__name__)
def test_no_small_change_to_a_primitive_goes_unnoticed(primitive: Callable[..., Any], monkeypatch: pytest.MonkeyPatch):
    modules = [m for m in (declare, meeting, labels, rules, factors) if vars(m).get(primitive.__name__) is primitive]

    def is_noticed(mutant: Callable[..., Any]) -> bool:
        with monkeypatch.context() as patch:
            for module in modules:
                patch.setattr(module, primitive.__name__, mutant)
            return any(_all_failures())

    assert _unnoticed(primitive, is_noticed) == []


def _all_failures() -> Iterator[list[str]]:
    yield listed_failures(declare.listed)
    yield failures(labels.labels_allow, LABEL_RULE)
    yield failures(labels.points_for_labels, LABEL_FACTOR)
    for registry, tables in ((RULES, RULE_TABLES), (FACTORS, FACTOR_TABLES)):
        for entry in registry:
            yield failures(entry.function, tables[entry.key])
