"""Vocabularies that grow: which bit or number a term has among members who come one by one.

Somebody encoded alone has their own numbers for their terms; here they become those of everybody. A term keeps its
number when the last who had it goes. Never here: what a term means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.bitsets import bitset, words_for
from matching.columns import WORD_BITS
from matching.terms import Vocabulary


class GrowingVocabulary:
    """The terms of some columns, see `terms.Vocabulary`."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.columns = vocabulary.columns
        self._blocks = list(vocabulary.blocks)
        self._number = {term: number for number, term in enumerate(vocabulary.terms)}

    @property
    def words(self) -> int:
        """How many words a bitset of these terms has."""
        return words_for(len(self._number))

    def numbers_of(self, own: Vocabulary) -> list[int]:
        """Give the number of each term of somebody's own vocabulary; a new term gets the next."""
        return [self._number.setdefault(term, len(self._number)) for term in own.terms]

    def renumbered(self, column: NDArray[Any], numbers: Sequence[int]) -> NDArray[Any]:
        """Give a column of somebody encoded alone, by the numbers of their terms here."""
        if column.ndim == 2:
            return bitset((_renumbered(row, numbers) for row in column), self.words * WORD_BITS)
        if not numbers or not len(column):
            return column
        # Somebody alone has one row a block, and no terms where they have no value.
        chosen, made = self._blocks or slice(None), column.copy()
        made[chosen] = np.array(numbers)[column[chosen]]
        return made


def _renumbered(row: NDArray[np.uint64], numbers: Sequence[int]) -> int:
    bits = int.from_bytes(row.astype("<u8").tobytes(), "little")
    return sum(1 << number for bit, number in enumerate(numbers) if bits >> bit & 1)
