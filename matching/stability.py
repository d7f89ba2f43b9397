"""Pairs who would both rather have each other: how many block a matching, and what each side's pair must beat.

Both sides rank pairs by (score, tie), the greater the better; waiting and a free place rank below every pair. This
holds for any matching, whatever found it; `stable` ones have no blocking pair. A feasible pair blocks when it is
strictly better for both. Matchings are found in `solvers/`, never here, and a new ranking of pairs would be a change
of `thresholds_of`, `is_blocking` and `solvers/native_stable.py` together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.keys import TIE_BITS, ties_of
from matching.prices import Duals
from matching.problem import WAITING, Keys, Problem

BELOW_ALL = (-(2**63), -1)
"""(score, tie) of waiting and of a free place: below every pair."""

ABOVE_ALL = (2**63 - 1, 2**TIE_BITS)
"""(score, tie) of a supporter without places, whom nobody can be better for."""

_BLOCK = 2**20


class Thresholds(NamedTuple):
    """What a pair must beat on each side, strictly and compared from left to right as (score, tie).

    Attributes
    ----------
    seeker_score, seeker_tie : (n,) int64, of the seeker's own pair; `BELOW_ALL` where the seeker waits.
    supporter_score, supporter_tie : (m,) int64, of the supporter's least pair when every place is taken; `BELOW_ALL`
        where a place is free, `ABOVE_ALL` where there is none.
    """

    seeker_score: Ints
    seeker_tie: Ints
    supporter_score: Ints
    supporter_tie: Ints


def thresholds_of(
    supporter_of: Ints, score_of: Ints, capacity: Ints, seeker_keys: Keys, supporter_keys: Keys
) -> Thresholds:
    """Give what a pair must beat to be better for both its sides than a matching is.

    Parameters
    ----------
    supporter_of : (n,) supporter of each seeker, -1 where the seeker waits; within the places.
    score_of : (n,) plain score of the seeker's own pair (no margin); not looked at where the seeker waits.
    capacity : (m,) places, ≥ 0.
    seeker_keys, supporter_keys : (n,), (m,) uint64.
    """
    paired = np.flatnonzero(supporter_of != WAITING)
    seeker_score, seeker_tie = _filled(supporter_of.size, BELOW_ALL)
    seeker_score[paired] = score_of[paired]
    seeker_tie[paired] = ties_of(seeker_keys[paired], supporter_keys[supporter_of[paired]])
    supporter_score, supporter_tie = _filled(capacity.size, BELOW_ALL)
    supporter_score[capacity == 0], supporter_tie[capacity == 0] = ABOVE_ALL
    full, holder = _least_held(supporter_of, seeker_score, seeker_tie, capacity)
    supporter_score[full], supporter_tie[full] = seeker_score[holder], seeker_tie[holder]
    return Thresholds(seeker_score, seeker_tie, supporter_score, supporter_tie)


def is_blocking(
    rows: Ints, supporters: Ints, scores: Ints, thresholds: Thresholds, seeker_keys: Keys, supporter_keys: Keys
) -> NDArray[np.bool_]:
    """Tell which feasible pairs are strictly better for both; all of one length, any integer dtype of indices.

    Ties are only worked out where a score equals a threshold. For compressed rows in a streamed pass see
    `find_blocking` of `solvers/native_stable.py`, which finds the same.
    """
    to_seeker, to_supporter = thresholds.seeker_score[rows], thresholds.supporter_score[supporters]
    answer: NDArray[np.bool_] = (scores >= to_seeker) & (scores >= to_supporter)
    close = np.flatnonzero(answer & ((scores == to_seeker) | (scores == to_supporter)))
    i, j = rows[close], supporters[close]
    ties, score = ties_of(seeker_keys[i], supporter_keys[j]), scores[close]
    answer[close] = ((score > to_seeker[close]) | (ties > thresholds.seeker_tie[i])) & (
        (score > to_supporter[close]) | (ties > thresholds.supporter_tie[j])
    )
    return answer


def count_blocking_pairs(problem: Problem, supporter_of: Ints) -> int:
    """Count the stored pairs that are strictly better for both their sides than a matching of them is."""
    chosen = supporter_of[problem.seekers] == problem.supporters
    score_of = np.zeros(supporter_of.size, dtype=np.int64)
    score_of[problem.seekers[chosen]] = problem.scores[chosen]
    keys = problem.seeker_keys, problem.supporter_keys
    thresholds = thresholds_of(supporter_of, score_of, problem.capacity, *keys)
    blocks = (slice(first, first + _BLOCK) for first in range(0, problem.scores.size, _BLOCK))
    return sum(
        int(np.count_nonzero(is_blocking(*entries, thresholds, *keys)))
        for entries in ((problem.seekers[at], problem.supporters[at], problem.scores[at]) for at in blocks)
    )


def stable_duals(supporter_of: Ints, value_of: Ints, capacity: Ints) -> Duals:
    """Give the certificate's vectors of a stable matching: what each side has, which a pair would have to beat.

    Parameters
    ----------
    supporter_of : (n,) supporter of each seeker, -1 where the seeker waits.
    value_of : (n, digits) value vector of the seeker's own pair, (1, score, kept, tie); zeros where the seeker waits.
    capacity : (m,) places.

    Returns
    -------
    Surplus: `value_of`. Price: the value vector of the supporter's least pair by (score, tie) when every place is
    taken, zeros where a place is free and where there are no places.
    """
    price = np.zeros((capacity.size, value_of.shape[1]), dtype=np.int64)
    full, holder = _least_held(supporter_of, value_of[:, 1], value_of[:, 3], capacity)
    price[full] = value_of[holder]
    return Duals(value_of, price)


def _least_held(supporter_of: Ints, score: Ints, tie: Ints, capacity: Ints) -> tuple[Ints, Ints]:
    """Find the supporters whose every place is taken, and the seeker of each one's least pair by (score, tie)."""
    paired = np.flatnonzero(supporter_of != WAITING)
    load = np.bincount(supporter_of[paired], minlength=capacity.size)
    # Of equal pairs the later seeker's is the least: see `solvers/stable.py`.
    order = paired[np.lexsort((-paired, tie[paired], score[paired], supporter_of[paired]))]
    holding, first = np.unique(supporter_of[order], return_index=True)
    is_full = load[holding] >= capacity[holding]
    return holding[is_full], order[first[is_full]]


def _filled(length: int, score_and_tie: tuple[int, int]) -> tuple[Ints, Ints]:
    score, tie = score_and_tie
    return np.full(length, score, dtype=np.int64), np.full(length, tie, dtype=np.int64)
