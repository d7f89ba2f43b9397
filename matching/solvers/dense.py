"""Dense solving of as many leading digits as float64 carries exactly, and what it leaves open for the digits after
them.

`scipy.optimize.linear_sum_assignment` is fast and wrong without a word when sums lose bits, so everything here is about
proving that they cannot. Digits that do not fit are left to a further round or to `paths`. No tolerance may ever
appear here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from matching.entries import Ints
from matching.graph import Graph
from matching.objective import packing, spread_of
from matching.prices import Duals, smallest_prices
from matching.problem import WAITING

FLOAT_LIMIT = 2**53
"""Integers up to here are exact in float64."""

MOST_CELLS = 2**25
"""Largest matrix that is built: 256 MiB."""


@dataclass(frozen=True, slots=True, eq=False)
class Narrowed:
    """A matching that is best in the leading digits, and the graph that still holds every best matching.

    `rest` is None when the leading digits were all digits: then `supporter_of` is the answer.
    """

    supporter_of: Ints
    rest: Graph | None


def narrow(graph: Graph, *, least_digits: int = 1) -> Narrowed | None:
    """Solve the leading digits of a connected graph exactly, or answer None when fewer than `least_digits` fit.

    A `rest` starts with one new digit, so it needs 2 to come any further.

    Notes
    -----
    *What is solved.* A place is a column, as often as the supporter has places (never more than neighbours); n zero
    columns stand for waiting; the cost of a pair is V − value, of waiting V, of a forbidden pair infinity. Values are
    the leading digits packed by `objective.packing`, V is the greatest of them; none is negative, because every edge's
    vector is greater than zero (`solve` leaves the others out).

    *Why float64 is exact.* All costs are whole numbers in 0…V. scipy's method adds one row at a time along a shortest
    path and keeps duals u, w with u[i] + w[j] ≤ cost[i, j], equal on chosen cells, w ≤ 0, and w = 0 for columns not
    yet chosen. Fewer rows than waiting columns were added before, so one of these is free and reachable from every
    row: u ≤ V, a path is never longer than V, and w = cost − u ≥ −V, u ≥ 0 follow. Its sums have at most four such
    terms, of which at most three can have the same sign: 3 × V < 2⁵³ suffices.

    *Why other edges may go.* Let u, p be the smallest leading duals. In any matching of greatest leading value every
    pair is tight (u + p = value), every seeker with u > 0 is matched and every supporter with p > 0 is full:
    otherwise its value, Σ values ≤ Σ u + Σ p over its pairs, would fall short of the dual value. A matching of
    greatest value in all digits is one of these. Conversely a matching of tight edges that matches and fills all of
    these has the greatest leading value. So each tight edge gets a new first digit, [u > 0] + [p > 0]: its sum is
    greatest exactly when all of them are matched and full, which is possible; the digits not yet solved follow
    unchanged.
    """
    columns = np.minimum(graph.places, np.bincount(graph.supporters, minlength=graph.m))
    pairs = min(graph.n, int(columns.sum()))
    if graph.n * (graph.n + int(columns.sum())) > MOST_CELLS:
        return None
    leading = _leading_values(graph, pairs, least_digits)
    if leading is None:
        return None
    count, values = leading
    supporter_of = _solve(graph, values, columns)
    if count == graph.values.shape[1]:
        return Narrowed(supporter_of, None)
    alone = graph.with_edges(np.ones(values.size, dtype=np.bool_), values[:, None])
    return Narrowed(supporter_of, _rest(graph, values, smallest_prices(alone, supporter_of), count))


def _leading_values(graph: Graph, pairs: int, least_digits: int) -> tuple[int, Ints] | None:
    """Pack as many leading digits as the bound allows; None when that is fewer than `least_digits`."""
    spreads = [spread_of(graph.values[:, digit]) for digit in range(graph.values.shape[1])]
    for count in range(len(spreads), least_digits - 1, -1):
        multipliers = packing(spreads[:count], pairs)
        if 3 * sum(multiplier * spread for multiplier, spread in zip(multipliers, spreads, strict=False)) < FLOAT_LIMIT:
            return count, graph.values[:, :count] @ np.array(multipliers, dtype=np.int64)
    return None


def _solve(graph: Graph, values: Ints, columns: Ints) -> Ints:
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


def _rest(graph: Graph, values: Ints, duals: Duals, count: int) -> Graph:
    surplus, price = duals.surplus[graph.seekers, 0], duals.price[graph.supporters, 0]
    tight = surplus + price == values
    required = (surplus > 0).astype(np.int64) + (price > 0)
    return graph.with_edges(tight, np.column_stack((required, graph.values[:, count:]))[tight])
