"""Compressed rows that change in place: what follows a row moves up, and spare room is at the end.

Moving a few hundred thousand numbers takes a tenth of a millisecond, and whoever reads the lists needs to know nothing
of it. Never here: what is listed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.terms import Rows


class PackedLists:
    """Lists of numbers, one a row.

    Attributes
    ----------
    starts : (rows + 1,) row r is ``entries[starts[r]:starts[r + 1]]``.
    is_moved : whether the numbers lie elsewhere than when it was last set to False, for lack of room.
    """

    def __init__(self, starts: Rows, entries: Rows, rows: int) -> None:
        self.starts = starts.astype(np.int64)
        self._room = _with_room(entries, len(entries))
        self.is_moved = False
        self.grow(rows)

    @property
    def entries(self) -> Rows:
        """The numbers of all rows; what is spare is left out."""
        return self._room[: int(self.starts[-1])]

    def grow(self, rows: int) -> None:
        """Add empty rows until there are so many."""
        more = rows + 1 - len(self.starts)
        self.starts = np.concatenate((self.starts, np.full(more, self.starts[-1])))

    def put(self, row: int, numbers: Rows | Sequence[int]) -> None:
        """Write a row anew."""
        first, end, used = (int(self.starts[at]) for at in (row, row + 1, -1))
        shift = first + len(numbers) - end
        if used + shift > len(self._room):
            self._room = _with_room(self.entries, used + shift)
            self.is_moved = True
        if shift:
            self._room[end + shift : used + shift] = self._room[end:used]
            self.starts[row + 1 :] += shift
        self._room[first : first + len(numbers)] = numbers


def _with_room(entries: Rows, least: int) -> Rows:
    room = np.zeros(least + least // 2 + 8, dtype=np.int64)
    room[: len(entries)] = entries
    return room
