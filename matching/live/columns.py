"""Columns with spare rows, in which one row is written in place.

Every column named for a side has a row a position; a new column needs nothing here unless it has blocks of rows
(`_blocks_of`). A position that is free has a row of zeros: it speaks no language, so no rule lets it pass. Never here:
who is at a position (`sides.py`), whose pairs are asked (`cohort.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.cohort import Cohort
from matching.columns import Columns
from matching.declare import SESSION_LENGTHS
from matching.layout import LISTS_OF_SUPPORTERS
from matching.live.packed import PackedLists
from matching.live.words import GrowingVocabulary
from matching.reads import SEQUENCES, side_of

STARTS_OF = {**SEQUENCES, **LISTS_OF_SUPPORTERS}
ROWS_OF = {"seeker": "seeker_member", "supporter": "supporter_member"}
BITSET = 3
"""Dimensions of a bitset here."""


class LiveColumns:
    """The columns of a cohort, copied once.

    Attributes
    ----------
    rooms : positions on each side, free ones included.
    is_moved : whether an array lies elsewhere than when it was last set to False.
    """

    def __init__(self, cohort: Cohort, rooms: dict[str, int]) -> None:
        self.rooms = rooms
        self.is_moved = True
        self._given: dict[str, Any] = cohort.columns._asdict()
        self._vocabularies = [GrowingVocabulary(each) for each in cohort.vocabularies]
        self._lists = {
            name: PackedLists(self._given[starts], self._given[name], rooms[_side_listing(name)])
            for name, starts in STARTS_OF.items()
        }
        # (blocks, rows), bitsets (blocks, rows, words); the masks of label comparisons have no side.
        self._rows = {
            name: _with_rows(self._by_block(name, self._given), rooms[side_of(name)])
            for name in Columns._fields
            if side_of(name) and name not in STARTS_OF and name not in STARTS_OF.values()
        }
        self._rows["label_masks"] = self._given["label_masks"][np.newaxis].copy()

    def as_columns(self) -> Columns:
        """Give the columns as they are now; numbers in them change with the next change, unless an array moves."""
        lists = {name: packed.entries for name, packed in self._lists.items()}
        starts = {STARTS_OF[name]: packed.starts for name, packed in self._lists.items()}
        rows = {name: array.reshape(-1, *array.shape[2:]) for name, array in self._rows.items()}
        comparisons = np.arange(len(self._given["label_op"]))
        bases = {f"label_{side}_base": room * comparisons for side, room in self.rooms.items()}
        return Columns(**{**self._given, **lists, **starts, **rows, **bases})

    def has_moved(self) -> bool:
        """Tell whether an array lies elsewhere than when this was last asked."""
        has_moved = self.is_moved or any(packed.is_moved for packed in self._lists.values())
        self.is_moved = False
        for packed in self._lists.values():
            packed.is_moved = False
        return has_moved

    def grow(self, side: str, rows: int) -> None:
        """Add rows of zeros on a side until there are so many."""
        self.rooms[side] = rows
        self.is_moved = True
        for name, array in self._rows.items():
            if side_of(name) == side:
                self._rows[name] = _with_rows(array, rows)
        for name, packed in self._lists.items():
            if _side_listing(name) == side:
                packed.grow(rows)

    def translated(self, one: Cohort) -> dict[str, NDArray[Any]]:
        """Give the columns of one member's cohort by the terms of everybody; new terms get bits."""
        columns: dict[str, NDArray[Any]] = dict(one.columns._asdict())
        for growing, own in zip(self._vocabularies, one.vocabularies, strict=True):
            numbers = growing.numbers_of(own)
            self._widen(growing)
            for name in growing.columns:
                columns[name] = growing.renumbered(columns[name], numbers)
        self._rows["label_masks"] |= columns["label_masks"]
        return columns

    def put(self, side: str, position: int, columns: dict[str, NDArray[Any]], *, number: int) -> None:
        """Write what `translated` gave for a side on which the member takes part; `number` tells members apart."""
        for name, array in self._rows.items():
            if side_of(name) == side:
                array[:, position] = self._by_block(name, columns)[:, 0]
        for name in SEQUENCES:
            if side_of(name) == side:
                self._lists[name].put(position, columns[name])
        self._rows[ROWS_OF[side]][:, position] = number

    def clear(self, side: str, position: int) -> None:
        """Write zeros; lists stay until somebody else's are written."""
        for name, array in self._rows.items():
            if side_of(name) == side:
                array[:, position] = 0

    def list_apart(self, why: str, seeker: int, supporters: Sequence[int]) -> None:
        """Write the supporters from whom a seeker is kept apart, ascending."""
        self._lists[f"{why}_list"].put(seeker, supporters)

    def _widen(self, growing: GrowingVocabulary) -> None:
        """Add words of zeros to the bitsets of a vocabulary that has outgrown them."""
        for name in growing.columns:
            array = self._rows.get(name)
            if array is not None and array.ndim == BITSET and array.shape[-1] < growing.words:
                more = np.zeros((*array.shape[:-1], growing.words - array.shape[-1]), dtype=np.uint64)
                self._rows[name] = np.concatenate((array, more), axis=-1)
                self.is_moved = True

    def _by_block(self, name: str, columns: dict[str, Any]) -> NDArray[Any]:
        """Give a column with a dimension of its blocks before that of its rows."""
        array: NDArray[Any] = columns[name]
        rows = len(columns[ROWS_OF[side_of(name)]])
        return array.reshape(self._blocks_of(name), rows, *array.shape[1:])

    def _blocks_of(self, name: str) -> int:
        comparisons = len(self._given["label_op"])
        blocks = {"supporter_starts": SESSION_LENGTHS, "seeker_labels": comparisons, "supporter_labels": comparisons}
        return blocks.get(name, 1)


def _side_listing(name: str) -> str:
    """Tell for the rows of which side a list is."""
    return "seeker" if name in LISTS_OF_SUPPORTERS else side_of(name)


def _with_rows(array: NDArray[Any], rows: int) -> NDArray[Any]:
    """Add rows of zeros to each block."""
    made = np.zeros((array.shape[0], rows, *array.shape[2:]), dtype=array.dtype)
    made[:, : array.shape[1]] = array
    return made
