"""Groups of members who are the same to a rule or factor, and what it answers for each two groups.

A function that reads few columns tells few members apart: `Grouped` numbers them on both sides, and the function is
asked once for each two groups. Groups with the same answers everywhere become one. `layout.py` turns the answers of
rules into bits of many supporters, those of factors into tables of points. Never here: what a function means, how
pairs are visited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.columns import Columns
from matching.labels import OVERLAP
from matching.reads import keys_of_members, reads_of

MOST_CELLS = 1 << 24
"""Pairs of groups a function may be asked for, so that grouping always costs far less than scoring."""

PAYS_FROM = 16
"""How many times fewer pairs of groups than pairs of members there must be."""

_NARROW = 1 << 16
"""Range of integers that are numbered by a table and not by sorting."""

Codes = NDArray[np.int32]
"""(members,) the number of each member's group."""

Numbered = tuple[Codes, NDArray[np.int64]]
"""The group of each member, and one member of each group."""

Ask = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]
"""Answers for seeker rows × supporter rows, as an array of that shape."""


@dataclass(frozen=True, eq=False)
class Grouped:
    """What a function answers, by groups.

    Attributes
    ----------
    seekers, supporters : the group of each member of a side.
    answers : (groups of seekers, groups of supporters) int64; a rule's are 0 and 1.
    """

    seekers: Codes
    supporters: Codes
    answers: NDArray[np.int64]

    @property
    def is_always(self) -> bool:
        """Whether every pair is allowed, for a rule."""
        return bool(self.answers.all())

    @property
    def share(self) -> float:
        """How many of all pairs have an answer other than 0, from 0 to 1; for choosing an order only."""
        of_seekers = np.bincount(self.seekers, minlength=self.answers.shape[0])
        of_supporters = np.bincount(self.supporters, minlength=self.answers.shape[1])
        whole = max(self.seekers.size * self.supporters.size, 1)
        return float(of_seekers @ (self.answers != 0) @ of_supporters) / whole


class Grouping:
    """Groups the members of one cohort by what functions read of them."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.n, self.m = len(columns.seeker_member), len(columns.supporter_member)
        self._most = min(MOST_CELLS, self.n * self.m // PAYS_FROM)
        self._known: dict[tuple[str, tuple[str, ...]], Numbered] = {}

    def by_function(self, function: Callable[..., object], ask: Ask, *, most: int = MOST_CELLS) -> Grouped | None:
        """Group by the columns that a declared function reads; None where there would be too many groups."""
        reads = reads_of(function)
        if not reads.is_of_members:
            return None
        most = min(most, self._most)
        # Where nearly all differ, so many of either side are enough to see it.
        first = 2 * isqrt(most) + 1
        if self._fewest(reads.seeker, self.n, first) * self._fewest(reads.supporter, self.m, first) > most:
            return None
        seekers = self._by_names("seekers", reads.seeker, self.n)
        supporters = self._by_names("supporters", reads.supporter, self.m)
        return None if seekers is None or supporters is None else self._asked(seekers, supporters, ask, most)

    def by_label(self, comparison: int, ask: Ask, *, most: int = MOST_CELLS) -> Grouped | None:
        """Group by what a label comparison reads; None where there would be too many groups."""
        c: Any = self._columns
        if c.label_op[comparison] == OVERLAP:
            # Terms of other labels do not count.
            mask = c.label_masks[comparison]
            seekers, supporters = tuple((c.seeker_label_sets & mask).T), tuple((c.supporter_label_sets & mask).T)
        else:
            first, other = c.label_seeker_base[comparison], c.label_supporter_base[comparison]
            seekers = (c.seeker_labels[first : first + self.n],)
            supporters = (c.supporter_labels[other : other + self.m],)
        return self._asked(numbered(seekers, self.n), numbered(supporters, self.m), ask, most)

    def _asked(self, seekers: Numbered, supporters: Numbered, ask: Ask, most: int) -> Grouped | None:
        if seekers[1].size * supporters[1].size > min(most, self._most):
            return None
        return merged(Grouped(seekers[0], supporters[0], ask(seekers[1], supporters[1])))

    def _by_names(self, side: str, names: tuple[str, ...], members: int) -> Numbered | None:
        if (side, names) not in self._known:
            keys = keys_of_members(self._columns, names, members)
            if keys is None:
                return None
            self._known[side, names] = numbered(keys, members)
        return self._known[side, names]

    def _fewest(self, names: tuple[str, ...], members: int, first: int) -> int:
        """Give a number of groups that there are at least, by the first members."""
        first = min(members, first)
        keys = keys_of_members(self._columns, names, members, first=first)
        return 1 if keys is None else int(numbered(keys, first)[1].size)


def numbered(keys: Iterable[NDArray[Any]], members: int) -> Numbered:
    """Number members so that equal keys have equal numbers.

    Returns
    -------
    codes : (members,) int32, from 0 to before the number of groups.
    rows : (groups,) int64, one member of each group.
    """
    codes, groups = np.zeros(members, dtype=np.int64), min(members, 1)
    for key in keys:
        one, count = _numbered_alone(key)
        if count <= 1:
            continue
        codes, groups = _numbered_alone(codes * count + one)
    rows = np.empty(groups, dtype=np.int64)
    rows[codes] = np.arange(members)
    return codes.astype(np.int32), rows


def merged(grouped: Grouped) -> Grouped:
    """Make one of groups that have the same answers with every group of the other side."""
    # Rows are told apart as bytes: those of rules are short.
    is_flags = bool(((grouped.answers == 0) | (grouped.answers == 1)).all())
    answers = grouped.answers.astype(np.uint8) if is_flags else grouped.answers
    of_seekers, kept_seekers = _distinct_rows(answers)
    of_supporters, kept_supporters = _distinct_rows(np.ascontiguousarray(answers[kept_seekers].T))
    return Grouped(
        of_seekers[grouped.seekers],
        of_supporters[grouped.supporters],
        np.ascontiguousarray(grouped.answers[np.ix_(kept_seekers, kept_supporters)]),
    )


def _distinct_rows(rows: NDArray[Any]) -> tuple[Codes, NDArray[np.int64]]:
    """Number the rows so that equal rows have equal numbers, and give the first row of each number."""
    numbers: dict[bytes, int] = {}
    kept: list[int] = []
    codes = np.empty(len(rows), dtype=np.int32)
    for at, row in enumerate(rows):
        codes[at] = number = numbers.setdefault(row.tobytes(), len(numbers))
        if number == len(kept):
            kept.append(at)
    return codes, np.array(kept, dtype=np.int64)


def _numbered_alone(key: NDArray[Any]) -> tuple[NDArray[np.int64], int]:
    """Number the members by one key; in the key's order, so that neighbours stay neighbours."""
    if key.size == 0:
        return np.zeros(0, dtype=np.int64), 0
    least, greatest = key.min(), key.max()
    if least == greatest:
        return np.zeros(key.size, dtype=np.int64), 1
    if int(greatest) - int(least) < max(_NARROW, key.size):
        offset = (key - least).astype(np.int64)
        numbers = np.cumsum(np.bincount(offset) > 0) - 1
        return numbers[offset], int(numbers[-1]) + 1
    distinct, inverse = np.unique(key, return_inverse=True)
    return inverse.astype(np.int64), int(distinct.size)
