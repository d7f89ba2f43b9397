"""Asking pairs whether prices are right for them, and which must join the core if not.

Lists tell what every pair outside them is worth at most, at the prices they were drawn at. So only those are asked
whose answer can have changed: rows of seekers whose surplus may have come below that, and columns of supporters whose
price has fallen far; every pair, where that is as cheap. In the end, once no price is wrong, rows are asked whose list
may miss a pair that both sides would rather have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.solvers.lists import NOTHING, Lists
from matching.solvers.loops import loops
from matching.solvers.market import Core, Market, State
from matching.sources import OnProgress, PairSource, ShouldStop, in_threads
from matching.stability import Thresholds
from matching.tile_calls import Scored

MOST_A_SEEKER = 8
"""Violations of a seeker that join the core from one pass, as far as they were seen those of the greatest excess."""

_WORTH_ASKING_SOME = 0.4
"""So large a part of all pairs may be asked before it is better to ask every one, which tells more."""

_LOOK = 0.1
"""Going through every row for a few supporters takes so many times what asking all supporters does."""

_FEW_COLUMNS = 50
"""Supporters from which one may be in every tile; before, it is as many tiles."""

_RANKS_OF_FALLS = (0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
"""Which of the greatest falls of prices may be the most that rows are asked to make up for."""

_ABOVE_TIES = 2**61
"""A second word that no pair's value less price reaches."""

Found = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
"""Rows, supporters and scores of pairs that are worth more than surplus + price."""


@dataclass(frozen=True, slots=True, eq=False)
class Violations:
    """Pairs worth more than surplus + price: how many were seen, 0 only where there are none, and those that join.

    Of a row at most `MOST_A_SEEKER` join, among them that of the greatest excess.
    """

    count: int
    rows: NDArray[np.int32]
    supporters: NDArray[np.int32]
    scores: NDArray[np.int32]


@dataclass(slots=True)
class Ledger:
    """What is known of all pairs of a source since they were last asked.

    Attributes
    ----------
    pairs : feasible pairs; None before every pair has been asked once, for lists or for prices.
    best_hi, best_lo : (n,) each seeker's best value less price, at least zero: in the list, as far as only that was
        asked.
    """

    source: PairSource
    market: Market
    lists: Lists
    pairs: int | None = None
    best_hi: Ints = field(init=False)
    best_lo: Ints = field(init=False)
    _unlisted_hi: Ints = field(init=False)
    _unlisted_lo: Ints = field(init=False)
    _blocking_of: Ints = field(init=False)
    _price_hi: Ints = field(init=False)
    _price_lo: Ints = field(init=False)

    def __post_init__(self) -> None:
        n, m = self.market.n, self.market.m
        self.best_hi, self.best_lo, self._blocking_of = (np.zeros(n, dtype=np.int64) for _ in range(3))
        # Lists say what the others are worth at most at the prices they were drawn at.
        self._unlisted_hi = self.market.worth.base + self.lists.thresholds
        self._unlisted_lo = np.full(n, _ABOVE_TIES)
        self._price_hi, self._price_lo = self.lists.drawn_at.copy(), np.zeros(m, dtype=np.int64)

    @property
    def blocking_pairs(self) -> int:
        """Pairs that both sides would rather have, of the matching that `check` found nothing against."""
        return int(self._blocking_of.sum())

    def bound(self) -> tuple[Ints, Ints]:
        """Give surpluses (n,) that prove the prices last checked, whatever was found: no pair is worth more."""
        # One more in the first word is above every second word.
        is_open = self._unlisted_lo == _ABOVE_TIES
        hi, lo = self._unlisted_hi + is_open, np.where(is_open, 0, self._unlisted_lo)
        is_listed = _is_less(hi, lo, self.best_hi, self.best_lo)
        return np.where(is_listed, self.best_hi, hi), np.where(is_listed, self.best_lo, lo)

    def check_lists(self, state: State, thresholds: Thresholds) -> Violations:
        """Hold a state's prices and surpluses against the short lists only; count their blocking pairs."""
        scratch = tuple(np.zeros(self.market.n, dtype=np.int64) for _ in range(2))
        kept = (self.best_hi, self.best_lo, *scratch, self._blocking_of)

        def consume(rows: Ints, scored: Scored) -> Violations:
            return self._asked(rows, scored, state, thresholds, kept)[0]

        return _joint(list(in_threads(consume, self.lists.blocks(), self.source.threads)))

    def check(
        self,
        state: State,
        thresholds: Thresholds,
        *,
        should_stop: ShouldStop | None = None,
        on_progress: OnProgress | None = None,
    ) -> Violations:
        """Hold a state's prices and surpluses, which `check_lists` finds nothing against, against every other pair.

        Asked are those whose answer is not known. Without violations every pair is proven to be worth no more, and
        blocking pairs are counted. Raises Cancelled.
        """
        rows, columns, allowance = self._in_doubt(state)
        share = rows.size / max(self.market.n, 1) + _share_of(columns.size, self.market.m)
        if self.pairs is None or share >= _WORTH_ASKING_SOME:
            return self._ask_all(state, thresholds, should_stop, on_progress)
        found = self._ask_some(rows, columns, allowance, state, thresholds, should_stop)
        if found.count:
            return found
        # Whose own pair scores more than any outside their list has all pairs that could block in it.
        plain = self.lists.plain_thresholds
        is_open = (plain > NOTHING) & (thresholds.seeker_score <= plain)
        is_open[rows] = False
        return self._ask_rows(np.flatnonzero(is_open), state, thresholds, should_stop)

    def _ask_all(
        self,
        state: State,
        thresholds: Thresholds,
        should_stop: ShouldStop | None,
        on_progress: OnProgress | None,
    ) -> Violations:
        def consume(rows: Ints, scored: Scored) -> tuple[Violations, int]:
            return self._asked(rows, scored, state, thresholds, self._kept())

        answers = list(self.source.stream(consume, should_stop=should_stop, on_progress=on_progress))
        self.pairs = sum(pairs for _, pairs in answers)
        self._note_prices(state)
        return _joint([found for found, _ in answers])

    def _ask_some(
        self,
        rows: Ints,
        columns: Ints,
        allowance: int,
        state: State,
        thresholds: Thresholds,
        should_stop: ShouldStop | None,
    ) -> Violations:
        is_asked = np.zeros(self.market.n, dtype=np.bool_)
        is_asked[rows] = True
        # What other rows know was true before prices fell by this much; a fall in the second word counts in the first.
        self._unlisted_hi[~is_asked] += allowance
        found = [
            self._ask_rows(rows, state, thresholds, should_stop),
            self._ask_columns(columns, np.flatnonzero(~is_asked), state, thresholds, should_stop),
        ]
        self._note_prices(state)
        return _joint(found)

    def _ask_rows(self, rows: Ints, state: State, thresholds: Thresholds, should_stop: ShouldStop | None) -> Violations:
        def consume(rows: Ints, scored: Scored) -> Violations:
            return self._asked(rows, scored, state, thresholds, self._kept())[0]

        return _joint(list(self.source.stream(consume, rows=rows, should_stop=should_stop)))

    def _note_prices(self, state: State) -> None:
        self._price_hi[:], self._price_lo[:] = state.price_hi, state.price_lo

    def _kept(self) -> tuple[Ints, ...]:
        return self.best_hi, self.best_lo, self._unlisted_hi, self._unlisted_lo, self._blocking_of

    def _in_doubt(self, state: State) -> tuple[Ints, Ints, int]:
        """Give the rows and the columns that must be asked, and by how much other columns' prices have fallen at most.

        A row need not be asked while its surplus exceeds what it knows of pairs outside its list by more than their
        prices have fallen; a price that has fallen further than most is asked about by column instead. Where most
        prices have risen, that is less than nothing.
        """
        if self.pairs is None or not self.source.can_ask_some:
            # Nothing is known, or nothing is gained by it.
            return np.arange(self.market.n), np.empty(0, dtype=np.int64), 0
        falls = self._price_hi - state.price_hi + (state.price_lo < self._price_lo)
        spare = state.surplus_hi - self._unlisted_hi
        greatest = np.sort(falls)[::-1]
        choices = np.unique(greatest[np.minimum(_RANKS_OF_FALLS, greatest.size - 1)])
        shares = np.searchsorted(np.sort(spare), choices, side="right") / max(self.market.n, 1)
        shares += _share_of((greatest[:, None] > choices).sum(axis=0), self.market.m)
        allowance = int(choices[np.argmin(shares)])
        unlisted = self._unlisted_hi + allowance, self._unlisted_lo
        is_low = _is_less(state.surplus_hi, state.surplus_lo, *unlisted)
        return np.flatnonzero(is_low), np.flatnonzero(falls > allowance), allowance

    def _asked(
        self, rows: Ints, scored: Scored, state: State, thresholds: Thresholds, kept: tuple[Ints, ...]
    ) -> tuple[Violations, int]:
        worth, lists = self.market.worth, self.lists
        *found, count, pairs = loops().find_violations(
            rows, *scored, worth.scale, worth.bonus, worth.base, worth.previous, worth.seeker_keys, worth.turned_keys,
            self.market.slot_starts, state.price_hi, state.price_lo, state.surplus_hi, state.surplus_lo, MOST_A_SEEKER,
            *kept[:2], lists.drawn_at, lists.thresholds, *kept[2:], *thresholds,
        )  # fmt: skip
        return Violations(int(count), *found), int(pairs)

    def _ask_columns(
        self, columns: Ints, rows: Ints, state: State, thresholds: Thresholds, should_stop: ShouldStop | None
    ) -> Violations:
        """Ask the pairs of some supporters with rows that are not asked whole."""
        if not columns.size:
            return _joint([])
        scratch = tuple(np.zeros(self.market.n, dtype=np.int64) for _ in range(5))

        def consume(rows: Ints, scored: Scored) -> Violations:
            return self._asked(rows, scored, state, thresholds, scratch)[0]

        found = _joint(list(self.source.stream(consume, rows=rows, columns=columns, should_stop=should_stop)))
        hi, lo = (each[rows] for each in scratch[2:4])
        is_more = _is_less(self._unlisted_hi[rows], self._unlisted_lo[rows], hi, lo)
        self._unlisted_hi[rows[is_more]], self._unlisted_lo[rows[is_more]] = hi[is_more], lo[is_more]
        return found


def _share_of(columns: Any, m: int) -> Any:
    """Say what asking so many supporters takes, of what a full pass takes."""
    return _LOOK * np.minimum(columns / _FEW_COLUMNS, 1) + columns / max(m, 1)


def join(market: Market, core: Core, found: Violations) -> Core:
    """Add violations to a core; none of them is in it."""
    rows, supporters = found.rows.astype(np.int64), found.supporters.astype(np.int64)
    weights = market.worth.words_of(rows, supporters, found.scores.astype(np.int64))
    return Core(*loops().joined(core.starts, core.supporters, core.weights, found.rows, found.supporters, weights))


def _joint(parts: list[Violations]) -> Violations:
    nothing = np.empty(0, dtype=np.int32)
    return Violations(
        count=sum(part.count for part in parts),
        rows=np.concatenate([nothing, *(part.rows for part in parts)]),
        supporters=np.concatenate([nothing, *(part.supporters for part in parts)]),
        scores=np.concatenate([nothing, *(part.scores for part in parts)]),
    )


def _is_less(hi: Ints, lo: Ints, other_hi: Ints, other_lo: Ints) -> NDArray[np.bool_]:
    less: NDArray[np.bool_] = (hi < other_hi) | ((hi == other_hi) & (lo < other_lo))
    return less
