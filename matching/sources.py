"""Where feasible pairs come from: streamed in blocks of rows, from a scorer or from stored entries.

`ScoredPairs` scores them anew each time, `StoredPairs` holds them; solvers at scale know no more of a pair than this.
Never here: what a pair is worth.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.errors import Cancelled
from matching.scorer import PairScorer, RunBlocks
from matching.tile_calls import Scored

T = TypeVar("T")
ShouldStop = Callable[[], bool]
OnProgress = Callable[[int, int], None]

_BLOCK_PAIRS = 1 << 18


THREADS = 2
"""How many threads work at a time where nobody says otherwise."""


class PairSource(Protocol):
    """Every feasible pair of n seekers and m supporters, with its score."""

    @property
    def threads(self) -> int:
        """How many threads may work on its pairs at a time."""

    @property
    def shape(self) -> tuple[int, int]:
        """Seekers and supporters: (n, m)."""

    def stream(
        self,
        consume: Callable[[Ints, Scored], T],
        *,
        rows: Ints | None = None,
        columns: Ints | None = None,
        should_stop: ShouldStop | None = None,
        on_progress: OnProgress | None = None,
    ) -> Iterator[T]:
        """Give every block of rows, each row once, to `consume`, from several threads; its answers in block order.

        Raises Cancelled when `should_stop` answers yes. `on_progress` is told (pairs done, all pairs). `rows`,
        `columns` : some seekers or supporters only; all by default, and always where a source cannot ask some.
        """

    @property
    def can_ask_some(self) -> bool:
        """Tell whether some rows or columns are cheaper than all."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPairs:
    """Pairs that a scorer scores anew in every pass; `run_blocks` and `block_pairs` as its `stream` takes them."""

    scorer: PairScorer
    run_blocks: RunBlocks | None = None
    threads: int = THREADS
    block_pairs: int | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Seekers and supporters: (n, m)."""
        return self.scorer.n, self.scorer.m

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
        return self.scorer.stream(
            consume,
            rows=rows,
            columns=columns,
            threads=self.threads,
            block_pairs=self.block_pairs,
            should_stop=should_stop,
            on_progress=on_progress,
            run_blocks=self.run_blocks,
        )

    @property
    def can_ask_some(self) -> bool:
        """See `PairSource`."""
        return True


@dataclass(frozen=True, slots=True, eq=False)
class StoredPairs:
    """Pairs in compressed rows: `starts` (n + 1,), `supporters` and `scores` int32, of m supporters."""

    starts: Ints
    supporters: NDArray[np.int32]
    scores: NDArray[np.int32]
    m: int
    threads: int = THREADS

    @classmethod
    def of(cls, blocks: list[tuple[Ints, Scored]], n: int, m: int, *, threads: int = THREADS) -> StoredPairs:
        """Put blocks of rows, each row once, in order; the list is emptied on the way."""
        lengths = np.zeros(n, dtype=np.int64)
        for rows, scored in blocks:
            lengths[rows] = scored.lengths
        starts = np.concatenate(([0], np.cumsum(lengths)))
        supporters, scores = (np.empty(int(starts[-1]), dtype=np.int32) for _ in range(2))
        while blocks:
            rows, scored = blocks.pop()
            at = np.repeat(starts[rows] - np.cumsum(scored.lengths) + scored.lengths, scored.lengths)
            at += np.arange(at.size)
            supporters[at], scores[at] = scored.supporters, scored.scores
        return cls(starts, supporters, scores, m, threads)

    @property
    def shape(self) -> tuple[int, int]:
        """Seekers and supporters: (n, m)."""
        return self.starts.size - 1, self.m

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
        del rows, columns  # all of them, always
        blocks = list(self._blocks())
        done = 0
        for (_, scored), answer in zip(blocks, in_threads(consume, blocks, self.threads, should_stop), strict=True):
            yield answer
            done += scored.supporters.size
            if on_progress is not None:
                on_progress(done, self.supporters.size)

    def _blocks(self) -> Iterator[tuple[Ints, Scored]]:
        n, pairs = self.starts.size - 1, self.supporters.size
        cuts = np.searchsorted(self.starts, np.arange(_BLOCK_PAIRS, pairs, _BLOCK_PAIRS))
        bounds = np.unique(np.concatenate(([0], cuts, [n])))
        for first, end in pairwise(bounds.tolist()):
            begin, last = int(self.starts[first]), int(self.starts[end])
            lengths = np.diff(self.starts[first : end + 1])
            yield np.arange(first, end), Scored(lengths, self.supporters[begin:last], self.scores[begin:last])

    @property
    def can_ask_some(self) -> bool:
        """See `PairSource`: looking at stored pairs costs less than choosing among them."""
        return False


def in_threads(
    work: Callable[..., T], calls: Iterable[tuple[Any, ...]], threads: int, should_stop: ShouldStop | None = None
) -> Iterator[T]:
    """Do work that needs no interpreter lock for every call's arguments, in so many threads; answers in order.

    As few answers wait as there are threads. Raises Cancelled when `should_stop` answers yes before a call.
    """
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[T]] = deque()
        for arguments in calls:
            if should_stop is not None and should_stop():
                raise Cancelled("stopped before all rows were looked at")
            waiting.append(pool.submit(work, *arguments))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
