"""What declared functions read: found in their code, and true of every one of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from matching import meeting
from matching.columns import Columns, plain_columns
from matching.factors import FACTORS
from matching.layout import LISTS_OF_SUPPORTERS, in_order
from matching.meeting import shared_modes
from matching.reads import Reads, keys_of_members, reads_of
from matching.rules import RULES
from matching.screens import parts
from tests.matching.crowds import POLICY, crowd

FUNCTIONS = {
    **{f"rule {entry.key}": entry.function for entry in RULES},
    **{f"part {n}": function for n, (_, function) in enumerate(parts())},
    **{f"factor {entry.key}": entry.function for entry in FACTORS},
}
COHORT = crowd(30, 25, seed=4, policy=POLICY)
OTHER = crowd(30, 25, seed=5, policy=POLICY)


def test_columns_are_found_in_the_function_and_in_those_it_calls():
    assert reads_of(RULES["language"].function) == Reads(("seeker_languages",), ("supporter_languages",), ())
    assert reads_of(RULES["mode"].function) == Reads(
        ("seeker_modes", "seeker_age"), ("supporter_modes", "supporter_age"), ()
    )
    assert reads_of(RULES["blocked"].function).other == ("blocked_starts", "blocked_list")
    assert reads_of(RULES["training"].function).seeker == ("required_training",)


def test_a_list_without_its_starts_tells_of_no_member():
    def half(c: Columns, i: int, j: int) -> bool:
        return c.seeker_language_list[0] == 0

    assert reads_of(half).other == ("seeker_language_list",)
    assert not reads_of(half).is_of_members


def test_names_of_functions_inside_count_too():
    def outer(c: Columns, i: int, j: int) -> bool:
        def inner(k: int) -> int:
            return c.supporter_pace[k]

        return inner(j) == 0

    assert reads_of(outer).supporter == ("supporter_pace",)


def test_what_cannot_be_followed_is_refused():
    def through_a_module(c: Columns, i: int, j: int) -> bool:
        return meeting.shared_modes(c, i, j) != 0

    called = shared_modes

    def through_its_surroundings(c: Columns, i: int, j: int) -> bool:
        return called(c, i, j) != 0

    with pytest.raises(TypeError, match="meeting"):
        reads_of(through_a_module)
    with pytest.raises(TypeError, match="around it"):
        reads_of(through_its_surroundings)


def _answers(function: Callable[..., Any], columns: Columns) -> list[Any]:
    plain = plain_columns(columns)
    return [function(plain, i, j) for i, j in product(range(30), range(25))]


def _changed_but_for(columns: Columns, kept: set[str], other: Columns) -> Columns:
    """Give columns in which everything but what is kept is somebody else's."""
    return columns._replace(
        **{
            name: getattr(other, name)
            for name in Columns._fields
            if name not in kept and not name.startswith("label") and name != "weights"
        }
    )


def lies(function: Callable[..., Any]) -> bool:
    """Tell whether a function answers by anything but what it is said to read of the two members."""
    reads = reads_of(function)
    before = _answers(function, COHORT.columns)
    kept = {*reads.seeker, *reads.supporter, *reads.other}
    if _answers(function, _changed_but_for(COHORT.columns, kept, OTHER.columns)) != before:
        return True
    # In another order, the same two people have the same answer at other row numbers.
    seekers, supporters = np.arange(30)[::-1].copy(), np.roll(np.arange(25), 7)
    moved = _answers(function, in_order(COHORT.columns, seekers, supporters))
    where = {(i, j): n for n, (i, j) in enumerate(product(range(30), range(25)))}
    return any(moved[where[a, b]] != before[where[seekers[a], supporters[b]]] for a, b in product(range(30), range(25)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_declared_function_answers_by_anything_else(name: str):
    assert not lies(FUNCTIONS[name])


def test_a_function_that_answers_by_row_numbers_is_caught():
    def by_row(c: Columns, i: int, j: int) -> bool:
        return (i + j) % 2 == 0 and c.seeker_age[i] >= 0

    def by_another_row(c: Columns, i: int, j: int) -> bool:
        return c.seeker_pace[0] == c.supporter_pace[j]

    assert lies(by_row)
    assert lies(by_another_row)


def test_a_function_that_hides_what_it_reads_is_caught():
    def hiding(c: Columns, i: int, j: int) -> bool:
        return getattr(c, "seeker_" + "modes")[i] == 1

    assert reads_of(hiding) == Reads((), (), ())
    assert lies(hiding)


@pytest.mark.parametrize("key", RULES.keys())
def test_a_rule_allows_exactly_what_all_its_parts_allow(key: str):
    rule = RULES[key]

    for cohort in (COHORT, OTHER):
        for i, j in product(range(30), range(25)):
            allowed = [part(cohort.plain, i, j) for part in rule.parts or (rule.function,)]
            assert rule.function(cohort.plain, i, j) is all(allowed)


@pytest.mark.parametrize("key", [rule.key for rule in RULES if rule.overlap])
def test_a_rule_allows_exactly_where_its_bitsets_overlap(key: str):
    rule = RULES[key]
    overlap = rule.overlap
    assert overlap is not None

    for cohort in (COHORT, OTHER):
        c = cohort.plain
        blocks = getattr(c, overlap.block_of) if overlap.block_of else [0] * 30
        for i, j in product(range(30), range(25)):
            both = getattr(c, overlap.seeker)[i] & getattr(c, overlap.supporter)[blocks[i] * 25 + j]
            assert rule.function(c, i, j) is (both != 0)


@pytest.mark.parametrize("name", LISTS_OF_SUPPORTERS)
def test_of_seekers_without_a_list_nobody_is_kept_apart(name: str):
    """What lets the scorer skip rules that read nothing but lists of supporters."""
    c = COHORT.columns
    empty = np.flatnonzero(np.diff(getattr(c, LISTS_OF_SUPPORTERS[name])) == 0)
    assert empty.size

    for _, function in parts():
        if name in reads_of(function).other:
            assert all(function(COHORT.plain, i, j) for i in empty.tolist() for j in range(25))


def test_members_are_told_apart_by_all_that_is_read_of_them():
    c = COHORT.columns

    spoken = keys_of_members(c, ("seeker_language_starts", "seeker_language_list"), 30)
    starts = keys_of_members(c, ("supporter_starts",), 25)

    assert spoken is not None
    assert starts is not None
    for i in range(30):
        listed = c.seeker_language_list[c.seeker_language_starts[i] : c.seeker_language_starts[i + 1]]
        assert [int(key[i]) for key in spoken if key[i] >= 0] == listed.tolist()
    assert len(starts) == 5 * 11
    assert [int(key[3]) for key in starts] == c.supporter_starts.reshape(5, 25, 11)[:, 3].ravel().tolist()
