"""Going through every pair of a cohort in blocks of rows, over threads, and adding up what was found.

Blocks are added up in their order, and of what is named the first cell counts, so any number of threads finds the same.
At most two blocks a thread are under way. Never here: judging, weighing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from matching.entries import Ints
from matching.errors import Cancelled
from matching.verifying.judges import CompiledJudge, Judge
from matching.verifying.weighing import Claims, Tally, nothing_weighed

BLOCK_PAIRS = 1 << 22
"""Pairs in a block of rows, unless one row has more: what is judged between two looks at `should_stop`."""

PLAIN_BLOCK_PAIRS = 1 << 14
"""The same for a judge who takes microseconds a pair."""


WeighBlocks = Callable[["Weighing", Iterable[Ints]], Iterable[Tally]]
"""Maps a `Weighing` over blocks of rows and gives the tallies in order."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """What weighs a block of rows against a result's claims."""

    judge: Judge
    claims: Claims
    should_stop: Callable[[], bool] | None

    def __call__(self, rows: Ints) -> Tally:
        """Weigh a block."""
        return self.judge.weigh(rows, self.claims)

    def look(self) -> None:
        """Raise Cancelled when it is to stop."""
        if self.should_stop is not None and self.should_stop():
            raise Cancelled("stopped before every pair was judged anew")


def sweep(  # noqa: PLR0913 - what bounds a pass, what watches it, and who runs it
    judge: Judge,
    claims: Claims,
    take_tight: Callable[[Ints], None],
    *,
    threads: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    run_blocks: WeighBlocks | None = None,
    block_pairs: int | None = None,
) -> Tally:
    """Weigh every feasible pair of a cohort.

    Parameters
    ----------
    take_tight : is given the tight pairs of each block; the tally that comes back holds none.
    threads : default one a core; a judge who does not release the interpreter's lock has one.
    on_progress : told (pairs judged, all pairs) after each block.
    should_stop : asked before each block; yes raises `Cancelled`.
    run_blocks : weighs blocks elsewhere, `block_pairs` pairs each; by default this process's threads do.
    """
    m, pairs = len(claims.supporters), len(claims.seekers) * len(claims.supporters)
    total = nothing_weighed(claims)
    judged = 0
    size = block_pairs or (BLOCK_PAIRS if isinstance(judge, CompiledJudge) else PLAIN_BLOCK_PAIRS)
    weighing = Weighing(judge, claims, should_stop)
    blocks = _blocks(judge.order if m else judge.order[:0], max(size // max(m, 1), 1))
    if run_blocks is None:
        weighed = _weighed(weighing, blocks, _threads(judge, threads))
    else:
        cut = list(blocks)
        weighed = zip(cut, run_blocks(weighing, cut), strict=True)
    for rows, tally in weighed:
        take_tight(tally.tight)
        total = together(total, tally)
        judged += rows.size * m
        if on_progress is not None:
            on_progress(judged, pairs)
    return total


def _weighed(weighing: Weighing, blocks: Iterator[Ints], threads: int) -> Iterator[tuple[Ints, Tally]]:
    under_way: deque[tuple[Ints, Future[Tally]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for rows in blocks:
                weighing.look()
                under_way.append((rows, pool.submit(weighing, rows)))
                if len(under_way) >= 2 * threads:
                    first, future = under_way.popleft()
                    yield first, future.result()
            while under_way:
                first, future = under_way.popleft()
                yield first, future.result()
        finally:
            for _, future in under_way:
                future.cancel()


def _blocks(order: Ints, rows: int) -> Iterator[Ints]:
    for first in range(0, order.size, rows):
        yield order[first : first + rows]


def _threads(judge: Judge, threads: int | None) -> int:
    if not isinstance(judge, CompiledJudge):
        return 1
    from numba import get_num_threads

    return threads or int(get_num_threads())


def together(one: Tally, other: Tally) -> Tally:
    """Add two tallies up; the tight pairs of the second are left out."""
    return one._replace(
        feasible=one.feasible + other.feasible,
        blocking=one.blocking + other.blocking,
        first_short=min(one.first_short, other.first_short),
        first_blocking=min(one.first_blocking, other.first_blocking),
    )
