"""scipy's dense assignment on one number a pair, where float64 carries it exactly.

`scipy.optimize.linear_sum_assignment` is fast and wrong without a word when sums lose bits, so everything here is about
proving that they cannot. Which numbers those are is decided in `narrow.py`.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from matching.entries import Ints
from matching.graph import Graph
from matching.problem import WAITING

FLOAT_LIMIT = 2**53
"""Integers up to here are exact in float64."""

MOST_CELLS = 2**25
"""Largest matrix that is built: 256 MiB."""


def is_small_matrix(graph: Graph) -> bool:
    """Tell whether the matrix of a graph, with a column a place and a column a seeker, may be built."""
    return graph.n * (graph.n + int(graph.useful_places.sum())) <= MOST_CELLS


def assign_densely(graph: Graph, values: Ints) -> Ints:
    """Find a matching of greatest summed value.

    Parameters
    ----------
    graph : its edges and places; its own value vectors are not looked at.
    values : (edges,) each greater than 0, and three times the greatest below `FLOAT_LIMIT`.

    Returns
    -------
    (n,) supporter of each seeker inside the graph, -1 where the seeker waits.

    Notes
    -----
    *What is solved.* A place is a column, as often as the supporter has places (never more than neighbours); n zero
    columns stand for waiting; the cost of a pair is V − value, of waiting V, of a forbidden pair infinity, with V the
    greatest value.

    *Why float64 is exact.* All costs are whole numbers in 0…V. scipy's method adds one row at a time along a shortest
    path and keeps duals u, w with u[i] + w[j] ≤ cost[i, j], equal on chosen cells, w ≤ 0, and w = 0 for columns not
    yet chosen. Fewer rows than waiting columns were added before, so one of these is free and reachable from every
    row: u ≤ V, a path is never longer than V, and w = cost − u ≥ −V, u ≥ 0 follow. Its sums have at most four such
    terms, of which at most three can have the same sign: 3 × V < 2⁵³ suffices.
    """
    columns = graph.useful_places
    places = int(columns.sum())
    highest = int(values.max())
    costs = np.full((graph.n, places + graph.n), np.inf)
    costs[:, places:] = highest
    first = np.cumsum(columns) - columns
    repeats = columns[graph.supporters]
    within = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    rows, cells = np.repeat(graph.seekers, repeats), np.repeat(first[graph.supporters], repeats) + within
    costs[rows, cells] = np.repeat(highest - values, repeats)
    # Rows enter in this order: with the worthiest first, latecomers soon find that waiting is best (ten times faster).
    order = np.argsort(costs[:, :places].min(axis=1), kind="stable")
    chosen = np.empty(graph.n, dtype=np.int64)
    chosen[order] = linear_sum_assignment(costs[order])[1]
    supporter_of_column = np.repeat(np.arange(graph.m), columns)
    return np.append(supporter_of_column, WAITING)[np.minimum(chosen, places)]
