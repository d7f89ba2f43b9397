"""Smallest prices: the worth of one more place, found for any best matching and refused for any other."""

from __future__ import annotations

import numpy as np
import pytest

from matching.errors import CertificateError
from matching.graph import Graph
from matching.objective import values_of
from matching.prices import smallest_prices
from matching.problem import read_problem
from tests.matching.instances import Instance, random_instance


def prices_of(instance: Instance, supporter_of):
    problem = read_problem(instance.array, **instance.arguments)
    duals = smallest_prices(
        Graph.of(problem, values_of(problem)), problem.from_caller_order(np.array(supporter_of, dtype=np.int64))
    )
    price = np.empty_like(duals.price)
    price[problem.supporter_order] = duals.price
    return [tuple(vector) for vector in price.tolist()]


@pytest.mark.parametrize("seed", range(150))
def test_a_price_is_exactly_the_worth_of_one_more_place(seed):
    instance = random_instance(seed)
    worth, supporter_of = instance.best()

    price = prices_of(instance, supporter_of)

    for supporter in range(instance.shape[1]):
        better = instance.with_place(supporter).best()[0]
        assert price[supporter] == tuple(a - b for a, b in zip(better, worth, strict=True))


def test_a_price_may_be_negative_in_a_later_digit():
    instance = Instance({(0, 0): 10, (1, 0): 4, (1, 1): -7}, (1, 0), (2, 1), (-1, -1))

    assert prices_of(instance, (0, -1))[1][:2] == (1, -7)


@pytest.mark.parametrize(
    "worse",
    [(-1, -1), (0, -1), (1, 0)],
    ids=["nobody", "one waits", "the wrong way round"],
)
def test_a_matching_that_is_not_best_has_no_prices(worse):
    instance = Instance({(0, 0): 9, (0, 1): 1, (1, 0): 1, (1, 1): 9}, (1, 1), (1, 1), (-1, -1))

    with pytest.raises(CertificateError, match="cannot price"):
        prices_of(instance, worse)


@pytest.mark.parametrize("seed", range(60))
def test_every_matching_but_the_best_is_refused(seed):
    instance = random_instance(seed, most_seekers=4, most_supporters=3)
    best = instance.best()[0]

    for matching in instance.matchings():
        if instance.worth(matching) == best:
            prices_of(instance, matching)
        else:
            with pytest.raises(CertificateError):
                prices_of(instance, matching)


def test_a_profitable_cycle_is_refused_and_does_not_go_on_for_ever():
    instance = Instance({(0, 0): 1, (0, 1): 9, (1, 0): 9, (1, 1): 1}, (1, 1), (1, 1), (-1, -1))

    with pytest.raises(CertificateError, match="worth more"):
        prices_of(instance, (0, 1))


def test_prices_climb_along_a_chain_longer_than_any_round():
    n = 40
    chain = {(i, j): 100 for i in range(n) for j in (i - 1, i) if 0 <= j < n - 1}
    instance = Instance(chain, (1,) * (n - 1), (1,) * n, (-1,) * n)
    supporter_of = tuple(i if i < n - 1 else -1 for i in range(n))
    problem = read_problem(instance.array, **instance.arguments)
    values = values_of(problem)[:, :2]

    duals = smallest_prices(Graph.of(problem, values), np.array(supporter_of))

    assert duals.price.tolist() == [[1, 100]] * (n - 1)
    assert duals.surplus.tolist() == [[0, 0]] * n
