"""The solver at scale: the answer of the small exact path to the last price, however little it keeps in memory."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from matching.assigning import assign_problem
from matching.errors import BoundError, Cancelled
from matching.keys import ties_of
from matching.policy import Objective
from matching.problem import read_problem
from matching.solvers import at_scale, pricing
from matching.solvers.at_scale import Watch, solve_at_scale
from matching.verify import verify
from tests.matching.instances import random_instance, sparse
from tests.matching.markets import AskedPairs, check_same, digits_of, drawn, market_of, problem_of, stored

SMALL = 1 << 60


@cache
def answer_of(seed):
    return assign_problem(drawn(seed), worth_compiling=SMALL)


@pytest.fixture
def short(monkeypatch):
    """Let lists be as short as `memory_bytes` says, and pairs be asked in parts wherever that is possible."""
    monkeypatch.setattr(at_scale, "SHORTEST_LIST", 1)
    monkeypatch.setattr(pricing, "_WORTH_ASKING_SOME", 1)
    monkeypatch.setattr(pricing, "_LOOK", 0)


@pytest.mark.parametrize("seed", range(80))
def test_whole_lists_give_the_answer_of_the_small_path(seed):
    problem, market = drawn(seed), market_of(drawn(seed))

    found = solve_at_scale(stored(problem), market)

    check_same(problem, market, found, answer_of(seed))
    assert found.rounds >= 1


@pytest.mark.parametrize("length", [1, 3, 4, 12])
@pytest.mark.parametrize("seed", range(30))
@pytest.mark.usefixtures("short")
def test_the_answer_does_not_depend_on_the_memory_of_lists(seed, length):
    problem, market = drawn(seed), market_of(drawn(seed))

    found = solve_at_scale(AskedPairs(problem), market, memory_bytes=8 * problem.shape[0] * length)

    check_same(problem, market, found, answer_of(seed))


@pytest.mark.usefixtures("short")
def test_only_some_pairs_are_asked_again_where_only_their_answers_can_have_changed():
    asked = []
    for seed in range(60, 110):
        problem = drawn(seed)
        source, market = AskedPairs(problem), market_of(problem)
        found = solve_at_scale(source, market, memory_bytes=0)
        check_same(problem, market, found, answer_of(seed))
        asked += [ask for ask in source.asked if ask != "all"]

    assert sum(kind == "rows" and size > 0 for kind, size in asked) > 15
    assert sum(kind == "columns" and size > 0 for kind, size in asked) > 10


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("can_ask_some", [True, False])
@pytest.mark.usefixtures("short")
def test_prices_to_begin_with_never_change_the_answer(seed, can_ask_some):
    problem, market = drawn(seed), market_of(drawn(seed))
    random = np.random.default_rng(seed)
    prices = random.choice([0, 1, 40, 10_000, 10**6], market.m) * int(
        random.choice([1, market.worth.scale, market.worth.unit // 1000])
    )

    found = solve_at_scale(AskedPairs(problem, can_ask_some), market, prices=prices, memory_bytes=10**3)

    check_same(problem, market, found, answer_of(seed))


def changed(problem, random):
    """The same people, of whom some would now rather meet others, have other places, or wait longer."""
    n, m = problem.shape
    scores, mask = np.zeros((n, m), dtype=np.int64), np.zeros((n, m), dtype=np.bool_)
    scores[problem.seekers, problem.supporters], mask[problem.seekers, problem.supporters] = problem.scores, True
    rows, columns = random.random(n) < 0.1, random.random(m) < 0.1
    others = random.integers(problem.scores.min(initial=0), problem.scores.max(initial=0) + 1, (n, m))
    is_changed = rows[:, None] | columns
    return problem_of(
        np.where(is_changed, others, scores),
        np.where(is_changed, random.random((n, m)) < 0.5, mask),
        np.where(columns, random.integers(0, 4, m), problem.capacity),
        seed=int(random.integers(1000)),
        priority=np.where(rows, random.integers(1, 60, n), problem.priority),
        previous=problem.previous,
        objective=problem.objective,
        keep_margin=problem.keep_margin,
    )


@pytest.mark.parametrize("length", [2, 6, 20])
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.usefixtures("short")
def test_run_after_run_from_the_last_pairs_and_prices_the_answer_is_that_from_scratch(seed, length):
    problem, random, asked = drawn(seed), np.random.default_rng(seed), []
    prices = None
    for _ in range(6):
        market, source = market_of(problem), AskedPairs(problem)
        expected = assign_problem(problem, worth_compiling=SMALL)

        found = solve_at_scale(source, market, prices=prices, memory_bytes=8 * problem.shape[0] * length)

        check_same(problem, market, found, expected)
        asked += source.asked[1:]
        vectors = expected.certificate.supporter_price[problem.supporter_order]
        pairs = problem.from_caller_order(expected.supporter_of)
        problem = changed(replace(problem, previous=pairs), random)
        prices = market_of(problem).worth.first_words_of(vectors)[problem.supporter_order]

    assert len(asked) > 0


@pytest.mark.parametrize("seed", range(3000, 3150))
def test_it_equals_brute_force_and_is_verified(seed):
    instance = random_instance(seed)
    problem = read_problem(instance.array, **instance.arguments)

    result = assign_problem(problem, worth_compiling=0)

    assert result.certificate.primal == instance.best()[0]
    assert result.blocking_pairs == len(instance.blocking_pairs(tuple(result.supporter_of.tolist())))
    verify(instance.array, result, **instance.arguments)


def test_brute_force_goes_both_ways_into_words_and_not(monkeypatch):
    asked = []

    def ask(*arguments, **options):
        asked.append(None)
        return solve_at_scale(*arguments, **options)

    monkeypatch.setattr("matching.assigning.solve_at_scale", ask)
    for seed in range(3000, 3150):
        instance = random_instance(seed)
        assign_problem(read_problem(instance.array, **instance.arguments), worth_compiling=0)

    assert 60 < len(asked) < 145


def hard(name):
    random = np.random.default_rng(7)
    everyone, fine = np.ones((120, 60), dtype=np.bool_), random.integers(0, 10_000, (120, 60))
    few_places, many = (random.random(60) < 0.6).astype(np.int64), random.integers(1, 4, 60)
    ranks, own = random.integers(1, 60, 120), np.arange(120) // 2 % 60
    parts = (random.random((120, 60)) < 0.5) & (np.arange(120) < 90)[:, None] & (np.arange(60) < 30)
    parts[np.arange(90, 120), np.arange(30, 60)] = True
    cases = {
        "places for a third of all, by priority": (fine, everyone, few_places, {"priority": ranks}),
        "places for a third of all, by score": (fine, everyone, few_places, {"objective": "score"}),
        "four distinct scores": (fine % 4, random.random((120, 60)) < 0.3, many, {}),
        "all fit the same ten supporters": (fine, everyone & (np.arange(60) < 10), many, {"priority": ranks}),
        "identical profiles": (np.full((120, 60), 5000), everyone, many, {"priority": np.ones(120, dtype=np.int64)}),
        "identical profiles, by score": (np.full((120, 60), 5000), everyone, few_places, {"objective": "score"}),
        "priorities over six orders": (fine, random.random((120, 60)) < 0.2, many, {"priority": 10 ** (own % 7)}),
        "one large component and many tiny ones": (fine, parts, many, {"priority": ranks}),
        "nobody fits": (fine, ~everyone, many, {}),
        "no places at all": (fine, everyone, 0 * many, {}),
        "every pair was there before": (fine, everyone, many, {"previous": own, "keep_margin": 10_000}),
        "no pair is worth more than waiting": (fine - 10_000, everyone, many, {"objective": "score"}),
    }
    return problem_of(*cases[name][:3], **cases[name][3])


HARD = (
    "places for a third of all, by priority",
    "places for a third of all, by score",
    "four distinct scores",
    "all fit the same ten supporters",
    "identical profiles",
    "identical profiles, by score",
    "priorities over six orders",
    "one large component and many tiny ones",
    "nobody fits",
    "no places at all",
    "every pair was there before",
    "no pair is worth more than waiting",
)


@pytest.mark.parametrize("name", HARD)
def test_hard_cases_are_solved_like_any_other(name, short):
    problem = hard(name)
    expected, market = assign_problem(problem, worth_compiling=SMALL), market_of(problem)

    for length in (0, 5 * 8 * 120, 10**9):
        check_same(problem, market, solve_at_scale(AskedPairs(problem), market, memory_bytes=length), expected)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nobody_on_a_side_is_a_valid_answer(shape):
    problem = read_problem(sparse({}, shape))

    result = assign_problem(problem, worth_compiling=0)

    assert result.supporter_of.tolist() == [-1] * shape[0]
    assert result.certificate.primal == result.certificate.dual == (0, 0, 0, 0)


def asking(yes_from):
    """A question that is answered with yes from its k-th time on; its count."""
    calls = [0]

    def ask():
        calls[0] += 1
        return calls[0] > yes_from

    return ask, calls


class Pairs(AskedPairs):
    """Asks whether to stop before each block, as every source does."""

    def stream(self, consume, *, rows=None, columns=None, should_stop=None, on_progress=None):
        def look(*block):
            if should_stop is not None and should_stop():
                raise Cancelled("stopped")
            return consume(*block)

        return super().stream(look, rows=rows, columns=columns, on_progress=on_progress)


def check_bound(problem, found, market):
    """Check that a solution's prices are a bound for every pair, and their sum one for the best matching."""
    surplus, price = digits_of(problem, market, found)
    whole = assign_problem(problem, worth_compiling=SMALL).certificate
    surplus, price = surplus[problem.seeker_order], price[problem.supporter_order]
    assert all(tuple(row) >= (0, 0, 0, 0) for row in (*surplus.tolist(), *price.tolist()))
    placed = problem.capacity[problem.supporters] > 0
    rows, columns, scores = problem.seekers[placed], problem.supporters[placed], problem.scores[placed]
    hi = found.surplus_hi[rows] + found.price_hi[columns] - market.worth.words_of(rows, columns, scores)
    lo = found.surplus_lo[rows] + found.price_lo[columns]
    ties = ties_of(problem.seeker_keys[rows], problem.supporter_keys[columns])
    assert ((hi > 0) | ((hi == 0) & (lo >= ties))).all()
    dual = surplus.sum(axis=0) + (price * market.places[:, None]).sum(axis=0)
    assert tuple(dual.tolist()) >= whole.primal


@pytest.mark.parametrize("seed", [5, 8, 13, 22])
@pytest.mark.usefixtures("short")
def test_out_of_time_at_any_moment_it_gives_the_best_so_far_and_a_bound_once_all_were_asked(seed):
    problem = drawn(seed)
    market, best = market_of(problem), answer_of(seed)
    never, calls = asking(SMALL)
    solve_at_scale(Pairs(problem), market, watch=Watch(is_time_up=never), memory_bytes=0)
    bounds = []
    for moment in range(calls[0] + 1):
        time_is_up, _ = asking(moment)
        found = solve_at_scale(Pairs(problem), market, watch=Watch(is_time_up=time_is_up), memory_bytes=0)
        bounds.append(found.is_bound)
        held = np.bincount(found.supporter_of[found.supporter_of >= 0], minlength=market.m)
        pairs = set(zip(problem.seekers.tolist(), problem.supporters.tolist(), strict=True))
        assert (held <= market.places).all()
        assert {(i, j) for i, j in enumerate(found.supporter_of.tolist()) if j >= 0} <= pairs
        assert int(found.score_of.sum()) <= best.total_score or problem.objective is Objective.COVERAGE
        if found.is_best:
            check_same(problem, market, found, best)
        elif found.is_bound:
            check_bound(problem, found, market)

    assert bounds == sorted(bounds)
    assert not bounds[0]
    assert bounds[-1]


@pytest.mark.parametrize("seed", [5, 8])
@pytest.mark.usefixtures("short")
def test_a_run_that_nobody_wants_any_more_ends_at_any_moment(seed):
    problem = drawn(seed)
    market = market_of(problem)
    never, calls = asking(SMALL)
    solve_at_scale(Pairs(problem), market, watch=Watch(should_stop=never), memory_bytes=0)

    assert calls[0] > 5
    for moment in range(calls[0]):
        stop, _ = asking(moment)
        with pytest.raises(Cancelled):
            solve_at_scale(Pairs(problem), market, watch=Watch(should_stop=stop), memory_bytes=0)


def test_stages_are_told_as_they_begin():
    told = []

    solve_at_scale(AskedPairs(drawn(5)), market_of(drawn(5)), watch=Watch(on_stage=told.append))

    assert told[:4] == ["shortlist", "start", "mend", "check lists"]
    assert told[-1] == "price"


def test_what_words_cannot_hold_is_solved_all_the_same():
    huge = {(0, 0): 2**50, (1, 0): 2**50, (1, 1): 3}

    result = assign_problem(read_problem(sparse(huge, (2, 2))), worth_compiling=0)

    assert result.supporter_of.tolist() == [0, 1]


def test_prices_that_words_cannot_tell_apart_are_found_in_vectors(monkeypatch):
    def refuse(*_):
        raise BoundError("too large")

    monkeypatch.setattr("matching.assigning.duals_of", refuse)
    problem = drawn(4)

    result = assign_problem(problem, worth_compiling=0)

    assert result.certificate.primal == answer_of(4).certificate.primal


@pytest.mark.parametrize("objective", ["coverage", "score"])
def test_a_large_problem_goes_this_way_by_itself_and_is_verified(objective, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "matching.assigning.solve_at_scale", lambda *rest, **more: asked.append(1) or solve_at_scale(*rest, **more)
    )
    random = np.random.default_rng(5)
    n, m = 700, 400
    scores = sparse(
        {(i, j): int(random.integers(0, 10_001)) for i in range(n) for j in random.permutation(m)[:60].tolist()}, (n, m)
    )
    options = {"capacity": random.integers(0, 3, m), "priority": random.integers(1, 60, n), "objective": objective}
    problem = read_problem(scores, **options)

    result = assign_problem(problem)

    assert asked == [1]
    verify(scores, result, **options)
