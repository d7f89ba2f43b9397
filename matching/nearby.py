"""The residual graph of a large run without its far pairs, so that it fits where all pairs would not.

With the prices of a certificate no step costs less than nothing, so a way that uses a pair costs at least what that
pair falls short of its two sides' prices. Pairs that fall short by more than `within` are left out; a way that costs no
more than that cannot have used one of them, and is the cheapest among all pairs there are. What costs more is not
answered (`overrides.py`). Never here: pairs at random, an answer that is not exact.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matching.cohort import Cohort
from matching.cohort_run import bounds_of, feasible_only
from matching.entries import Ints
from matching.errors import MatchingError
from matching.outcome import Outcome, previous_rows
from matching.policy import Objective
from matching.problem import WAITING, Problem
from matching.residual import Arrays, Residual, ScoresOf, first_words, problem_of
from matching.scorer import PairScorer, is_worth_loading
from matching.tile_calls import Scored
from matching.worth import Sides, Worth, worth_of

_SAMPLE_ROWS = 1024
"""Seekers whose pairs tell how short of their prices pairs fall."""

_EVERY_PAIR = 2**61
"""More than any pair falls short."""


class _Kept(NamedTuple):
    """Pairs of some seekers: (pairs,) each."""

    rows: Ints
    supporters: NDArray[np.int32]
    scores: NDArray[np.int32]


def near_outcome(outcome: Outcome, *, pairs_each: int) -> Residual:
    """Give the residual graph of a run with its nearest pairs, about so many for each seeker on average.

    One pass over all pairs, which are never all in memory. MatchingError as `Residual.of`.
    """
    cohort, certificate = outcome.cohort, outcome.result.certificate
    if outcome.policy.objective is Objective.STABLE or certificate is None or not outcome.result.is_best:
        raise MatchingError("cannot price changes of a matching that is not proven best by prices")
    scorer = PairScorer.of(cohort)
    earlier = feasible_only(scorer, previous_rows(cohort, outcome.previous))
    worth = _worth_of(outcome, earlier)
    owed = first_words(worth, certificate.seeker_surplus) - worth.base
    price = first_words(worth, certificate.supporter_price)

    def short_of(rows: Ints, scored: Scored) -> Ints:
        short: Ints = np.repeat(owed[rows], scored.lengths) + price[scored.supporters]
        short -= scored.scores.astype(np.int64) * worth.scale
        return short

    sample = np.unique(np.linspace(0, max(cohort.n - 1, 0), min(_SAMPLE_ROWS, cohort.n)).astype(np.int64))
    within = _within(short_of(sample, scorer.rows(sample)), pairs_each * sample.size)

    def near(rows: Ints, scored: Scored) -> _Kept:
        at = np.flatnonzero(short_of(rows, scored) <= within)
        return _Kept(np.repeat(rows, scored.lengths)[at], scored.supporters[at], scored.scores[at])

    kept = [*scorer.stream(near), _earlier_pairs(scorer, earlier)]
    residual = Residual.of(_problem_of(outcome, kept), outcome.result, worth=worth)
    return replace(residual, arrays=_nearest_first(residual), within=within, scores_of=_asking(cohort))


def _earlier_pairs(scorer: PairScorer, earlier: Ints) -> _Kept:
    """Give the pairs that are open proposals: forbidding one of them is asked for, wherever its seeker is now."""
    rows = np.flatnonzero(earlier != WAITING)
    scores = scorer.cells(rows, earlier[rows])[1] if rows.size else np.empty(0, dtype=np.int32)
    return _Kept(rows, earlier[rows].astype(np.int32), scores)


def _worth_of(outcome: Outcome, earlier: Ints) -> Worth:
    cohort, policy = outcome.cohort, outcome.policy
    places = int(np.minimum(cohort.capacity, cohort.n + 1).sum())
    sides = Sides(cohort.priority, earlier, places, cohort.seeker_keys, cohort.supporter_keys)
    return worth_of(policy.objective, policy.keep_margin, bounds_of(cohort), sides)


def _within(short: Ints, pairs: int) -> int:
    """Find up to what so many of these pairs fall short of their prices."""
    if short.size <= pairs:
        return _EVERY_PAIR
    return int(np.partition(short, pairs)[pairs])


def _problem_of(outcome: Outcome, kept: list[_Kept]) -> Problem:
    cohort = outcome.cohort
    rows, supporters, scores = (np.concatenate(each).astype(np.int64) for each in zip(*kept, strict=True))
    # An open proposal may be near, too: once is enough.
    _, first = np.unique(rows * cohort.m + supporters, return_index=True)
    scored = csr_array((scores[first], (rows[first], supporters[first])), shape=(cohort.n, cohort.m))
    return problem_of(outcome, scored)


def _nearest_first(residual: Residual) -> Arrays:
    """List the pairs of each seeker by how far they fall short of the prices."""
    arrays, seekers = residual.arrays, residual.problem.seekers
    short = arrays.surplus_hi[seekers] + arrays.price_hi[arrays.supporters] - arrays.words
    order = np.lexsort((short, seekers))
    return arrays._replace(supporters=arrays.supporters[order], words=arrays.words[order])


def _asking(cohort: Cohort) -> ScoresOf:
    """Ask single pairs, which needs no layout."""
    scorer = PairScorer.of(cohort, is_laid_out=False if is_worth_loading(cohort.n * cohort.m) else None)

    def score(seeker: int, supporter: int) -> int | None:
        # A cohort is sorted by key, as its problem is.
        is_feasible, scores = scorer.cells(np.array([seeker]), np.array([supporter]))
        return int(scores[0]) if is_feasible[0] else None

    return score
