"""Solving as many leading digits as one number carries exactly, and what that leaves open for the digits after them.

`dense` (scipy, float64) solves one number a pair. Digits that do not fit are left to another round or to `paths`. No
tolerance may ever appear here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.entries import Ints
from matching.graph import Graph
from matching.objective import packing, spread_of
from matching.prices import Duals, smallest_prices
from matching.solvers.dense import FLOAT_LIMIT, assign_densely, is_small_matrix


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
    *Why other edges may go.* Let u, p be the smallest leading duals. In any matching of greatest leading value every
    pair is tight (u + p = value), every seeker with u > 0 is matched and every supporter with p > 0 is full:
    otherwise its value, Σ values ≤ Σ u + Σ p over its pairs, would fall short of the dual value. A matching of
    greatest value in all digits is one of these. Conversely a matching of tight edges that matches and fills all of
    these has the greatest leading value. So each tight edge gets a new first digit, [u > 0] + [p > 0]: its sum is
    greatest exactly when all of them are matched and full, which is possible; the digits not yet solved follow
    unchanged.
    """
    leading = _leading_values(graph, least_digits) if is_small_matrix(graph) else None
    if leading is None:
        return None
    count, values = leading
    supporter_of = assign_densely(graph, values)
    if count == graph.values.shape[1]:
        return Narrowed(supporter_of, None)
    alone = graph.with_edges(np.ones(values.size, dtype=np.bool_), values[:, None])
    return Narrowed(supporter_of, _rest(graph, values, smallest_prices(alone, supporter_of), count))


def _leading_values(graph: Graph, least_digits: int) -> tuple[int, Ints] | None:
    """Pack as many leading digits as the bound allows; None when that is fewer than `least_digits`."""
    pairs = min(graph.n, int(graph.useful_places.sum()))
    spreads = [spread_of(graph.values[:, digit]) for digit in range(graph.values.shape[1])]
    for count in range(len(spreads), least_digits - 1, -1):
        multipliers = packing(spreads[:count], pairs)
        if 3 * sum(multiplier * spread for multiplier, spread in zip(multipliers, spreads, strict=False)) < FLOAT_LIMIT:
            return count, graph.values[:, :count] @ np.array(multipliers, dtype=np.int64)
    return None


def _rest(graph: Graph, values: Ints, duals: Duals, count: int) -> Graph:
    surplus, price = duals.surplus[graph.seekers, 0], duals.price[graph.supporters, 0]
    tight = surplus + price == values
    required = (surplus > 0).astype(np.int64) + (price > 0)
    return graph.with_edges(tight, np.column_stack((required, graph.values[:, count:]))[tight])
