"""Short lists: of every seeker the best pairs at given prices, kept so that most questions need no other pair.

A list also holds some pairs spread over all of the seeker's, so that supporters whom nobody ranks high stay in reach,
and the earlier pair. The arcs of a core are chosen from the lists, and prices are first checked against them. Never
here: an answer that depends on how long a list is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.solvers.loops import loops
from matching.solvers.market import Core, Market
from matching.sources import THREADS, OnProgress, PairSource, ShouldStop, in_threads
from matching.tile_calls import Scored

_BLOCK_ROWS = 1 << 13


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """The short list of every seeker.

    Attributes
    ----------
    supporters, scores : (n, longest) int32; of row i the first ``lengths[i]`` count.
    thresholds : (n,) no pair outside the list is worth more, at the prices `drawn_at` (m,).
    spread_from : from this place on a full list holds pairs spread over all, before it the best.
    threads : how many choose at a time.
    """

    supporters: NDArray[np.int32]
    scores: NDArray[np.int32]
    lengths: Ints
    thresholds: Ints
    drawn_at: Ints
    spread_from: int
    threads: int

    @classmethod
    def empty(cls, market: Market, longest: int, price: Ints | None = None, *, threads: int = THREADS) -> Lists:
        """Give empty lists for so many pairs each, to be drawn up at prices (m,) in the first word; default zero."""
        n = market.n
        return cls(
            supporters=np.zeros((n, longest), dtype=np.int32),
            scores=np.zeros((n, longest), dtype=np.int32),
            lengths=np.zeros(n, dtype=np.int64),
            thresholds=np.zeros(n, dtype=np.int64),
            drawn_at=np.zeros(market.m, dtype=np.int64) if price is None else price,
            spread_from=longest - longest // 6,
            threads=threads,
        )

    def fill(
        self,
        source: PairSource,
        market: Market,
        *,
        should_stop: ShouldStop | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        """Draw up the lists in one pass. Raises Cancelled."""
        worth = market.worth
        spread = self.supporters.shape[1] - self.spread_from
        shortlist = loops().shortlist

        def consume(rows: Ints, scored: Scored) -> None:
            shortlist(
                rows, *scored, worth.scale, worth.previous, market.slot_starts, self.drawn_at, spread,
                self.supporters, self.scores, self.lengths, self.thresholds,
            )  # fmt: skip

        for _ in source.stream(consume, should_stop=should_stop, on_progress=on_progress):
            pass

    def choose(self, market: Market, price: Ints, *, most: int) -> Core:
        """Choose each seeker's best arcs at prices (m,) in the first word, at most `most` of them."""
        worth, choose = market.worth, loops().choose

        def chosen(first: int, end: int) -> tuple[Ints, NDArray[np.int32], Ints]:
            counts, supporters, weights = choose(
                self.supporters, self.scores, self.lengths, worth.scale, worth.bonus, worth.base, worth.previous,
                price, most, first, end,
            )  # fmt: skip
            return counts, supporters, weights

        n = self.lengths.size
        spans = ((first, min(first + _BLOCK_ROWS, n)) for first in range(0, max(n, 1), _BLOCK_ROWS))
        counts, supporters, weights = zip(*in_threads(chosen, spans, self.threads), strict=True)
        return Core(
            np.concatenate(([0], np.cumsum(np.concatenate(counts)))),
            np.concatenate(supporters),
            np.concatenate(weights),
        )

    def blocks(self) -> Iterator[tuple[Ints, Scored]]:
        """Give the lists in blocks of rows, as a source gives all pairs."""
        n, longest = self.supporters.shape
        for first in range(0, n, _BLOCK_ROWS):
            rows = np.arange(first, min(first + _BLOCK_ROWS, n))
            is_used = np.arange(longest) < self.lengths[rows][:, None]
            yield rows, Scored(self.lengths[rows], self.supporters[rows][is_used], self.scores[rows][is_used])
