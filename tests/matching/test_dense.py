"""The dense solver: exact where it answers, silent where float64 would lose a bit, and never losing a best matching."""

from __future__ import annotations

import numpy as np
import pytest

from matching.graph import Graph
from matching.objective import is_worth_more_than_waiting, values_of
from matching.problem import read_problem
from matching.solvers import dense, solve
from matching.solvers.dense import FLOAT_LIMIT
from matching.solvers.narrow import narrow
from tests.matching.instances import random_instance


def parts_of(seed):
    instance = random_instance(seed, most_seekers=5, most_supporters=4)
    problem = read_problem(instance.array, **instance.arguments)
    graph = Graph.of(problem, values_of(problem))
    useful = is_worth_more_than_waiting(graph.values) & (graph.places[graph.supporters] > 0)
    return list(graph.with_edges(useful).components())


def worth_of(part, supporter_of, digits):
    chosen = np.asarray(supporter_of)[part.seekers] == part.supporters
    return tuple(part.values[chosen][:, :digits].sum(axis=0).tolist())


def matchings_of(part):
    """Every matching of a small part, as supporter_of."""
    edges = list(zip(part.seekers.tolist(), part.supporters.tolist(), strict=True))
    choices = [[()]]
    for seeker in range(part.n):
        own = [supporter for i, supporter in edges if i == seeker]
        choices.append([(*before, each) for before in choices[-1] for each in (-1, *own)])
    return [
        matching
        for matching in choices[-1]
        if all(matching.count(supporter) <= part.places[supporter] for supporter in range(part.m))
    ]


def graph_of_values(values, shape, places):
    cells = sorted(values)
    return Graph(
        np.array([i for i, _ in cells]),
        np.array([j for _, j in cells]),
        np.array([values[cell] for cell in cells], dtype=np.int64),
        np.array(places),
        np.arange(shape[0]),
        np.arange(shape[1]),
    )


@pytest.mark.parametrize("seed", range(120))
def test_the_rest_still_holds_every_best_matching_and_nothing_worse_in_the_solved_digits(seed):
    for part in parts_of(seed):
        narrowed = narrow(part)
        if narrowed is None or narrowed.rest is None:
            continue
        rest = narrowed.rest
        solved = part.values.shape[1] + 1 - rest.values.shape[1]
        matchings = matchings_of(part)
        best = max(worth_of(part, matching, solved) for matching in matchings)
        most_required = max(worth_of(rest, matching, 1) for matching in matchings_of(rest))

        assert worth_of(part, narrowed.supporter_of, solved) == best
        kept = set(zip(rest.seekers.tolist(), rest.supporters.tolist(), strict=True))
        for matching in matchings:
            inside = all((i, j) in kept for i, j in enumerate(matching) if j >= 0)
            fills = inside and worth_of(rest, matching, 1) == most_required
            assert fills == (worth_of(part, matching, solved) == best)


def test_digits_that_fit_are_all_solved_at_once():
    graph = graph_of_values({(0, 0): (1, 5), (0, 1): (1, 7), (1, 1): (1, 6)}, (2, 2), [1, 1])

    narrowed = narrow(graph)

    assert narrowed.rest is None
    assert narrowed.supporter_of.tolist() == [0, 1]


def test_a_first_digit_at_the_bound_is_solved_and_one_beyond_is_not():
    most = (FLOAT_LIMIT - 1) // 3

    at_bound = narrow(graph_of_values({(0, 0): (most,)}, (1, 1), [1]))

    assert at_bound.supporter_of.tolist() == [0]
    assert narrow(graph_of_values({(0, 0): (most + 1,)}, (1, 1), [1])) is None


def test_values_that_differ_in_the_last_bit_only_are_told_apart():
    most = (FLOAT_LIMIT - 1) // 3
    graph = graph_of_values({(0, 0): (most - 1,), (1, 0): (most,), (2, 0): (most - 1,)}, (3, 1), [1])

    assert narrow(graph).supporter_of.tolist() == [-1, 0, -1]


def test_a_rest_whose_next_digit_does_not_fit_is_left_to_the_path_solver():
    # Once, such a rest was narrowed again and again by its own new digit.
    huge = 2**60
    graph = graph_of_values({(0, 0): (1, huge), (1, 0): (1, huge + 1)}, (2, 1), [1])

    rest = narrow(graph).rest

    assert narrow(rest, least_digits=2) is None
    assert solve(graph).tolist() == [-1, 0]


def test_a_matrix_too_large_is_not_built(monkeypatch):
    graph = graph_of_values({(0, 0): (1,), (1, 0): (2,)}, (2, 1), [1])

    monkeypatch.setattr(dense, "MOST_CELLS", 5)

    assert narrow(graph) is None


def test_places_beyond_the_neighbours_cost_nothing():
    graph = graph_of_values({(0, 0): (1,), (1, 0): (2,)}, (2, 1), [10**15])

    assert narrow(graph).supporter_of.tolist() == [0, 0]
