"""Value vectors of every objective, their bounds, and packing that keeps every comparison."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.errors import BoundError
from matching.objective import DIGIT_LIMIT, first_nonzero, is_worth_more_than_waiting, packed, packing, values_of
from matching.problem import read_problem
from tests.matching.instances import random_instance, sparse


def digits(scores, *arguments, **options):
    """The first three digits of each entry; ties have their own test."""
    return values_of(read_problem(scores, *arguments, **options))[:, :3].tolist()


def test_coverage_puts_the_dense_priority_rank_before_the_score():
    scores = sparse({(0, 0): 50, (1, 0): 60, (2, 0): -70}, (3, 1))

    assert digits(scores, None, [100, 7, 100]) == [[2, 50, 0], [1, 60, 0], [2, -70, 0]]


def test_an_open_proposal_enters_at_the_top_rank_with_its_margin_on_that_pair_only():
    scores = sparse({(0, 0): 50, (0, 1): 55, (1, 0): 60}, (2, 2))

    assert digits(scores, None, [1, 9], [0, -1], keep_margin=200) == [[2, 250, 1], [2, 55, 0], [2, 60, 0]]


def test_an_open_proposal_that_is_no_longer_feasible_gives_no_rank():
    scores = sparse({(0, 0): 50, (1, 0): 60}, (2, 2))

    assert digits(scores, None, [1, 9], [1, -1], keep_margin=200) == [[1, 50, 0], [2, 60, 0]]


def test_score_ignores_priority_and_margin():
    scores = sparse({(0, 0): 50, (1, 0): -60}, (2, 1))

    assert digits(scores, None, [1, 9], [0, -1], objective="score", keep_margin=200) == [[50, 1, 1], [-60, 1, 0]]


def test_stable_ignores_priority_and_margin_and_puts_the_pair_before_its_score():
    scores = sparse({(0, 0): 50, (1, 0): -60}, (2, 1))

    assert digits(scores, None, [1, 9], [0, -1], objective="stable", keep_margin=2**62) == [[1, 50, 1], [1, -60, 0]]


def test_stable_refuses_scores_beyond_the_bound_like_the_others():
    with pytest.raises(BoundError) as refusal:
        digits(sparse({(0, 0): 2**61, (1, 1): -(2**61)}, (2, 2)), objective="stable")

    assert refusal.value.field == "scores"


@pytest.mark.parametrize("seed", range(20))
def test_values_are_those_of_the_definition(seed):
    instance = random_instance(seed)
    problem = read_problem(instance.array, **instance.arguments)

    values = values_of(problem).tolist()

    seekers, supporters = problem.seeker_order[problem.seekers], problem.supporter_order[problem.supporters]
    cells = zip(seekers.tolist(), supporters.tolist(), strict=True)
    assert [tuple(value) for value in values] == [instance.value(*cell) for cell in cells]


def test_scores_at_the_bound_are_taken_and_beyond_it_refused():
    most = (DIGIT_LIMIT - 1) // 3

    assert digits(sparse({(0, 0): most, (1, 1): 0}, (2, 2))) == [[1, most, 0], [1, 0, 0]]
    with pytest.raises(BoundError, match="1537228672809129302") as refusal:
        digits(sparse({(0, 0): most - 1, (1, 1): -2}, (2, 2)))
    assert refusal.value.field == "scores"


def test_the_margin_counts_towards_the_bound_of_coverage_only():
    scores = sparse({(0, 0): 1}, (1, 1))

    with pytest.raises(BoundError) as refusal:
        digits(scores, keep_margin=2**62)
    assert refusal.value.field == "keep_margin"
    assert digits(scores, keep_margin=2**62, objective="score") == [[1, 1, 0]]


def test_the_smallest_and_greatest_int64_are_refused_without_wrapping_around():
    with pytest.raises(BoundError):
        digits(sparse({(0, 0): 2**63 - 1, (1, 0): -(2**63)}, (2, 1)))


def test_the_first_digit_that_is_not_zero_is_the_sign():
    vectors = np.array([[0, 0, 0], [0, -1, 5], [2, -9, -9], [0, 0, 3]])

    assert first_nonzero(vectors).tolist() == [0, -1, 2, 3]
    assert is_worth_more_than_waiting(vectors).tolist() == [False, False, True, True]


@given(
    st.lists(st.lists(st.integers(-(2**61), 2**61), min_size=3, max_size=3), min_size=1, max_size=6),
    st.lists(st.lists(st.integers(-(2**61), 2**61), min_size=3, max_size=3), min_size=1, max_size=6),
)
def test_packing_keeps_the_order_of_sums(left, right):
    values = np.array(left + right, dtype=np.int64)
    spreads = [int(max(column.max(), 0)) - int(min(column.min(), 0)) for column in values.T]

    single = packed(values, packing(spreads, 6)).tolist()

    sums = [tuple(map(sum, zip(*side, strict=True))) for side in (left, right)]
    packed_sums = sum(single[: len(left)]), sum(single[len(left) :])
    assert (sums[0] > sums[1]) == (packed_sums[0] > packed_sums[1])
    assert (sums[0] == sums[1]) == (packed_sums[0] == packed_sums[1])
