"""Terms and lists as arrays: dictionary-encoded, and in compressed rows, as in Arrow.

Row r of compressed rows is ``entries[starts[r]:starts[r + 1]]``. Never here: what any field of a member means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.integer[Any]]
Rows = NDArray[np.int64]

NONE = -1
"""Stands for no term, no gender and no limit in minutes."""


@dataclass(frozen=True, slots=True, eq=False)
class TermColumn:
    """One term a row, or none.

    Attributes
    ----------
    terms : the words that codes stand for.
    codes : (rows,) indices of `terms`; `NONE` (-1) for no term.
    """

    terms: Sequence[str]
    codes: Integers

    @classmethod
    def of(cls, rows: Iterable[str | None]) -> TermColumn:
        """Encode one term a row."""
        number: dict[str | None, int] = {None: NONE}
        codes = np.fromiter((number.setdefault(term, len(number) - 1) for term in rows), dtype=np.int64)
        return cls([term for term in number if term is not None], codes)

    def term(self, row: int) -> str | None:
        """Give a row's term."""
        code = int(self.codes[row])
        return None if code == NONE else self.terms[code]


@dataclass(frozen=True, slots=True, eq=False)
class TermLists:
    """A list of terms a row.

    Attributes
    ----------
    terms : the words that codes stand for.
    starts : (rows + 1,) row r has ``codes[starts[r]:starts[r + 1]]``.
    codes : (starts[-1],) indices of `terms`, in the order of each list.
    """

    terms: Sequence[str]
    starts: Integers
    codes: Integers

    @classmethod
    def of(cls, rows: Sequence[Collection[str]]) -> TermLists:
        """Encode a list of terms a row."""
        number: defaultdict[str, int] = defaultdict()
        number.default_factory = number.__len__
        starts = starts_of(list(map(len, rows)))
        codes = np.fromiter(map(number.__getitem__, chain.from_iterable(rows)), dtype=np.int64, count=int(starts[-1]))
        return cls(list(number), starts, codes)

    @classmethod
    def none(cls, rows: int) -> TermLists:
        """Give empty lists."""
        return cls((), np.broadcast_to(np.int64(0), rows + 1), np.empty(0, dtype=np.int64))

    def row(self, row: int) -> tuple[str, ...]:
        """Give a row's terms, in their order."""
        return tuple(self.terms[code] for code in self.codes[self.starts[row] : self.starts[row + 1]].tolist())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What bits and numbers in some columns of a cohort stand for.

    Attributes
    ----------
    terms : term n is bit n of a bitset, and number n elsewhere.
    columns : names of the columns, see `columns.py`.
    blocks : of columns with a block of rows for each label comparison, the blocks these terms are in.
    """

    terms: tuple[Hashable, ...]
    columns: tuple[str, ...]
    blocks: tuple[int, ...] = ()


def starts_of(lengths: Sequence[int] | Integers) -> Rows:
    """Give where each row's list starts, and after the last where it ends."""
    if isinstance(lengths, np.ndarray):
        return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])
    return np.fromiter(accumulate(lengths, initial=0), dtype=np.int64, count=len(lengths) + 1)


def taken(starts: Integers, rows: Integers) -> tuple[Rows, Rows]:
    """Give the lists of some rows: where each starts among them, and the positions of their entries in the whole."""
    first = starts[rows].astype(np.int64)
    lengths = starts[rows + 1].astype(np.int64) - first
    new_starts = starts_of(lengths)
    entries = np.arange(new_starts[-1]) + np.repeat(first - new_starts[:-1], lengths)
    return new_starts, entries
