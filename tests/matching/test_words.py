"""The compiled solver: the same matchings as brute force, paths and scipy, up to the bound of its numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from matching.engine import assign
from matching.errors import Cancelled
from matching.graph import Graph
from matching.objective import is_worth_more_than_waiting, values_of
from matching.problem import read_problem
from matching.solvers import words
from matching.solvers.paths import assign_by_paths
from matching.solvers.words import WORD_LIMIT, assign_by_words
from matching.verify import verify
from tests.matching.instances import random_instance, sparse


def graph_of_values(values, places):
    """A graph with one digit on every edge of a {(seeker, supporter): value}."""
    cells = sorted(values)
    seekers, supporters = (np.array([cell[side] for cell in cells]) for side in (0, 1))
    numbers = np.array([values[cell] for cell in cells], dtype=np.int64)
    n = int(seekers.max()) + 1
    return Graph(seekers, supporters, numbers[:, None], np.array(places), np.arange(n), np.arange(len(places)))


def random_graph(seed, n, m, *, density=0.3, most_value=10**6, most_places=3):
    random = np.random.default_rng(seed)
    seekers, supporters = np.nonzero(random.random((n, m)) < density)
    numbers = random.integers(1, most_value + 1, seekers.size)
    places = random.integers(1, most_places + 1, m)
    return Graph(seekers, supporters, numbers[:, None], places, np.arange(n), np.arange(m))


def total_of(graph, supporter_of):
    return int(graph.values[supporter_of[graph.seekers] == graph.supporters].sum())


def is_within_places(graph, supporter_of):
    held = np.bincount(supporter_of[supporter_of >= 0], minlength=graph.m)
    edges = set(zip(graph.seekers.tolist(), graph.supporters.tolist(), strict=True))
    pairs = {(i, j) for i, j in enumerate(supporter_of.tolist()) if j >= 0}
    return bool((held <= graph.places).all()) and pairs <= edges


@pytest.fixture
def always(monkeypatch):
    """Let the seam use the compiled solver for graphs of any size."""
    monkeypatch.setattr(words, "WORTH_COMPILING", 0)


@pytest.mark.parametrize("seed", range(2000, 2300))
@pytest.mark.usefixtures("always")
def test_everything_goes_through_it_and_still_equals_brute_force(seed):
    instance = replace(random_instance(seed), keys=None)

    result = assign(instance.array, **instance.arguments)

    assert result.certificate.primal == instance.best()[0]
    verify(instance.array, result, **instance.arguments)


@pytest.mark.parametrize("seed", range(12))
def test_it_finds_what_scipy_finds(seed):
    graph = random_graph(seed, 120, 80, most_value=(3, 10**6)[seed % 2], most_places=1 + seed % 3)

    supporter_of = assign_by_words(graph, graph.values[:, 0])

    places = np.repeat(np.arange(graph.m), graph.places)
    dense = np.zeros((graph.n, graph.m))
    dense[graph.seekers, graph.supporters] = graph.values[:, 0]
    whole = np.hstack([dense[:, places], np.zeros((graph.n, graph.n))])
    best = int(whole[linear_sum_assignment(whole, maximize=True)].sum())
    assert is_within_places(graph, supporter_of)
    assert total_of(graph, supporter_of) == best


@pytest.mark.parametrize("seed", range(8))
def test_it_finds_what_paths_find_where_supporters_are_scarce(seed):
    graph = random_graph(100 + seed, 150, 20, density=0.5, most_value=50, most_places=2)

    supporter_of = assign_by_words(graph, graph.values[:, 0])

    assert is_within_places(graph, supporter_of)
    assert total_of(graph, supporter_of) == total_of(graph, assign_by_paths(graph))


def test_values_at_the_bound_that_differ_in_the_last_bit_are_told_apart():
    most = (WORD_LIMIT - 1) // 3
    graph = graph_of_values({(0, 0): most - 1, (1, 0): most, (2, 0): most - 1, (2, 1): 1}, [1, 1])

    assert assign_by_words(graph, graph.values[:, 0]).tolist() == [-1, 0, 1]


def test_long_chains_of_rearrangements_end_where_they_should():
    # Seeker i prefers supporter i and could take i + 1; the last to enter needs supporter 0, and all move one on.
    n = 300
    values = {(i, i): 1000 for i in range(n)} | {(i, i + 1): 999 for i in range(n)} | {(n, 0): 900}
    graph = graph_of_values(values, [1] * (n + 1))

    supporter_of = assign_by_words(graph, graph.values[:, 0])

    assert supporter_of.tolist() == [*range(1, n + 1), 0]


def test_a_large_problem_is_solved_and_proven(monkeypatch):
    random = np.random.default_rng(5)
    n, m = 700, 500
    rows, columns = np.nonzero(random.random((n, m)) < 0.15)
    cells = zip(rows.tolist(), columns.tolist(), strict=True)
    scores = sparse(dict(zip(cells, random.integers(0, 10_001, rows.size).tolist(), strict=True)), (n, m))
    options = {"capacity": random.integers(0, 3, m), "priority": random.integers(1, 60, n)}
    assert rows.size > words.WORTH_COMPILING

    compiled = assign(scores, **options)
    monkeypatch.setattr(words, "WORTH_COMPILING", 10**9)
    dense = assign(scores, **options)

    verify(scores, compiled, **options)
    assert compiled.supporter_of.tolist() == dense.supporter_of.tolist()
    assert compiled.certificate.supporter_price.tolist() == dense.certificate.supporter_price.tolist()


def test_it_stops_when_asked():
    graph = random_graph(1, 10, 10)

    with pytest.raises(Cancelled):
        assign_by_words(graph, graph.values[:, 0], should_stop=lambda: True)


@pytest.mark.usefixtures("always")
def test_the_bound_sends_digits_that_do_not_fit_to_the_next_round():
    problem = read_problem(sparse({(0, 0): 2**50, (1, 0): 2**50, (1, 1): 3}, (2, 2)))
    values = values_of(problem)

    result = assign(sparse({(0, 0): 2**50, (1, 0): 2**50, (1, 1): 3}, (2, 2)))

    assert is_worth_more_than_waiting(values).all()
    assert result.supporter_of.tolist() == [0, 1]
