"""What a pair is worth: vectors of integers compared from left to right, their bounds, and how they pack into one
integer.

An objective is one row in `_DIGITS_OF`: a function from the problem to one value vector per stored pair. Solvers,
prices and the verifier all read values from here, so a new objective needs nothing else. How the best sum is found is
never here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.errors import BoundError
from matching.keys import TIE_BITS, ties_of
from matching.policy import Objective
from matching.problem import Problem

DIGITS = 4
"""Digits of a value vector, the most important first."""

DIGIT_LIMIT = 2**62
"""Prices and surpluses stay below this in every digit, so that the sum of two of them fits 64 signed bits."""


def kept_entries(problem: Problem) -> NDArray[np.bool_]:
    """Tell for every stored pair whether it is the seeker's previous one; (entries,) bool."""
    kept: NDArray[np.bool_] = problem.previous[problem.seekers] == problem.supporters
    return kept


def values_of(problem: Problem) -> Ints:
    """Give each stored pair's value vector; waiting is worth the zero vector.

    coverage: (priority rank, score + keep_margin on the previous pair, previous pair 0/1, tie).
    score: (score, 1, previous pair 0/1, tie); no margin, and a negative score makes the vector negative: better to
    wait.
    stable: (1, score, previous pair 0/1, tie); no margin. Pairs are ranked by the second and the last digit alone.

    Returns
    -------
    (entries, DIGITS) int64 array, C-contiguous, in the problem's order of entries.

    Raises
    ------
    BoundError
        When a digit of a price or surplus could leave ±`DIGIT_LIMIT`. A smallest price is the worth of one more
        place, so the sum along a path that alternates between leaving one supporter and taking another and meets
        nobody twice: at most min(n, m) steps, each changing digit k by at most its spread (the range of values and
        0). A surplus is one value less one price. Hence (min(n, m) + 1) × spread < `DIGIT_LIMIT` suffices.
    """
    _check_bounds(problem)
    return _DIGITS_OF[problem.objective](problem)


def is_worth_more_than_waiting(values: Ints) -> NDArray[np.bool_]:
    """Tell which vectors (rows) are greater than zero, compared from left to right."""
    return first_nonzero(values) > 0


def first_nonzero(vectors: Ints) -> Ints:
    """Give each row's first digit that is not zero (0 for a zero row): its sign is the sign of the vector."""
    answer = np.zeros(len(vectors), dtype=np.int64)
    for digit in reversed(range(vectors.shape[1])):
        column = vectors[:, digit]
        answer = np.where(column != 0, column, answer)
    return answer


def spread_of(column: Iterable[int] | Ints) -> int:
    """Give the width of the range that holds a digit's values and 0, as a Python int."""
    numbers = np.asarray(column)
    return int(numbers.max(initial=0)) - int(numbers.min(initial=0))


def packing(spreads: Iterable[int], pairs: int) -> tuple[int, ...]:
    """Find multipliers that turn value vectors into single integers without changing any comparison of matchings.

    Two matchings of at most `pairs` pairs differ in digit k by at most Tₖ = pairs × spreadₖ. With the last multiplier
    1 and each earlier one (1 + Tₖ) times the multiplier of the digit k after it, the later digits together weigh less
    than one unit of an earlier one, so the greater packed sum belongs to the greater vector sum.

    Returns
    -------
    One Python int a digit; callers check that values × multipliers fit what they compute with.
    """
    multipliers = [1]
    for spread in list(spreads)[:0:-1]:
        multipliers.append(multipliers[-1] * (1 + pairs * spread))
    return tuple(reversed(multipliers))


def packed(values: Ints, multipliers: tuple[int, ...]) -> NDArray[Any]:
    """Pack vectors with exact Python integers; (rows,) object array."""
    total: NDArray[Any] = np.zeros(len(values), dtype=object)
    for digit, multiplier in enumerate(multipliers):
        total += values[:, digit].astype(object) * multiplier
    return total


def _coverage(problem: Problem) -> Ints:
    kept = kept_entries(problem)
    ranks = np.unique(problem.priority, return_inverse=True)[1] + 1
    # Whoever holds an open proposal enters at the top: a week's wait elsewhere must not undo it.
    ranks[problem.seekers[kept]] = ranks.max(initial=0)
    scores = problem.scores + problem.keep_margin * kept
    return np.column_stack((ranks[problem.seekers], scores, kept, _ties(problem))).astype(np.int64)


def _score(problem: Problem) -> Ints:
    ones = np.ones(problem.scores.size, dtype=np.int64)
    return np.column_stack((problem.scores, ones, kept_entries(problem), _ties(problem))).astype(np.int64)


def _stable(problem: Problem) -> Ints:
    ones = np.ones(problem.scores.size, dtype=np.int64)
    return np.column_stack((ones, problem.scores, kept_entries(problem), _ties(problem))).astype(np.int64)


_DIGITS_OF: dict[Objective, Callable[[Problem], Ints]] = {
    Objective.COVERAGE: _coverage,
    Objective.SCORE: _score,
    Objective.STABLE: _stable,
}


def _ties(problem: Problem) -> Ints:
    return ties_of(problem.seeker_keys[problem.seekers], problem.supporter_keys[problem.supporters])


def _check_bounds(problem: Problem) -> None:
    n, m = problem.shape
    # The margin widens the range at one end at most; ranks are at most n.
    scores = spread_of(problem.scores)
    margin = problem.keep_margin if problem.objective is Objective.COVERAGE else 0
    for field, what, spread in (
        ("scores", "scores", scores),
        ("keep_margin", "scores with a margin", scores + margin),
        ("priority", "priority ranks", n),
        ("scores", "tie values", 2**TIE_BITS),
    ):
        if (min(n, m) + 1) * spread >= DIGIT_LIMIT:
            raise BoundError(
                f"cannot add up {what} that spread over {spread} for {n} seekers and {m} supporters: "
                "prices could leave 64 bits (allowed: (min(n, m) + 1) × spread below 2⁶²)",
                field=field,
            )
