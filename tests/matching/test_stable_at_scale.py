"""The stable matching at scale: that of all pairs, however short the lists that it begins with."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from matching.assigning import assign_problem
from matching.errors import Cancelled
from matching.solvers import stable_at_scale
from matching.solvers.at_scale import Watch
from matching.solvers.stable_at_scale import solve_stably
from tests.matching.markets import AskedPairs, drawn, market_of, problem_of, stored


@cache
def stable(seed):
    problem = drawn(seed, objective="stable")
    return problem, assign_problem(problem)


@pytest.fixture
def short(monkeypatch):
    """Let lists be as short as `memory_bytes` says."""
    monkeypatch.setattr(stable_at_scale, "SHORTEST_LIST", 1)


@pytest.mark.parametrize("length", [1, 3, 10_000])
@pytest.mark.parametrize("seed", range(60))
@pytest.mark.usefixtures("short")
def test_it_is_the_stable_matching_of_all_pairs(seed, length):
    problem, expected = stable(seed)
    source = AskedPairs(problem) if seed % 2 else stored(problem)

    found = solve_stably(source, market_of(problem), watch=Watch(), memory_bytes=24 * problem.shape[0] * length)

    assert problem.to_caller_order(found.supporter_of).tolist() == expected.supporter_of.tolist()
    assert int(found.score_of.sum()) == expected.total_score
    assert (found.pairs, found.blocking_pairs) == (problem.scores.size, 0)
    assert (found.is_best, found.is_bound) == (True, True)


@pytest.mark.usefixtures("short")
def test_blocking_pairs_join_until_there_are_none(monkeypatch):
    rounds = []
    for joiners in (1, 1 << 18):
        monkeypatch.setattr(stable_at_scale, "JOINERS_A_BLOCK", joiners)
        for seed in range(12):
            problem, expected = stable(seed)
            found = solve_stably(AskedPairs(problem), market_of(problem), watch=Watch(), memory_bytes=0)
            assert problem.to_caller_order(found.supporter_of).tolist() == expected.supporter_of.tolist()
            rounds.append(found.rounds)

    assert max(rounds) > 2
    assert sum(rounds[:12]) > sum(rounds[12:])


@pytest.mark.usefixtures("short")
def test_whom_everybody_prefers_they_do_not_all_get():
    problem = problem_of(
        np.tile(np.arange(20), (30, 1)),
        np.ones((30, 20), dtype=np.bool_),
        np.ones(20, dtype=np.int64),
        objective="stable",
    )

    found = solve_stably(stored(problem), market_of(problem), watch=Watch(), memory_bytes=0)

    assert np.bincount(found.supporter_of[found.supporter_of >= 0], minlength=20).tolist() == [1] * 20


def asking(yes_from):
    calls = [0]

    def ask():
        calls[0] += 1
        return calls[0] > yes_from

    return ask, calls


class Pairs(AskedPairs):
    """Asks whether to stop before each block, as every source does."""

    def stream(self, consume, *, rows=None, should_stop=None, on_progress=None):
        def look(*block):
            if should_stop is not None and should_stop():
                raise Cancelled("stopped")
            return consume(*block)

        return super().stream(look, rows=rows, on_progress=on_progress)


@pytest.mark.usefixtures("short")
def test_out_of_time_at_any_moment_it_gives_a_matching_that_claims_nothing():
    problem, _ = stable(8)
    market, (never, calls) = market_of(problem), asking(10**9)
    solve_stably(Pairs(problem), market, watch=Watch(is_time_up=never), memory_bytes=0)
    pairs, best = set(zip(problem.seekers.tolist(), problem.supporters.tolist(), strict=True)), []
    for moment in range(calls[0] + 1):
        found = solve_stably(Pairs(problem), market, watch=Watch(is_time_up=asking(moment)[0]), memory_bytes=0)
        held = np.bincount(found.supporter_of[found.supporter_of >= 0], minlength=market.m)
        assert (held <= market.places).all()
        assert {(i, j) for i, j in enumerate(found.supporter_of.tolist()) if j >= 0} <= pairs
        assert found.is_best == found.is_bound
        assert found.is_best or found.blocking_pairs is None
        best.append(found.is_best)

    assert best == [False] * calls[0] + [True]


@pytest.mark.usefixtures("short")
def test_a_run_that_nobody_wants_any_more_ends_at_any_moment():
    problem, _ = stable(8)
    market, (never, calls) = market_of(problem), asking(10**9)
    solve_stably(Pairs(problem), market, watch=Watch(should_stop=never), memory_bytes=0)

    assert calls[0] > 3
    for moment in range(calls[0]):
        with pytest.raises(Cancelled):
            solve_stably(Pairs(problem), market, watch=Watch(should_stop=asking(moment)[0]), memory_bytes=0)
