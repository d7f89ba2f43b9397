"""The independent check of a matching and its certificate.

It shares the definitions of a problem and of what pairs are worth with the solver side, the declared rules and
factors, and nothing else: no solver, no prices, no engine, no kernel (an import contract says so), and its own
arithmetic, which is exact for any int64 a result may hold. Whatever a certificate or an outcome claims is checked here;
nothing is ever repaired here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from matching.cohort import Cohort
from matching.entries import Ints
from matching.errors import BoundError, CertificateError
from matching.keys import TIE_BITS
from matching.objective import DIGIT_LIMIT, values_of
from matching.outcome import Outcome, check_policy_of, previous_rows
from matching.policy import Objective, Policy
from matching.problem import WAITING, Problem, read_problem
from matching.recount import check_summary
from matching.rescore import hold_reference_against
from matching.verifying.case import Case, check_load, check_sums, check_totals, conclude, read_duals, read_supporter_of
from matching.verifying.judges import Judge, judge_for
from matching.verifying.needed import NeededPrices
from matching.verifying.sweep import WeighBlocks, sweep, together
from matching.verifying.weighing import nothing_weighed, weigh_entries

_CHUNK = 1 << 20
"""Stored entries that are weighed at once."""


def verify(  # noqa: PLR0913 - stable public signature
    scores: Any,
    result: Any,
    capacity: Any = None,
    priority: Any = None,
    previous: Any = None,
    *,
    objective: str = Objective.COVERAGE,
    keep_margin: int = 0,
    keys: Any = None,
) -> None:
    """Check that a result is a best assignment and says the truth about itself.

    Parameters
    ----------
    scores, capacity, priority, previous, objective, keep_margin, keys : what `assign` was given; see there.
    result : an `Assignment`, or anything with its attributes.

    Raises
    ------
    CertificateError
        Saying what fails: a shape or type; a forbidden pair; a supporter with more seekers than places; a claimed
        total; a negative surplus or price; a pair worth more than surplus + price; dual and primal that differ;
        prices that are valid but not the smallest; pairs who would both rather have each other, counted wrong or, for
        ``stable``, there at all.
    ScoreError
        When the problem itself is not valid.

    Notes
    -----
    Σ values of any matching ≤ Σ (surplus + price) over its pairs ≤ Σ surplus + Σ places × price, because no vector is
    negative; a matching that reaches this bound is best. A result that says of itself that it is not proven best
    (`is_best` False: it ran out of time) needs prices that are valid, not the smallest: the difference is its proven
    gap; or no certificate at all. O(pairs) time.
    """
    problem = read_problem(
        scores, capacity, priority, previous, objective=objective, keep_margin=keep_margin, keys=keys
    )
    values = values_of(problem)
    case = _case_of_arrays(problem, result)
    check_load(case)
    check_totals(case)
    check_sums(case)
    needed = NeededPrices(case.claims)
    tally = nothing_weighed(case.claims)
    for first in range(0, len(values), _CHUNK):
        at = slice(first, first + _CHUNK)
        entries = problem.seekers[at], problem.supporters[at], problem.scores[at], values[at]
        weighed = weigh_entries(case.claims, *entries)
        needed.take(weighed.tight)
        tally = together(tally, weighed)
    conclude(case, tally, needed)


def verify_outcome(  # noqa: PLR0913 - stable public signature
    cohort: Cohort,
    outcome: Outcome,
    *,
    threads: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    is_compiled: bool | None = None,
    run_blocks: WeighBlocks | None = None,
    block_pairs: int | None = None,
) -> None:
    """Check an outcome from the profiles up: judge every pair anew, then the matching, then every number it tells.

    The readable reference judges every published pair and 10,000 random ones besides.

    Parameters
    ----------
    threads : default one a core.
    on_progress : told (pairs judged, all pairs) every now and then.
    should_stop : asked every now and then; yes raises `Cancelled`.
    is_compiled : whether pairs are judged compiled; default where that is sooner done.
    run_blocks, block_pairs : who judges blocks of rows elsewhere, and how large these are; by default threads here do.

    Raises
    ------
    CertificateError
        Saying what fails.
    PolicyError
        When the outcome's policy does not fit the cohort.
    Cancelled
        When `should_stop` answers yes.
    """
    check_policy_of(cohort, outcome.policy)
    _check_bounds(cohort, outcome.policy)
    judge = judge_for(cohort, is_compiled=is_compiled)
    case = _case_of_cohort(cohort, outcome, judge)
    check_load(case)
    check_totals(case)
    check_sums(case)
    pairs = case.paired * case.capacity.size + case.supporter_of[case.paired]
    hold_reference_against(cohort, judge, pairs, seed=int.from_bytes(ascii(outcome.digest).encode(), "big"))
    needed = NeededPrices(case.claims)
    tally = sweep(
        judge,
        case.claims,
        needed.take,
        threads=threads,
        on_progress=on_progress,
        should_stop=should_stop,
        run_blocks=run_blocks,
        block_pairs=block_pairs,
    )
    conclude(case, tally, needed)
    check_summary(cohort, outcome, case, tally)


def _case_of_arrays(problem: Problem, result: Any) -> Case:
    n, m = problem.shape
    surplus, price = read_duals(result, n, m)
    supporter_of = problem.from_caller_order(read_supporter_of(result, n, m))
    chosen = supporter_of[problem.seekers] == problem.supporters
    own_score, has_pair, holds_previous = np.zeros(n, np.int64), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    own_score[problem.seekers[chosen]] = problem.scores[chosen]
    has_pair[problem.seekers[chosen]] = True
    holds_previous[problem.seekers[problem.previous[problem.seekers] == problem.supporters]] = True
    case = Case(
        result=result,
        objective=problem.objective,
        keep_margin=problem.keep_margin,
        supporter_of=supporter_of,
        own_score=own_score,
        capacity=problem.capacity,
        priority=problem.priority,
        previous=problem.previous,
        holds_previous=holds_previous,
        seeker_keys=problem.seeker_keys,
        supporter_keys=problem.supporter_keys,
        surplus=None if surplus is None else surplus[problem.seeker_order],
        price=None if price is None else price[problem.supporter_order],
        pair_name=lambda i, j: str((int(problem.seeker_order[i]), int(problem.supporter_order[j]))),
        supporter_name=lambda j: str(int(problem.supporter_order[j])),
    )
    _check_feasible(case, has_pair)
    return case


def _case_of_cohort(cohort: Cohort, outcome: Outcome, judge: Judge) -> Case:
    n, m = cohort.priority.size, cohort.capacity.size
    surplus, price = read_duals(outcome.result, n, m)
    supporter_of = read_supporter_of(outcome.result, n, m)
    previous = previous_rows(cohort, outcome.previous)
    has_pair, own_score = _judged(judge, supporter_of)
    case = Case(
        result=outcome.result,
        objective=outcome.policy.objective,
        keep_margin=outcome.policy.keep_margin,
        supporter_of=supporter_of,
        own_score=own_score,
        capacity=cohort.capacity,
        priority=cohort.priority,
        previous=previous,
        holds_previous=_judged(judge, previous)[0],
        seeker_keys=cohort.seeker_keys,
        supporter_keys=cohort.supporter_keys,
        surplus=surplus,
        price=price,
        pair_name=lambda i, j: str((cohort.seeker_ids[i], cohort.supporter_ids[j])),
        supporter_name=lambda j: repr(cohort.supporter_ids[j]),
    )
    _check_feasible(case, has_pair)
    return case


def _judged(judge: Judge, supporter_of: Ints) -> tuple[Any, Ints]:
    """Judge each seeker's pair with one supporter, -1 for none: whether it is feasible, and its score or 0."""
    is_feasible, scores = np.zeros(supporter_of.size, np.bool_), np.zeros(supporter_of.size, np.int64)
    rows = np.flatnonzero(supporter_of != WAITING)
    is_feasible[rows], scores[rows] = judge.cells(rows, supporter_of[rows])
    return is_feasible, scores


def _check_feasible(case: Case, has_pair: Any) -> None:
    forbidden = np.flatnonzero((case.supporter_of != WAITING) & ~has_pair)
    if forbidden.size:
        seeker = int(forbidden[0])
        name = case.pair_name(seeker, int(case.supporter_of[seeker]))
        raise CertificateError(f"the pair {name} is forbidden: it is not among the feasible ones")


def _check_bounds(cohort: Cohort, policy: Policy) -> None:
    """Refuse values that could leave 64 bits when they add up; the bound of `objective.values_of`, of any scores."""
    pairs = min(cohort.priority.size, cohort.capacity.size)
    labels = sum(
        max(abs(factor.points), *(abs(points) for _, points in factor.table), 0) for factor in policy.label_factors
    )
    spread = int(np.asarray(cohort.columns.weights).sum()) + labels + policy.keep_margin
    if policy.keep_margin < 0 or (pairs + 1) * max(spread, 2**TIE_BITS, cohort.priority.size) >= DIGIT_LIMIT:
        raise BoundError(f"cannot add up scores that may spread over {spread} for {pairs} pairs (allowed: below 2⁶²)")
