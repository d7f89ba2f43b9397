"""Which arcs of a list are chosen: those worth most, and somebody's earlier pair."""

from __future__ import annotations

import numpy as np
import pytest

from matching.solvers.lists import Lists
from tests.matching.markets import market_of, problem_of, stored


def chosen_of(core, row):
    return core.supporters[core.starts[row] : core.starts[row + 1]].tolist()


@pytest.mark.parametrize("most", [1, 2, 5, 32])
@pytest.mark.parametrize("scores", [2, 50, 100_000])
@pytest.mark.parametrize("seed", range(6))
def test_the_arcs_of_most_worth_are_chosen_whatever_the_length_of_a_list(seed, scores, most):
    random = np.random.default_rng(seed)
    n, m = 12, 700
    problem = problem_of(
        random.integers(0, scores, (n, m)),
        random.random((n, m)) < np.linspace(0, 1, n)[:, None],
        random.integers(0, 3, m),
        previous=np.where(random.random(n) < 0.5, random.integers(0, m, n), -1),
    )
    market, prices = market_of(problem), random.integers(0, scores, m)

    lists = Lists.of_all(stored(problem), market)
    core = lists.choose(market, prices * market.worth.scale, most=most)

    has_place = market.places > 0
    for row in range(n):
        at = slice(problem.starts[row], problem.starts[row + 1])
        of_row = {
            int(j): int(score) - int(prices[j])
            for j, score in zip(problem.supporters[at], problem.scores[at], strict=True)
            if has_place[j]
        }
        chosen, earlier = chosen_of(core, row), int(market.worth.previous[row])
        assert len(set(chosen)) == len(chosen) == min(most, len(of_row))
        assert earlier not in of_row or earlier in chosen
        others = sorted((of_row[j] for j in of_row if j != earlier), reverse=True)
        kept = sorted((of_row[j] for j in chosen if j != earlier), reverse=True)
        assert kept == others[: len(kept)]
        words = market.worth.words_of(
            np.full(len(chosen), row),
            np.array(chosen, dtype=np.int64),
            np.array([of_row[j] + int(prices[j]) for j in chosen], dtype=np.int64),
        )
        assert core.weights[core.starts[row] : core.starts[row + 1]].tolist() == words.tolist()
