"""Matching a cohort without ever holding all of its pairs: scored in streams, solved at scale.

Cohorts whose feasible pairs are few enough keep them in memory and are asked again there. `engine.match` sends small
cohorts elsewhere; the answer is the same to the last price. Never here: steps of solvers, what a pair is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.assigning import certificate_of, duals_of, frozen
from matching.cohort import Cohort
from matching.crew import HERE, Crew
from matching.entries import Ints
from matching.errors import Cancelled
from matching.keys import ties_of
from matching.objective import DIGITS
from matching.outcome import Assignment, previous_rows
from matching.policy import Objective, Policy
from matching.problem import WAITING
from matching.scorer import PairScorer
from matching.solvers.at_scale import MEMORY_BYTES, Solution, Watch, solve_at_scale
from matching.solvers.market import Market
from matching.solvers.parts import parts_of, together
from matching.solvers.stable_at_scale import solve_stably
from matching.sources import THREADS, PairSource, ScoredPairs, StoredPairs
from matching.stability import stable_duals
from matching.tile_calls import Scored
from matching.worth import ScoreBounds, Sides, worth_of

_SAMPLE_ROWS = 256
_BYTES_A_PAIR = 8


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """How a run works, not what it finds.

    Attributes
    ----------
    watch : what it is asked and told. memory_bytes : what pairs kept in memory and short lists may take.
    crew : who scores blocks of rows and solves independent parts.
    prices : supporter id → an earlier run's price as its certificate has it, where little has changed since.
    threads : how many work at a time.
    """

    watch: Watch
    memory_bytes: int = MEMORY_BYTES
    crew: Crew = HERE
    prices: Mapping[str, Sequence[int]] | None = None
    threads: int = THREADS


@dataclass(frozen=True, slots=True, eq=False)
class CohortResult:
    """An assignment of a cohort, the score of each seeker's pair (0 where waiting), and how many pairs are feasible."""

    assignment: Assignment
    score_of: Ints
    pairs: int | None


def run_cohort(cohort: Cohort, policy: Policy, held: Mapping[str, str], settings: Settings) -> CohortResult:
    """Find the best matching of a cohort; see `engine.match` for the arguments' meaning."""
    scorer = PairScorer.of(cohort)
    previous = feasible_only(scorer, previous_rows(cohort, held))
    source = _source(scorer, settings)
    places = np.minimum(cohort.capacity, max(cohort.n, 1))
    sides = Sides(cohort.priority, previous, int(places.sum()), cohort.seeker_keys, cohort.supporter_keys)
    worth = worth_of(policy.objective, policy.keep_margin, bounds_of(cohort), sides)
    market = Market.of(worth, places)
    if policy.objective is Objective.STABLE:
        found = solve_stably(source, market, watch=settings.watch, memory_bytes=settings.memory_bytes)
    else:
        found = _solved(source, market, settings, _start(cohort, market, settings.prices))
    return CohortResult(_assignment(cohort, policy, market, found), found.score_of, found.pairs)


def _solved(source: PairSource, market: Market, settings: Settings, prices: Ints | None) -> Solution:
    """Solve the whole, or its independent parts by whoever solves such."""
    watch, memory_bytes = settings.watch, settings.memory_bytes
    # Whoever may run out of time is to have the best of the whole so far.
    if settings.crew.solve is not None and isinstance(source, StoredPairs) and watch.is_time_up is None:
        parts = parts_of(source, market, prices, memory_bytes=memory_bytes)
        if len(parts) > 1:
            watch.begins("mend")
            return together(market, parts, settings.crew.solve(parts, watch.should_stop))
    return solve_at_scale(source, market, watch=watch, memory_bytes=memory_bytes, prices=prices)


def bounds_of(cohort: Cohort) -> ScoreBounds:
    """Bound the scores of a cohort's feasible pairs by its weights and label points."""
    columns = cohort.columns
    starts, points = np.asarray(columns.label_table_starts), np.asarray(columns.label_table_points)
    tables = [points[starts[k] : starts[k + 1]] for k in np.asarray(columns.label_factors).tolist()]
    least = sum(min(int(table.min(initial=0)), 0) for table in tables)
    most = int(np.asarray(columns.weights).sum()) + sum(int(table.max(initial=0)) for table in tables)
    least = max(least, cohort.policy.minimum_score)
    return ScoreBounds(least, max(most, least))


def feasible_only(scorer: PairScorer, previous: Ints) -> Ints:
    """Forget earlier pairs that may not meet any more."""
    rows = np.flatnonzero(previous != WAITING)
    if rows.size:
        is_feasible, _ = scorer.cells(rows, previous[rows])
        previous[rows[~is_feasible]] = WAITING
    return previous


def _source(scorer: PairScorer, settings: Settings) -> PairSource:
    """Keep the pairs in memory where a sample of rows says that they fit."""
    crew = settings.crew
    streamed = ScoredPairs(scorer, crew.score, settings.threads, crew.block_pairs)
    rows = np.unique(np.linspace(0, scorer.n - 1, min(_SAMPLE_ROWS, scorer.n)).astype(np.int64))
    expected = int(scorer.rows(rows).supporters.size) * scorer.n // max(rows.size, 1)
    if expected * _BYTES_A_PAIR * 2 > settings.memory_bytes // 8:
        return streamed
    watch = settings.watch
    watch.begins("score")
    try:
        blocks = list(streamed.stream(_as_they_are, should_stop=watch.interrupts, on_progress=watch.on_progress))
    except Cancelled:
        # Out of time, some pairs must not pass for all.
        if watch.is_stopped():
            raise
        return streamed
    return StoredPairs.of(blocks, scorer.n, scorer.m, threads=settings.threads)


def _as_they_are(rows: Ints, scored: Scored) -> tuple[Ints, Scored]:
    return rows, scored


def _start(cohort: Cohort, market: Market, prices: Mapping[str, Sequence[int]] | None) -> Ints | None:
    """Put an earlier run's prices into words, in order of supporters; those who are new begin at zero."""
    if not prices:
        return None
    nothing = (0,) * DIGITS
    digits = np.array([prices.get(member, nothing) for member in cohort.supporter_ids], dtype=np.int64)
    return market.worth.first_words_of(digits.reshape(-1, DIGITS))


def _assignment(cohort: Cohort, policy: Policy, market: Market, found: Solution) -> Assignment:
    worth = market.worth
    rows = np.flatnonzero(found.supporter_of != WAITING)
    supporters = found.supporter_of[rows]
    values = np.zeros((cohort.n, DIGITS), dtype=np.int64)
    ties = ties_of(worth.seeker_keys[rows], worth.supporter_keys[supporters])
    kept = worth.previous[rows] == supporters
    is_stable = policy.objective is Objective.STABLE
    if is_stable:
        values[rows] = np.column_stack((np.ones(rows.size, dtype=np.int64), found.score_of[rows], kept, ties))
        duals = stable_duals(found.supporter_of, values, cohort.capacity)
    else:
        values[rows] = worth.digits_of(worth.words_of(rows, supporters, found.score_of[rows]), ties)
        duals = duals_of(worth, found)
    primal = tuple(sum(digit) for digit in values.T.tolist())
    has_proof = found.is_best or found.is_bound
    return Assignment(
        supporter_of=frozen(found.supporter_of),
        matched=int(rows.size),
        total_score=sum(found.score_of[rows].tolist()),
        kept=int(np.count_nonzero(kept)),
        certificate=certificate_of(duals, primal, cohort.capacity, is_sum=not is_stable) if has_proof else None,
        is_best=found.is_best,
        blocking_pairs=found.blocking_pairs,
    )
