"""The ways of choosing pairs that simulations compare. A new one is a function and a row of `CHOICES`.

Each takes the pairs of those who wait with supporters who have room, as compressed rows, and gives each seeker a
supporter or -1. Random ones draw from what they are given. Never here: time, what becomes of a pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

from matching.draws import Bits
from matching.engine import assign
from matching.entries import Ints
from matching.keys import ties_of
from matching.problem import WAITING


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """Who waits and whom they could meet now.

    Attributes
    ----------
    starts, supporters, scores : feasible pairs, compressed by seeker; supporters are numbered within those with room.
    places : of each supporter. weeks : whole weeks each seeker has waited. since : hour at which each began to wait.
    free_since : hour at which each supporter last had a place to give. luck : random bits, one a seeker.
    keys : of both sides, for ties.
    """

    starts: Ints
    supporters: Ints
    scores: Ints
    places: Ints
    weeks: Ints
    since: Ints
    free_since: Ints
    luck: Bits
    keys: tuple[Bits, Bits]


def coverage(waiting: Waiting) -> Ints:
    """As many as possible, the longest wait first, then the best fit."""
    return _assigned(waiting, "coverage")


def score(waiting: Waiting) -> Ints:
    """The best fit of all pairs together, whoever waits."""
    return _assigned(waiting, "score")


def stable(waiting: Waiting) -> Ints:
    """Nobody would both rather have each other."""
    return _assigned(waiting, "stable")


def first_come(waiting: Waiting) -> Ints:
    """Whoever came first takes the supporter who has been free longest, whatever the fit."""
    return _one_by_one(waiting, np.argsort(waiting.since, kind="stable"), waiting.free_since)


def at_random(waiting: Waiting) -> Ints:
    """In random order, anybody who may be met."""
    turn = np.argsort(waiting.luck, kind="stable")
    return _one_by_one(waiting, turn, np.argsort(waiting.keys[1] ^ waiting.luck[:1].sum(), kind="stable"))


CHOICES: dict[str, Callable[[Waiting], Ints]] = {
    "coverage": coverage,
    "score": score,
    "stable": stable,
    "first_come": first_come,
    "random": at_random,
}


def _assigned(waiting: Waiting, objective: str) -> Ints:
    """Assign exactly, among the pairs that can matter, and give the answer for all who wait."""
    n, m = waiting.weeks.size, waiting.places.size
    rows = np.repeat(np.arange(n), np.diff(waiting.starts))
    kept = _worthwhile(waiting, rows, objective)
    some, at = np.unique(rows[kept], return_inverse=True)
    scores = csr_array((waiting.scores[kept], (at, waiting.supporters[kept])), shape=(some.size, m))
    keys = waiting.keys[0][some], waiting.keys[1]
    found = assign(scores, waiting.places, waiting.weeks[some] + 1, objective=objective, keys=keys).supporter_of
    answer = np.full(n, WAITING, dtype=np.int64)
    answer[some] = found
    return answer


def _worthwhile(waiting: Waiting, rows: Ints, objective: str) -> Ints:
    """List the pairs that are among each supporter's best, as many as there are places in all.

    No other is in the best matching, nor in the stable one: one of the better seekers would have no place, and come
    instead.
    """
    ties = ties_of(waiting.keys[0][rows], waiting.keys[1][waiting.supporters])
    first = waiting.weeks[rows] if objective == "coverage" else np.zeros_like(rows)
    order = np.lexsort((-ties, -waiting.scores, -first, waiting.supporters))
    counts = np.bincount(waiting.supporters, minlength=waiting.places.size)
    within = np.arange(order.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.sort(order[within < int(waiting.places.sum())])


def _one_by_one(waiting: Waiting, turn: Ints, order: Ints) -> Ints:
    """Let each seeker in turn take the first supporter in an order who has a place; ties by position."""
    left, answer = waiting.places.tolist(), np.full(waiting.weeks.size, WAITING, dtype=np.int64)
    rank = order.tolist()
    bounds = list(pairwise(waiting.starts.tolist()))
    supporters = waiting.supporters.tolist()
    for seeker in turn.tolist():
        begin, end = bounds[seeker]
        free = [each for each in supporters[begin:end] if left[each]]
        if free:
            chosen = min(free, key=lambda each: (rank[each], each))
            left[chosen] -= 1
            answer[seeker] = chosen
    return answer
