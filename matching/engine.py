"""The engine's entry points: `assign` for arrays, `match` for a cohort.

Everything is delegated: validation to `problem.py`, worth to `objective.py`, solving to `solvers/`, proof to
`prices.py`, scoring to `kernel.py`. What lives here is their order; what callers get back is in `outcome.py`. No
arithmetic of solvers and no scoring belongs here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.certificate import Certificate
from matching.cohort import Cohort
from matching.entries import Ints
from matching.graph import Graph
from matching.kernel import RunBlocks, score_pairs
from matching.objective import kept_entries, values_of
from matching.outcome import Assignment, Outcome, Pair, check_policy_of, digest_of, previous_rows
from matching.policy import Objective, Policy
from matching.prices import Duals, smallest_prices
from matching.problem import Problem, read_problem
from matching.solvers import solve

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Assignment", "Outcome", "Pair", "assign", "match"]

NO_PAIRS: Mapping[str, str] = MappingProxyType({})


def assign(  # noqa: PLR0913 - stable public signature
    scores: Any,
    capacity: Any = None,
    priority: Any = None,
    previous: Any = None,
    *,
    objective: str = Objective.COVERAGE,
    keep_margin: int = 0,
    keys: Any = None,
) -> Assignment:
    """Find the best assignment of seekers to supporters, exactly, with its proof.

    Parameters
    ----------
    scores : scipy sparse array or matrix, n seekers × m supporters, any integer dtype
        A stored entry is a feasible pair (an explicit zero scores 0, a negative score is allowed), a missing entry is
        forbidden. Duplicates are refused.
    capacity : (m,) integers ≥ 0, default 1
        Places of each supporter.
    priority : (n,) integers ≥ 1, default 1
        Who comes first where not everybody can be matched; only the order of the values counts.
    previous : (n,) supporter index or -1
        Earlier pairs. Those that are no longer feasible do not count as kept.
    objective : "coverage" or "score"
        coverage: match as many as possible, by priority, then the greatest score, then the most earlier pairs. score:
        the greatest score, then the most pairs, then the most earlier pairs; pairs of negative score are left out.
    keep_margin : points ≥ 0 by which another arrangement must beat an earlier pair (coverage only).
    keys : None, or (seekers' keys, supporters' keys): distinct integers 0 ≤ key < 2⁶⁴ or distinct ids
        They decide ties and make the answer independent of the order of the input. By default positions are the keys.

    Returns
    -------
    Assignment
        In the caller's order, frozen.

    Raises
    ------
    ScoreError
        Before any work, when an argument is not as above; `field` names it. BoundError, when values are so large that
        64 bits might not hold a price.
    """
    problem = read_problem(
        scores, capacity, priority, previous, objective=objective, keep_margin=keep_margin, keys=keys
    )
    return assign_problem(problem)


def match(
    cohort: Cohort,
    policy: Policy,
    previous: Mapping[str, str] | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    run_blocks: RunBlocks | None = None,
) -> Outcome:
    """Score every pair of a cohort and find the best matching, with its proof.

    Parameters
    ----------
    cohort : seekers and supporters who take part.
    policy : the one the cohort was encoded with; version, objective, margins and timings may differ.
    previous : seeker id → supporter id of open proposals; those that are no longer feasible do not count as kept.
    should_stop, on_progress, run_blocks : see `kernel.score_pairs`; `should_stop` is also asked while solving.

    Raises
    ------
    PolicyError
        When the policy would encode the cohort differently.
    Cancelled
        When `should_stop` answers yes.
    """
    check_policy_of(cohort, policy)
    held = dict(NO_PAIRS if previous is None else previous)
    scores = score_pairs(cohort, should_stop=should_stop, on_progress=on_progress, run_blocks=run_blocks)
    problem = read_problem(
        scores,
        cohort.capacity,
        cohort.priority,
        previous_rows(cohort, held),
        objective=policy.objective,
        keep_margin=policy.keep_margin,
        keys=(cohort.seeker_keys, cohort.supporter_keys),
    )
    result = assign_problem(problem, should_stop=should_stop)
    for array in (scores.data, scores.indices, scores.indptr):
        array.setflags(write=False)
    pairs = _pairs(cohort, policy, held, scores, result)
    paired = {pair.seeker_id for pair in pairs}
    return Outcome(
        cohort=cohort,
        policy=policy,
        previous=MappingProxyType(held),
        scores=scores,
        result=result,
        pairs=pairs,
        still_looking=tuple(sorted(seeker_id for seeker_id in cohort.seeker_ids if seeker_id not in paired)),
        pairs_checked=len(cohort.seekers) * len(cohort.supporters),
        pairs_feasible=int(scores.nnz),
        total_score=result.total_score,
        matched=result.matched,
        kept=result.kept,
        places=sum(cohort.capacity.tolist()),
        digest=digest_of(pairs, policy, result.certificate),
    )


def _pairs(
    cohort: Cohort, policy: Policy, previous: Mapping[str, str], scores: csr_array, result: Assignment
) -> tuple[Pair, ...]:
    rows = np.repeat(np.arange(len(cohort.seekers)), np.diff(scores.indptr))
    chosen = result.supporter_of[rows] == scores.indices
    pairs = []
    for row, column, score in zip(
        rows[chosen].tolist(), scores.indices[chosen].tolist(), scores.data[chosen].tolist(), strict=True
    ):
        seeker_id, supporter_id = cohort.seeker_ids[row], cohort.supporter_ids[column]
        is_kept = previous.get(seeker_id) == supporter_id
        pairs.append(Pair(seeker_id, supporter_id, score, is_kept, score < policy.thin_below))
    return tuple(sorted(pairs, key=lambda pair: pair.seeker_id))


def assign_problem(problem: Problem, *, should_stop: Callable[[], bool] | None = None) -> Assignment:
    """Solve a validated problem and prove the answer; raises Cancelled when `should_stop` answers yes."""
    graph = Graph.of(problem, values_of(problem))
    supporter_of = solve(graph, should_stop=should_stop)
    certificate = _certificate(problem, graph, supporter_of)
    chosen = supporter_of[problem.seekers] == problem.supporters
    return Assignment(
        supporter_of=_frozen(problem.to_caller_order(supporter_of)),
        matched=int(chosen.sum()),
        total_score=sum(problem.scores[chosen].tolist()),
        kept=int((chosen & kept_entries(problem)).sum()),
        certificate=certificate,
    )


def _certificate(problem: Problem, graph: Graph, supporter_of: Ints) -> Certificate:
    duals = smallest_prices(graph, supporter_of)
    chosen = supporter_of[graph.seekers] == graph.supporters
    primal = tuple(sum(column) for column in graph.values[chosen].T.tolist())
    dual = _dual_of(duals, problem.capacity)
    surplus, price = np.empty_like(duals.surplus), np.empty_like(duals.price)
    surplus[problem.seeker_order] = duals.surplus
    price[problem.supporter_order] = duals.price
    return Certificate(_frozen(surplus), _frozen(price), primal, dual)


def _dual_of(duals: Duals, capacity: Ints) -> tuple[int, ...]:
    places = capacity.tolist()
    return tuple(
        sum(surplus) + sum(count * each for count, each in zip(places, price, strict=True))
        for surplus, price in zip(duals.surplus.T.tolist(), duals.price.T.tolist(), strict=True)
    )


def _frozen(array: Ints) -> Ints:
    array.setflags(write=False)
    return array
