"""Values and verdicts about pairs: over entries, about one pair, and as the objective defines them."""

from __future__ import annotations

import numpy as np
import pytest

from matching import assign
from matching.objective import values_of
from matching.problem import read_problem
from matching.verify import _case_of_arrays
from matching.verifying.weighing import (
    SHORT,
    TIGHT,
    is_blocking,
    is_settled,
    signs_of,
    value_of,
    values_of_entries,
    weighed,
)
from tests.matching.instances import random_instance

DIGITS = [-(2**62) + 1, -5, 0, 1, 2**40 - 1, 2**61, 2**62 - 1]


@pytest.mark.parametrize("seed", range(80))
def test_values_are_those_of_the_objective(seed):
    instance = random_instance(seed)
    problem = read_problem(instance.array, **instance.arguments)
    case = _case_of_arrays(problem, assign(instance.array, **instance.arguments))
    truth = values_of(problem)

    entries = problem.seekers, problem.supporters, problem.scores
    assert values_of_entries(case.claims, *entries, truth[:, 3]).tolist() == truth.tolist()
    form = case.claims.is_score_first, case.claims.margin
    for i, j, score, tie, value in zip(*(array.tolist() for array in (*entries, truth[:, 3], truth)), strict=True):
        digit, previous = case.claims.seekers[i, 4].item(), problem.previous[i].item()
        assert value_of(digit, previous == j, (score, tie), form) == tuple(value)


def test_one_pair_is_weighed_as_many_are_without_wrapping_around():
    random = np.random.default_rng(1)
    surplus, price, value = random.choice(DIGITS, (3, 2000, 4))
    value[::3] = surplus[::3] + price[::3]
    value[1::3, :3] = surplus[1::3, :3] + price[1::3, :3]
    signs = signs_of(surplus + price, value).tolist()

    verdicts = [
        weighed(*map(tuple, each)) for each in zip(surplus.tolist(), price.tolist(), value.tolist(), strict=True)
    ]

    assert verdicts == [{-1: SHORT, 0: TIGHT, 1: 0}[sign] for sign in signs]
    assert set(signs) == {-1, 0, 1}


def test_a_pair_blocks_only_when_it_is_strictly_better_for_both():
    assert is_blocking((5, 1), (5, 0), (4, 9))
    assert not is_blocking((5, 1), (5, 1), (4, 9))
    assert not is_blocking((5, 1), (4, 9), (5, 1))


def test_a_pair_is_settled_only_when_its_best_value_and_rank_change_nothing():
    high, low, zero = (9, 9), (0, 0), (0, 0, 0, 0)

    assert is_settled((1, 5, 0, 0), zero, (1, 4, 9, 9), (4, 9), high, low)
    assert not is_settled((1, 5, 0, 0), zero, (1, 5, 0, 0), (5, 0), high, low)
    assert not is_settled((1, 5, 0, 0), zero, (1, 4, 9, 9), (9, 10), high, low)
