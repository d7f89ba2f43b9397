"""Registries, and the primitives declared functions are written in."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest

from matching import declare
from matching.columns import PlainBitset
from matching.declare import Registry, Rule
from matching.factors import FACTORS
from matching.profile import SESSION_MINUTES
from matching.rules import RULES
from matching.week import SESSION_SLOTS


class _Patient(list[int]):
    """A list that loses patience with a search that never ends."""

    def __init__(self, numbers: list[int]) -> None:
        super().__init__(numbers)
        self.looks = 0

    def __getitem__(self, index: Any) -> Any:
        self.looks += 1
        if self.looks > 50 or index < 0:
            raise LookupError("a search that never ends")
        return super().__getitem__(index)


STARTS, OTHERS = [0, 0, 3, 4, 4, 11], [2, 5, 9, 5, 0, 1, 2, 3, 5, 8, 13]
LISTED = {1: {2, 5, 9}, 2: {5}, 4: {0, 1, 2, 3, 5, 8, 13}}


def listed_failures(function: Callable[..., Any]) -> list[str]:
    """Name the rows and numbers a membership test gets wrong."""
    wrong = []
    for i in range(5):
        for j in range(15):
            try:
                answer = function(STARTS, _Patient(OTHERS), i, j)
            except (LookupError, NameError):
                answer = None
            if answer is not (j in LISTED.get(i, ())):
                wrong.append(f"row {i}, {j}")
    return wrong


def test_a_compressed_row_finds_exactly_its_members():
    assert listed_failures(declare.listed) == []


def _plain(*rows: int) -> PlainBitset:
    words = [[row >> 64 * w & (1 << 64) - 1 for w in range(2)] for row in rows]
    return PlainBitset(np.array(words, dtype=np.uint64).reshape(-1, 2))


A = _plain(0b1011, 1 << 100 | 1 << 3, 0)
B = _plain(0b0100, 0b1010, 1 << 100 | 0b1111, 0)


def test_shares_is_true_exactly_where_a_bit_is_common():
    assert [[declare.shares(A, i, B, j) for j in range(4)] for i in range(3)] == [
        [False, True, True, False],
        [False, True, True, False],
        [False, False, False, False],
    ]


def test_shared_bits_are_counted_over_all_words():
    assert [[declare.count_shared(A, i, B, j) for j in range(4)] for i in range(3)] == [
        [0, 2, 3, 0],
        [0, 1, 2, 0],
        [0, 0, 0, 0],
    ]
    assert [declare.count(A, i) for i in range(3)] == [3, 2, 0]


def test_covers_asks_whether_the_second_has_all_of_the_first():
    assert [[declare.covers(A, i, B, j) for j in range(4)] for i in range(3)] == [
        [False, False, True, False],
        [False, False, True, False],
        [True, True, True, True],
    ]


def test_a_start_is_looked_up_in_the_block_of_its_length():
    starts = _plain(*(1 << 10 * length + j for length in range(5) for j in range(2)))
    wanted = _plain(1 << 31)

    found = [(length, j) for length in range(5) for j in range(2) if declare.shares_start(wanted, 0, starts, j, length)]

    assert found == [(3, 1)]
    assert declare.count_starts(wanted, 0, starts, 1, 3) == 1


def test_every_session_length_has_its_block():
    assert declare.SESSION_LENGTHS == len(SESSION_MINUTES) == len(SESSION_SLOTS)


def test_plain_rows_equal_the_words_they_come_from():
    random = Random(7)
    rows = [random.getrandbits(128) for _ in range(20)]

    bitset = _plain(*rows)

    assert [bitset[n] for n in reversed(range(20))] == rows[::-1]
    assert len(bitset) == 20
    with pytest.raises(IndexError):
        bitset[20]


def test_a_key_is_declared_once():
    registry: Registry[Rule] = Registry()
    one = Rule("one", "One", "a reason", lambda c, i, j: True)
    registry.add(one)

    with pytest.raises(ValueError, match="'one' twice"):
        registry.add(one)

    assert registry.keys() == ("one",)
    assert registry["one"] is one
    assert "one" in registry
    assert "two" not in registry
    assert list(registry) == [one]
    assert len(registry) == 1


def test_declaring_leaves_the_function_as_it_is():
    from matching import factors, rules

    assert RULES["language"].function is rules.language
    assert FACTORS["topics"].function is factors.topics
