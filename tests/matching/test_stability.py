"""Blocking pairs of any matching: counted as the definition says, in whole problems, blocks and compiled rows."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from matching import assign, stability
from matching.problem import read_problem
from matching.solvers.stable import compiled_stable
from matching.stability import (
    ABOVE_ALL,
    BELOW_ALL,
    Thresholds,
    count_blocking_pairs,
    is_blocking,
    stable_duals,
    thresholds_of,
)
from tests.matching.instances import random_instance, sparse


def any_matching(instance, random):
    """Pairs drawn without a thought to their worth, within the places."""
    supporter_of, free = [-1] * instance.shape[0], list(instance.capacity)
    for i, j in random.sample(sorted(instance.scores), len(instance.scores)):
        if supporter_of[i] < 0 and free[j] and random.random() < 0.7:
            supporter_of[i] = j
            free[j] -= 1
    return tuple(supporter_of)


def drawn(seed):
    """A problem, one of its matchings in its own order, and the positions that block by definition."""
    instance = random_instance(seed, most_seekers=9, most_supporters=6)
    problem = read_problem(instance.array, **instance.arguments)
    supporter_of = any_matching(instance, Random(seed))
    blocking = instance.blocking_pairs(supporter_of)
    i, j = problem.seeker_order[problem.seekers], problem.supporter_order[problem.supporters]
    cells = zip(i.tolist(), j.tolist(), strict=True)
    expected = [position for position, cell in enumerate(cells) if cell in blocking]
    return problem, problem.from_caller_order(np.array(supporter_of, dtype=np.int64)), expected


def thresholds(problem, supporter_of):
    chosen = supporter_of[problem.seekers] == problem.supporters
    score_of = np.full(supporter_of.size, 77)  # what waiting seekers' score says must not matter
    score_of[problem.seekers[chosen]] = problem.scores[chosen]
    return thresholds_of(supporter_of, score_of, problem.capacity, problem.seeker_keys, problem.supporter_keys)


def test_the_drawn_matchings_are_worth_testing():
    counts = [len(drawn(seed)[2]) for seed in range(200)]

    assert counts.count(0) > 30
    assert sum(count > 2 for count in counts) > 30


@pytest.mark.parametrize("seed", range(300))
def test_the_count_is_that_of_the_definition(seed):
    problem, supporter_of, expected = drawn(seed)

    assert count_blocking_pairs(problem, supporter_of) == len(expected)


@pytest.mark.parametrize("seed", range(200))
def test_blocks_and_compiled_rows_find_the_same_pairs(seed):
    problem, supporter_of, expected = drawn(seed)
    beat, keys = thresholds(problem, supporter_of), (problem.seeker_keys, problem.supporter_keys)
    rows, lengths, found = np.arange(supporter_of.size), np.diff(problem.starts), np.empty(99, dtype=np.int64)

    mask = is_blocking(problem.seekers, problem.supporters, problem.scores, beat, *keys)
    count = compiled_stable().find_blocking(
        rows, lengths, problem.supporters.astype(np.int32), problem.scores, *beat, *keys, found
    )

    assert np.flatnonzero(mask).tolist() == expected
    assert found[:count].tolist() == expected


def test_rows_of_a_block_may_come_in_any_order_and_more_may_be_found_than_there_is_room_for():
    scores = np.array([5, 1, 9, 7], dtype=np.int32)
    keys = np.arange(3, dtype=np.uint64)
    nothing = [np.full(3, number) for number in (*BELOW_ALL, *BELOW_ALL)]
    rows, supporters = np.array([2, 0]), np.array([0, 1, 2, 0], dtype=np.int32)
    memory = np.full(4, -7)

    count = compiled_stable().find_blocking(
        rows, np.array([3, 1]), supporters, scores, *nothing, keys, keys, memory[:2]
    )

    assert (count, memory.tolist()) == (4, [0, 1, -7, -7])


def test_counting_goes_block_by_block(monkeypatch):
    scores = sparse({(i, j): 5 for i in range(7) for j in range(3)}, (7, 3))
    problem = read_problem(scores)
    nobody = np.full(7, -1)
    monkeypatch.setattr(stability, "_BLOCK", 4)

    assert count_blocking_pairs(problem, nobody) == 21


def test_a_supporter_without_places_has_nobody_who_would_be_better():
    problem = read_problem(sparse({(0, 0): 5}, (1, 1)), [0])

    beat = thresholds(problem, np.array([-1]))

    assert (int(beat.supporter_score[0]), int(beat.supporter_tie[0])) == ABOVE_ALL
    assert (int(beat.seeker_score[0]), int(beat.seeker_tie[0])) == BELOW_ALL
    assert count_blocking_pairs(problem, np.array([-1])) == 0


def test_a_supporter_with_a_free_place_takes_anybody_even_at_a_negative_score():
    problem = read_problem(sparse({(0, 0): 900, (1, 0): -900}, (2, 1)), [2])

    assert count_blocking_pairs(problem, np.array([0, -1])) == 1


def test_an_equal_score_blocks_by_its_tie_alone_and_an_equal_tie_does_not():
    keys = np.array([1, 2], dtype=np.uint64), np.array([3], dtype=np.uint64)
    pair = np.array([0]), np.array([0]), np.array([50])
    ties = stability.ties_of(keys[0][:1], keys[1])

    def blocks(seeker_tie, supporter_tie):
        beat = Thresholds(np.array([50]), seeker_tie, np.array([50]), supporter_tie)
        rows, supporters, scores = pair
        in_block = bool(is_blocking(*pair, beat, *keys)[0])
        found = np.empty(1, dtype=np.int64)
        in_rows = compiled_stable().find_blocking(
            rows, np.array([1]), supporters.astype(np.int32), scores, *beat, *keys, found
        )
        assert in_block == bool(in_rows)
        return in_block

    assert blocks(ties - 1, ties - 1)
    assert not blocks(ties, ties - 1)
    assert not blocks(ties - 1, ties)


def test_of_pairs_equal_in_score_and_tie_the_later_seekers_sets_the_price():
    kept_and_new = np.array([[1, 50, 1, 7], [1, 50, 0, 7]])

    duals = stable_duals(np.array([0, 0]), kept_and_new, np.array([2]))

    assert duals.price.tolist() == [[1, 50, 0, 7]]


@pytest.mark.parametrize("objective", ["coverage", "score", "stable"])
def test_every_objective_says_how_many_pairs_block(objective):
    scores = {(0, 0): 9000, (0, 1): 8999, (1, 0): 8999}
    instance = replace(
        random_instance(0),
        scores=scores,
        capacity=(1, 1),
        priority=(1, 1),
        previous=(-1, -1),
        objective=objective,
        keep_margin=0,
        keys=None,
    )

    result = assign(instance.array, **instance.arguments)

    assert result.blocking_pairs == len(instance.blocking_pairs(tuple(result.supporter_of.tolist())))
    assert (result.blocking_pairs == 0) == (objective == "stable")
