"""The path solver alone, on everything, whatever the size of the integers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matching.errors import Cancelled
from matching.graph import Graph
from matching.objective import is_worth_more_than_waiting, values_of
from matching.problem import read_problem
from matching.solvers import solve
from matching.solvers.paths import assign_by_paths
from tests.matching.instances import random_instance, sparse


def graph_of(scores, capacity=None, **options):
    problem = read_problem(scores, capacity, **options)
    graph = Graph.of(problem, values_of(problem))
    return graph.with_edges(is_worth_more_than_waiting(graph.values) & (graph.places[graph.supporters] > 0))


@pytest.mark.parametrize("seed", range(1000, 1250))
def test_paths_alone_find_the_best_matching(seed):
    instance = replace(random_instance(seed), keys=None)
    problem = read_problem(instance.array, **instance.arguments)
    graph = Graph.of(problem, values_of(problem))
    useful = is_worth_more_than_waiting(graph.values) & (graph.places[graph.supporters] > 0)

    supporter_of = assign_by_paths(graph.with_edges(useful))

    assert instance.worth(tuple(supporter_of.tolist())) == instance.best()[0]


def test_digits_of_sixty_bits_each_are_exact():
    huge = 2**60
    values = np.array([[huge, huge - 1], [huge, huge], [huge, huge - 2]])
    graph = graph_of(sparse({(0, 0): 1, (1, 0): 1, (2, 0): 1}, (3, 1)))

    assert assign_by_paths(replace(graph, values=values)).tolist() == [-1, 0, -1]


@pytest.mark.parametrize("seed", range(4))
def test_both_solvers_agree_on_a_community_with_plateaus(seed):
    random = np.random.default_rng(seed)
    n, m = 90, 60
    rows, columns = np.nonzero(random.random((n, m)) < 0.3)
    scores = dict(
        zip(zip(rows.tolist(), columns.tolist(), strict=True), random.integers(0, 4, rows.size).tolist(), strict=True)
    )
    graph = graph_of(sparse(scores, (n, m)), random.integers(1, 3, m), priority=random.integers(1, 4, n))

    assert assign_by_paths(graph).tolist() == solve(graph).tolist()


def test_it_stops_when_asked():
    with pytest.raises(Cancelled):
        assign_by_paths(graph_of(sparse({(0, 0): 1}, (1, 1))), should_stop=lambda: True)


def test_the_seam_stops_when_asked():
    with pytest.raises(Cancelled):
        solve(graph_of(sparse({(0, 0): 1}, (1, 1))), should_stop=lambda: True)
