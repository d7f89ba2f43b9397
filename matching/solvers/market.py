"""What solvers at scale work on: the market without its pairs, a core of arcs, and the state that paths change.

Only shapes and their meaning live here; steps are in the modules beside it. Arrays are writable and contiguous, as
the loops are compiled for such.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.problem import WAITING
from matching.worth import Worth


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """What a pair is worth, and where each supporter's places begin: (m + 1,)."""

    worth: Worth
    slot_starts: Ints

    @classmethod
    def of(cls, worth: Worth, places: Ints) -> Market:
        """Number the places (m,) ≥ 0."""
        return cls(worth, np.concatenate(([0], np.cumsum(places))).astype(np.int64))

    @property
    def n(self) -> int:
        """How many seekers there are."""
        return self.worth.base.size

    @property
    def m(self) -> int:
        """How many supporters there are."""
        return self.slot_starts.size - 1

    @property
    def places(self) -> Ints:
        """Places of each supporter; (m,)."""
        return np.diff(self.slot_starts)


@dataclass(frozen=True, slots=True, eq=False)
class Core:
    """Some of the feasible pairs as compressed rows: `starts` (n + 1,), `supporters` int32, `weights` first words."""

    starts: Ints
    supporters: NDArray[np.int32]
    weights: Ints


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A matching and its prices, changed in place by paths; see `native/repair.py` for what always holds.

    Attributes
    ----------
    supporter_of : (n,) int32, -1 = waiting. price_hi, price_lo : (m,). surplus_hi, surplus_lo : (n,).
    slots, used : int32 (places,), int64 (m,): the seekers in each supporter's places.
    """

    supporter_of: NDArray[np.int32]
    price_hi: Ints
    price_lo: Ints
    surplus_hi: Ints
    surplus_lo: Ints
    slots: NDArray[np.int32]
    used: Ints

    @classmethod
    def of(cls, market: Market) -> State:
        """Begin with everybody waiting and prices of zero."""
        n, m = market.n, market.m
        price_hi, price_lo, surplus_hi, surplus_lo = (np.zeros(size, dtype=np.int64) for size in (m, m, n, n))
        return cls(
            supporter_of=np.full(n, WAITING, dtype=np.int32),
            price_hi=price_hi,
            price_lo=price_lo,
            surplus_hi=surplus_hi,
            surplus_lo=surplus_lo,
            slots=np.zeros(int(market.slot_starts[-1]), dtype=np.int32),
            used=np.zeros(m, dtype=np.int64),
        )
