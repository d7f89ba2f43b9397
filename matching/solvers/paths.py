"""Shortest augmenting paths on exact integers of any size: slower than `dense`, and without any bound.

One search per seeker, over supporters as single nodes with their places; staying waiting is one more way a path may
end. The value vectors are packed into Python integers. Nothing here may round, and nothing outside reads its prices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np

from matching.entries import Ints
from matching.errors import Cancelled
from matching.graph import Graph
from matching.objective import packed, packing, spread_of
from matching.problem import WAITING

_ASK_EVERY = 32


def assign_by_paths(graph: Graph, *, should_stop: Callable[[], bool] | None = None) -> Ints:
    """Find a matching of greatest value; every edge must be worth more than waiting, every supporter have a place.

    Returns
    -------
    (n,) supporter of each seeker inside the graph, -1 where the seeker waits.

    Notes
    -----
    Seekers enter one after the other. With prices p ≥ 0 (0 where places are free) and surplus u = the best of 0 and
    v − p, the reduced cost u + p − v of an edge is never negative and is 0 on pairs, so a newcomer's cheapest
    rearrangement is a shortest path (Dijkstra), ending at a free place or with somebody who stays waiting.
    """
    search = _Paths.of(graph)
    # With the worthiest first, latecomers soon find that waiting is best: searches stay short.
    for turn, seeker in enumerate(sorted(range(graph.n), key=search.best_value, reverse=True)):
        if should_stop is not None and turn % _ASK_EVERY == 0 and should_stop():
            raise Cancelled("stopped before every seeker of the graph had entered")
        search.add(seeker)
    return np.array(search.supporter_of, dtype=np.int64)


@dataclass(slots=True)
class _Reached:
    """One search: distances are final for supporters in `closed` and for the seekers in `distance_of`."""

    distance_of: dict[int, int]  # seeker → distance
    closed: dict[int, int]  # supporter → distance
    found_by: dict[int, int]  # supporter → the seeker its path comes from
    best_end: int
    end_seeker: int  # the path ends with this seeker waiting,
    end_supporter: int  # or here, at a free place, when not WAITING


@dataclass(slots=True)
class _Paths:
    edges: list[list[tuple[int, int]]]  # seeker → (supporter, packed value)
    free: list[int]
    holders: list[list[int]]
    supporter_of: list[int]
    price: list[int]
    surplus: list[int]

    @classmethod
    def of(cls, graph: Graph) -> _Paths:
        pairs = min(graph.n, int(np.minimum(graph.places, graph.n).sum()))
        spreads = [spread_of(graph.values[:, digit]) for digit in range(graph.values.shape[1])]
        values = packed(graph.values, packing(spreads, pairs)).tolist()
        supporters = graph.supporters.tolist()
        edges = [
            list(zip(supporters[first:last], values[first:last], strict=True))
            for first, last in pairwise(graph.starts.tolist())
        ]
        return cls(
            edges,
            graph.places.tolist(),
            [[] for _ in range(graph.m)],
            [WAITING] * graph.n,
            [0] * graph.m,
            [0] * graph.n,
        )

    def best_value(self, seeker: int) -> int:
        """Give the greatest value among a seeker's edges, 0 without any."""
        return max((value for _, value in self.edges[seeker]), default=0)

    def add(self, seeker: int) -> None:
        """Let one more seeker enter and rearrange the others as far as that is worth it."""
        price = self.price
        self.surplus[seeker] = max(
            0, max((value - price[supporter] for supporter, value in self.edges[seeker]), default=0)
        )
        reached = self._search(seeker)
        self._raise_prices(reached)
        self._rearrange(seeker, reached)

    def _search(self, seeker: int) -> _Reached:
        reached = _Reached({}, {}, {}, self.surplus[seeker], seeker, WAITING)
        tentative: dict[int, int] = {}
        heap: list[tuple[int, int]] = []
        self._leave_from(seeker, 0, reached, tentative, heap)
        while heap:
            distance, supporter = heappop(heap)
            if distance >= reached.best_end:
                break
            if supporter in reached.closed:
                continue
            if self.free[supporter]:
                reached.best_end, reached.end_supporter = distance, supporter
                break
            reached.closed[supporter] = distance
            for holder in self.holders[supporter]:
                self._leave_from(holder, distance, reached, tentative, heap)
        return reached

    def _leave_from(
        self, seeker: int, distance: int, reached: _Reached, tentative: dict[int, int], heap: list[tuple[int, int]]
    ) -> None:
        """Follow a seeker's edges; the innermost loop of the solver."""
        reached.distance_of[seeker] = distance
        base = distance + self.surplus[seeker]
        if base < reached.best_end:
            reached.best_end, reached.end_seeker = base, seeker
        best_end, price, found_by = reached.best_end, self.price, reached.found_by
        for supporter, value in self.edges[seeker]:
            length = base - value + price[supporter]
            if length < best_end and length < tentative.get(supporter, best_end):
                tentative[supporter] = length
                found_by[supporter] = seeker
                heappush(heap, (length, supporter))

    def _raise_prices(self, reached: _Reached) -> None:
        end = reached.best_end
        for supporter, distance in reached.closed.items():
            self.price[supporter] += end - distance
        for seeker, distance in reached.distance_of.items():
            self.surplus[seeker] -= end - distance

    def _rearrange(self, newcomer: int, reached: _Reached) -> None:
        """Walk the path back to the newcomer; each seeker on it takes the supporter that was reached from them."""
        if reached.end_supporter == WAITING:
            supporter = self._leave(reached.end_seeker)
        else:
            supporter = reached.end_supporter
            self.free[supporter] -= 1
        while supporter != WAITING:
            seeker = reached.found_by[supporter]
            left = self._leave(seeker)
            self.holders[supporter].append(seeker)
            self.supporter_of[seeker] = supporter
            supporter = left if seeker != newcomer else WAITING

    def _leave(self, seeker: int) -> int:
        supporter = self.supporter_of[seeker]
        if supporter != WAITING:
            self.holders[supporter].remove(seeker)
            self.supporter_of[seeker] = WAITING
        return supporter
