"""Scoring the pairs of a cohort in blocks of rows, streamed over threads, so that they are never all in memory.

`PairScorer.of` prepares a cohort once: uncompiled by the readable reference where the cohort is small, else laid out
for the compiled driver. Never here: what a rule or factor means, what is done with the pairs, numba.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from matching import compiled
from matching.cohort import Cohort
from matching.errors import Cancelled, PolicyError
from matching.layout import layout_of, plain_layout
from matching.plain_calls import PlainCalls
from matching.tile_calls import Cells, CompiledAsking, Rows, Scored, TileCalls

T = TypeVar("T")
B = TypeVar("B")

BLOCK_PAIRS = 1 << 23
"""Pairs in a block of rows, visited or not, unless `LEAST_ROWS` hold more."""

LEAST_ROWS = 64
"""Rows in a block of any size chosen here: fewer would read every tile of supporters for too little."""

MOST_ROWS = 1 << 14
"""Rows in a block, however few supporters there are."""

IN_FLIGHT = 2
"""Blocks that wait or are done and not yet taken, for each thread."""

WORTH_LOADING = 100_000
"""Pairs from which loading compiled drivers (0.7 s) beats scoring uncompiled (2 to 15 µs a pair)."""

WORTH_COMPILING = 1_000_000
"""Pairs from which compiling does (20 s, once)."""

WORTH_LAYING_OUT = 1 << 20
"""Pairs from which a layout (10 ms and more) beats visiting every pair."""

SCORE_LIMIT = 2**31
"""Scores stay below it, either sign: they are kept in 32 bits."""

Consume = Callable[[Rows, Scored], T]
RunBlocks = Callable[[Callable[[Rows], Scored], Iterable[Rows]], Iterable[Scored]]
"""Maps a function, a `Scoring`, over blocks of rows and gives the answers in order."""


class Calls(Protocol):
    """What scores pairs: `TileCalls`, or `PlainCalls`."""

    def rows(self, rows: Rows, columns: Rows | None = None, /) -> Scored:
        """Give the feasible supporters of each seeker row; of some supporters only, where these are given."""

    def columns(self, columns: Rows, /) -> Scored:
        """Give the feasible seekers of each supporter."""

    def cells(self, rows: Rows, columns: Rows, /) -> Cells:
        """Tell of single pairs whether they are feasible, and their scores."""

    def pairs_visited(self, rows: Rows, /) -> int:
        """Count the pairs of those rows that are looked at."""


class PairScorer:
    """Scores the pairs of one cohort, n seekers and m supporters.

    Attributes
    ----------
    n, m : rows of either side.
    """

    def __init__(self, calls: Calls, cohort: Cohort, by_likeness: Rows) -> None:
        self._calls = calls
        self._by_likeness = by_likeness
        self.n, self.m = sides_of(cohort)

    @classmethod
    def of(cls, cohort: Cohort, *, is_laid_out: bool | None = None) -> PairScorer:
        """Prepare a cohort, once for all that is asked of it.

        Parameters
        ----------
        cohort : anybody; sides may be empty.
        is_laid_out : yes or no to a layout of the compiled driver; a layout takes seconds for a million members and
            makes whole passes many times faster, while a few rows or columns need none. Default: by size, and small
            cohorts are scored uncompiled.

        Raises
        ------
        PolicyError
            Weights and label points that could add up to more than 32 bits hold.
        """
        check_bound(cohort)
        n, m = sides_of(cohort)
        if is_laid_out is None and not is_worth_loading(n * m):
            return cls(PlainCalls(cohort), cohort, np.arange(n))
        driver = compiled.load()
        if is_laid_out or (is_laid_out is None and n * m >= WORTH_LAYING_OUT):
            layout = layout_of(cohort, CompiledAsking(driver, cohort))
        else:
            layout = plain_layout(cohort)
        return cls(TileCalls(driver, cohort, layout), cohort, layout.seekers.astype(np.int64))

    @property
    def pairs(self) -> int:
        """All pairs."""
        return self.n * self.m

    @property
    def pairs_visited(self) -> int:
        """Pairs in tiles of supporters that groups of the seeker do not rule out whole."""
        return self._calls.pairs_visited(self._by_likeness)

    def rows(self, rows: Rows, columns: Rows | None = None) -> Scored:
        """Give the feasible supporters of seeker rows, any of them in any order; of some supporters only, if given."""
        return self._calls.rows(_as_rows(rows), None if columns is None else _as_rows(columns))

    def columns(self, columns: Rows) -> Scored:
        """Give the feasible seekers of supporters; meant for a few of them at a time."""
        return self._calls.columns(_as_rows(columns))

    def cells(self, rows: Rows, columns: Rows) -> Cells:
        """Tell of single pairs whether they are feasible, and their scores; 0 where they are not."""
        return self._calls.cells(_as_rows(rows), _as_rows(columns))

    def stream(  # noqa: PLR0913 - what bounds a pass, what watches it, and who runs it
        self,
        consume: Consume[T],
        *,
        rows: Rows | None = None,
        columns: Rows | None = None,
        threads: int | None = None,
        block_pairs: int | None = None,
        should_stop: Callable[[], bool] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        run_blocks: RunBlocks | None = None,
    ) -> Iterator[T]:
        """Score rows in blocks and give what `consume` makes of each, in an order that depends on nothing but the rows.

        Parameters
        ----------
        consume : called with a block's rows and its pairs, once a block, from threads.
        rows : which seekers; default all, so that alike ones share a block. Rows given are taken in their order.
        columns : which supporters; default all. Few of them cost few pairs.
        threads : how many at a time; default one. With `run_blocks` it does not count.
        block_pairs : pairs of a block, visited or not, one row at least: what bounds its memory, 16 bytes for each
            feasible pair and two times `IN_FLIGHT` blocks a thread. Default: what is fastest.
        should_stop : asked before each block; yes raises `Cancelled`.
        on_progress : told (pairs done, all pairs) after each block.
        run_blocks : scores the blocks elsewhere, for example in other processes; `consume` is then called here, from
            threads. It is given a `Scoring`.

        Yields
        ------
        What `consume` returned, block after block.
        """
        chosen = self._by_likeness if rows is None else _as_rows(rows)
        width = self.m if columns is None else columns.size
        blocks = blocks_of(chosen, width, block_pairs or max(BLOCK_PAIRS, LEAST_ROWS * width))
        score = Scoring(self, columns, should_stop)
        results: Iterator[T]
        if run_blocks is not None:
            scored = zip(blocks, run_blocks(score, blocks), strict=True)
            results = _run_here(lambda each: consume(*each), scored, threads or 1)
        else:
            results = _run_here(lambda block: consume(block, score(block)), blocks, threads or 1)
        done = 0
        for block, result in zip(blocks, results, strict=True):
            yield result
            done += block.size
            if on_progress is not None:
                on_progress(done * width, chosen.size * width)


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """What scores one block of rows: of the supporters in `columns`, or all where it is None."""

    scorer: PairScorer
    columns: Rows | None
    should_stop: Callable[[], bool] | None

    def __call__(self, block: Rows) -> Scored:
        """Score a block; Cancelled when it is to stop."""
        self.look()
        return self.scorer.rows(block, self.columns)

    def look(self) -> None:
        """Raise Cancelled when it is to stop: whoever scores elsewhere asks now and then."""
        _look(self.should_stop)


def _run_here(work: Callable[[B], T], blocks: Iterable[B], threads: int) -> Iterator[T]:
    """Do the work for every block, in so many threads; answers in order."""
    if threads == 1:
        yield from map(work, blocks)
        return
    waiting: deque[Future[T]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for block in blocks:
                if len(waiting) == threads * IN_FLIGHT:
                    yield waiting.popleft().result()
                waiting.append(pool.submit(work, block))
            while waiting:
                yield waiting.popleft().result()
        finally:
            # After an error, or when the caller takes no more, what has not begun never begins.
            pool.shutdown(wait=True, cancel_futures=True)


def sides_of(cohort: Cohort) -> tuple[int, int]:
    """Count the seekers and the supporters of a cohort."""
    return len(cohort.columns.seeker_member), len(cohort.columns.supporter_member)


def is_worth_loading(pairs: int) -> bool:
    """Tell whether compiled drivers are soonest done: those in memory always, from disk or new ones where it pays."""
    return compiled.is_loaded() or pairs >= WORTH_COMPILING or (pairs >= WORTH_LOADING and compiled.is_compiled())


def blocks_of(rows: Rows, m: int, block_pairs: int) -> list[Rows]:
    """Cut rows of m pairs into blocks of about `block_pairs` pairs."""
    size = min(max(block_pairs // max(m, 1), 1), MOST_ROWS)
    return [rows[first : first + size] for first in range(0, rows.size, size)]


def check_bound(cohort: Cohort) -> None:
    """Raise PolicyError where a score might need more than 32 bits."""
    columns = cohort.columns
    weights = sum(abs(weight) for weight in np.asarray(columns.weights).tolist())
    starts, points = np.asarray(columns.label_table_starts), np.abs(np.asarray(columns.label_table_points))
    labels = sum(
        int(points[starts[k] : starts[k + 1]].max(initial=0)) for k in np.asarray(columns.label_factors).tolist()
    )
    if weights + labels >= SCORE_LIMIT:
        raise PolicyError(
            f"cannot use the policy's label_factors: with the weights their points could add up to {weights + labels} "
            f"(allowed: less than {SCORE_LIMIT})",
            field="label_factors",
        )


def _as_rows(rows: Rows) -> Rows:
    """Give contiguous writable int64: the one type that drivers are compiled for."""
    return np.require(rows, np.int64, ["C", "W"])


def _look(should_stop: Callable[[], bool] | None) -> None:
    if should_stop is not None and should_stop():
        raise Cancelled("stopped before all pairs were scored")
