"""Scoring every pair: the compiled driver, the plain one and the readable reference agree; blocks, stops, cache."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from matching import compiled, kernel
from matching.errors import Cancelled
from matching.factors import FACTORS
from matching.kernel import blocks_of, score_pairs, score_rows_plain
from matching.policy import Policy
from matching.reference import score_of
from matching.rules import RULES
from tests.matching.crowds import POLICY, crowd
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


def _same(one: compiled.Scored, other: compiled.Scored) -> bool:
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(one, other, strict=True))


# Without the rules that crowds rarely pass, so that many pairs reach the factors.
LENIENT = replace(POLICY, clearances={}, label_rules=())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("policy", [POLICY, LENIENT, Policy(accepts_minors=True)], ids=["strict", "lenient", "default"])
def test_the_compiled_driver_equals_the_reference(seed: int, policy: Policy):
    cohort = crowd(60, 50, seed=seed, policy=policy)

    fast = compiled.load()(cohort, 0, 60)

    assert _same(fast, score_rows_plain(cohort, 0, 60))
    assert len(fast.scores) > 0


def test_no_rule_can_be_left_out_of_the_driver():
    """For each rule there is a pair that it alone forbids, and the driver leaves the pair out."""
    deciding = set()
    for seed, clearances in enumerate((POLICY.clearances, POLICY.clearances, {}, {}, {})):
        policy = replace(LENIENT, clearances=clearances, label_factors=())
        cohort = crowd(60, 50, seed=seed, policy=policy)
        fast = _as_rows(_compiled(cohort))
        for i in range(60):
            for j in range(50):
                forbidding = [rule.key for rule in RULES if not rule.function(cohort.plain, i, j)]
                assert not forbidding or fast[i][j] is None
                deciding |= set(forbidding) if len(forbidding) == 1 else set()

    assert deciding == set(RULES.keys())


def test_sets_of_more_terms_than_a_word_holds_are_compared_whole():
    terms = [f"t{n}" for n in range(130)]
    cohort = cohort_of(
        *(seeker(f"s-{term}", required_training=frozenset({term})) for term in terms),
        *(supporter(f"p-{term}", training=frozenset({term})) for term in terms),
    )

    scores = _compiled(cohort).tocoo()

    pairs = {(cohort.seeker_ids[i], cohort.supporter_ids[j]) for i, j in zip(scores.row, scores.col, strict=True)}
    assert pairs == {(f"s-{term}", f"p-{term}") for term in terms}


def test_no_factor_can_be_left_out_of_the_driver():
    for factor in FACTORS:
        only = dict.fromkeys(FACTORS.keys(), 0) | {factor.key: 1000}
        alone = replace(LENIENT, weights=only, label_factors=())
        cohort = crowd(60, 50, seed=8, policy=alone)

        assert len(set(_compiled(cohort).data.tolist())) > 1, factor.key


def _compiled(cohort):
    compiled.load()
    return score_pairs(cohort)


def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "driver_for", lambda pairs: score_rows_plain)


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


@pytest.mark.parametrize("minimum", [-3000, 0, 4000, 10**6])
def test_pairs_below_the_minimum_score_are_absent(minimum: int):
    cohort = crowd(60, 50, seed=3, policy=replace(LENIENT, minimum_score=minimum, weights={}))

    scores = _compiled(cohort)

    assert all(scores.data >= minimum)
    assert _as_rows(scores) == _as_reference(cohort)


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
    monkeypatch.setattr(kernel, "BLOCK_PAIRS", 100)

    assert list(blocks_of(10, 30)) == [(0, 3), (3, 6), (6, 9), (9, 10)]
    assert list(blocks_of(3, 1000)) == [(0, 1), (1, 2), (2, 3)]
    assert list(blocks_of(0, 5)) == []
    assert list(blocks_of(250, 0)) == [(0, 100), (100, 200), (200, 250)]


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


# --- What is compiled when ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pairs", "is_loaded", "is_on_disk", "is_fast"),
    [
        (1, False, True, False),
        (99_999, False, True, False),
        (100_000, False, True, True),
        (100_000, False, False, False),
        (999_999, False, False, False),
        (1_000_000, False, False, True),
        (1, True, True, True),
    ],
)
def test_nobody_waits_for_a_compilation_that_is_not_worth_it(monkeypatch, pairs, is_loaded, is_on_disk, is_fast):
    monkeypatch.setattr(compiled, "is_loaded", lambda: is_loaded)
    monkeypatch.setattr(compiled, "is_compiled", lambda: is_on_disk)
    monkeypatch.setattr(compiled, "load", lambda: "compiled")

    assert (kernel.driver_for(pairs) == "compiled") is is_fast


def test_importing_and_scoring_a_small_cohort_loads_no_compiler():
    code = (
        "import sys\n"
        "from tests.matching.people import cohort_of, seeker, supporter\n"
        "from matching.kernel import score_pairs\n"
        "assert score_pairs(cohort_of(seeker(), supporter())).nnz == 1\n"
        "sys.exit('numba' in sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
