"""Asking pairs of a live cohort: by a layout made a while ago, and anew for everybody who has changed since.

A layout makes rows of a large cohort four times as fast, but takes long to make; so it is kept, and answers about
whoever changed after it was made come from columns as they are now. Never here: columns and positions themselves.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matching.arrays import Flags
from matching.cohort import Cohort
from matching.scorer import WORTH_LAYING_OUT, PairScorer, is_worth_loading
from matching.terms import Rows
from matching.tile_calls import Cells, Scored

MOST_CHANGED = 512
"""Members of the other side who have changed, from which asking about each of them costs as much as a row itself."""

Ask = Callable[[PairScorer, Rows], Scored]


def _rows_of(scorer: PairScorer, rows: Rows) -> Scored:
    return scorer.rows(rows)


def _columns_of(scorer: PairScorer, columns: Rows) -> Scored:
    return scorer.columns(columns)


class LiveAsking:
    """Asks a cohort that changes; `cohort` gives it as it is.

    After `prepare`, several threads may ask at a time.
    """

    def __init__(self, cohort: Callable[[], Cohort]) -> None:
        self._cohort = cohort
        self._now: PairScorer | None = None
        self._then: PairScorer | None = None
        self._is_compiled = False
        self._seekers: set[int] = set()
        self._supporters: set[int] = set()

    def moved(self) -> None:
        """Say that arrays lie elsewhere."""
        self._now = None

    def changed(self, *, seeker: int | None = None, supporter: int | None = None) -> None:
        """Say that pairs of a position have changed."""
        if seeker is not None:
            self._seekers.add(seeker)
        if supporter is not None:
            self._supporters.add(supporter)
        if not self._is_compiled:
            # Uncompiled, a scorer holds copies.
            self._now = None

    def prepare(self) -> None:
        """Make now what the next question needs."""
        self._laid_out()

    def rows(self, seekers: Rows) -> Scored:
        """Give the feasible supporters of seekers."""
        then = self._laid_out()
        if then is None:
            return self._scorer().rows(seekers)
        return self._joint(_rows_of, then, seekers, self._seekers, self._supporters)

    def columns(self, supporters: Rows) -> Scored:
        """Give the feasible seekers of supporters."""
        then = self._laid_out()
        if then is None:
            return self._scorer().columns(supporters)
        return self._joint(_columns_of, then, supporters, self._supporters, self._seekers)

    def cells(self, seekers: Rows, supporters: Rows) -> Cells:
        """Tell of single pairs whether they are feasible, and their scores."""
        return self._scorer().cells(seekers, supporters)

    def _joint(self, ask: Ask, then: PairScorer, asked: Rows, own: set[int], others: set[int]) -> Scored:
        """Put together what a layout knows and what has changed since."""
        is_changed = np.isin(asked, _positions(own))
        before = ask(then, asked[~is_changed])
        changed = _positions(others)
        before = _without(before, changed)
        anew = ask(self._scorer(), asked[is_changed])
        with_changed = self._grid(ask, asked[~is_changed], changed)
        kept, new = np.flatnonzero(~is_changed), np.flatnonzero(is_changed)
        return _placed(asked.size, [(kept, before), (kept, with_changed), (new, anew)])

    def _grid(self, ask: Ask, asked: Rows, others: Rows) -> Scored:
        """Ask each of some members with each of some others."""
        mine, theirs = np.repeat(asked, others.size), np.tile(others, asked.size)
        is_feasible, scores = self.cells(*((mine, theirs) if ask is _rows_of else (theirs, mine)))
        lengths = is_feasible.reshape(asked.size, others.size).sum(axis=1)
        return Scored(lengths.astype(np.int64), theirs[is_feasible].astype(np.int32), scores[is_feasible])

    def _laid_out(self) -> PairScorer | None:
        """Give a layout that is worth asking; None where none is worth its making."""
        self._scorer()
        if not self._is_compiled or max(len(self._seekers), len(self._supporters)) > MOST_CHANGED:
            self._then = None
        if self._then is None and self._is_compiled:
            cohort = self._cohort()
            if len(cohort.priority) * len(cohort.capacity) >= WORTH_LAYING_OUT:
                self._then = PairScorer.of(cohort, is_laid_out=True)
                self._seekers.clear()
                self._supporters.clear()
        return self._then

    def _scorer(self) -> PairScorer:
        if self._now is None:
            cohort = self._cohort()
            self._is_compiled = is_worth_loading(len(cohort.priority) * len(cohort.capacity))
            self._now = PairScorer.of(cohort, is_laid_out=False if self._is_compiled else None)
        return self._now


def _positions(members: set[int]) -> Rows:
    return np.fromiter(sorted(members), dtype=np.int64, count=len(members))


def _without(scored: Scored, others: Rows) -> Scored:
    """Leave out pairs with some members of the other side."""
    if not others.size or not scored.supporters.size:
        return scored
    is_left_out: Flags = np.zeros(max(int(scored.supporters.max()), int(others.max())) + 1, dtype=np.bool_)
    is_left_out[others] = True
    stays = ~is_left_out[scored.supporters]
    counts = np.concatenate(([0], np.cumsum(stays)))
    ends = np.cumsum(scored.lengths)
    return Scored(counts[ends] - counts[ends - scored.lengths], scored.supporters[stays], scored.scores[stays])


def _placed(rows: int, parts: list[tuple[Rows, Scored]]) -> Scored:
    """Put parts together, each with the places of its rows; a row may be in several."""
    parts = [(places, scored) for places, scored in parts if scored.supporters.size]
    if len(parts) == 1 and parts[0][0].size == rows:
        return parts[0][1]
    lengths = np.zeros(rows, dtype=np.int64)
    for places, scored in parts:
        lengths[places] += scored.lengths
    free = np.cumsum(lengths) - lengths
    supporters, scores = (np.empty(int(lengths.sum()), dtype=np.int32) for _ in range(2))
    for places, scored in parts:
        ends = np.cumsum(scored.lengths)
        at = np.repeat(free[places] - ends + scored.lengths, scored.lengths) + np.arange(scored.supporters.size)
        supporters[at], scores[at] = scored.supporters, scored.scores
        free[places] += scored.lengths
    return Scored(lengths, supporters, scores)
