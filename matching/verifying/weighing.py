"""Weighing feasible pairs against what a result claims: whether surplus and price cover what a pair is worth, and
whether the two would rather have each other.

Each decision stands here twice: over arrays of entries, for small problems, and about one pair, in plain Python within
what numba compiles, for the driver; a test holds the two against each other. All claims lie within `DIGIT_LIMIT`, so no
sum leaves 64 bits. Never here: what makes a pair feasible, loops over pairs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.entries import Ints
from matching.keys import TIE_BITS
from matching.objective import DIGITS

LEAST, MOST = -(2**62), 2**62
"""Below and above every score: what somebody holds who waits or has a free place; what one holds without any place."""

MOST_TIE = 2**TIE_BITS - 1
"""The greatest tie of a pair."""

DIGIT, OWN_SCORE, OWN_TIE, HELD, PREVIOUS, SEEKER_KEY = range(DIGITS, DIGITS + 6)
"""Columns of `Claims.seekers` after the surplus."""

HAS_PRICE, WORST_SCORE, WORST_TIE, SUPPORTER_KEY = range(DIGITS, DIGITS + 4)
"""Columns of `Claims.supporters` after the price."""

COVERED = (2**62, 0, 0, 0)
"""A surplus that covers any pair, for results without prices."""

SHORT, TIGHT = 1, 2
"""What a pair may be worth: more than surplus and price together, or as much."""

Vector = tuple[int, int, int, int]
Rank = tuple[int, int]
"""(score, tie): how both sides rank a pair, the greatest first."""


class Claims(NamedTuple):
    """What pairs are weighed against, a row a member so that a pair touches two lines of memory.

    Attributes
    ----------
    seekers : (n, 10) int64: surplus (`COVERED` where there are no prices); the digit of values that is the seeker's
        alone; score and tie of their own pair; the supporter held and the previous one (-1: none); the key's 64 bits.
    supporters : (m, 8) int64: price; whether it is not zero; score and tie of the worst pair held; the key's 64 bits.
    is_score_first : whether the score is the first digit of values, before the seeker's own.
    margin : points on the previous pair.
    """

    seekers: Ints
    supporters: Ints
    is_score_first: bool
    margin: int


NO_CLAIMS = Claims(np.empty((0, SEEKER_KEY + 1), np.int64), np.empty((0, SUPPORTER_KEY + 1), np.int64), False, 0)
"""Those of nobody."""


class Tally(NamedTuple):
    """What came of weighing some feasible pairs; a cell is row × m + column, n × m stands for none.

    Attributes
    ----------
    feasible : how many. blocking : how many of them block.
    first_short, first_blocking : the least cell that is short, and that blocks.
    tight : cells of pairs under a price, other than the seeker's own, that are worth as much as surplus and price.
    """

    feasible: int
    blocking: int
    first_short: int
    first_blocking: int
    tight: Ints


def nothing_weighed(claims: Claims) -> Tally:
    """Give the tally to begin with."""
    none = len(claims.seekers) * len(claims.supporters)
    return Tally(0, 0, none, none, np.empty(0, dtype=np.int64))


def values_of_entries(claims: Claims, rows: Ints, columns: Ints, scores: Ints, ties: Ints) -> Ints:
    """Give the value vectors of pairs as `objective.values_of` does; (pairs, `DIGITS`) int64."""
    kept = (claims.seekers[rows, PREVIOUS] == columns).astype(np.int64)
    points, own = scores + claims.margin * kept, claims.seekers[rows, DIGIT]
    first = (points, own) if claims.is_score_first else (own, points)
    return np.column_stack((*first, kept, ties))


def weigh_entries(claims: Claims, rows: Ints, columns: Ints, scores: Ints, values: Ints) -> Tally:
    """Weigh pairs; `values` are their value vectors, (pairs, `DIGITS`), with the tie in the last digit."""
    seekers, supporters = claims.seekers, claims.supporters
    n, m = len(seekers), len(supporters)
    cells = rows * m + columns
    signs = signs_of(seekers[rows, :DIGITS] + supporters[columns, :DIGITS], values)
    ranks = np.column_stack((scores, values[:, -1]))
    blocks = (signs_of(ranks, seekers[rows, OWN_SCORE : OWN_TIE + 1]) > 0) & (
        signs_of(ranks, supporters[columns, WORST_SCORE : WORST_TIE + 1]) > 0
    )
    is_tight = (signs == 0) & (supporters[columns, HAS_PRICE] != 0) & (seekers[rows, HELD] != columns)
    return Tally(
        feasible=rows.size,
        blocking=int(np.count_nonzero(blocks)),
        first_short=int(cells[signs < 0].min(initial=n * m)),
        first_blocking=int(cells[blocks].min(initial=n * m)),
        tight=cells[is_tight],
    )


def signs_of(left: Ints, right: Ints) -> Ints:
    """Compare rows as vectors, from left to right: -1, 0 or 1 each, without subtracting."""
    answer = np.zeros(len(left), dtype=np.int64)
    for digit in reversed(range(left.shape[1])):
        greater, less = left[:, digit] > right[:, digit], left[:, digit] < right[:, digit]
        answer = np.where(greater, 1, np.where(less, -1, answer))
    return answer


def value_of(digit: int, is_kept: bool, rank: Rank, form: tuple[bool, int]) -> Vector:
    """Give one pair's value vector.

    Parameters
    ----------
    digit : the one that is the seeker's alone. form : (is the score the first digit, margin).
    """
    score, tie = rank
    is_score_first, margin = form
    kept = 1 if is_kept else 0
    points = score + margin * kept
    if is_score_first:
        return points, digit, kept, tie
    return digit, points, kept, tie


def weighed(surplus: Vector, price: Vector, value: Vector) -> int:
    """Tell whether surplus and price leave a pair `SHORT` or `TIGHT`, compared from left to right; 0 for neither."""
    cover = (surplus[0] + price[0], surplus[1] + price[1], surplus[2] + price[2], surplus[3] + price[3])
    if cover > value:
        return 0
    return SHORT if cover < value else TIGHT


def is_blocking(rank: Rank, own: Rank, worst: Rank) -> bool:
    """Tell whether a pair is better than the seeker's own and the worst that the supporter holds."""
    return rank > own and rank > worst


def is_settled(surplus: Vector, price: Vector, best: Vector, best_rank: Rank, own: Rank, worst: Rank) -> bool:
    """Tell whether a pair is neither short, tight nor blocking even with the best value and rank it can still have.

    Values and ranks grow with the score, so its true ones need not be known then.
    """
    return weighed(surplus, price, best) == 0 and not is_blocking(best_rank, own, worst)


DECISIONS = (value_of, weighed, is_blocking, is_settled)
"""Those about one pair, for the driver to compile."""
