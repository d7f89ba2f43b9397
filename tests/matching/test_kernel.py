"""Scoring every pair into one sparse array: explicit zeros, order, blocks, stops."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from matching import compiled, kernel, scorer
from matching.errors import Cancelled
from matching.factors import FACTORS
from matching.kernel import score_pairs
from matching.policy import Policy
from matching.reference import score_of
from matching.scorer import blocks_of
from tests.matching.crowds import crowd
from tests.matching.people import cohort_of, seeker, supporter


def _as_reference(cohort) -> list[list[int | None]]:
    return [[score_of(cohort, i, j) for j in range(len(cohort.supporters))] for i in range(len(cohort.seekers))]


def _as_rows(scores) -> list[list[int | None]]:
    """Read a sparse array back, telling an explicit zero from a missing entry."""
    rows: list[list[int | None]] = [[None] * scores.shape[1] for _ in range(scores.shape[0])]
    for i in range(scores.shape[0]):
        for at in range(scores.indptr[i], scores.indptr[i + 1]):
            rows[i][scores.indices[at]] = int(scores.data[at])
    return rows


def _compiled(cohort):
    compiled.load()
    return score_pairs(cohort)


def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorer, "is_worth_loading", lambda pairs: False)


def test_scores_are_a_sparse_array_of_the_feasible_pairs():
    cohort = crowd(60, 50, seed=1)

    scores = _compiled(cohort)

    assert scores.shape == (60, 50)
    assert scores.dtype == np.int64
    assert scores.has_sorted_indices
    assert _as_rows(scores) == _as_reference(cohort)


def test_plain_and_compiled_scores_are_the_same_array(monkeypatch):
    cohort = crowd(40, 50, seed=2)
    fast = _compiled(cohort)

    _plain(monkeypatch)
    slow = score_pairs(cohort)

    for name in ("data", "indices", "indptr"):
        one, other = getattr(fast, name), getattr(slow, name)
        assert np.array_equal(one, other)
        assert one.dtype == other.dtype


def test_a_feasible_pair_worth_nothing_is_stored_as_a_zero(monkeypatch):
    nothing = replace(Policy(), weights=dict.fromkeys(FACTORS.keys(), 0))
    cohort = cohort_of(seeker("one"), seeker("two", languages=("pl",)), supporter(), policy=nothing)

    for scores in (_compiled(cohort), (_plain(monkeypatch), score_pairs(cohort))[1]):
        assert scores.nnz == 1
        assert scores.data.tolist() == [0]


@pytest.mark.parametrize(("n", "m"), [(0, 0), (2, 0), (0, 2)])
def test_an_empty_side_gives_an_empty_array(n: int, m: int, monkeypatch):
    cohort = cohort_of(*(seeker(f"a{k}") for k in range(n)), *(supporter(f"b{k}") for k in range(m)))

    for scores in (_compiled(cohort), (_plain(monkeypatch), score_pairs(cohort))[1]):
        assert scores.shape == (n, m)
        assert scores.nnz == 0


def test_many_feasible_pairs_fit():
    cohort = cohort_of(*(seeker(f"a{k}") for k in range(90)), *(supporter(f"b{k}") for k in range(90)))

    scores = _compiled(cohort)

    assert scores.nnz == 8100
    assert set(scores.data.tolist()) == {5843}


def test_blocks_cover_every_row_once(monkeypatch):
    def cut(n: int, m: int) -> list[list[int]]:
        return [rows.tolist() for rows in blocks_of(np.arange(n), m, 100)]

    assert cut(10, 30) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    assert cut(3, 1000) == [[0], [1], [2]]
    assert cut(0, 5) == []
    monkeypatch.setattr(scorer, "MOST_ROWS", 40)
    assert [len(rows) for rows in cut(90, 0)] == [40, 40, 10]


def test_blocks_and_threads_change_nothing(monkeypatch):
    cohort = crowd(60, 50, seed=4)
    whole = _compiled(cohort)
    monkeypatch.setattr(kernel, "BLOCK_PAIRS", 350)

    in_blocks = score_pairs(cohort)
    with ThreadPoolExecutor(4) as pool:
        in_threads = score_pairs(cohort, run_blocks=pool.map)

    for scores in (in_blocks, in_threads):
        assert (scores != whole).nnz == 0
        assert scores.nnz == whole.nnz


def test_progress_counts_pairs_up_to_all_of_them(monkeypatch):
    monkeypatch.setattr(kernel, "BLOCK_PAIRS", 100)
    cohort = cohort_of(*(seeker(f"a{k}") for k in range(5)), *(supporter(f"b{k}") for k in range(50)))
    seen = []

    score_pairs(cohort, on_progress=lambda done, whole: seen.append((done, whole)))

    assert seen == [(100, 250), (200, 250), (250, 250)]


def test_a_run_stops_between_blocks_when_asked(monkeypatch):
    monkeypatch.setattr(kernel, "BLOCK_PAIRS", 50)
    cohort = cohort_of(*(seeker(f"a{k}") for k in range(5)), *(supporter(f"b{k}") for k in range(50)))
    done = []

    with pytest.raises(Cancelled) as stopped:
        score_pairs(cohort, should_stop=lambda: len(done) == 2, on_progress=lambda *at: done.append(at))

    assert done == [(50, 250), (100, 250)]
    assert stopped.value.code == "cancelled"
