"""What a pair is worth in two 64-bit words: all digits but the last packed into one integer, then the tie.

`hi = base[i] + scale × score (+ bonus on the seeker's earlier pair)`, `lo` = the pair's tie; compared from left to
right they order matchings as the vectors of `objective.values_of` do. Solvers at scale compute with words, certificates
are published in digits: `digits_of` unpacks. A new objective adds one function to `_LINES`. Never here: stored pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.errors import BoundError
from matching.keys import TIE_BITS
from matching.objective import DIGIT_LIMIT
from matching.policy import Objective
from matching.problem import WAITING, Keys

WORD_LIMIT = 2**59
"""Values, prices and surpluses stay below it in the first word: a path adds up to three of them and stays below 2⁶¹."""


class ScoreBounds(NamedTuple):
    """No feasible pair scores less than `least` or more than `most`."""

    least: int
    most: int


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """How scores become words, for one set of seekers and supporters, in the order of both.

    Attributes
    ----------
    base : (n,) int64. scale, bonus : integers ≥ 0. previous : (n,) int64 supporter of the earlier pair, -1 where there
        is none or it is not feasible.
    ranks : (n,) priority ranks from 1, or None where the objective has none as its first digit.
    seeker_keys, supporter_keys : (n,), (m,) uint64. turned_keys : (m,) the supporters' turned by 32 bits.
    unit : what one step of the first digit adds to the word. radix : what one step of the second adds.
    """

    base: Ints
    scale: int
    bonus: int
    previous: Ints
    ranks: Ints | None
    seeker_keys: Keys
    supporter_keys: Keys
    turned_keys: Keys
    unit: int
    radix: int

    def words_of(self, rows: Ints, supporters: Ints, scores: Ints) -> Ints:
        """Give the first word of pairs; the second is `keys.ties_of`."""
        kept = self.previous[rows] == supporters
        words: Ints = self.base[rows] + scores.astype(np.int64) * self.scale + self.bonus * kept
        return words

    def first_words_of(self, digits: Ints) -> Ints:
        """Pack vectors of digits (rows, 4) into first words from 0 to the limit, as near as these come."""
        steps = np.array([self.unit, self.radix, 1])
        most = WORD_LIMIT // steps
        words: Ints = np.clip(digits[:, :3], -most, most) @ steps
        return np.clip(words, 0, WORD_LIMIT)

    def digits_of(self, hi: Ints, lo: Ints) -> Ints:
        """Unpack words into vectors of four digits; (rows, 4) int64.

        Raises
        ------
        BoundError
            When a digit is so large that it may have run into the one before it. Where no digit of surplus, price or
            value reaches an eighth of its room, a comparison of words is one of vectors, and a proof in words one in
            vectors.
        """
        last = _centred(hi, self.radix)
        upper = (hi - last) // self.radix
        room = self.unit // self.radix
        middle = _centred(upper, room)
        for digit, its_room in ((middle, room), (last, self.radix)):
            if its_room > 1 and int(np.abs(digit).max(initial=0)) * 8 > its_room:
                raise BoundError(
                    "cannot tell digits of the objective apart in 64 bits: prices grew too large "
                    "(allowed: fewer distinct priorities, or scores that spread less)",
                    field="priority",
                )
        return np.column_stack(((upper - middle) // room, middle, last, lo)).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """What an objective needs to know of both sides.

    Attributes
    ----------
    priority : (n,) ≥ 1. previous : (n,) supporter of a feasible earlier pair, or -1. places : all, as far as useful.
    """

    priority: Ints
    previous: Ints
    places: int
    seeker_keys: Keys
    supporter_keys: Keys


def worth_of(objective: Objective, keep_margin: int, bounds: ScoreBounds, sides: Sides) -> Worth:
    """Pack an objective; scores are within the bounds.

    Raises
    ------
    BoundError
        When scores, priorities and earlier pairs need more than 64 bits together.
    """
    line = _LINES[objective](keep_margin, bounds, sides)
    steps = min(sides.seeker_keys.size, sides.supporter_keys.size) + 1
    greatest = int(line.base.max(initial=0)) + line.scale * max(bounds.most, 0) + line.bonus
    if greatest >= WORD_LIMIT or line.scale * max(-bounds.least, 0) >= WORD_LIMIT or steps << TIE_BITS >= DIGIT_LIMIT:
        raise BoundError(
            f"cannot pack scores from {bounds.least} to {bounds.most} with priorities and earlier pairs into 64 bits"
        )
    return Worth(
        base=line.base,
        scale=line.scale,
        bonus=line.bonus,
        previous=np.array(sides.previous, dtype=np.int64),
        ranks=line.ranks,
        # Copies: compiled code takes read-only arrays for another type.
        seeker_keys=np.array(sides.seeker_keys),
        supporter_keys=np.array(sides.supporter_keys),
        turned_keys=(sides.supporter_keys << np.uint64(32)) | (sides.supporter_keys >> np.uint64(32)),
        unit=line.unit,
        radix=line.radix,
    )


class _Line(NamedTuple):
    base: Ints
    scale: int
    bonus: int
    ranks: Ints | None
    unit: int
    radix: int


def _coverage(keep_margin: int, bounds: ScoreBounds, sides: Sides) -> _Line:
    """(rank, score + margin, kept): the score gets all the room that ranks leave."""
    kept = sides.previous != WAITING
    ranks = np.unique(sides.priority, return_inverse=True)[1].astype(np.int64) + 1
    # Whoever holds an open proposal enters at the top: a week's wait elsewhere must not undo it.
    top = int(ranks.max(initial=0))
    ranks[kept] = top
    radix = _radix_of(kept)
    margin = keep_margin if radix > 1 else 0
    widest = max(bounds.most, 0) + margin - min(bounds.least, 0) + 1
    room = (WORD_LIMIT - radix * widest - 1) // (radix * (top + 1))
    if room < 8 * widest:
        raise BoundError(
            f"cannot pack {top} priority ranks and scores that spread over {widest} into 64 bits", field="priority"
        )
    unit = radix * room
    return _Line(ranks * unit, radix, margin * radix + (radix > 1), ranks, unit, radix)


def _score(_keep_margin: int, _bounds: ScoreBounds, sides: Sides) -> _Line:
    """(score, 1, kept)."""
    radix = _radix_of(sides.previous != WAITING)
    unit = radix * (8 * min(sides.seeker_keys.size, sides.places) + 16)
    base = np.full(sides.seeker_keys.size, radix, dtype=np.int64)
    return _Line(base, unit, int(radix > 1), None, unit, radix)


def _stable(_keep_margin: int, _bounds: ScoreBounds, sides: Sides) -> _Line:
    """(score): what both sides rank by; its certificate is not made of words."""
    return _Line(np.zeros(sides.seeker_keys.size, dtype=np.int64), 1, 0, None, 1, 1)


_LINES: dict[Objective, Callable[[int, ScoreBounds, Sides], _Line]] = {
    Objective.COVERAGE: _coverage,
    Objective.SCORE: _score,
    Objective.STABLE: _stable,
}


def _radix_of(kept: NDArray[np.bool_]) -> int:
    """Room for sums of kept pairs, eight times what any path can add up; 1 where nothing can be kept."""
    pairs = int(kept.sum())
    return 8 * pairs + 16 if pairs else 1


def _centred(numbers: Ints, room: int) -> Ints:
    """Give the remainder that is nearest to zero."""
    remainders: Ints = (numbers + room // 2) % room - room // 2
    return remainders
