"""Smallest prices of an optimal matching, by label correcting, one digit after the other.

The smallest valid price of a supporter is the worth of one more place with them, and with these prices the
certificate is unique. Values come from `objective.py`; how the matching was found does not matter here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.errors import CertificateError
from matching.graph import Graph
from matching.objective import first_nonzero
from matching.problem import WAITING


class Duals(NamedTuple):
    """Surplus of every seeker (n, digits) and price of every supporter (m, digits)."""

    surplus: Ints
    price: Ints


def smallest_prices(graph: Graph, supporter_of: Ints) -> Duals:
    """Find the smallest prices and the surpluses that prove a matching optimal.

    Parameters
    ----------
    graph : every feasible pair with its value.
    supporter_of : (n,) a matching of greatest value; -1 where a seeker waits.

    Raises
    ------
    CertificateError
        When the matching is not optimal, so that no prices exist.

    Notes
    -----
    A supporter's smallest price is the greatest sum over paths that end there: it starts with 0, or with the value of
    a pair whose seeker waits, and each step adds v(i, j) − v(i, j₀) for a seeker i who would leave j₀ for j. The
    first digit of the greatest vector sum is the greatest first digit; among paths that reach it every edge is tight
    in that digit (surplus + price = value), so the next digit is found by the same search over edges tight so far. A
    path of all zeros so far may also start with 0 in this digit; otherwise 0 is smaller in an earlier digit and no
    longer a start. All sums obey the bound stated in `objective.values_of`. An optimal matching has no cycle of
    positive value, so each search settles within min(n, m) + 1 rounds.
    """
    search = _Search.of(graph, supporter_of)
    digits = graph.values.shape[1]
    surplus = np.zeros((graph.n, digits), dtype=np.int64)
    price = np.zeros((graph.m, digits), dtype=np.int64)
    is_tight = np.ones(graph.seekers.size, dtype=np.bool_)
    is_zero = np.ones(graph.m, dtype=np.bool_)
    for digit in range(digits):
        values = graph.values[:, digit]
        price[:, digit] = search.greatest_sums(values, is_tight, is_zero)
        pairs = search.pairs
        surplus[graph.seekers[pairs], digit] = values[pairs] - price[graph.supporters[pairs], digit]
        is_tight &= surplus[graph.seekers, digit] + price[graph.supporters, digit] == values
        is_zero &= price[:, digit] == 0
    has_free_place = np.bincount(supporter_of[supporter_of != WAITING], minlength=graph.m) < graph.places
    if (first_nonzero(surplus) < 0).any() or (has_free_place & ~is_zero).any():
        raise CertificateError("cannot price the matching: other pairs would be worth more")
    return Duals(surplus, price)


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """What stays the same from digit to digit; `pairs` are the edges of the matching, ascending by seeker."""

    graph: Graph
    supporter_of: Ints
    pairs: Ints
    by_supporter: Ints  # matched seekers, grouped by their supporter
    holder_starts: Ints  # where each supporter's group begins

    @classmethod
    def of(cls, graph: Graph, supporter_of: Ints) -> _Search:
        order = np.argsort(supporter_of, kind="stable")
        holder_starts = np.searchsorted(supporter_of[order], np.arange(graph.m + 1))
        pairs = np.flatnonzero(supporter_of[graph.seekers] == graph.supporters)
        return cls(graph, supporter_of, pairs, order, holder_starts)

    def greatest_sums(self, values: Ints, is_tight: NDArray[np.bool_], may_start: NDArray[np.bool_]) -> Ints:
        """Find every supporter's greatest path sum in one digit over the tight edges."""
        graph = self.graph
        edges = np.flatnonzero(is_tight)
        starts = np.searchsorted(graph.seekers[edges], np.arange(graph.n + 1))
        ends_at, worth = graph.supporters[edges], values[edges]
        held_worth = np.zeros(graph.n, dtype=np.int64)
        held_worth[graph.seekers[self.pairs]] = values[self.pairs]
        # Only supporters that some path has reached have a sum; the others' entry is never used in arithmetic.
        sums = np.where(may_start, 0, np.iinfo(np.int64).min)
        waiting = np.flatnonzero(self.supporter_of == WAITING)
        asking = np.concatenate((waiting, self._holders(np.flatnonzero(may_start))))
        for _ in range(min(graph.n, graph.m) + 2):
            if not asking.size:
                break
            offers, counts = _ranges(starts, asking)
            # A waiting seeker offers the value itself: worth 0 is given up, and WAITING reads the 0 at the end.
            keeps = held_worth[asking] - np.append(sums, 0)[self.supporter_of[asking]]
            before = sums.copy()
            np.maximum.at(sums, ends_at[offers], worth[offers] - np.repeat(keeps, counts))
            asking = self._holders(np.flatnonzero(sums > before))
        else:
            raise CertificateError("cannot price the matching: a rearrangement of its pairs would be worth more")
        return sums

    def _holders(self, supporters: Ints) -> Ints:
        positions, _ = _ranges(self.holder_starts, supporters)
        return self.by_supporter[positions]


def _ranges(starts: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """Concatenate the ranges ``starts[c]:starts[c + 1]`` of the chosen; also gives the length of each."""
    counts = starts[chosen + 1] - starts[chosen]
    first = np.cumsum(counts) - counts
    return np.arange(counts.sum()) + np.repeat(starts[chosen] - first, counts), counts
