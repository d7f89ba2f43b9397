"""`assign`: the best matching in every digit, whatever the input, in whatever order it comes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, csr_matrix

from matching import assign, verify
from matching.errors import BoundError, ScoreError
from tests.matching.instances import random_instance, sparse

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", range(600))
def test_it_equals_the_exhaustive_answer_digit_by_digit(seed):
    instance = random_instance(seed)
    worth, supporter_of = instance.best()

    result = assign(instance.array, **instance.arguments)

    assert result.certificate.primal == result.certificate.dual == worth
    assert tuple(result.supporter_of.tolist()) == supporter_of
    pairs = [(i, j) for i, j in enumerate(supporter_of) if j >= 0]
    assert result.matched == len(pairs)
    assert result.total_score == sum(instance.scores[pair] for pair in pairs)
    assert result.kept == sum(instance.previous[i] == j for i, j in pairs)
    assert (result.is_best, result.blocking_pairs) == (True, len(instance.blocking_pairs(supporter_of)))
    verify(instance.array, result, **instance.arguments)


@pytest.mark.parametrize("seed", range(25))
def test_it_equals_networkx_on_larger_instances(seed):
    instance = random_instance(5000 + seed, most_seekers=14, most_supporters=9)
    multipliers = [(2**56) ** power for power in (3, 2, 1, 0)]
    graph = nx.Graph()
    for seeker, supporter in instance.scores:
        value = sum(d * w for d, w in zip(instance.value(seeker, supporter), multipliers, strict=True))
        for place in range(instance.capacity[supporter]):
            graph.add_edge(("seeker", seeker), ("place", supporter, place), weight=value)

    result = assign(instance.array, **instance.arguments)

    best = sum(graph.edges[edge]["weight"] for edge in nx.max_weight_matching(graph))
    assert sum(d * w for d, w in zip(result.certificate.primal, multipliers, strict=True)) == best
    verify(instance.array, result, **instance.arguments)


@pytest.mark.parametrize("seed", range(60))
def test_permuting_members_with_their_keys_changes_nothing(seed):
    random = Random(seed)
    n, m = 12, 8
    scores = {(i, j): random.choice([0, 1]) for i in range(n) for j in range(m) if random.random() < 0.6}
    keys = [random.getrandbits(64) for _ in range(n)], [random.getrandbits(64) for _ in range(m)]
    capacity = [random.choice([0, 1, 2]) for _ in range(m)]
    previous = [random.randrange(-1, m) for _ in range(n)]
    rows, columns = random.sample(range(n), n), random.sample(range(m), m)
    shuffled = {(rows.index(i), columns.index(j)): score for (i, j), score in scores.items()}

    result = assign(sparse(scores, (n, m)), capacity, None, previous, keys=keys)
    again = assign(
        sparse(shuffled, (n, m)),
        [capacity[j] for j in columns],
        None,
        [columns.index(previous[i]) if previous[i] >= 0 else -1 for i in rows],
        keys=([keys[0][i] for i in rows], [keys[1][j] for j in columns]),
    )

    there = [columns[j] if j >= 0 else -1 for j in again.supporter_of.tolist()]
    assert there == result.supporter_of[rows].tolist()
    assert again.certificate.primal == result.certificate.primal
    assert again.certificate.seeker_surplus.tolist() == result.certificate.seeker_surplus[rows].tolist()
    assert again.certificate.supporter_price.tolist() == result.certificate.supporter_price[columns].tolist()


def test_ids_decide_ties_and_not_the_order_of_the_input():
    even = sparse({(i, j): 5 for i in range(6) for j in range(6)}, (6, 6))
    ids = [f"s{i}" for i in range(6)], [f"p{j}" for j in range(6)]

    forward = assign(even, keys=ids).supporter_of.tolist()
    backward = assign(even, keys=(ids[0][::-1], ids[1][::-1])).supporter_of.tolist()

    assert [5 - j for j in reversed(backward)] == forward
    assert assign(even, keys=(ids[1], ids[0])).supporter_of.tolist() != forward


def test_two_ordinary_pairs_beat_one_excellent_pair():
    scores = sparse({(0, 0): 9000, (0, 1): 100, (1, 0): 100}, (2, 2))

    assert assign(scores).supporter_of.tolist() == [1, 0]
    assert assign(scores, objective="score").supporter_of.tolist() == [0, -1]


def test_a_forbidden_pair_never_appears_and_never_takes_a_place():
    scores = sparse({(1, 0): 0, (2, 1): -500}, (4, 2))

    result = assign(scores, [1, 3], [99, 1, 1, 99])

    assert result.supporter_of.tolist() == [-1, 0, 1, -1]


def test_an_explicit_zero_is_feasible_under_both_objectives():
    scores = csr_array((np.array([0]), np.array([0]), np.array([0, 1])), shape=(1, 1))

    assert assign(scores).matched == 1
    assert assign(scores, objective="score").matched == 1


def test_a_negative_score_is_matched_for_coverage_and_left_out_for_score():
    scores = sparse({(0, 0): -3}, (1, 1))

    assert (assign(scores).matched, assign(scores).total_score) == (1, -3)
    assert (assign(scores, objective="score").matched, assign(scores, objective="score").total_score) == (0, 0)


def test_priority_decides_who_and_never_how_many():
    scores = sparse({(0, 0): 1, (0, 1): 1, (1, 0): 9000, (2, 1): 9000}, (3, 2))

    assert assign(scores, None, [10**15, 1, 1]).supporter_of.tolist()[0] >= 0
    assert assign(scores, None, [10**15, 1, 1]).matched == 2


def test_only_the_order_of_priorities_counts():
    scores = sparse({(i, j): (7 * i + 3 * j) % 5 for i in range(9) for j in range(4)}, (9, 4))
    priority = [3, 1, 4, 1, 5, 9, 2, 6, 5]

    result = assign(scores, None, priority)

    assert assign(scores, None, [each**9 for each in priority]).supporter_of.tolist() == result.supporter_of.tolist()
    assert assign(scores, None, [10 - each for each in priority]).supporter_of.tolist() != result.supporter_of.tolist()


def test_an_open_proposal_outlives_another_weeks_wait():
    scores = sparse({(0, 0): 50, (1, 0): 50}, (2, 1))

    assert assign(scores, None, [3, 4], [0, -1]).supporter_of.tolist() == [0, -1]
    assert assign(scores, None, [3, 4]).supporter_of.tolist() == [-1, 0]


@pytest.mark.parametrize(("better", "kept"), [(199, 2), (200, 2), (201, 0)])
def test_a_proposal_goes_when_others_are_better_by_more_than_the_margin(better, kept):
    # Swapping both pairs gains `better`, spread over two proposals with 100 points of margin each.
    scores = sparse({(0, 0): 500, (1, 1): 500, (0, 1): 500 + better, (1, 0): 500}, (2, 2))

    result = assign(scores, previous=[0, 1], keep_margin=100)

    assert result.kept == kept
    assert result.total_score == (1000 if kept else 1000 + better)


def test_kept_counts_only_what_is_feasible_and_still_paired():
    scores = sparse({(0, 0): 5, (1, 1): 5}, (3, 2))

    assert assign(scores, previous=[0, 0, 1]).kept == 1


@pytest.mark.parametrize("objective", ["coverage", "score"])
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (2, 2)])
def test_nobody_to_match_is_a_valid_answer(shape, objective):
    result = assign(csr_array(shape, dtype=np.int64), objective=objective)

    assert result.supporter_of.tolist() == [-1] * shape[0]
    assert (result.matched, result.total_score, result.kept) == (0, 0, 0)
    assert result.certificate.primal == result.certificate.dual == (0, 0, 0, 0)
    assert result.certificate.seeker_surplus.shape == (shape[0], 4)
    assert result.certificate.supporter_price.shape == (shape[1], 4)
    verify(csr_array(shape, dtype=np.int64), result, objective=objective)


def test_no_places_at_all_is_a_valid_answer_with_prices():
    result = assign(sparse({(0, 0): 7}, (1, 1)), [0])

    assert result.matched == 0
    assert result.certificate.supporter_price[0, :2].tolist() == [1, 7]


def test_more_places_than_anybody_needs_are_fine():
    assert assign(sparse({(0, 0): 7, (1, 0): 8}, (2, 1)), [2**63 - 1]).matched == 2


def test_results_are_frozen_python_ints_and_read_only_int64():
    result = assign(sparse({(0, 0): 7}, (1, 1)))

    arrays = result.supporter_of, result.certificate.seeker_surplus, result.certificate.supporter_price
    for array in arrays:
        assert array.dtype == np.int64
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    counts = result.matched, result.total_score, result.kept, result.blocking_pairs
    numbers = *counts, *result.certificate.primal, *result.certificate.dual
    assert {type(number) for number in numbers} == {int}
    with pytest.raises(AttributeError):
        result.matched = 2


def test_arguments_stay_as_they_were_and_may_be_read_only():
    scores = csr_matrix(np.array([[1, 2], [3, 4]]))
    capacity = np.array([1, 1])
    for array in (scores.data, scores.indices, scores.indptr, capacity):
        array.setflags(write=False)

    assert assign(scores, capacity).total_score == 5
    assert capacity.flags.writeable is False
    assert scores.toarray().tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("scores", "arguments"),
    [
        (np.array([[1, 2]]), {}),
        (csr_array(np.array([[1.0]])), {}),
        (sparse({(0, 0): 1}, (1, 1)), {"capacity": [-1]}),
        (sparse({(0, 0): 1}, (1, 1)), {"priority": [0]}),
        (sparse({(0, 0): 1}, (1, 1)), {"previous": [1]}),
        (sparse({(0, 0): 1}, (1, 1)), {"objective": "fair"}),
        (sparse({(0, 0): 1}, (1, 1)), {"keys": [[1]]}),
    ],
)
def test_bad_input_is_refused_with_a_score_error(scores, arguments):
    with pytest.raises(ScoreError):
        assign(scores, **arguments)


def test_scores_that_could_overflow_are_refused():
    with pytest.raises(BoundError):
        assign(sparse({(0, 0): 2**61, (1, 1): -(2**61)}, (2, 2)))


def test_large_scores_within_the_bound_are_exact_to_the_last_point():
    large = 2**58
    scores = sparse({(0, 0): large, (0, 1): large - 1, (1, 0): large - 1, (1, 1): large - 3}, (2, 2))

    result = assign(scores)

    assert result.supporter_of.tolist() == [1, 0]
    assert result.total_score == 2**59 - 2


@given(st.data())
def test_more_places_never_make_it_worse_and_the_price_says_by_how_much(data):
    instance = random_instance(data.draw(st.integers(0, 10**9)), most_seekers=9, most_supporters=6)
    before = assign(instance.array, **instance.arguments)

    for supporter in range(instance.shape[1]):
        more = instance.with_place(supporter)
        after = assign(more.array, **more.arguments)
        gain = [a - b for a, b in zip(after.certificate.primal, before.certificate.primal, strict=True)]
        assert gain == before.certificate.supporter_price[supporter].tolist()
        assert gain >= [0, 0, 0, 0]


@given(st.integers(0, 10**9))
def test_adding_points_to_every_pair_moves_nobody_under_coverage(seed):
    instance = random_instance(seed, most_seekers=6, most_supporters=6)
    instance = replace(
        instance, objective="coverage", priority=(1,) * instance.shape[0], previous=(-1,) * instance.shape[0]
    )
    raised = replace(instance, scores={pair: score + 7 for pair, score in instance.scores.items()})

    result, again = (assign(each.array, **each.arguments) for each in (instance, raised))

    assert again.supporter_of.tolist() == result.supporter_of.tolist()
    assert again.total_score == result.total_score + 7 * result.matched


@pytest.mark.parametrize("first", ["from matching import verify", "import matching.verify", "import matching.engine"])
def test_the_package_gives_functions_whatever_was_imported_before(first):
    again = "from matching import assign, verify"
    program = f"{first}\n{again}\n{again}\nprint(verify.__name__, assign.__name__)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.split() == ["verify", "assign"]


def test_the_package_starts_without_a_solver():
    program = "import sys, matching\nprint([name for name in ('numpy', 'scipy', 'numba') if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.strip() == "[]"


def test_the_package_has_no_other_names():
    with pytest.raises(ImportError):
        from matching import nothing  # noqa: F401
