"""Where pairs come from: stored ones in blocks and in order, every row once."""

from __future__ import annotations

import numpy as np
import pytest

from matching import sources
from matching.errors import Cancelled
from matching.sources import StoredPairs, in_threads
from matching.tile_calls import Scored
from tests.matching.markets import AskedPairs, drawn, stored


@pytest.mark.parametrize("seed", range(20))
def test_blocks_in_any_order_are_put_in_rows(seed):
    problem = drawn(seed)
    n, m = problem.shape
    rows = np.random.default_rng(seed).permutation(n)
    blocks = list(AskedPairs(problem).stream(lambda rows, scored: (rows, scored), rows=rows))

    together = StoredPairs.of(blocks, n, m)

    assert together.shape == (n, m)
    assert together.starts.tolist() == problem.starts.tolist()
    assert together.supporters.tolist() == problem.supporters.tolist()
    assert together.scores.tolist() == problem.scores.tolist()


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("size", [1, 5, 10**6])
def test_every_stored_pair_is_given_once_and_progress_is_told(size, threads, monkeypatch):
    monkeypatch.setattr(sources, "_BLOCK_PAIRS", size)
    problem, progress = drawn(4), []
    pairs = stored(problem)
    pairs = StoredPairs(pairs.starts, pairs.supporters, pairs.scores, pairs.m, threads)

    def cells(rows, scored):
        at = np.repeat(rows, scored.lengths).tolist()
        return list(zip(at, scored.supporters.tolist(), scored.scores.tolist(), strict=True))

    blocks = list(pairs.stream(cells, on_progress=lambda *told: progress.append(told)))

    columns = np.column_stack((problem.seekers, problem.supporters, problem.scores))
    assert [list(cell) for block in blocks for cell in block] == columns.tolist()
    assert (len(blocks) > 1) == (size < 10**6)
    assert progress == sorted(progress)
    assert progress[-1] == (problem.scores.size, problem.scores.size)


def test_stored_pairs_stop_when_asked():
    pairs = stored(drawn(4))

    assert not pairs.can_ask_some
    with pytest.raises(Cancelled):
        list(pairs.stream(lambda *_: None, should_stop=lambda: True))


def test_rows_without_pairs_are_given_too():
    pairs = StoredPairs(np.zeros(4, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32), 2)

    assert list(pairs.stream(lambda rows, scored: (rows.tolist(), scored.lengths.tolist()))) == [([0, 1, 2], [0, 0, 0])]


def test_nothing_put_together_is_nothing():
    assert StoredPairs.of([], 0, 3).shape == (0, 3)
    empty = Scored(np.zeros(2, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32))
    assert StoredPairs.of([(np.array([1, 0]), empty)], 2, 3).starts.tolist() == [0, 0, 0]


def test_answers_of_threads_come_in_order_and_errors_come_out():
    assert list(in_threads(lambda number: number * 2, [(each,) for each in range(30)], 3)) == list(range(0, 60, 2))
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda number: 1 // number, [(1,), (0,), (1,)], 2))
