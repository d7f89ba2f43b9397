"""Compiling the loops of the solvers at scale ahead of time: a tiny market goes through every one of them.

It goes the same way as a large one, so every loop is compiled for the types of arrays that it will be given. Never
here: compiled code itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from matching.entries import Ints
from matching.policy import Objective
from matching.solvers.at_scale import solve_at_scale
from matching.solvers.lists import Lists
from matching.solvers.market import Market, State
from matching.solvers.mending import mend
from matching.solvers.pricing import Ledger
from matching.sources import OnProgress, ShouldStop
from matching.stability import thresholds_of
from matching.tile_calls import Scored
from matching.worth import ScoreBounds, Sides, worth_of

T = TypeVar("T")

_SIDE = 128


def compile_loops() -> None:
    """Call every loop, so that all are compiled or read from disk."""
    for objective in (Objective.COVERAGE, Objective.SCORE):
        market, everybody = _market(objective), _Everybody()
        # Places that cost something and stay empty are what `backward` is for.
        solve_at_scale(everybody, market, prices=np.full(_SIDE, 9, dtype=np.int64))
        lists, state = Lists.empty(market, 2 * _SIDE), State.of(market)
        lists.fill(everybody, market)
        mend(market, lists.choose(market, state.price_hi, most=_SIDE), state)
        ledger, nobody = Ledger(everybody, market, lists), np.full(_SIDE, -1, dtype=np.int64)
        keys = market.worth.seeker_keys, market.worth.supporter_keys
        thresholds = thresholds_of(nobody, nobody, market.places, *keys)
        ledger.check(state, thresholds)
        # One price that has fallen far is asked about by its column.
        ledger.check(replace(state, price_hi=state.price_hi - 2**62 * np.eye(1, _SIDE, dtype=np.int64)[0]), thresholds)


@dataclass(frozen=True, slots=True)
class _Everybody:
    """A source in which all may meet, at scores of their places in the row."""

    threads: int = 1

    @property
    def shape(self) -> tuple[int, int]:
        """See `PairSource`."""
        return _SIDE, _SIDE

    @property
    def can_ask_some(self) -> bool:
        """See `PairSource`."""
        return True

    def stream(
        self,
        consume: Callable[[Ints, Scored], T],
        *,
        rows: Ints | None = None,
        columns: Ints | None = None,
        should_stop: ShouldStop | None = None,
        on_progress: OnProgress | None = None,
    ) -> Iterator[T]:
        """See `PairSource`."""
        del should_stop, on_progress
        rows = np.arange(_SIDE) if rows is None else rows
        columns = np.arange(_SIDE) if columns is None else columns
        others = np.tile(columns.astype(np.int32), rows.size)
        yield consume(rows, Scored(np.full(rows.size, columns.size, dtype=np.int64), others, others.copy()))


def _market(objective: Objective) -> Market:
    keys = np.arange(_SIDE, dtype=np.uint64)
    sides = Sides(np.arange(_SIDE) % 2 + 1, np.full(_SIDE, -1, dtype=np.int64), _SIDE, keys, keys)
    worth = worth_of(objective, 0, ScoreBounds(0, _SIDE), sides)
    places = np.arange(_SIDE) % 3
    return Market.of(worth, places.astype(np.int64))
