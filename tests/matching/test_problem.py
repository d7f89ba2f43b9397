"""Validation of everything `assign` takes, and the order that makes the input's order irrelevant."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from matching.errors import BoundError, ScoreError
from matching.keys import key_of
from matching.problem import read_problem
from tests.matching.instances import sparse

SCORES = sparse({(0, 0): 5, (0, 1): 6, (1, 1): 7, (2, 0): 8}, (3, 2))


@pytest.mark.parametrize("make", [list, tuple, np.array, lambda values: np.array(values, dtype=np.uint8)])
def test_integer_sequences_of_any_kind_are_read(make):
    problem = read_problem(SCORES, make([2, 0]), make([3, 1, 2]), make([1, 0, 1]))

    assert problem.capacity.tolist() == [2, 0]
    assert problem.priority.tolist() == [3, 1, 2]
    assert problem.previous.tolist() == [1, 0, 1]
    assert problem.capacity.dtype == problem.priority.dtype == problem.previous.dtype == np.int64


def test_a_range_is_an_integer_sequence():
    assert read_problem(SCORES, range(2)).capacity.tolist() == [0, 1]


def test_defaults_are_one_place_equal_priority_and_no_earlier_pairs():
    problem = read_problem(SCORES)

    assert problem.capacity.tolist() == [1, 1]
    assert problem.priority.tolist() == [1, 1, 1]
    assert problem.previous.tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    "capacity",
    [
        [1.0, 1.0],
        np.ones(2),
        [True, 1],
        np.array([True, False]),
        [1, None],
        ["1", "1"],
        "11",
        np.array([1, 1], dtype=object),
        {0: 1, 1: 1},
        {1, 2},
        2,
        np.int64(2),
        [1],
        [1, 1, 1],
        [[1, 1]],
        [-1, 1],
        [float("nan"), 1],
        [2**63, 1],
        np.array([2**63, 1], dtype=np.uint64),
        np.ma.masked_array([1, 1], mask=[True, False]),
    ],
    ids=repr,
)
def test_a_bad_capacity_is_refused_by_name(capacity):
    with pytest.raises(ScoreError) as refusal:
        read_problem(SCORES, capacity)

    assert refusal.value.field == "capacity"


@pytest.mark.parametrize("priority", [[0, 1, 1], [-1, 1, 1], [1, 1], [1.0, 1, 1]], ids=repr)
def test_a_bad_priority_is_refused_by_name(priority):
    with pytest.raises(ScoreError) as refusal:
        read_problem(SCORES, priority=priority)

    assert refusal.value.field == "priority"


@pytest.mark.parametrize("previous", [[-2, 0, 0], [2, 0, 0], [0, 0], [0.0, 0, 0]], ids=repr)
def test_a_bad_previous_is_refused_by_name(previous):
    with pytest.raises(ScoreError) as refusal:
        read_problem(SCORES, previous=previous)

    assert refusal.value.field == "previous"


@pytest.mark.parametrize("margin", [-1, 1.5, True, None, "1"])
def test_a_bad_keep_margin_is_refused_by_name(margin):
    with pytest.raises(ScoreError) as refusal:
        read_problem(SCORES, keep_margin=margin)

    assert refusal.value.field == "keep_margin"


@pytest.mark.parametrize("objective", ["fair", "COVERAGE", "", None, 1, ["score"]])
def test_an_unknown_objective_is_refused_with_the_ones_there_are(objective):
    with pytest.raises(ScoreError, match="allowed: coverage, score, stable") as refusal:
        read_problem(SCORES, objective=objective)

    assert refusal.value.field == "objective"


@pytest.mark.parametrize(
    "keys",
    [
        [1, 2, 3],
        ([1, 2], [1, 2]),
        ([1, 2, 3], [1]),
        ([1, 1, 2], [1, 2]),
        ([1, 2, 3], [4, 4]),
        ([-1, 2, 3], [1, 2]),
        ([2**64, 2, 3], [1, 2]),
        ([1.0, 2, 3], [1, 2]),
        ([True, 2, 3], [1, 2]),
        (["a", "b", "a"], ["x", "y"]),
        (["a", "b", 3], ["x", "y"]),
        (["a", "b", "\ud800"], ["x", "y"]),
        ("abc", "xy"),
        "ab",
        5,
    ],
    ids=ascii,
)
def test_bad_keys_are_refused_by_name(keys):
    with pytest.raises(ScoreError) as refusal:
        read_problem(SCORES, keys=keys)

    assert refusal.value.field == "keys"


def test_ids_are_hashed_to_keys():
    problem = read_problem(SCORES, keys=(["ann", "ben", "cat"], np.array(["x", "y"])))

    assert sorted(problem.seeker_keys.tolist()) == sorted(map(key_of, ["ann", "ben", "cat"]))
    assert sorted(problem.supporter_keys.tolist()) == sorted(map(key_of, ["x", "y"]))


def test_both_sides_are_sorted_by_key():
    problem = read_problem(SCORES, [4, 5], [1, 2, 3], [1, -1, 0], keys=([30, 10, 20], [2**64 - 1, 0]))

    assert problem.seeker_keys.tolist() == [10, 20, 30]
    assert problem.supporter_keys.tolist() == [0, 2**64 - 1]
    assert problem.capacity.tolist() == [5, 4]
    assert problem.priority.tolist() == [2, 3, 1]
    assert problem.previous.tolist() == [-1, 1, 0]
    entries = zip(problem.seekers.tolist(), problem.supporters.tolist(), problem.scores.tolist(), strict=True)
    assert list(entries) == [(0, 0, 7), (1, 1, 8), (2, 0, 6), (2, 1, 5)]
    assert problem.starts.tolist() == [0, 1, 2, 4]


def test_a_matching_is_translated_there_and_back():
    problem = read_problem(SCORES, keys=([30, 10, 20], [9, 0]))
    callers = np.array([1, -1, 0])

    sorted_ = problem.from_caller_order(callers)

    assert sorted_.tolist() == [-1, 1, 0]
    assert problem.to_caller_order(sorted_).tolist() == callers.tolist()


@pytest.mark.parametrize("shape", [(0, 0), (0, 2), (2, 0)])
def test_empty_sides_are_valid(shape):
    problem = read_problem(csr_array(shape, dtype=np.int64), [1] * shape[1], [1] * shape[0], [-1] * shape[0])

    assert problem.shape == shape


def test_what_does_not_fit_64_bits_is_a_bound_error():
    with pytest.raises(BoundError):
        read_problem(SCORES, priority=[2**63, 1, 1])
