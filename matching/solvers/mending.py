"""From any prices to a best matching of a core and its smallest prices, by exact paths.

Arcs that join later make some surpluses grow: their pairs come apart and paths mend what is left, so that a repair
costs as much as what has changed. Never here: pairs outside the core.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from matching.entries import Ints
from matching.errors import Cancelled
from matching.problem import WAITING
from matching.solvers.loops import loops
from matching.solvers.market import Core, Market, State
from matching.sources import ShouldStop

_SEEKERS_A_CALL = 2048
_SUPPORTERS_A_CALL = 32


def mend(market: Market, core: Core, state: State, *, should_stop: ShouldStop | None = None) -> None:
    """Make the state a best matching of the core with its smallest prices; the prices it has are where it begins.

    Pairs of the state that are not in the core, or not the best at its prices, come apart first. Raises Cancelled.
    """
    keys = (market.worth.seeker_keys, market.worth.turned_keys)
    arcs = (core.starts, core.supporters, core.weights, *keys)
    prices = (state.price_hi, state.price_lo, state.surplus_hi, state.surplus_lo)
    loops().surpluses(*arcs, *prices, state.supporter_of)
    loops().seat(state.supporter_of, market.slot_starts, state.slots, state.used)
    rest = (state.supporter_of, *prices, state.slots, state.used)
    for seekers in _parts(_hungry(state), _SEEKERS_A_CALL, should_stop):
        loops().forward(*arcs, market.slot_starts, seekers, *rest)
    empty = _dear_and_empty(market, state)
    if empty.size:
        turned = loops().transposed(core.starts, core.supporters, core.weights, market.m)
        for supporters in _parts(empty, _SUPPORTERS_A_CALL, should_stop):
            loops().backward(*turned, *keys, market.slot_starts, supporters, *rest)
    loops().lower(*arcs, market.slot_starts, *rest)


def _hungry(state: State) -> Ints:
    """Who has a surplus and no supporter, the greatest first: latecomers soon find that waiting is best."""
    has_surplus = (state.surplus_hi > 0) | ((state.surplus_hi == 0) & (state.surplus_lo > 0))
    hungry = np.flatnonzero((state.supporter_of == WAITING) & has_surplus)
    return hungry[np.argsort(-state.surplus_hi[hungry], kind="stable")]


def _dear_and_empty(market: Market, state: State) -> Ints:
    """Whose places are not all taken though they have a price."""
    has_price = (state.price_hi > 0) | ((state.price_hi == 0) & (state.price_lo > 0))
    return np.flatnonzero((state.used < market.places) & has_price)


def _parts(members: Ints, size: int, should_stop: ShouldStop | None) -> Iterator[Ints]:
    for first in range(0, members.size, size):
        if should_stop is not None and should_stop():
            raise Cancelled("stopped before every change was mended")
        yield members[first : first + size]
