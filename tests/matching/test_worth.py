"""What a pair is worth in words: the same order as the vectors of the objective, or a refusal."""

from __future__ import annotations

import numpy as np
import pytest

from matching.errors import BoundError
from matching.keys import ties_of
from matching.objective import values_of
from matching.policy import Objective
from matching.worth import WORD_LIMIT, ScoreBounds, Sides, worth_of
from tests.matching.markets import drawn, market_of


def sides(n=4, m=3, *, priority=None, previous=None):
    keys = np.arange(max(n, m), dtype=np.uint64)
    return Sides(
        np.ones(n, dtype=np.int64) if priority is None else np.array(priority),
        np.full(n, -1) if previous is None else np.array(previous),
        m,
        keys[:n],
        keys[:m],
    )


def words_and_values(seed):
    problem = drawn(seed)
    worth = market_of(problem).worth
    hi = worth.words_of(problem.seekers, problem.supporters, problem.scores)
    lo = ties_of(problem.seeker_keys[problem.seekers], problem.supporter_keys[problem.supporters])
    return worth, hi, lo, values_of(problem)


@pytest.mark.parametrize("seed", range(60))
def test_words_unpack_into_the_value_vectors_of_the_objective(seed):
    worth, hi, lo, values = words_and_values(seed)

    assert worth.digits_of(hi, lo).tolist() == values.tolist()


@pytest.mark.parametrize("seed", range(60))
def test_sums_of_words_unpack_into_sums_of_vectors_and_compare_like_them(seed):
    worth, hi, lo, values = words_and_values(seed)
    random = np.random.default_rng(seed)
    shape = (50, min(len(hi), worth.base.size, worth.supporter_keys.size))
    chosen = random.integers(0, max(len(hi), 1), shape) if len(hi) else np.zeros((50, 0), dtype=np.int64)
    signs = random.choice([-1, 1], shape[1])

    his, los = (hi[chosen] * signs).sum(axis=1), (lo[chosen] * signs).sum(axis=1)
    sums = (values[chosen] * signs[:, None]).sum(axis=1)

    assert worth.digits_of(his, los).tolist() == sums.tolist()
    in_words = sorted(zip(his.tolist(), los.tolist(), strict=True))
    assert worth.digits_of(*np.array(in_words, dtype=np.int64).T).tolist() == sorted(sums.tolist())


def test_scores_that_spread_over_more_than_the_room_beside_priorities_are_refused():
    with pytest.raises(BoundError, match="priority ranks") as refused:
        worth_of(Objective.COVERAGE, 0, ScoreBounds(0, 2**57), sides(priority=[1, 2, 3, 4]))
    assert refused.value.field == "priority"


@pytest.mark.parametrize("objective", [Objective.COVERAGE, Objective.SCORE])
@pytest.mark.parametrize("bounds", [ScoreBounds(0, 2**56), ScoreBounds(-(2**56), 0)])
def test_scores_beyond_the_bound_of_words_are_refused(objective, bounds):
    with pytest.raises(BoundError):
        worth_of(objective, 0, bounds, sides())


@pytest.mark.parametrize("objective", Objective)
@pytest.mark.parametrize("bounds", [ScoreBounds(0, 10**6), ScoreBounds(-(10**6), 10**6), ScoreBounds(5, 5)])
def test_words_stay_within_the_bound(objective, bounds):
    worth = worth_of(objective, 200, bounds, sides(previous=[0, -1, -1, 1], priority=[1, 9, 10**12, 3]))

    for score in bounds:
        words = worth.words_of(np.arange(4), np.array([0, 1, 2, 1]), np.full(4, score))
        assert (np.abs(words) < WORD_LIMIT).all()


def test_a_digit_that_may_have_run_into_the_one_before_it_is_refused():
    worth = worth_of(Objective.COVERAGE, 5, ScoreBounds(0, 100), sides(previous=[0, 1, -1, -1]))
    one = np.array([1])
    room = worth.unit // worth.radix

    assert worth.digits_of(one * worth.radix * (room // 8), one).tolist() == [[0, room // 8, 0, 1]]
    for too_large in (room // 8 + 1, -(room // 8) - 1):
        with pytest.raises(BoundError, match="cannot tell digits"):
            worth.digits_of(one * worth.radix * too_large, one)
    with pytest.raises(BoundError, match="cannot tell digits"):
        worth.digits_of(one * (worth.radix // 8 + 1), one)


def test_whoever_has_an_open_proposal_enters_at_the_top_rank():
    worth = worth_of(Objective.COVERAGE, 0, ScoreBounds(0, 10), sides(previous=[-1, 2, -1, -1], priority=[7, 1, 9, 7]))

    assert worth.ranks.tolist() == [1 + 1, 3, 3, 2]
    assert worth.digits_of(worth.base, worth.base * 0)[:, 0].tolist() == [2, 3, 3, 2]


def test_only_coverage_gives_points_for_an_earlier_pair():
    held = sides(previous=[0, -1, -1, -1])
    pair = np.array([0]), np.array([0]), np.array([5])
    digits = {
        objective: worth_of(objective, 200, ScoreBounds(0, 10), held)
        for objective in (Objective.COVERAGE, Objective.SCORE)
    }

    in_digits = {
        key: worth.digits_of(worth.words_of(*pair), np.array([0]))[0].tolist() for key, worth in digits.items()
    }

    assert in_digits == {Objective.COVERAGE: [1, 205, 1, 0], Objective.SCORE: [5, 1, 1, 0]}
    stable = worth_of(Objective.STABLE, 200, ScoreBounds(0, 10), held)
    assert stable.words_of(*pair).tolist() == [5]


def test_what_loops_are_given_is_writable_whatever_it_was_made_from():
    given = sides(previous=[0, -1, 1, -1])
    for array in (given.priority, given.previous, given.seeker_keys, given.supporter_keys):
        array.setflags(write=False)

    worth = worth_of(Objective.COVERAGE, 0, ScoreBounds(0, 10), given)

    arrays = (worth.base, worth.previous, worth.ranks, worth.seeker_keys, worth.supporter_keys, worth.turned_keys)
    assert all(array.flags.writeable and array.flags.c_contiguous for array in arrays)
