"""The proof that prices are the smallest, over tight pairs as they come.

A price is needed when it is 0, when a waiting seeker's tight pair needs it, or when a tight pair needs it whose
seeker's present supporter has a needed price. If every price is needed none can be smaller; those that are not could
all fall by one in the last digit. Never here: weighing pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from matching.entries import Ints
from matching.problem import WAITING
from matching.verifying.weighing import HAS_PRICE, HELD, Claims

_MOST_WAITING = 1 << 22
"""Arcs that are put aside before they are looked at: 32 MB."""


class NeededPrices:
    """Which prices are known to be needed, and for the others whose need they hang on, each such arc once."""

    def __init__(self, claims: Claims) -> None:
        self._held = claims.seekers[:, HELD]
        self.is_needed: NDArray[np.bool_] = claims.supporters[:, HAS_PRICE] == 0
        self._arcs = [np.empty(0, dtype=np.int64)]

    def take(self, tight: Ints) -> None:
        """Take cells (row × m + column) of tight pairs."""
        m = self.is_needed.size
        held, wanted = self._held[tight // m], tight % m
        is_root = held == WAITING
        self.is_needed[wanted[is_root]] = True
        self._arcs.append(np.unique(held[~is_root] * m + wanted[~is_root]))
        if sum(arcs.size for arcs in self._arcs) > 2 * max(self._arcs[0].size, _MOST_WAITING):
            self._settle()

    def missing(self) -> Ints:
        """Give the supporters whose prices nothing needs, ascending."""
        self._settle()
        return np.flatnonzero(~self.is_needed)

    def _settle(self) -> None:
        """Follow the arcs from what is needed, and keep those that still lead to something unknown."""
        m = self.is_needed.size
        arcs = np.unique(np.concatenate(self._arcs))
        sources, targets = arcs // max(m, 1), arcs % max(m, 1)
        known = np.flatnonzero(self.is_needed)
        graph = coo_array(
            (
                np.ones(sources.size + known.size, dtype=np.int64),
                (np.append(sources, np.full(known.size, m)), np.append(targets, known)),
            ),
            shape=(m + 1, m + 1),
        ).tocsr()
        reached = breadth_first_order(graph, m, return_predecessors=False)
        self.is_needed[reached[reached < m]] = True
        self._arcs = [arcs[~self.is_needed[targets]]]
