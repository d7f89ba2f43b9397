"""Scoring pairs uncompiled, by the readable reference: what small cohorts get, so that nobody waits for a compiler.

Never here: what a rule or factor means, numba.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from matching import reference
from matching.cohort import Cohort
from matching.tile_calls import Cells, Rows, Scored

Found = list[tuple[int, int | None]]
"""Members of the other side, and their scores; None where the pair is not feasible."""


class PlainCalls:
    """Scores pairs of one cohort."""

    def __init__(self, cohort: Cohort) -> None:
        self._cohort = cohort
        self._seekers = range(len(cohort.columns.seeker_member))
        self._supporters = range(len(cohort.columns.supporter_member))

    def rows(self, rows: Rows, columns: Rows | None = None) -> Scored:
        """Give the feasible supporters of each seeker row; of some supporters only, where these are given."""
        supporters = self._supporters if columns is None else columns.tolist()
        return _compressed([(j, self._score(i, j)) for j in supporters] for i in rows.tolist())

    def columns(self, columns: Rows) -> Scored:
        """Give the feasible seekers of each supporter."""
        return _compressed([(i, self._score(i, j)) for i in self._seekers] for j in columns.tolist())

    def cells(self, rows: Rows, columns: Rows) -> Cells:
        """Tell of single pairs whether they are feasible, and their scores."""
        scores = [self._score(i, j) for i, j in zip(rows.tolist(), columns.tolist(), strict=True)]
        return (
            np.array([score is not None for score in scores], dtype=np.bool_),
            np.array([score or 0 for score in scores], dtype=np.int32),
        )

    def pairs_visited(self, rows: Rows) -> int:
        """Count all pairs of those rows."""
        return int(rows.size) * len(self._supporters)

    def _score(self, i: int, j: int) -> int | None:
        return reference.score_of(self._cohort, i, j)


def _compressed(rows: Iterable[Found]) -> Scored:
    kept = [[(other, score) for other, score in row if score is not None] for row in rows]
    pairs = np.array([pair for row in kept for pair in row], dtype=np.int64).reshape(-1, 2)
    lengths = np.array([len(row) for row in kept], dtype=np.int64)
    return Scored(lengths, pairs[:, 0].astype(np.int32), pairs[:, 1].astype(np.int32))
