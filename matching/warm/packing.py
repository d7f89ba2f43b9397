"""How a warm market packs objectives into words, so that members may come and go without packing anew each time.

As `worth.py`, with three differences. Priorities are codes with gaps between them, so that a new value finds a code
between its neighbours; only their order decides who is matched, and what is published counts values present from 1,
as a solve from scratch does. Sums of kept pairs and of pairs have room for more than there are. Where room ends,
`Packing.for_room` gives another packing, and words are carried over digit by digit. Never here: arrays of a market.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.errors import BoundError
from matching.policy import Objective
from matching.problem import Keys
from matching.worth import WORD_LIMIT, ScoreBounds, Worth

_PRICE_ROOM = 1 << 10
"""Room for a price in the digit of scores, in widest scores."""

_LEAST_ROOM = 1 << 7


@dataclass(frozen=True, slots=True)
class Terms:
    """What pairs of a warm market are worth: "coverage" or "score", the keep margin, and bounds of all scores ever."""

    objective: Objective
    keep_margin: int
    bounds: ScoreBounds


@dataclass(frozen=True, slots=True)
class Packing:
    """A word is ``upper × unit + middle × radix + last``; `most_kept`, `most_pairs`, `most_code` are what fits.

    scale, bonus : what a point of score, and being the earlier pair, add to a word.
    """

    terms: Terms
    unit: int
    radix: int
    scale: int
    bonus: int
    most_kept: int
    most_pairs: int
    most_code: int

    @classmethod
    def for_room(cls, terms: Terms, kept: int, pairs: int, priorities: int) -> Packing:
        """Make room for more than so many earlier pairs, pairs, and values of priority; raises BoundError."""
        most_kept, most_pairs = max(2 * kept, 512), max(2 * pairs, 512)
        radix = 8 * most_kept + 16
        if terms.objective is Objective.SCORE:
            unit = radix * (8 * most_pairs + 16)
            widest = max(terms.bounds.most, -terms.bounds.least)
            if unit * (widest + 1) >= WORD_LIMIT:
                raise BoundError(f"cannot pack scores up to {widest} of {pairs} pairs into 64 bits")
            return cls(terms, unit, radix, unit, 1, most_kept, most_pairs, 0)
        widest = max(terms.bounds.most, 0) + terms.keep_margin - min(terms.bounds.least, 0) + 1
        for room in (_PRICE_ROOM, _LEAST_ROOM):
            unit = radix * widest * room
            codes = WORD_LIMIT // unit - 2
            if codes >= 4 * (priorities + 1):
                return cls(terms, unit, radix, radix, terms.keep_margin * radix + 1, most_kept, most_pairs, codes)
        raise BoundError(
            f"cannot pack {priorities} values of priority and scores that spread over {widest} into 64 bits",
            field="priority",
        )

    def gains_of(self, scores: NDArray[np.int32], is_kept: NDArray[np.bool_]) -> Ints:
        """Give the first word of pairs less their seeker's base."""
        gains: Ints = scores.astype(np.int64) * self.scale + self.bonus * is_kept
        return gains

    def scores_of(self, gains: Ints, is_kept: NDArray[np.bool_]) -> Ints:
        """Give the scores that gains were made of."""
        scores: Ints = (gains - self.bonus * is_kept) // self.scale
        return scores

    def base_of(self, code: Ints) -> Ints:
        """Give what a seeker's pairs are worth before their score."""
        if self.terms.objective is Objective.SCORE:
            return np.full_like(code, self.radix)
        return code * self.unit

    def worth(self, base: Ints, previous: Ints, seeker_keys: Keys, turned_keys: Keys) -> Worth:
        """Give the same packing as solvers at scale take it."""
        unturned = (turned_keys >> np.uint64(32)) | (turned_keys << np.uint64(32))
        return Worth(
            base, self.scale, self.bonus, previous, None, seeker_keys, unturned, turned_keys, self.unit, self.radix
        )

    def digits(self, hi: Ints, lo: Ints) -> Ints:
        """Unpack words into vectors (rows, 4); raises BoundError when a digit may have run into another."""
        nobody: Ints = np.empty(0, dtype=np.int64)
        no_keys: Keys = np.empty(0, dtype=np.uint64)
        return self.worth(nobody, nobody, no_keys, no_keys).digits_of(hi, lo)

    def word(self, digits: Ints) -> Ints:
        """Pack the first three digits of vectors (rows, 4)."""
        words: Ints = digits[:, 0] * self.unit + digits[:, 1] * self.radix + digits[:, 2]
        return words


class PriorityCodes:
    """Codes of priority values: the greater the value, the greater the code; from 1 to `most`.

    `values` ascending, with the code and the number of seekers of each. A value that nobody has any more keeps its
    code until codes are spread anew, for prices may still name it. The greatest value present has the code `most` in
    place of its own, whichever value it is: so whoever enters at the top need not move when it changes.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.values: list[int] = []
        self.greatest = 0
        self._code_of: dict[int, int] = {}
        self._count_of: dict[int, int] = {}

    def begin(self, values: list[int], counts: list[int], most: int) -> None:
        """Begin with ascending values and the number of seekers of each."""
        self.values = values
        self._count_of = dict(zip(values, counts, strict=True))
        self._code_of = dict.fromkeys(values, 0)
        self.greatest = values[-1] if values else 0
        self.spread(most)

    def codes(self) -> Ints:
        """Give the code of every value, ascending; the greatest's is `most`."""
        return np.array(list(map(self.code_of, self.values)), dtype=np.int64)

    def add(self, value: int) -> bool:
        """Count one more seeker of this priority; no, and nothing changed, where there is no code left for it."""
        if value not in self._code_of:
            at = bisect_left(self.values, value)
            below = self._code_of[self.values[at - 1]] if at else 0
            step = self.most // (2 * len(self.values) + 16)
            above = self._code_of[self.values[at]] if at < len(self.values) else min(below + 2 * step, self.most)
            if above - below < 2:
                return False
            insort(self.values, value)
            self._code_of[value] = (below + above) // 2
        self._count_of[value] = self._count_of.get(value, 0) + 1
        self.greatest = max(self.greatest, value)
        return True

    def discard(self, value: int) -> None:
        """Count one seeker of this priority less."""
        self._count_of[value] -= 1
        if value == self.greatest and not self._count_of[value]:
            self.greatest = next((each for each in reversed(self.values) if self._count_of[each]), 0)

    def code_of(self, value: int) -> int:
        """Give the code of a value that was added."""
        return self.most if value == self.greatest else self._code_of[value]

    def spread(self, most: int, more: int = 0) -> tuple[Ints, Ints]:
        """Spread codes evenly, up to `most`, with room for so many more values; gives the old codes and the new.

        Both are ascending, and end with the one of the top.
        """
        old = [*self._code_of.values(), self.most]
        step = most // (2 * (len(self.values) + more) + 2)
        self.most = most
        self._code_of = {value: (at + 1) * step for at, value in enumerate(self.values)}
        return np.array(sorted(old), dtype=np.int64), np.array([*self._code_of.values(), most], dtype=np.int64)

    def ranks_of(self, codes: Ints) -> Ints:
        """Give the ranks of codes among the priorities present, from 1; 0 for code 0."""
        present = np.array([self.code_of(value) for value in self.values if self._count_of[value]], dtype=np.int64)
        return np.searchsorted(present, codes, side="right").astype(np.int64)
