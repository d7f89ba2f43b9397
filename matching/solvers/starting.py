"""Starting prices near the best ones: priority levels first, then an auction within them.

They only save work: whatever they are, `mending.py` makes the matching exact. Three ideas carry them. Where priorities
decide, no price war has to climb from one rank to the next, since `levels` finds where places are scarce by counting
alone. Within a level nearly every place is wanted, so prices are free to move together: where places stay empty while
people wait, a whole part's prices fall until as many would come. And arcs are chosen anew at each round's prices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.problem import WAITING
from matching.solvers.lists import Lists
from matching.solvers.loops import loops
from matching.solvers.market import Core, Market, State
from matching.worth import WORD_LIMIT

ARCS = 32
"""Arcs a seeker in a core: twice the greatest rank that best pairs of random costs reach at 100,000 (Lee & Orlin)."""

_ROUNDS = ((25, 1), (100, 2), (100, 2), (1000, 2))
"""Of each round: bids top what is needed by the spread of scores divided by this; so many auctions at most."""

_SEEKERS_A_SUPPORTER = 16

_BIDS_A_SEEKER = 6
_GIVES_UP = 3
"""Whoever must be matched stops bidding for places that cost this many spreads more than they are worth."""

_FEW = 2000
"""Out of so many supporters one may be left with an empty place."""


@dataclass(frozen=True, slots=True, eq=False)
class _Auction:
    """The arcs to each seeker's own level, who may wait, and which part each supporter belongs to."""

    starts: Ints
    supporters: NDArray[np.int32]
    weights: Ints
    may_wait: NDArray[np.bool_]
    part_of: Ints


def start(market: Market, lists: Lists, state: State, *, price: Ints | None = None) -> Core:
    """Set prices and a matching to begin with in a state; gives the core chosen at these prices.

    `price` (m,) in the first word: an earlier run's, which few rounds bring up to date. Where places are scarce by now
    is counted anew, for one who waits for the first time may lift every price by a rank.
    """
    rounds = _ROUNDS if price is None else _ROUNDS[2:]
    worth = market.worth
    unit = worth.unit if worth.ranks is not None else 0
    level = _levels(market, lists)
    spread = _spread_of(lists) * worth.scale
    price = np.zeros(market.m, dtype=np.int64) if price is None else _within_levels(price, unit)
    floor_of = np.zeros(market.m, dtype=np.int64)
    has_empty = np.zeros(market.m, dtype=np.bool_)
    for share, most in rounds:
        core = lists.choose(market, level * unit + price, most=ARCS)
        auction = _auction_of(market, core, level)
        _hold(
            market,
            auction,
            level,
            price,
            floor_of,
            has_empty,
            state,
            step=max(spread // share, 1),
            most=most,
            spread=spread,
        )
    state.price_hi[:] = np.clip(level * unit + price, 0, WORD_LIMIT)
    state.price_lo[:] = 0
    return lists.choose(market, state.price_hi, most=ARCS)


def _within_levels(price: Ints, unit: int) -> Ints:
    """Leave of prices what is not whole levels."""
    return price - (price + unit // 2) // unit * unit if unit else price.copy()


def _levels(market: Market, lists: Lists) -> Ints:
    ranks = market.worth.ranks
    if ranks is None:
        return np.zeros(market.m, dtype=np.int64)
    core = lists.choose(market, np.zeros(market.m, dtype=np.int64), most=ARCS)
    # A core of what seekers like best would leave supporters out whom nobody ranks high, and call others scarce.
    rows, supporters = loops().best_of_supporters(
        lists.begins, lists.lengths, lists.supporters, lists.scores, market.slot_starts, _SEEKERS_A_SUPPORTER
    )
    no_weights = np.zeros(rows.size, dtype=np.int64)
    starts, arcs, weights = loops().joined(core.starts, core.supporters, core.weights, rows, supporters, no_weights)
    turned_starts, seekers, _ = loops().transposed(starts, arcs, weights, market.m)
    order = np.argsort(-ranks, kind="stable")
    ordered = loops().rare_first(starts, turned_starts, seekers)
    found: Ints = loops().levels(starts, ordered, ranks, order, market.slot_starts)
    return found


def _spread_of(lists: Lists) -> int:
    return int(lists.scores.max(initial=0)) - int(lists.scores.min(initial=0)) + 1


def _auction_of(market: Market, core: Core, level: Ints) -> _Auction:
    worth = market.worth
    ranks = np.zeros(market.n, dtype=np.int64) if worth.ranks is None else worth.ranks
    arcs = (core.starts, core.supporters, core.weights)
    starts, supporters, weights, may_wait = loops().on_own_level(*arcs, worth.base, ranks, level)
    return _Auction(starts, supporters, weights, may_wait, loops().parts(starts, supporters, market.m))


def _hold(  # noqa: PLR0913, PLR0917 - one auction's settings, and all it changes
    market: Market,
    auction: _Auction,
    level: Ints,
    price: Ints,
    floor_of: Ints,
    has_empty: NDArray[np.bool_],
    state: State,
    *,
    step: int,
    most: int,
    spread: int,
) -> None:
    """Hold auctions until few places of a level stay empty; between them a part with empty places gets cheaper."""
    places = market.places
    arcs = (auction.starts, auction.supporters, auction.weights)
    for number in range(most):
        # What stayed empty is for less again; only at the end it keeps its price, or all around would want it.
        price[has_empty] = floor_of[has_empty]
        state.supporter_of[:] = WAITING
        loops().auction(
            *arcs, auction.may_wait, market.slot_starts, price, state.supporter_of, step,
            _BIDS_A_SEEKER * market.n, -_GIVES_UP * spread,
        )  # fmt: skip
        held = state.supporter_of[state.supporter_of != WAITING]
        empty = places - np.bincount(held, minlength=market.m)
        has_empty[:] = empty > 0
        wanted = np.bincount(auction.part_of, np.where(level > 0, empty, 0), minlength=market.m).astype(np.int64)
        if number + 1 == most or wanted.sum() <= market.m // _FEW:
            return
        fall = _falls(market, auction, price, state, wanted, step)
        price -= fall[auction.part_of]
        floor_of -= fall[auction.part_of]


def _falls(market: Market, auction: _Auction, price: Ints, state: State, wanted: Ints, step: int) -> Ints:
    """Say by how much each part's prices must fall for as many of its waiting seekers to come as places are empty."""
    short = loops().shortfalls(auction.starts, auction.supporters, auction.weights, price, state.supporter_of)
    waiting = np.flatnonzero((state.supporter_of == WAITING) & auction.may_wait & (np.diff(auction.starts) > 0))
    part = auction.part_of[auction.supporters[auction.starts[waiting]]]
    order = np.lexsort((short[waiting], part))
    waiting, part = waiting[order], part[order]
    first = np.searchsorted(part, np.arange(market.m + 1))
    parts = np.flatnonzero((wanted > 0) & (np.diff(first) > 0))
    # Half as many again, since some of them would take the place of another.
    at = first[parts] + np.minimum(wanted[parts] + wanted[parts] // 2, np.diff(first)[parts]) - 1
    falls = np.zeros(market.m, dtype=np.int64)
    falls[parts] = np.maximum(short[waiting[at]], 0) + step
    return falls
