"""The stable matching at scale: deferred acceptance on short lists, and every pair asked whether it blocks.

Blocking pairs join the core and the matching is found anew, until no pair of the source blocks. Never here: prices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.errors import Cancelled
from matching.solvers.at_scale import LONGEST_LIST, MEMORY_BYTES, SHORTEST_LIST, Solution, Watch
from matching.solvers.lists import Lists
from matching.solvers.market import Market
from matching.solvers.stable import Rows, Stable, assign_stably, compiled_stable
from matching.sources import PairSource
from matching.tile_calls import Scored

JOINERS_A_BLOCK = 1 << 18
"""Blocking pairs that join the core from one block of a pass, the first ones found."""

_BYTES_A_PAIR = 24

_Joiners = tuple[Ints, NDArray[np.int32], NDArray[np.int32]]
"""Rows, supporters and scores of pairs."""


def solve_stably(source: PairSource, market: Market, *, watch: Watch, memory_bytes: int = MEMORY_BYTES) -> Solution:
    """Find the stable matching of every pair of a source; prices of the solution are zero and mean nothing.

    Raises Cancelled when `watch.should_stop` answers yes. Out of time, the matching so far is given, not `is_best`.
    """
    rows = _listed(source, market, watch, memory_bytes)
    for rounds in range(1 << 30):
        watch.begins("propose")
        stable = assign_stably(rows, should_stop=watch.should_stop)
        if watch.has_ended():
            break
        watch.begins("price")
        try:
            pairs, count, joiners = _blocking(source, market, stable, watch)
        except Cancelled:
            if watch.is_stopped():
                raise
            break
        if count == 0:
            return _solution(market, stable, pairs=pairs, rounds=rounds + 1, is_best=True)
        rows = _joined(rows, joiners)
    return _solution(market, stable, pairs=None, rounds=rounds, is_best=False)


def _listed(source: PairSource, market: Market, watch: Watch, memory_bytes: int) -> Rows:
    """Give the pairs of every seeker's short list; out of time, of those who have one by then."""
    longest = min(max(memory_bytes // (max(market.n, 1) * _BYTES_A_PAIR), SHORTEST_LIST), LONGEST_LIST)
    lists = Lists.empty(market, longest)
    watch.begins("shortlist")
    try:
        lists.fill(source, market, should_stop=watch.interrupts, on_progress=watch.on_progress)
    except Cancelled:
        if watch.is_stopped():
            raise
    is_used = (np.arange(longest) < lists.lengths[:, None]).ravel()
    starts = np.concatenate(([0], np.cumsum(lists.lengths)))
    keys = (market.worth.seeker_keys, market.worth.supporter_keys)
    return Rows(starts, lists.supporters[is_used], lists.scores[is_used], *keys, market.places)


def _blocking(source: PairSource, market: Market, stable: Stable, watch: Watch) -> tuple[int, int, list[_Joiners]]:
    """Count all pairs and those that block; give rows, supporters and scores of the first of each block."""
    find, worth = compiled_stable().find_blocking, market.worth
    thresholds = tuple(np.array(threshold) for threshold in stable.thresholds)

    def consume(rows: Ints, scored: Scored) -> tuple[int, int, _Joiners]:
        found = np.empty(JOINERS_A_BLOCK, dtype=np.int64)
        count = int(find(rows, *scored, *thresholds, worth.seeker_keys, worth.supporter_keys, found))
        at = found[: min(count, found.size)]
        ends = np.cumsum(scored.lengths)
        seekers = rows[np.searchsorted(ends, at, side="right")]
        return scored.supporters.size, count, (seekers, scored.supporters[at], scored.scores[at])

    parts = list(source.stream(consume, should_stop=watch.interrupts, on_progress=watch.on_progress))
    return sum(part[0] for part in parts), sum(part[1] for part in parts), [part[2] for part in parts]


def _joined(rows: Rows, joiners: list[_Joiners]) -> Rows:
    """Add pairs that are not in the core: whatever blocks is not."""
    listed = np.repeat(np.arange(rows.starts.size - 1), np.diff(rows.starts))
    seekers = np.concatenate((listed, *(part[0] for part in joiners)))
    order = np.argsort(seekers, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(seekers, minlength=rows.starts.size - 1))))
    return rows._replace(
        starts=starts,
        supporters=np.concatenate((rows.supporters, *(part[1] for part in joiners)))[order],
        scores=np.concatenate((rows.scores, *(part[2] for part in joiners)))[order],
    )


def _solution(market: Market, stable: Stable, *, pairs: int | None, rounds: int, is_best: bool) -> Solution:
    no_price, no_surplus = np.zeros(market.m, dtype=np.int64), np.zeros(market.n, dtype=np.int64)
    return Solution(
        supporter_of=stable.supporter_of,
        score_of=stable.score_of,
        price_hi=no_price,
        price_lo=no_price,
        surplus_hi=no_surplus,
        surplus_lo=no_surplus,
        pairs=pairs,
        blocking_pairs=0 if is_best else None,
        rounds=rounds,
        is_best=is_best,
        is_bound=is_best,
    )
