"""The compatibility graph with a value vector on every edge: what solvers and prices work on.

Sub-graphs keep the positions of the whole problem in `seeker_ids` and `supporter_ids`; inside, both sides count from 0.
Operations that any solver may need are methods here; no solver's own state belongs here, nor does anything the caller
sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matching.entries import Ints
from matching.problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Edges sorted by seeker, then supporter, without duplicates.

    Attributes
    ----------
    seekers, supporters : (edges,) ends of each edge.
    values : (edges, digits) value vectors; being unmatched is worth the zero vector.
    places : (m,) how many seekers each supporter may take.
    seeker_ids, supporter_ids : (n,), (m,) positions in the whole problem.
    """

    seekers: Ints
    supporters: Ints
    values: Ints
    places: Ints
    seeker_ids: Ints
    supporter_ids: Ints

    @classmethod
    def of(cls, problem: Problem, values: Ints) -> Graph:
        """Take a whole problem as a graph."""
        n, m = problem.shape
        return cls(problem.seekers, problem.supporters, values, problem.capacity, np.arange(n), np.arange(m))

    @property
    def n(self) -> int:
        """How many seekers it has."""
        return self.seeker_ids.size

    @property
    def m(self) -> int:
        """How many supporters it has."""
        return self.supporter_ids.size

    @property
    def starts(self) -> Ints:
        """Where each seeker's edges begin; (n + 1,)."""
        return np.searchsorted(self.seekers, np.arange(self.n + 1))

    @property
    def useful_places(self) -> Ints:
        """Places of each supporter, as far as there are neighbours for them; (m,)."""
        return np.minimum(self.places, np.bincount(self.supporters, minlength=self.m))

    def with_edges(self, chosen: NDArray[np.bool_], values: Ints | None = None) -> Graph:
        """Keep the chosen edges, by default with their values; both sides stay whole."""
        return Graph(
            self.seekers[chosen],
            self.supporters[chosen],
            self.values[chosen] if values is None else values,
            self.places,
            self.seeker_ids,
            self.supporter_ids,
        )

    def components(self) -> Iterator[Graph]:
        """Split into connected parts, each an independent problem; members without edges are in none of them."""
        if not self.seekers.size:
            return
        ends = (self.seekers, self.n + self.supporters)
        size = self.n + self.m
        adjacency = coo_array((np.ones(self.seekers.size, dtype=np.int8), ends), shape=(size, size))
        label_of = connected_components(adjacency, directed=False)[1].astype(np.int64)
        label_of_edge = label_of[self.seekers]
        # A stable sort keeps the order of edges inside each part.
        order = np.argsort(label_of_edge, kind="stable")
        cuts = np.flatnonzero(np.diff(label_of_edge[order])) + 1
        for edges in np.split(order, cuts):
            yield self._part(edges)

    def _part(self, edges: Ints) -> Graph:
        seekers, new_seekers = np.unique(self.seekers[edges], return_inverse=True)
        supporters, new_supporters = np.unique(self.supporters[edges], return_inverse=True)
        return Graph(
            new_seekers,
            new_supporters,
            self.values[edges],
            self.places[supporters],
            self.seeker_ids[seekers],
            self.supporter_ids[supporters],
        )
