"""Scoring every pair of a cohort in blocks of rows, compiled where that is sooner done.

Small cohorts are scored uncompiled by `reference`: nobody waits for a compilation. Larger ones go to the driver of
`compiled.py`, which calls the same declared functions. `python -m matching.kernel` compiles it ahead of time. Never
here: what a rule or factor means, numba.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from scipy.sparse import csr_array

from matching import compiled, reference
from matching.cohort import Cohort
from matching.compiled import Scored, ScoreRows
from matching.errors import Cancelled

BLOCK_PAIRS = 1 << 20
"""Pairs in a block of rows, unless one row is longer: what is scored between two looks at `should_stop`."""

WORTH_LOADING = 100_000
"""Pairs from which loading a compiled driver (0.7 s) beats scoring uncompiled (2 to 15 µs a pair)."""

WORTH_COMPILING = 1_000_000
"""Pairs from which compiling (8 s) does."""

Rows = tuple[int, int]
"""A block of seeker rows: first and end."""

RunBlocks = Callable[[Callable[[Rows], Scored], Iterable[Rows]], Iterable[Scored]]


def score_pairs(
    cohort: Cohort,
    *,
    should_stop: Callable[[], bool] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    run_blocks: RunBlocks | None = None,
) -> csr_array:
    """Score every pair of a cohort.

    Parameters
    ----------
    cohort : n seekers and m supporters.
    should_stop : asked before each block of rows; yes raises `Cancelled`.
    on_progress : told (pairs done, all pairs) after each block.
    run_blocks : maps a function over blocks of rows and gives the answers in order, for example a thread pool's `map`
        (the compiled driver runs without the interpreter's lock). Default: one block after the other.

    Returns
    -------
    (n, m) csr_array of int64
        A stored entry is a feasible pair, explicit zeros included; a missing entry is a pair that a rule forbids or
        that is below the policy's minimum score. Supporters ascend within a row.
    """
    n, m = len(cohort.seekers), len(cohort.supporters)
    score_rows = driver_for(n * m)

    def score(rows: Rows) -> Scored:
        if should_stop is not None and should_stop():
            raise Cancelled(f"stopped before rows {rows[0]} to {rows[1]} of {n} were scored")
        return score_rows(cohort, *rows)

    blocks = list(blocks_of(n, m))
    scored = []
    for rows, block in zip(blocks, (run_blocks or map)(score, blocks), strict=True):
        scored.append(block)
        if on_progress is not None:
            on_progress(rows[1] * m, n * m)
    return _joined(scored, n, m)


def blocks_of(n: int, m: int) -> Iterator[Rows]:
    """Cut n rows of m pairs into blocks of about `BLOCK_PAIRS` pairs."""
    rows = max(BLOCK_PAIRS // max(m, 1), 1)
    for first in range(0, n, rows):
        yield first, min(first + rows, n)


def score_rows_plain(cohort: Cohort, first: int, end: int) -> Scored:
    """Score the rows from first to before end uncompiled, by the readable reference."""
    lengths: list[int] = []
    supporters: list[int] = []
    scores: list[int] = []
    for i in range(first, end):
        before = len(scores)
        for j in range(len(cohort.supporters)):
            score = reference.score_of(cohort, i, j)
            if score is not None:
                supporters.append(j)
                scores.append(score)
        lengths.append(len(scores) - before)
    return Scored(
        np.array(lengths, dtype=np.int64), np.array(supporters, dtype=np.int32), np.array(scores, dtype=np.int64)
    )


def driver_for(pairs: int) -> ScoreRows:
    """Choose the driver that is soonest done: one in memory always, from disk or a new one where it is worth it."""
    if compiled.is_loaded() or pairs >= WORTH_COMPILING or (pairs >= WORTH_LOADING and compiled.is_compiled()):
        return compiled.load()
    return score_rows_plain


def _joined(blocks: list[Scored], n: int, m: int) -> csr_array:
    """Put the blocks of rows under each other."""
    ends = np.cumsum(np.concatenate([np.zeros(1, dtype=np.int64), *(block.lengths for block in blocks)]))
    supporters = np.concatenate([np.empty(0, dtype=np.int32), *(block.supporters for block in blocks)])
    scores = np.concatenate([np.empty(0, dtype=np.int64), *(block.scores for block in blocks)])
    return csr_array((scores, supporters, ends), shape=(n, m))


def main() -> None:
    """Compile the driver, and the loops of the solver, ahead of time and say which it is."""
    from matching.solvers.words import compiled_paths

    was_there = compiled.is_compiled()
    compiled.load()
    compiled_paths()
    print(f"pair kernel {compiled.digest()}: {'already compiled' if was_there else 'compiled'}")  # noqa: T201


if __name__ == "__main__":
    main()
