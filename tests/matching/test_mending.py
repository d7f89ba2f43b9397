"""Exact repair: from any prices and any pairs to the best matching of a core and its smallest prices."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from matching.assigning import assign_problem
from matching.errors import Cancelled
from matching.solvers import mending
from matching.solvers.lists import Lists
from matching.solvers.market import Core, State
from matching.solvers.mending import mend
from tests.matching.markets import digits_of, drawn, market_of, problem_of, stored


@cache
def answer_of(seed):
    return assign_problem(drawn(seed), worth_compiling=1 << 60)


def whole_core(problem, market):
    lists = Lists.empty(market, 2 * problem.shape[1] + 2)
    lists.fill(stored(problem), market)
    return lists.choose(market, np.zeros(market.m, dtype=np.int64), most=problem.shape[1])


def any_state(market, core, random):
    """Prices anybody might set, and pairs of anybody with anybody within the places."""
    state = State.of(market)
    highest = max(int(core.weights.max(initial=1)), 1)
    state.price_hi[:] = random.choice([0, 0, 1, highest // 3, highest], market.m) * (market.places > 0)
    state.price_lo[:] = random.integers(0, 2**40, market.m) * (market.places > 0)
    free = np.repeat(np.arange(market.m), market.places)
    taken = random.permutation(free)[: random.integers(0, min(free.size, market.n) + 1)]
    state.supporter_of[random.permutation(market.n)[: taken.size]] = taken
    return state


def check_best(problem, market, state, expected):
    surplus, price = digits_of(problem, market, state)
    placed = expected.certificate.supporter_price[problem.supporter_order[problem.capacity > 0]]
    assert problem.to_caller_order(state.supporter_of).tolist() == expected.supporter_of.tolist()
    assert surplus.tolist() == expected.certificate.seeker_surplus.tolist()
    assert price[problem.supporter_order[problem.capacity > 0]].tolist() == placed.tolist()


@pytest.mark.parametrize("seed", range(120))
def test_whatever_it_begins_with_it_ends_with_the_best_matching_and_its_smallest_prices(seed):
    problem, market = drawn(seed), market_of(drawn(seed))
    core, random = whole_core(problem, market), np.random.default_rng(seed)
    for _ in range(4):
        state = any_state(market, core, random)

        mend(market, core, state)

        check_best(problem, market, state, answer_of(seed))
        held = [sorted(np.flatnonzero(state.supporter_of == j).tolist()) for j in range(market.m)]
        starts = market.slot_starts.tolist()
        slots = [
            sorted(state.slots[begin : begin + used].tolist()) for begin, used in zip(starts, state.used, strict=False)
        ]
        assert slots == held


@pytest.mark.parametrize("seed", range(40))
def test_arcs_that_join_later_are_mended_from_where_it_stood(seed):
    problem, market = drawn(seed), market_of(drawn(seed))
    core, random, state = whole_core(problem, market), np.random.default_rng(seed), State.of(market)
    rows = np.repeat(np.arange(market.n), np.diff(core.starts))
    turn = random.integers(0, 4, rows.size)
    for joined in range(4):
        some = turn <= joined
        starts = np.concatenate(([0], np.cumsum(np.bincount(rows[some], minlength=market.n))))
        mend(market, Core(starts, core.supporters[some], core.weights[some]), state)

    check_best(problem, market, state, answer_of(seed))


def test_long_chains_of_rearrangements_end_where_they_should():
    # Seeker i prefers supporter i and could take i + 1; the last one needs supporter 0, and all move one on.
    n = 300
    scores, mask = np.zeros((n + 1, n + 1), dtype=np.int64), np.zeros((n + 1, n + 1), dtype=np.bool_)
    everybody = np.arange(n)
    scores[everybody, everybody], scores[everybody, everybody + 1], scores[n, 0] = 1000, 999, 900
    mask[everybody, everybody] = mask[everybody, everybody + 1] = mask[n, 0] = True
    problem = problem_of(scores, mask, np.ones(n + 1, dtype=np.int64))
    market = market_of(problem)
    state = State.of(market)

    mend(market, whole_core(problem, market), state)

    in_order = problem.to_caller_order(state.supporter_of.astype(np.int64)).tolist()
    assert in_order == [*range(1, n + 1), 0]


@pytest.mark.parametrize("side", ["_SEEKERS_A_CALL", "_SUPPORTERS_A_CALL"])
def test_it_stops_between_any_two_calls(side, monkeypatch):
    monkeypatch.setattr(mending, side, 1)
    problem, market = drawn(8), market_of(drawn(8))
    core = whole_core(problem, market)

    def begun():
        state = State.of(market)
        state.price_hi[:] = 2**58 * (market.places > 0)
        return state

    calls = []
    mend(market, core, begun(), should_stop=lambda: bool(calls.append(1)))
    assert len(calls) > 3
    for moment in range(len(calls)):
        left = iter([False] * moment)
        with pytest.raises(Cancelled):
            mend(market, core, begun(), should_stop=lambda left=left: next(left, True))
