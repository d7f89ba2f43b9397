"""The valued compatibility graph and its parts."""

from __future__ import annotations

import numpy as np

from matching.graph import Graph
from matching.objective import values_of
from matching.problem import read_problem
from tests.matching.instances import sparse


def graph_of(scores, shape, capacity):
    problem = read_problem(sparse(scores, shape), capacity)
    return Graph.of(problem, values_of(problem))


def test_parts_are_the_connected_components_with_their_own_numbers():
    graph = graph_of({(0, 2): 5, (1, 0): 6, (3, 2): 7, (3, 1): 8}, (4, 4), [1, 2, 3, 4])

    parts = sorted(graph.components(), key=lambda part: part.seeker_ids.tolist())

    assert [part.seeker_ids.tolist() for part in parts] == [[0, 3], [1]]
    assert [part.supporter_ids.tolist() for part in parts] == [[1, 2], [0]]
    assert [part.places.tolist() for part in parts] == [[2, 3], [1]]
    assert [part.seekers.tolist() for part in parts] == [[0, 1, 1], [0]]
    assert [part.supporters.tolist() for part in parts] == [[1, 0, 1], [0]]
    assert [part.values[:, 1].tolist() for part in parts] == [[5, 8, 7], [6]]
    assert [part.starts.tolist() for part in parts] == [[0, 1, 3], [0, 1]]


def test_parts_of_parts_keep_the_positions_of_the_whole():
    graph = graph_of({(1, 1): 5, (2, 1): 6, (2, 2): 7}, (3, 3), [1, 1, 1])
    (part,) = graph.components()

    left, right = part.with_edges(np.array([True, False, True])).components()

    assert (left.seeker_ids.tolist(), left.supporter_ids.tolist()) == ([1], [1])
    assert (right.seeker_ids.tolist(), right.supporter_ids.tolist()) == ([2], [2])


def test_a_graph_without_edges_has_no_parts():
    assert list(graph_of({}, (3, 3), [1, 1, 1]).components()) == []
