"""The exact solver at scale: short lists, starting prices, exact repair, and prices held against every feasible pair.

The core of arcs it solves is never trusted: each round, prices of the core's best matching are checked against the
short lists, then against every pair of the source; pairs that are worth more join the core, until there are none. Then
the matching is best among all pairs, and its prices are the smallest: they are the smallest on a part of the arcs,
and valid on all. Everything happens in two words a pair (`worth.py`). Never here: the steps themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matching.entries import Ints
from matching.errors import Cancelled
from matching.solvers.lists import Lists
from matching.solvers.market import Core, Market, State
from matching.solvers.mending import mend
from matching.solvers.pricing import Ledger, Violations, join
from matching.solvers.starting import start
from matching.sources import OnProgress, PairSource, ShouldStop, StoredPairs
from matching.stability import Thresholds, thresholds_of

MEMORY_BYTES = 2 << 30
"""What short lists may take where nobody says otherwise."""

LONGEST_LIST, SHORTEST_LIST = 256, 48
_BYTES_A_PAIR = 8

OnStage = Callable[[str], None]
"""Told the name of each stage as it begins: ``shortlist``, ``start``, ``mend``, ``check lists``, ``price``."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A matching and its prices in words.

    Attributes
    ----------
    supporter_of, score_of : (n,) int64; -1 and 0 where the seeker waits.
    price_hi, price_lo : (m,). surplus_hi, surplus_lo : (n,). With `is_best` the smallest valid ones; else, where
        `is_bound`, valid for every pair.
    pairs, blocking_pairs : feasible pairs; those that both sides would rather have. None where not counted: before the
        first full pass; unless `is_best`.
    rounds : full passes that checked prices.
    """

    supporter_of: Ints
    score_of: Ints
    price_hi: Ints
    price_lo: Ints
    surplus_hi: Ints
    surplus_lo: Ints
    pairs: int | None
    blocking_pairs: int | None
    rounds: int
    is_best: bool
    is_bound: bool


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What a run is asked and told while it works.

    Attributes
    ----------
    should_stop : yes raises Cancelled. is_time_up : yes ends the run with the best so far.
    on_progress : told (done, all) of the pairs to be looked at. on_stage : told what begins.
    """

    should_stop: ShouldStop | None = None
    is_time_up: Callable[[], bool] | None = None
    on_progress: OnProgress | None = None
    on_stage: OnStage | None = None

    def begins(self, stage: str) -> None:
        """Say that a stage begins."""
        if self.on_stage is not None:
            self.on_stage(stage)

    def has_ended(self) -> bool:
        """Tell whether the time is up."""
        return self.is_time_up is not None and self.is_time_up()

    def interrupts(self) -> bool:
        """Tell whether a pass should end before its last block: stopped, or out of time."""
        return self.is_stopped() or self.has_ended()

    def is_stopped(self) -> bool:
        """Tell whether nobody wants the answer any more."""
        return self.should_stop is not None and self.should_stop()


@dataclass(slots=True)
class _Run:
    """One run: the state that is best on the core so far, and the best bound that a pass has proven."""

    market: Market
    watch: Watch
    ledger: Ledger
    state: State
    core: Core
    rounds: int = 0
    bound: tuple[Ints, Ints, Ints, Ints] | None = None


def solve_at_scale(
    source: PairSource,
    market: Market,
    *,
    watch: Watch | None = None,
    memory_bytes: int = MEMORY_BYTES,
    prices: Ints | None = None,
) -> Solution:
    """Find the best matching of every pair of a source, with its smallest prices.

    Parameters
    ----------
    source : feasible pairs; streamed once for short lists and at least once to check prices.
    market : what pairs are worth, and places.
    memory_bytes : what the short lists may take; the answer does not depend on it.
    prices : (m,) first words of an earlier run's prices, where it is likely that little has changed.

    Raises
    ------
    Cancelled
        When `watch.should_stop` answers yes.
    """
    watch = watch or Watch()
    run = _begun(source, market, watch, memory_bytes, prices)
    while True:
        watch.begins("mend")
        mend(market, run.core, run.state, should_stop=watch.should_stop)
        thresholds = _thresholds(run)
        found = None
        if source.can_ask_some:
            watch.begins("check lists")
            found = run.ledger.check_lists(run.state, thresholds)
        if watch.has_ended():
            return _solution(run, is_best=False)
        if found is None or not found.count:
            watch.begins("price")
            try:
                found = _priced(run, thresholds)
            except Cancelled:
                if watch.is_stopped():
                    raise
                return _solution(run, is_best=False)
            if not found.count:
                return _solution(run, is_best=True)
        run.core = join(market, run.core, found)


def _begun(source: PairSource, market: Market, watch: Watch, memory_bytes: int, prices: Ints | None) -> _Run:
    if isinstance(source, StoredPairs):
        lists, pairs = Lists.of_all(source, market), None
    else:
        lists, pairs = _drawn_up(source, market, watch, memory_bytes, prices)
    watch.begins("start")
    state = State.of(market)
    core = start(market, lists, state, price=prices)
    return _Run(market, watch, Ledger(source, market, lists, pairs), state, core)


def _drawn_up(
    source: PairSource, market: Market, watch: Watch, memory_bytes: int, price: Ints | None
) -> tuple[Lists, int | None]:
    """Draw up short lists and count the pairs; None where that was not done to the end."""
    longest = min(max(memory_bytes // (max(market.n, 1) * _BYTES_A_PAIR), SHORTEST_LIST), LONGEST_LIST)
    lists = Lists.empty(market, longest, price, threads=source.threads)
    watch.begins("shortlist")
    try:
        return lists, lists.fill(source, market, should_stop=watch.interrupts, on_progress=watch.on_progress)
    except Cancelled:
        # Out of time, whoever has a list by now is matched among those lists.
        if watch.is_stopped():
            raise
    return lists, None


def _priced(run: _Run, thresholds: Thresholds) -> Violations:
    """Hold prices against every pair, and remember the bound that this proves."""
    state, watch = run.state, run.watch
    found = run.ledger.check(state, thresholds, should_stop=watch.interrupts, on_progress=watch.on_progress)
    run.rounds += 1
    run.bound = (state.price_hi.copy(), state.price_lo.copy(), *run.ledger.bound())
    return found


def _solution(run: _Run, *, is_best: bool) -> Solution:
    supporter_of = run.state.supporter_of.astype(np.int64)
    state, ledger = run.state, run.ledger
    ours = (state.price_hi, state.price_lo, state.surplus_hi, state.surplus_lo)
    prices = ours if is_best or run.bound is None else run.bound
    return Solution(
        supporter_of,
        _scores(run, supporter_of),
        *prices,
        pairs=ledger.pairs,
        blocking_pairs=ledger.blocking_pairs if is_best else None,
        rounds=run.rounds,
        is_best=is_best,
        is_bound=is_best or run.bound is not None,
    )


def _thresholds(run: _Run) -> Thresholds:
    supporter_of = run.state.supporter_of.astype(np.int64)
    worth = run.market.worth
    return thresholds_of(
        supporter_of, _scores(run, supporter_of), run.market.places, worth.seeker_keys, worth.supporter_keys
    )


def _scores(run: _Run, supporter_of: Ints) -> Ints:
    """Read the score of each seeker's pair off the core's weights."""
    core, worth = run.core, run.market.worth
    rows = np.repeat(np.arange(run.market.n), np.diff(core.starts))
    chosen = np.flatnonzero(supporter_of[rows] == core.supporters)
    scores = np.zeros(run.market.n, dtype=np.int64)
    rows = rows[chosen]
    kept = worth.previous[rows] == core.supporters[chosen]
    scores[rows] = (core.weights[chosen] - worth.base[rows] - worth.bonus * kept) // worth.scale
    return scores
