"""Scoring pairs streamed: whatever is laid out how, the readable reference says what is feasible and what it scores."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from matching import blocking, compiled, scorer, screens
from matching.blocking import Grouping
from matching.errors import Cancelled, PolicyError
from matching.factors import FACTORS
from matching.policy import LabelFactor, LabelOp, LabelRule, Policy
from matching.reference import score_of
from matching.rules import RULES
from matching.scorer import PairScorer
from matching.screens import parts
from tests.matching.crowds import POLICY, crowd
from tests.matching.people import cohort_of, seeker, supporter

# Without the rules that crowds rarely pass, so that many pairs reach the factors.
LENIENT = replace(POLICY, clearances={}, label_rules=())

LABELS = replace(
    LENIENT,
    label_rules=(
        LabelRule("same_site", "site", LabelOp.EQUAL, "another site"),
        LabelRule("shared_groups_only", "groups", LabelOp.OVERLAP, "no group in common"),
        LabelRule("not_far_above", "level", LabelOp.GAP, "a wide gap", (-2, -1, 0, 1, 2)),
    ),
)
POLICIES = {"strict": POLICY, "lenient": LENIENT, "labels": LABELS, "default": Policy(accepts_minors=True)}


@pytest.fixture(autouse=True)
def _everything_pays(monkeypatch):
    """Small crowds are grouped as large cohorts are."""
    monkeypatch.setattr(blocking, "PAYS_FROM", 1)


def _expected(cohort) -> dict[tuple[int, int], int]:
    pairs = {(i, j): score_of(cohort, i, j) for i in range(len(cohort.seekers)) for j in range(len(cohort.supporters))}
    return {pair: score for pair, score in pairs.items() if score is not None}


def _pairs(rows, scored) -> dict[tuple[int, int], int]:
    repeated = np.repeat(rows, scored.lengths).tolist()
    pairs = dict(zip(zip(repeated, scored.supporters.tolist(), strict=True), scored.scores.tolist(), strict=True))
    assert len(pairs) == scored.scores.size
    return pairs


def _all_pairs(one: PairScorer) -> dict[tuple[int, int], int]:
    rows = np.arange(one.n)
    return _pairs(rows, one.rows(rows))


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("is_laid_out", [True, False])
def test_every_pair_scores_what_the_reference_says(name: str, seed: int, is_laid_out: bool):
    cohort = crowd(60, 50, seed=seed, policy=POLICIES[name])

    found = _all_pairs(PairScorer.of(cohort, is_laid_out=is_laid_out))

    assert found == _expected(cohort)
    assert found


@pytest.mark.parametrize("name", ["lenient", "labels"])
def test_supporters_of_several_tiles_are_scored_alike(name: str):
    cohort = crowd(12, 1100, seed=5, policy=POLICIES[name])

    one = PairScorer.of(cohort, is_laid_out=True)

    assert _all_pairs(one) == _expected(cohort)


def test_groups_that_do_not_pay_change_nothing(monkeypatch):
    cohort = crowd(60, 50, seed=3, policy=LABELS)

    for pays_from in (2, 16, 100, 10**6):
        monkeypatch.setattr(blocking, "PAYS_FROM", pays_from)
        assert _all_pairs(PairScorer.of(cohort, is_laid_out=True)) == _expected(cohort)


@pytest.mark.parametrize("refused", range(len(parts())))
def test_a_part_that_cannot_be_grouped_leaves_its_rule_to_be_asked(refused: int, monkeypatch):
    by_function = Grouping.by_function

    def refuse(self, function, ask, **limits):
        return None if function is parts()[refused][1] else by_function(self, function, ask, **limits)

    monkeypatch.setattr(Grouping, "by_function", refuse)
    cohort = crowd(60, 50, seed=2, policy=LENIENT)

    assert _all_pairs(PairScorer.of(cohort, is_laid_out=True)) == _expected(cohort)


@pytest.mark.parametrize("most", [0, 2, 30])
def test_screens_that_would_take_too_much_memory_are_left_to_be_asked(most: int, monkeypatch):
    monkeypatch.setattr(screens, "MOST_CHUNKS", most)
    monkeypatch.setattr(screens, "MOST_MASK_BYTES", most)
    cohort = crowd(60, 50, seed=2, policy=LABELS)

    assert _all_pairs(PairScorer.of(cohort, is_laid_out=True)) == _expected(cohort)


def test_no_rule_can_be_left_out():
    """For each rule there is a pair that it alone forbids, and the scorer leaves the pair out."""
    deciding = set()
    for seed, clearances in enumerate((POLICY.clearances, POLICY.clearances, {}, {}, {})):
        cohort = crowd(60, 50, seed=seed, policy=replace(LENIENT, clearances=clearances, label_factors=()))
        found = _all_pairs(PairScorer.of(cohort, is_laid_out=True))
        for i in range(60):
            for j in range(50):
                forbidding = [rule.key for rule in RULES if not rule.function(cohort.plain, i, j)]
                assert not forbidding or (i, j) not in found
                deciding |= set(forbidding) if len(forbidding) == 1 else set()

    assert deciding == set(RULES.keys())


def test_no_factor_can_be_left_out():
    for factor in FACTORS:
        only = dict.fromkeys(FACTORS.keys(), 0) | {factor.key: 1000}
        cohort = crowd(60, 50, seed=8, policy=replace(LENIENT, weights=only, label_factors=()))

        assert len(set(_all_pairs(PairScorer.of(cohort, is_laid_out=True)).values())) > 1, factor.key


def test_sets_of_more_terms_than_a_word_holds_are_compared_whole():
    terms = [f"t{n}" for n in range(130)]
    cohort = cohort_of(
        *(seeker(f"s-{term}", required_training=frozenset({term})) for term in terms),
        *(supporter(f"p-{term}", training=frozenset({term})) for term in terms),
    )

    for is_laid_out in (True, False):
        pairs = _all_pairs(PairScorer.of(cohort, is_laid_out=is_laid_out))
        names = {(cohort.seeker_ids[i], cohort.supporter_ids[j]) for i, j in pairs}
        assert names == {(f"s-{term}", f"p-{term}") for term in terms}


def test_every_start_of_the_week_counts():
    cohort = crowd(80, 70, seed=9, policy=replace(LENIENT, weights={"availability": 1600, "topics": 0}))

    assert _all_pairs(PairScorer.of(cohort, is_laid_out=True)) == _expected(cohort)


@pytest.mark.parametrize("minimum", [-3000, 0, 4000, 10**6])
@pytest.mark.parametrize("is_laid_out", [True, False, None])
def test_pairs_below_the_minimum_score_are_absent(minimum: int, is_laid_out: bool | None, monkeypatch):
    monkeypatch.setattr(scorer, "is_worth_loading", lambda pairs: False)
    cohort = crowd(30, 40, seed=3, policy=replace(LENIENT, minimum_score=minimum, weights={}))

    found = _all_pairs(PairScorer.of(cohort, is_laid_out=is_laid_out))

    assert all(score >= minimum for score in found.values())
    assert found == _expected(cohort)


# --- Parts of a cohort ----------------------------------------------------------------------------------------------


@pytest.fixture(params=["laid out", "compiled", "plain"])
def prepared(request, monkeypatch):
    """A cohort, its scorer, and its pairs."""
    cohort = crowd(40, 30, seed=6, policy=LENIENT)
    monkeypatch.setattr(scorer, "is_worth_loading", lambda pairs: False)
    is_laid_out = {"laid out": True, "compiled": False, "plain": None}[request.param]
    return cohort, PairScorer.of(cohort, is_laid_out=is_laid_out), _expected(cohort)


def test_rows_may_be_any_in_any_order(prepared):
    _, one, expected = prepared
    rows = np.array([31, 2, 2, 39, 0], dtype=np.int32)

    scored = one.rows(rows)

    starts = np.concatenate(([0], np.cumsum(scored.lengths)))
    for at, row in enumerate(rows.tolist()):
        here = slice(starts[at], starts[at + 1])
        found = dict(zip(scored.supporters[here].tolist(), scored.scores[here].tolist(), strict=True))
        assert found == {j: score for (i, j), score in expected.items() if i == row}


def test_columns_give_the_seekers_of_a_supporter(prepared):
    _, one, expected = prepared
    columns = np.array([29, 0, 7])

    scored = one.columns(columns)

    found = {(i, j): score for (j, i), score in _pairs(columns, scored).items()}
    assert found == {(i, j): score for (i, j), score in expected.items() if j in (29, 0, 7)}
    assert scored.lengths.dtype == np.int64
    assert scored.supporters.dtype == scored.scores.dtype == np.int32


def test_cells_tell_of_single_pairs(prepared):
    _, one, expected = prepared
    rows, columns = np.divmod(np.arange(1200), 30)

    is_feasible, scores = one.cells(rows, columns)

    found = {
        (i, j): score
        for i, j, is_in, score in zip(rows.tolist(), columns.tolist(), is_feasible, scores.tolist(), strict=True)
        if is_in
    }
    assert found == expected
    assert not scores[~is_feasible].any()


def test_rows_that_cannot_be_written_to_are_taken(prepared):
    _, one, expected = prepared
    rows = np.arange(40)
    rows.setflags(write=False)

    assert _pairs(rows, one.rows(rows)) == expected


def test_nothing_asked_gives_nothing(prepared):
    _, one, _ = prepared
    nobody = np.empty(0, dtype=np.int64)

    assert [array.size for array in (*one.rows(nobody), *one.columns(nobody), *one.cells(nobody, nobody))] == [0] * 8


@pytest.mark.parametrize(("n", "m"), [(0, 0), (2, 0), (0, 2)])
@pytest.mark.parametrize("is_laid_out", [True, False, None])
def test_a_side_may_be_empty(n: int, m: int, is_laid_out: bool | None):
    cohort = cohort_of(*(seeker(f"a{k}") for k in range(n)), *(supporter(f"b{k}") for k in range(m)))

    one = PairScorer.of(cohort, is_laid_out=is_laid_out)

    assert one.rows(np.arange(n)).lengths.tolist() == [0] * n
    assert one.columns(np.arange(m)).lengths.tolist() == [0] * m
    assert sum(one.stream(lambda rows, _: rows.size)) == n
    assert (one.pairs, one.pairs_visited) == (0, 0)


def test_tiles_that_a_group_rules_out_are_not_visited():
    people = [seeker("s1", languages=("pl",)), seeker("s2", languages=("de",))]
    people += [supporter(f"p{n}", languages=("pl",)) for n in range(1500)]
    people += [supporter(f"d{n}", languages=("de",)) for n in range(1500)]

    one = PairScorer.of(cohort_of(*people), is_laid_out=True)

    assert one.pairs == 6000
    # Alike supporters stand together: two tiles for each seeker, of 1024, 1024 and 952 supporters.
    assert one.pairs_visited == 1024 + 1024 + 1024 + 952
    assert one.rows(np.arange(2)).lengths.tolist() == [1500, 1500]


# --- Streams --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [None, 1, 2, 5])
@pytest.mark.parametrize("block_pairs", [1, 100, 1 << 20])
def test_a_stream_gives_every_row_once_whatever_the_blocks_and_threads(prepared, threads, block_pairs):
    _, one, expected = prepared

    blocks = list(one.stream(lambda rows, scored: (rows, scored), threads=threads, block_pairs=block_pairs))

    assert sorted(np.concatenate([rows for rows, _ in blocks]).tolist()) == list(range(40))
    assert {pair: score for rows, scored in blocks for pair, score in _pairs(rows, scored).items()} == expected


def test_results_come_in_the_order_of_blocks_however_long_each_takes(prepared):
    _, one, _ = prepared
    second_is_done = threading.Event()

    def consume(rows, _scored):
        # The first block waits for the second.
        if rows[0] == 5:
            assert second_is_done.wait(30)
        second_is_done.set()
        return rows.tolist()

    results = list(one.stream(consume, rows=np.array([5, 3, 8]), threads=2, block_pairs=1))

    assert results == [[5], [3], [8]]


def test_no_more_blocks_are_in_flight_than_threads_take(prepared):
    _, one, _ = prepared
    consumed = []

    stream = one.stream(lambda rows, _: consumed.append(rows), threads=2, block_pairs=1)
    next(stream)

    assert len(consumed) <= 2 * scorer.IN_FLIGHT + 1
    stream.close()


def test_elsewhere_blocks_are_scored_and_consumed_here(prepared):
    _, one, expected = prepared
    here = threading.get_ident()

    with ThreadPoolExecutor(3) as pool:
        blocks = list(
            one.stream(lambda rows, scored: (threading.get_ident(), rows, scored), run_blocks=pool.map, block_pairs=150)
        )

    assert {who for who, _, _ in blocks} == {here}
    assert {pair: score for _, rows, scored in blocks for pair, score in _pairs(rows, scored).items()} == expected


def test_progress_counts_pairs_up_to_all_that_were_chosen(prepared):
    _, one, _ = prepared
    seen = []

    for _ in one.stream(
        lambda rows, _: None, rows=np.arange(5), block_pairs=60, on_progress=lambda *at: seen.append(at)
    ):
        pass

    assert seen == [(60, 150), (120, 150), (150, 150)]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_stream_stops_between_blocks_when_asked(prepared, threads):
    _, one, _ = prepared
    taken = []
    stream = one.stream(lambda rows, _: rows, threads=threads, block_pairs=30, should_stop=lambda: len(taken) >= 3)

    with pytest.raises(Cancelled):
        taken.extend(stream)

    assert 3 <= len(taken) < 40


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_of_the_consumer_ends_the_stream(prepared, threads):
    _, one, _ = prepared
    consumed = []

    def consume(rows, _scored):
        consumed.append(rows)
        if len(consumed) == 3:
            raise LookupError("third")

    with pytest.raises(LookupError, match="third"):
        list(one.stream(consume, threads=threads, block_pairs=30))

    assert len(consumed) < 40


# --- Bounds, and what is compiled when ------------------------------------------------------------------------------


def test_scores_beyond_32_bits_are_refused_by_the_field_that_makes_them():
    wide = tuple(LabelFactor(f"many{n}", "level", LabelOp.EQUAL, 1_000_000) for n in range(2200))
    cohort = crowd(5, 5, seed=1, policy=replace(POLICY, label_factors=wide))

    with pytest.raises(PolicyError, match="label_factors") as refused:
        PairScorer.of(cohort)

    assert refused.value.field == "label_factors"


def test_negative_points_count_toward_the_bound():
    points = ((1, -1_000_000), (2, 5))
    wide = tuple(LabelFactor(f"many{n}", "level", LabelOp.GAP, table=points) for n in range(2200))

    with pytest.raises(PolicyError, match="2200"):
        PairScorer.of(crowd(5, 5, seed=1, policy=replace(POLICY, label_factors=wide, weights={"topics": 0})))


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

    assert scorer.is_worth_loading(pairs) is is_fast


def test_importing_and_scoring_a_small_cohort_loads_no_compiler():
    code = (
        "import sys\n"
        "import numpy as np\n"
        "from tests.matching.people import cohort_of, seeker, supporter\n"
        "from matching.scorer import PairScorer\n"
        "assert PairScorer.of(cohort_of(seeker(), supporter())).rows(np.arange(1)).scores.size == 1\n"
        "sys.exit('numba' in sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
