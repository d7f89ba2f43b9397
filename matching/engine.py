"""The engine's entry points: `assign` for arrays, `match` for a cohort.

Everything is delegated: validation to `problem.py`, solving and proof to `assigning.py` for stored pairs and to
`cohort_run.py` for large cohorts, scoring to `kernel.py`. What callers get back is in `outcome.py`. No arithmetic of
solvers and no scoring belongs here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from matching.assigning import assign_problem
from matching.cohort import Cohort
from matching.cohort_run import CohortResult, Settings, run_cohort
from matching.crew import HERE, Crew
from matching.kernel import score_pairs
from matching.outcome import Assignment, Outcome, Pair, check_policy_of, digest_of, previous_rows
from matching.policy import Objective, Policy
from matching.problem import WAITING, read_problem
from matching.scorer import RunBlocks
from matching.solvers.at_scale import MEMORY_BYTES, Watch
from matching.sources import THREADS, OnProgress

__all__ = ["Assignment", "Outcome", "Pair", "assign", "match"]

WORTH_STREAMING = 1_000_000
"""Pairs from which a cohort is matched at scale, compiled; below, nobody waits for compiled code to load."""

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
    objective : "coverage", "score" or "stable"
        coverage: match as many as possible, by priority, then the greatest score, then the most earlier pairs. score:
        the greatest score, then the most pairs, then the most earlier pairs; pairs of negative score are left out.
        stable: no two who may meet would both rather have each other than what they have; both sides rank by score,
        then tie, any pair is better than none, and neither priority nor earlier pairs count.
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


def match(  # noqa: PLR0913 - stable public signature
    cohort: Cohort,
    policy: Policy,
    previous: Mapping[str, str] | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_progress: OnProgress | None = None,
    run_blocks: RunBlocks | None = None,
    *,
    is_time_up: Callable[[], bool] | None = None,
    memory_bytes: int = MEMORY_BYTES,
    prices: Mapping[str, Sequence[int]] | None = None,
    on_stage: Callable[[str], None] | None = None,
    threads: int = THREADS,
    crew: Crew = HERE,
) -> Outcome:
    """Score every pair of a cohort and find the best matching, with its proof.

    Parameters
    ----------
    cohort : seekers and supporters who take part.
    policy : the one the cohort was encoded with; version, objective, margins, offer order and timings may differ.
    previous : seeker id → supporter id of open proposals; those that are no longer feasible do not count as kept.
    should_stop : asked between blocks of pairs and between steps; yes raises `Cancelled`.
    on_progress : told (pairs done, pairs to do) after each block; what is to do grows where pairs are asked again.
    run_blocks : maps a function over blocks of rows; see `scorer.PairScorer.stream`. Default: threads.
    is_time_up : asked as often; after a yes the best matching so far is given. Unless it is proven best,
        `result.is_best` is false, and the certificate's dual less its primal is the proven gap; there is no
        certificate where the time was up before every pair had been asked. Small cohorts finish first.
    memory_bytes : what lists of pairs may take; the answer does not depend on it.
    prices : supporter id → an earlier run's price, as its certificate has it: a start where little has changed since.
        The answer does not depend on it.
    on_stage : told the name of each stage as it begins.
    threads : how many work at a time; a large cohort keeps each core busy.
    crew : who does parts of it elsewhere; `run_blocks` comes before its `score`. The answer does not depend on it.

    Raises
    ------
    PolicyError
        When the policy would encode the cohort differently.
    Cancelled
        When `should_stop` answers yes.
    """
    check_policy_of(cohort, policy)
    if run_blocks is not None:
        crew = replace(crew, score=run_blocks)
    held = dict(NO_PAIRS if previous is None else previous)
    if cohort.n * cohort.m < WORTH_STREAMING:
        found = _match_small(cohort, policy, held, should_stop, on_progress, crew.score)
    else:
        watch = Watch(should_stop, is_time_up, _ever_growing(on_progress), on_stage)
        found = run_cohort(cohort, policy, held, Settings(watch, memory_bytes, crew, prices, threads))
    result = found.assignment
    pairs = _pairs(cohort, policy, held, found)
    paired = {pair.seeker_id for pair in pairs}
    return Outcome(
        cohort=cohort,
        policy=policy,
        previous=MappingProxyType(held),
        result=result,
        pairs=pairs,
        still_looking=tuple(sorted(seeker_id for seeker_id in cohort.seeker_ids if seeker_id not in paired)),
        pairs_checked=cohort.n * cohort.m,
        pairs_feasible=found.pairs,
        total_score=result.total_score,
        matched=result.matched,
        kept=result.kept,
        places=sum(cohort.capacity.tolist()),
        blocking_pairs=result.blocking_pairs,
        digest=digest_of(pairs, policy, result.certificate),
    )


def _match_small(
    cohort: Cohort,
    policy: Policy,
    held: Mapping[str, str],
    should_stop: Callable[[], bool] | None,
    on_progress: OnProgress | None,
    run_blocks: RunBlocks | None,
) -> CohortResult:
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
    chosen = result.supporter_of[problem.seekers] == problem.supporters
    score_of = np.zeros(cohort.n, dtype=np.int64)
    score_of[problem.seekers[chosen]] = problem.scores[chosen]
    return CohortResult(result, score_of, int(scores.nnz))


def _ever_growing(on_progress: OnProgress | None) -> OnProgress | None:
    """Tell of passes over pairs, all of them or those kept, as of one long way; each adds to what is to do."""
    if on_progress is None:
        return None
    before, last, whole = 0, 0, 0

    def tell(done: int, every: int) -> None:
        nonlocal before, last, whole
        if done < last or every != whole or last == whole:
            before += last
        last, whole = done, every
        on_progress(before + done, before + every)

    return tell


def _pairs(cohort: Cohort, policy: Policy, previous: Mapping[str, str], found: CohortResult) -> tuple[Pair, ...]:
    supporter_of = found.assignment.supporter_of
    rows = np.flatnonzero(supporter_of != WAITING)
    pairs = []
    for row, column, score in zip(
        rows.tolist(), supporter_of[rows].tolist(), found.score_of[rows].tolist(), strict=True
    ):
        seeker_id, supporter_id = cohort.seeker_ids[row], cohort.supporter_ids[column]
        is_kept = previous.get(seeker_id) == supporter_id
        pairs.append(Pair(seeker_id, supporter_id, score, is_kept, score < policy.thin_below))
    return tuple(sorted(pairs, key=lambda pair: pair.seeker_id))
