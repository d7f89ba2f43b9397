"""Scoring every pair of a cohort into one sparse array, for cohorts whose pairs fit into memory.

The scoring is `scorer.py`'s, which streams blocks of pairs and holds none. `python -m matching.kernel` compiles ahead
of time what is compiled; `… driver` or `… solvers` a part of it. Never here: what a rule or factor means, numba.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection

import numpy as np
from scipy.sparse import csr_array

from matching import compiled
from matching.cohort import Cohort
from matching.scorer import PairScorer, RunBlocks
from matching.tile_calls import Scored

BLOCK_PAIRS = 1 << 20
"""Pairs in a block of rows, unless one row is longer: what is scored between two looks at `should_stop`."""


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
    scorer = PairScorer.of(cohort)
    blocks = scorer.stream(
        lambda _, scored: scored,
        rows=np.arange(scorer.n),
        block_pairs=BLOCK_PAIRS,
        should_stop=should_stop,
        on_progress=on_progress,
        run_blocks=run_blocks,
    )
    return _joined(list(blocks), scorer.n, scorer.m)


def _joined(blocks: list[Scored], n: int, m: int) -> csr_array:
    """Put the blocks of rows under each other."""
    ends = np.cumsum(np.concatenate([np.zeros(1, dtype=np.int64), *(block.lengths for block in blocks)]))
    supporters = np.concatenate([np.empty(0, dtype=np.int32), *(block.supporters for block in blocks)])
    scores = np.concatenate([np.empty(0, dtype=np.int64), *(block.scores for block in blocks)])
    array = csr_array((scores, supporters, ends), shape=(n, m))
    array.sort_indices()
    return array


DRIVER, SOLVERS = "driver", "solvers"
"""What is compiled ahead, each by itself, so that two cores may share it."""


def main(parts: Collection[str] = (DRIVER, SOLVERS)) -> None:
    """Compile the driver, and the loops of the solvers, ahead of time and say which it is."""
    was_there = compiled.is_compiled()
    if SOLVERS in parts:
        _compile_solvers()
    if DRIVER in parts:
        from matching.screens import compile_tiles

        compile_tiles()
        compiled.load()
        print(f"pair kernel {compiled.digest()}: {'already compiled' if was_there else 'compiled'}")  # noqa: T201


def _compile_solvers() -> None:
    from matching.residual import compiled_residual
    from matching.solvers.ahead import compile_loops
    from matching.solvers.stable import compiled_stable
    from matching.warm.ahead import compile_warm

    compile_loops()
    compile_warm()
    compiled_stable()
    compiled_residual()


if __name__ == "__main__":
    main(sys.argv[1:] or (DRIVER, SOLVERS))
