"""Bitsets of many rows at once say what one integer a row says, however the rows fall into blocks."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest

from matching import bitsets, crowd_arrays, week_arrays
from matching.bitsets import bitset, bitset_of_lists, members_of, runs_of, unions
from matching.community import ZONES, sample_cohort
from matching.terms import starts_of
from matching.week import Week
from tests.matching.people import TODAY

WORLD = Week(TODAY, {zone: ((0, 0),) for zone in ZONES})


def lists(seed: int, rows: int, bits: int) -> list[list[int]]:
    random = Random(seed)
    return [random.choices(range(bits), k=random.choice((0, 0, 1, 5))) for _ in range(rows)]


def compressed(rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    return starts_of([len(row) for row in rows]), np.array([number for row in rows for number in row], dtype=np.int64)


@pytest.mark.parametrize("block_bits", [1, 300, 1 << 24])
@pytest.mark.parametrize("bits", [1, 64, 65, 200])
def test_lists_become_bits(bits: int, block_bits: int, monkeypatch):
    monkeypatch.setattr(bitsets, "BLOCK_BITS", block_bits)
    rows = lists(bits, 50, bits)

    made = bitset_of_lists(*compressed(rows), bits)

    expected = bitset((sum(1 << number for number in set(row)) for row in rows), bits)
    assert made.tolist() == expected.tolist()
    assert made.dtype == np.uint64
    assert made.shape == (50, -(-bits // 64))


@pytest.mark.parametrize("block_bits", [1, 300, 1 << 24])
def test_unions_are_of_the_rows_named(block_bits: int, monkeypatch):
    monkeypatch.setattr(bitsets, "BLOCK_BITS", block_bits)
    table = [Random(n).getrandbits(100) for n in range(9)]
    rows = lists(1, 50, 9)

    made = unions(bitset(table, 100), *compressed(rows))

    expected = []
    for row in rows:
        union = 0
        for number in row:
            union |= table[number]
        expected.append(union)
    assert made.tolist() == bitset(expected, 100).tolist()


def test_no_rows_and_no_bits_are_a_bitset_too():
    assert bitset_of_lists(starts_of([]), starts_of([])[:0], 0).shape == (0, 1)
    assert bitset_of_lists(starts_of([0, 0]), starts_of([])[:0], 0).tolist() == [[0], [0]]
    assert unions(bitset([], 100), starts_of([0, 0]), starts_of([])[:0]).tolist() == [[0, 0], [0, 0]]


def test_blocks_of_members_change_nothing(monkeypatch):
    size = {"seed": 3, "seekers": 90, "supporters": 60, "week": WORLD}
    whole = sample_cohort(**size)
    monkeypatch.setattr(bitsets, "BLOCK_BITS", 1000)
    monkeypatch.setattr(week_arrays, "BLOCK_ROWS", 7)
    monkeypatch.setattr(crowd_arrays, "BLOCK_ROWS", 7)

    parts = sample_cohort(**size)

    for name, column in whole.columns._asdict().items():
        assert np.array_equal(column, getattr(parts.columns, name)), name


def test_members_and_runs_of_a_set_are_read_off_its_bits():
    rng = np.random.default_rng(5)
    for _ in range(300):
        is_set = rng.random(int(rng.integers(1, 700))) < rng.random()
        bits = sum(1 << number for number in np.flatnonzero(is_set).tolist())
        members = [number for number in range(700) if bits >> number & 1]
        runs = runs_of(bits)

        assert members_of(bits) == members
        assert [number for first, last in runs for number in range(first, last + 1)] == members
        assert all(before[1] + 1 < after[0] for before, after in pairwise(runs))
