"""Who competes for the same places: from each seeker who waits, everybody and everything that re-pairing could reach.

All people who can meet only supporters of such a group are more than its places (Hall, "On representatives of
subsets", 1935): no re-pairing finds company for all of them. The group is the smallest that shows it for its seeker.
The graph is split into strongly connected parts, and networkx walks the parts. Never here: words for people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matching.entries import Ints
from matching.problem import WAITING
from matching.residual import Flags, Residual


@dataclass(frozen=True, slots=True, eq=False)
class Rivals:
    """People who together can meet only supporters who together have fewer places.

    Attributes
    ----------
    seekers, supporters : sorted rows of the residual graph. places : of these supporters together, all taken.
    """

    seekers: Ints
    supporters: Ints
    places: int


class Reach:
    """What re-pairing can reach, from anybody, in the residual graph of a run.

    A seeker reaches every supporter they could meet; a supporter reaches the seekers in their places.
    """

    def __init__(self, residual: Residual) -> None:
        self._residual = residual
        n, m = residual.shape
        problem, supporter_of = residual.problem, residual.arrays.supporter_of
        held = np.flatnonzero(supporter_of != WAITING)
        begins: Ints = np.concatenate((problem.seekers, n + supporter_of[held].astype(np.int64)))
        ends: Ints = np.concatenate((n + problem.supporters, held))
        graph = coo_array((np.ones(ends.size, dtype=np.int8), (begins, ends)), shape=(n + m, n + m))
        count, part_of = connected_components(graph, directed=True, connection="strong")
        self._part_of = part_of.astype(np.int64)
        codes = np.unique(self._part_of[begins] * count + self._part_of[ends])
        self._parts: nx.DiGraph[int] = nx.DiGraph()
        self._parts.add_nodes_from(range(count))
        self._parts.add_edges_from(zip((codes // count).tolist(), (codes % count).tolist(), strict=True))
        self._parts.remove_edges_from([(part, part) for part in range(count)])
        self._order = np.argsort(self._part_of, kind="stable")
        self._starts = np.searchsorted(self._part_of[self._order], np.arange(count + 1))
        self._within: dict[frozenset[int], Flags] = {}

    def reached_from(self, seeker: int) -> Flags:
        """Mark all that re-pairing can reach from a seeker, themselves too; (n + m,) bool, seekers first, read-only."""
        part = int(self._part_of[seeker])
        marks: Flags = self._reached_through(frozenset(self._parts.successors(part))) | (self._part_of == part)
        marks.setflags(write=False)
        return marks

    @cached_property
    def with_room_beyond(self) -> Flags:
        """Mark the supporters from whom re-pairing could reach a free place, their own included; (m,) bool."""
        n, arrays = self._residual.shape[0], self._residual.arrays
        free = set(self._part_of[n:][arrays.used < arrays.places].tolist())
        parts = free.union(*(nx.ancestors(self._parts, each) for each in free))
        return self._members(parts)[n:]

    def rivals_of(self, seeker: int) -> Rivals | None:
        """Find the group a waiting seeker competes in; None where a free place can be reached, or they may meet nobody.

        `seekers` are also those who wait and can meet nobody outside the group.
        """
        residual, (n, _) = self._residual, self._residual.shape
        reached = self.reached_from(seeker)
        supporters = np.flatnonzero(reached[n:])
        if not supporters.size or (reached[n:] & self.with_room_beyond).any():
            return None
        return Rivals(
            self._closed(reached),
            supporters,
            int(residual.arrays.places[supporters].sum()),
        )

    def _reached_through(self, parts: frozenset[int]) -> Flags:
        if parts not in self._within:
            self._within[parts] = self._members(
                set(parts).union(*(nx.descendants(self._parts, each) for each in parts))
            )
        return self._within[parts]

    def _closed(self, reached: Flags) -> Ints:
        """List the seekers who can meet somebody, and nobody outside what is reached."""
        problem, n = self._residual.problem, self._residual.shape[0]
        outside = np.bincount(problem.seekers[~reached[n + problem.supporters]], minlength=n)
        return np.flatnonzero((outside == 0) & (np.diff(problem.starts) > 0))

    def _members(self, parts: Iterable[int]) -> Flags:
        marks = np.zeros(self._part_of.size, dtype=np.bool_)
        for part in parts:
            marks[self._order[self._starts[part] : self._starts[part + 1]]] = True
        return marks


def rivals_of_all(reach: Reach, residual: Residual) -> dict[int, Rivals | None]:
    """Give the rivals of every seeker who waits, by row; those who reach the same share one answer."""
    found: dict[bytes, Rivals | None] = {}
    answer: dict[int, Rivals | None] = {}
    n = residual.shape[0]
    for seeker in residual.arrays.waiting.tolist():
        key = np.packbits(reach.reached_from(seeker)[n:]).tobytes()
        if key not in found:
            found[key] = reach.rivals_of(seeker)
        answer[seeker] = found[key]
    return answer
