"""Compiling what keeps a matching warm before anybody waits for it; loops that are compiled already are only loaded.

A made-up market in which everybody may meet everybody sees each kind of change. Never here: what loops do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from matching.entries import Ints
from matching.objective import DIGITS
from matching.policy import Objective
from matching.sources import ShouldStop
from matching.tile_calls import Scored
from matching.warm.beginning import Solved, begin_from
from matching.warm.checking import check
from matching.warm.engine import WarmEngine
from matching.warm.packing import Terms
from matching.worth import ScoreBounds

T = TypeVar("T")

_SIDE = 128


def compile_warm() -> None:
    """Call every loop, so that all are compiled or read from disk."""
    everybody = _Everybody()
    for objective in (Objective.COVERAGE, Objective.SCORE):
        engine = begin_from(_nobody_yet(), everybody, everybody, Terms(objective, 9, ScoreBounds(0, 2 * _SIDE)))
        _change(engine)
        check(engine)


def _change(engine: WarmEngine) -> None:
    """Let people come, change and go until prices have risen and fallen."""
    for supporter in range(3):
        engine.add_supporter(supporter, key=supporter, places=1)
    for seeker in range(_SIDE):
        engine.add_seeker(seeker, key=seeker, priority=1 + seeker % 9)
    engine.edit_seeker(3, priority=99, previous=1)
    engine.edit_supporter(1, places=2)
    for supporter in range(3, _SIDE):
        engine.add_supporter(supporter, key=supporter, places=1)
    engine.set_places(7, 0)
    engine.remove_supporter(5)
    for seeker in range(1, _SIDE):
        engine.remove_seeker(seeker)


def _nobody_yet() -> Solved:
    no_keys, nobody, no_digits = np.empty(0, np.uint64), np.empty(0, np.int64), np.empty((0, DIGITS), np.int64)
    return Solved(no_keys, no_keys, nobody, nobody, nobody, nobody, nobody, no_digits, no_digits)


class _Everybody:
    """All may meet, at scores that differ."""

    def prepare(self) -> None:
        """See `LivePairs`."""

    def rows(self, seekers: Ints) -> Scored:
        """See `LivePairs`."""
        lengths = np.full(seekers.size, _SIDE, dtype=np.int64)
        others = np.tile(np.arange(_SIDE, dtype=np.int32), seekers.size)
        return Scored(lengths, others, (others + np.repeat(seekers, _SIDE) % _SIDE).astype(np.int32))

    def columns(self, supporters: Ints) -> Scored:
        """See `LivePairs`."""
        return self.rows(supporters)

    def stream(self, consume: Callable[[Ints, Scored], T], *, should_stop: ShouldStop | None = None) -> Iterator[T]:
        """See `checking.Streams`; nobody is there when it is asked."""
        del should_stop
        nobody = np.empty(0, dtype=np.int64)
        yield consume(nobody, self.rows(nobody))
