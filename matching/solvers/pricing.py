"""Asking pairs whether prices are right for them, and which must join the core if not.

The first time every pair of a source is asked. After a repair only those are whose answer can have changed: rows of
seekers whose surplus may have come below what a pair outside their list is worth, and columns of supporters whose
price has fallen far. In the end every pair is asked once more, at the prices that stay, and blocking pairs are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.solvers.lists import Lists
from matching.solvers.loops import loops
from matching.solvers.market import Core, Market, State
from matching.sources import OnProgress, PairSource, ShouldStop, in_threads
from matching.stability import Thresholds
from matching.tile_calls import Scored

MOST_A_SEEKER = 8
"""Violations of a seeker that join the core from one pass, as far as they were seen those of the greatest excess."""

_WORTH_ASKING_SOME = 3
"""One part in so many of all rows may be asked again before asking every pair is as cheap."""

_ROWS_A_COLUMN = 13
"""A pair asked by column takes as long as so many asked by row, where alike supporters are asked together."""

_COLUMNS_A_CALL = 32

_RANKS_OF_FALLS = (0, 1, 3, 10, 30, 100, 300, 1000, 3000)
"""Which of the greatest falls of prices may be the most that rows are asked to make up for."""

_ABOVE_TIES = 2**61
"""A second word that no pair reaches."""

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
    pairs : feasible pairs; None before the first full pass.
    best_hi, best_lo : (n,) each seeker's best value less price in the last full pass, at least zero.
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
    _counted: Thresholds | None = None
    _excess: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        n, m = self.market.n, self.market.m
        self.best_hi, self.best_lo, self._unlisted_hi, self._unlisted_lo, self._blocking_of = (
            np.zeros(n, dtype=np.int64) for _ in range(5)
        )
        self._price_hi, self._price_lo = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.int64)
        self._excess = np.zeros(n, dtype=np.bool_)

    @property
    def blocking_pairs(self) -> int:
        """Pairs that both sides would rather have, of the matching that was asked about last."""
        return int(self._blocking_of.sum())

    def check_lists(self, state: State, thresholds: Thresholds) -> Violations:
        """Hold a state's prices and surpluses against the short lists only; the ledger learns nothing."""
        n = self.market.n
        scratch = tuple(np.zeros(n, dtype=np.int64) for _ in range(5))

        def consume(rows: Ints, scored: Scored) -> Violations:
            return self._asked(rows, scored, state, thresholds, scratch)[0]

        return _joint(list(in_threads(consume, self.lists.blocks(), self.source.threads)))

    def check(
        self,
        state: State,
        thresholds: Thresholds,
        *,
        should_stop: ShouldStop | None = None,
        on_progress: OnProgress | None = None,
    ) -> Violations:
        """Hold a state's prices and surpluses against every pair whose answer is not known.

        Without violations every pair has been asked at these prices, and blocking pairs are counted. Raises Cancelled.
        """
        rows, columns, allowance = self._in_doubt(state)
        n, m = self.market.n, self.market.m
        if rows.size * m + columns.size * n * _ROWS_A_COLUMN < n * m // _WORTH_ASKING_SOME:
            found = self._ask_some(rows, columns, allowance, state, thresholds, should_stop)
            if found.count or self._is_counted(thresholds):
                return found
        return self._ask_all(state, thresholds, should_stop, on_progress)

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
        self._counted = thresholds
        return self._learnt(np.arange(self.market.n), state, [found for found, _ in answers])

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
        if allowance:
            # What other rows know was true before prices fell by this much.
            self._unlisted_hi[~is_asked] += allowance
            self._unlisted_lo[~is_asked] = _ABOVE_TIES

        def consume(rows: Ints, scored: Scored) -> tuple[Violations, int]:
            return self._asked(rows, scored, state, thresholds, self._kept())

        answers = self.source.stream(consume, rows=rows, should_stop=should_stop)
        found = [violations for violations, _ in answers]
        found.extend(self._asked_columns(columns, is_asked, state))
        return self._learnt(rows, state, found)

    def _learnt(self, rows: Ints, state: State, found: list[Violations]) -> Violations:
        """Note the prices of now, and which rows stay in doubt: those of more violations than join at once."""
        self._price_hi[:], self._price_lo[:] = state.price_hi, state.price_lo
        joint = _joint(found)
        self._excess[rows] = False
        self._excess |= np.bincount(joint.rows, minlength=self.market.n) >= MOST_A_SEEKER
        return joint

    def _kept(self) -> tuple[Ints, ...]:
        return self.best_hi, self.best_lo, self._unlisted_hi, self._unlisted_lo, self._blocking_of

    def _is_counted(self, thresholds: Thresholds) -> bool:
        """Tell whether blocking pairs were counted for this very matching."""
        counted = self._counted
        return counted is not None and all(map(np.array_equal, counted, thresholds))

    def _in_doubt(self, state: State) -> tuple[Ints, Ints, int]:
        """Give the rows and the columns that must be asked, and by how much other columns' prices may have fallen.

        A row need not be asked while its surplus exceeds what it knows of pairs outside its list by more than their
        prices have fallen; a price that has fallen further than most is asked about by column instead.
        """
        if self.pairs is None or not self.source.can_ask_some:
            return np.arange(self.market.n), np.empty(0, dtype=np.int64), 0
        falls = self._price_hi - state.price_hi + (state.price_lo < self._price_lo)
        spare = state.surplus_hi - self._unlisted_hi
        greatest = np.sort(np.maximum(falls, 0))[::-1]
        choices = np.unique(greatest[np.minimum(_RANKS_OF_FALLS, greatest.size - 1)])
        shares = np.searchsorted(np.sort(spare), choices, side="right") / max(self.market.n, 1)
        shares += _ROWS_A_COLUMN * (greatest[:, None] > choices).sum(axis=0) / max(self.market.m, 1)
        allowance = int(choices[np.argmin(shares)])
        if allowance:
            is_low = spare <= allowance
        else:
            is_low = _is_less(state.surplus_hi, state.surplus_lo, self._unlisted_hi, self._unlisted_lo)
        return np.flatnonzero(is_low | self._excess), np.flatnonzero(falls > allowance), allowance

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

    def _asked_columns(self, columns: Ints, is_asked: NDArray[np.bool_], state: State) -> list[Violations]:
        """Ask the pairs of some supporters but those with seekers whose rows are asked."""
        worth, lists = self.market.worth, self.lists
        answers = []
        for first in range(0, columns.size, _COLUMNS_A_CALL):
            some = columns[first : first + _COLUMNS_A_CALL]
            found = loops().find_in_columns(
                some, *self.source.columns(some), worth.scale, worth.bonus, worth.base, worth.previous,
                worth.seeker_keys, worth.turned_keys, state.price_hi, state.price_lo, state.surplus_hi,
                state.surplus_lo, lists.drawn_at, lists.thresholds, self._unlisted_hi, self._unlisted_lo, is_asked,
            )  # fmt: skip
            answers.append(Violations(found[0].size, *found))
        return answers


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
