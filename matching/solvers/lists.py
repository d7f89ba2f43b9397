"""Lists of pairs: of every seeker the best at given prices, kept so that most questions need no other pair.

Where all pairs are held in memory, they are the lists. A short list also holds some pairs spread over all of the
seeker's, so that supporters whom nobody ranks high stay in reach, and the earlier pair. The arcs of a core are chosen
from the lists, and prices are first checked against them. Never here: an answer that depends on how long a list is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.solvers.loops import loops
from matching.solvers.market import Core, Market
from matching.sources import THREADS, OnProgress, PairSource, ShouldStop, StoredPairs, in_threads
from matching.tile_calls import Scored

_BLOCKS_A_THREAD = 4

_SPREAD_SHARE, _PLAIN_SHARE = 6, 4
"""One in so many of a short list's pairs is there to keep rare supporters in reach; one in so many for its score."""

NOTHING, _NEVER = -(2**61), 2**61
"""Below every worth, where no pair is outside a list; a price that nobody pays."""


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """The list of every seeker.

    Attributes
    ----------
    begins, lengths : (n,) where each seeker's list begins, and how long it is.
    supporters, scores : int32, list after list.
    thresholds : (n,) no pair outside the list is worth more, at the prices `drawn_at` (m,).
    plain_thresholds : (n,) no pair outside the list has a greater score.
    threads : how many choose at a time.
    """

    begins: Ints
    lengths: Ints
    supporters: NDArray[np.int32]
    scores: NDArray[np.int32]
    thresholds: Ints
    plain_thresholds: Ints
    drawn_at: Ints
    threads: int

    @classmethod
    def empty(cls, market: Market, longest: int, price: Ints | None = None, *, threads: int = THREADS) -> Lists:
        """Give empty lists for so many pairs each, to be drawn up at prices (m,) in the first word; default zero."""
        n = market.n
        return cls(
            begins=np.arange(n) * longest,
            lengths=np.zeros(n, dtype=np.int64),
            supporters=np.zeros(n * longest, dtype=np.int32),
            scores=np.zeros(n * longest, dtype=np.int32),
            thresholds=np.full(n, _NEVER),
            plain_thresholds=np.full(n, _NEVER),
            drawn_at=np.zeros(market.m, dtype=np.int64) if price is None else price,
            threads=threads,
        )

    @classmethod
    def of_all(cls, stored: StoredPairs, market: Market) -> Lists:
        """Make lists of all the pairs there are, where they are held in memory anyway; nothing is copied."""
        return cls(
            begins=stored.starts[:-1],
            lengths=np.diff(stored.starts),
            supporters=stored.supporters,
            scores=stored.scores,
            thresholds=np.full(market.n, NOTHING),
            plain_thresholds=np.full(market.n, NOTHING),
            drawn_at=np.zeros(market.m, dtype=np.int64),
            threads=stored.threads,
        )

    def fill(
        self,
        source: PairSource,
        market: Market,
        *,
        should_stop: ShouldStop | None = None,
        on_progress: OnProgress | None = None,
    ) -> int:
        """Draw up lists that were made empty, in one pass; gives how many pairs there are. Raises Cancelled."""
        worth, longest = market.worth, self.supporters.size // max(market.n, 1)
        lists, scores = self.supporters.reshape(-1, longest), self.scores.reshape(-1, longest)
        price, no_price = (np.where(market.places > 0, each, _NEVER) for each in (self.drawn_at, 0))
        has_prices = bool(self.drawn_at.any())
        plain, spread = (longest // _PLAIN_SHARE if has_prices else 0), longest // _SPREAD_SHARE
        shortlist = loops().shortlist

        def consume(rows: Ints, scored: Scored) -> int:
            pairs: int = shortlist(
                rows, *scored, worth.scale, worth.previous, price, no_price, has_prices, plain, spread, lists,
                scores, self.lengths, self.thresholds, self.plain_thresholds,
            )  # fmt: skip
            return pairs

        return sum(source.stream(consume, should_stop=should_stop, on_progress=on_progress))

    def choose(self, market: Market, price: Ints, *, most: int) -> Core:
        """Choose each seeker's best arcs at prices (m,) in the first word, at most `most` of them."""
        worth, choose = market.worth, loops().choose
        price = np.where(market.places > 0, price, _NEVER)

        def chosen(first: int, end: int) -> tuple[Ints, NDArray[np.int32], Ints]:
            counts, supporters, weights = choose(
                self.begins, self.lengths, self.supporters, self.scores, worth.scale, worth.bonus, worth.base,
                worth.previous, price, most, first, end,
            )  # fmt: skip
            return counts, supporters, weights

        counts, supporters, weights = zip(*in_threads(chosen, self.spans(), self.threads), strict=True)
        return Core(
            np.concatenate(([0], np.cumsum(np.concatenate(counts)))),
            np.concatenate(supporters),
            np.concatenate(weights),
        )

    def spans(self) -> Iterator[tuple[int, int]]:
        """Cut the rows into spans for threads: first, and before which to end; one at least."""
        n = self.lengths.size
        size = max(-(-n // (self.threads * _BLOCKS_A_THREAD)), 1)
        return ((first, min(first + size, n)) for first in range(0, max(n, 1), size))

    def blocks(self) -> Iterator[tuple[Ints, Scored]]:
        """Give lists that were drawn up in blocks of rows, as a source gives all pairs."""
        longest = self.supporters.size // max(self.lengths.size, 1)
        for first, end in self.spans():
            rows, taken = np.arange(first, end), slice(first * longest, end * longest)
            is_used = np.arange(longest) < self.lengths[rows][:, None]
            supporters, scores = (each[taken].reshape(-1, longest)[is_used] for each in (self.supporters, self.scores))
            yield rows, Scored(self.lengths[rows], supporters, scores)
