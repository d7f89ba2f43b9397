"""From a validated problem to an `Assignment` with its proof, by the way that suits its size.

Small problems are solved in vectors, uncompiled; large ones in two words a pair by `solvers/at_scale.py`, from stored
pairs here, from a cohort's in `cohort_run.py`. Every way gives the same assignment, to the last price. Never here:
reading input (`problem.py`), scoring, steps of solvers.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np

from matching.certificate import Certificate
from matching.entries import Ints
from matching.errors import BoundError
from matching.graph import Graph
from matching.objective import DIGITS, first_nonzero, kept_entries, values_of
from matching.outcome import Assignment
from matching.policy import Objective
from matching.prices import Duals, smallest_prices
from matching.problem import WAITING, Problem
from matching.solvers import solve
from matching.solvers.at_scale import Solution, Watch, solve_at_scale
from matching.solvers.market import Market
from matching.solvers.stable import Rows, assign_stably
from matching.sources import StoredPairs
from matching.stability import count_blocking_pairs, stable_duals
from matching.worth import ScoreBounds, Sides, Worth, worth_of

WORTH_COMPILING = 40_000
"""Pairs from which compiled solvers take less time, with what loading them takes."""

_INT32 = 2**31


def assign_problem(
    problem: Problem,
    *,
    should_stop: Callable[[], bool] | None = None,
    worth_compiling: int = WORTH_COMPILING,
) -> Assignment:
    """Solve a validated problem and prove the answer; raises Cancelled when `should_stop` answers yes."""
    values = values_of(problem)
    if problem.objective is Objective.STABLE:
        supporter_of = assign_stably(Rows.of(problem), should_stop=should_stop).supporter_of
        return _assignment(problem, values, supporter_of, _stable(problem, values, supporter_of))
    if problem.scores.size >= worth_compiling:
        # What words cannot hold, vectors can.
        with suppress(BoundError):
            return _assigned_at_scale(problem, values, should_stop)
    graph = Graph.of(problem, values)
    supporter_of = solve(graph, should_stop=should_stop)
    return _assignment(problem, values, supporter_of, smallest_prices(graph, supporter_of))


def _assigned_at_scale(problem: Problem, values: Ints, should_stop: Callable[[], bool] | None) -> Assignment:
    market, source = _packed(problem)
    found = solve_at_scale(source, market, watch=Watch(should_stop=should_stop))
    duals = _with_placeless(problem, values, duals_of(market.worth, found))
    return _assignment(problem, values, found.supporter_of, duals)


def duals_of(worth: Worth, found: Solution) -> Duals:
    """Give a solution's surpluses and prices in digits; BoundError where words cannot tell them apart."""
    return Duals(worth.digits_of(found.surplus_hi, found.surplus_lo), worth.digits_of(found.price_hi, found.price_lo))


def certificate_of(duals: Duals, primal: tuple[int, ...], places: Ints, *, is_sum: bool = True) -> Certificate:
    """Put a certificate together; `is_sum` unless the objective proves its matching otherwise than by sums."""
    return Certificate(
        frozen(duals.surplus), frozen(duals.price), primal, _dual_of(duals, places) if is_sum else primal
    )


def frozen(array: Ints) -> Ints:
    """Make an array read-only."""
    array.setflags(write=False)
    return array


def _packed(problem: Problem) -> tuple[Market, StoredPairs]:
    """Put a problem into words; BoundError where it needs more than they hold."""
    kept = np.flatnonzero(kept_entries(problem))
    previous = np.full(problem.shape[0], WAITING, dtype=np.int64)
    previous[problem.seekers[kept]] = problem.supporters[kept]
    places = np.minimum(problem.capacity, np.bincount(problem.supporters, minlength=problem.shape[1]))
    bounds = ScoreBounds(int(problem.scores.min(initial=0)), int(problem.scores.max(initial=0)))
    if max(-bounds.least, bounds.most) >= _INT32:
        raise BoundError(f"cannot store scores from {bounds.least} to {bounds.most} in 32 bits")
    sides = Sides(problem.priority, previous, int(places.sum()), problem.seeker_keys, problem.supporter_keys)
    worth = worth_of(problem.objective, problem.keep_margin, bounds, sides)
    pairs = (problem.supporters.astype(np.int32), problem.scores.astype(np.int32))
    return Market.of(worth, places), StoredPairs(problem.starts, *pairs, problem.shape[1])


def _with_placeless(problem: Problem, values: Ints, duals: Duals) -> Duals:
    """Price supporters without places, whom solvers at scale leave out: at what a first place would be worth."""
    entries = np.flatnonzero(problem.capacity[problem.supporters] == 0)
    if entries.size:
        worth = values[entries] - duals.surplus[problem.seekers[entries]]
        entries, worth = entries[first_nonzero(worth) > 0], worth[first_nonzero(worth) > 0]
        supporters = problem.supporters[entries]
        order = np.lexsort((*worth.T[::-1], supporters))
        last = np.append(np.flatnonzero(np.diff(supporters[order])), order.size - 1) if order.size else order
        duals.price[supporters[order[last]]] = worth[order[last]]
    return duals


def _stable(problem: Problem, values: Ints, supporter_of: Ints) -> Duals:
    chosen = supporter_of[problem.seekers] == problem.supporters
    value_of = np.zeros((problem.shape[0], DIGITS), dtype=np.int64)
    value_of[problem.seekers[chosen]] = values[chosen]
    return stable_duals(supporter_of, value_of, problem.capacity)


def _assignment(problem: Problem, values: Ints, supporter_of: Ints, duals: Duals) -> Assignment:
    chosen = supporter_of[problem.seekers] == problem.supporters
    primal = tuple(sum(digit) for digit in values[chosen].T.tolist())
    surplus, price = np.empty_like(duals.surplus), np.empty_like(duals.price)
    surplus[problem.seeker_order] = duals.surplus
    price[problem.supporter_order] = duals.price
    places = np.empty_like(problem.capacity)
    places[problem.supporter_order] = problem.capacity
    is_sum = problem.objective is not Objective.STABLE
    return Assignment(
        supporter_of=frozen(problem.to_caller_order(supporter_of)),
        matched=int(chosen.sum()),
        total_score=sum(problem.scores[chosen].tolist()),
        kept=int((chosen & kept_entries(problem)).sum()),
        certificate=certificate_of(Duals(surplus, price), primal, places, is_sum=is_sum),
        is_best=True,
        blocking_pairs=count_blocking_pairs(problem, supporter_of),
    )


def _dual_of(duals: Duals, places: Ints) -> tuple[int, ...]:
    counts = places.tolist()
    return tuple(
        sum(surplus) + sum(count * each for count, each in zip(counts, price, strict=True))
        for surplus, price in zip(duals.surplus.T.tolist(), duals.price.T.tolist(), strict=True)
    )
