"""Calling the compiled driver of a layout: arrays in, feasible pairs out.

Never here: what is laid out how (`layout.py`), threads and blocks of rows (`scorer.py`), numba before a driver is
handed in.
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.blocking import Ask
from matching.cohort import Cohort
from matching.compiled import Table
from matching.layout import Layout
from matching.screens import TILE, compiled_tiles, wanted_of

Rows = NDArray[np.int64]
Cells = tuple[NDArray[np.bool_], NDArray[np.int32]]
"""Whether each pair is feasible, and its score; 0 where it is not."""


class Scored(NamedTuple):
    """Feasible pairs of some rows, compressed.

    Attributes
    ----------
    lengths : (rows,) int64, feasible pairs of each row.
    supporters : (pairs,) int32, row after row, in any order within a row; seekers where columns were asked for.
    scores : (pairs,) int32.
    """

    lengths: NDArray[np.int64]
    supporters: NDArray[np.int32]
    scores: NDArray[np.int32]


class CompiledAsking:
    """Asks declared functions about rows of a cohort as it is, each for all pairs of two lists."""

    def __init__(self, driver: ModuleType, cohort: Cohort) -> None:
        self._driver = driver
        self._table = Table(cohort.columns)

    def part(self, number: int) -> Ask:
        """Ask part of a rule, numbered as in `screens.parts`; 1 allows."""
        return lambda seekers, supporters: self._driver.ask_part(self._table.addresses, number, seekers, supporters)

    def factor(self, number: int) -> Ask:
        """Ask a factor for its points."""
        return lambda seekers, supporters: self._driver.ask_factor(self._table.addresses, number, seekers, supporters)

    def label(self, comparison: int) -> Ask:
        """Ask a label comparison for its points."""
        return lambda seekers, supporters: self._driver.ask_label(
            self._table.addresses, comparison, seekers, supporters
        )


class TileCalls:
    """Scores pairs of one cohort by its layout; safe to call from threads, without the interpreter's lock."""

    def __init__(self, driver: ModuleType, cohort: Cohort, layout: Layout) -> None:
        self._driver = driver
        self._layout = layout
        self._table = Table(layout.columns, is_listed=bool(layout.screens.kept))
        self._minimum = cohort.policy.minimum_score
        self._row, self._position = _positions(layout.seekers), _positions(layout.supporters)
        self._everybody = wanted_of(self._position, self._position.size)

    def rows(self, rows: Rows, columns: Rows | None = None) -> Scored:
        """Give the feasible supporters of each seeker row; of some supporters only, where these are given."""
        layout = self._layout
        wanted = self._everybody if columns is None else wanted_of(self._position[columns], self._position.size)
        arrays = (*layout.screens[:3], *layout.masks, *layout.points, *layout.left)
        table, rows = self._table.addresses, self._row[rows]
        return Scored(*self._driver.score_tiles(table, rows, layout.supporters, wanted, self._minimum, *arrays))

    def columns(self, columns: Rows) -> Scored:
        """Give the feasible seekers of each supporter."""
        found = [self._column(supporter) for supporter in columns.tolist()]
        none = np.empty(0, dtype=np.int32)
        return Scored(
            np.array([seekers.size for seekers, _ in found], dtype=np.int64),
            np.concatenate([none, *(seekers for seekers, _ in found)]),
            np.concatenate([none, *(scores for _, scores in found)]),
        )

    def cells(self, rows: Rows, columns: Rows) -> Cells:
        """Tell of single pairs whether they are feasible, and their scores."""
        return self._cells(self._row[rows], self._position[columns])

    def pairs_visited(self, rows: Rows) -> int:
        """Count the pairs of those rows in tiles that are not ruled out whole."""
        codes, numbers, _, _ = self._layout.screens
        return int(compiled_tiles().pairs_visited(self._row[rows], codes, numbers, TILE, self._position.size))

    def _column(self, supporter: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        screens, left = self._layout.screens, self._layout.left
        position, allowed = self._position[supporter], screens.allowed(supporter)
        found = self._driver.open_rows(
            self._table.addresses, position, screens.codes, allowed, left.rules, left.label_rules
        )
        is_feasible, scores = self._cells(found, np.full(found.size, position))
        return self._layout.seekers[found[is_feasible]], scores[is_feasible]

    def _cells(self, rows: Rows, positions: Rows) -> Cells:
        is_feasible, scores = self._driver.score_cells(self._table.addresses, rows, positions, self._minimum)
        return is_feasible, scores


def _positions(order: NDArray[np.int32]) -> Rows:
    """Tell where each member is."""
    positions = np.empty(order.size, dtype=np.int64)
    positions[order] = np.arange(order.size)
    return positions
