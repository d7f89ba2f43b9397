"""What follows a change: paths that mend the matching, prices that settle, and pairs asked for where bounds give out.

The arcs of a market are few of its pairs. `Upkeep.mend` repeats until every pair without an arc is known to be worth no
more than prices allow: then matching and prices are those of the whole market. Never here: what a change is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.errors import ScoreError
from matching.policy import Objective
from matching.problem import WAITING
from matching.solvers.loops import loops
from matching.sources import THREADS, in_threads
from matching.tile_calls import Scored
from matching.warm.arrays import Arcs, Field
from matching.warm.packing import Packing, Terms

Pairs = tuple[NDArray[np.int32], NDArray[np.int32]]
"""The other end of each feasible pair, and its score."""

ARCS = 64
"""Arcs of a seeker to begin with; eight times as many lead to a new choice among them."""

JOINING = 256
"""Arcs that one look at a column may add."""


LOOKING = 160
"""Arcs that one look at a row chooses: where prices move, more of them keep the next look away for longer."""

ROWS_A_LOOK = 256
"""Rows that are asked for together; each may have thousands of pairs."""

COLUMNS_A_LOOK = 16

WORTH_THREADS = 32
"""Rows or columns from which several threads ask."""

PARTS_A_THREAD = 2

T = TypeVar("T")

More = tuple[Ints, NDArray[np.int32], Ints]
"""Arcs to be: how many of each seeker, supporters, gains."""


class LivePairs(Protocol):
    """Feasible pairs of members by position; a position stays while its member stays, and may be used again after."""

    def prepare(self) -> None:
        """Make now what the next question needs; until the next change several threads may ask."""

    def rows(self, seekers: Ints, /) -> Scored:
        """Give all feasible pairs of some seekers."""

    def columns(self, supporters: Ints, /) -> Scored:
        """Give all feasible pairs of some supporters: seekers in the place of supporters."""


class Upkeep:
    """A warm market's arrays and pairs.

    Attributes
    ----------
    field, rows, columns : see `arrays.py`; replaced by longer ones as members come.
    is_seeker, is_supporter : (n,), (m,) bool, whose positions are in use.
    threads : how many ask for pairs at a time.
    slack : (hi, lo) > 0, how far below its price a supporter's floor is put.
    """

    def __init__(self, pairs: LivePairs, terms: Terms, *, threads: int = THREADS) -> None:
        if terms.objective not in (Objective.COVERAGE, Objective.SCORE):
            raise ScoreError(
                f"cannot keep a matching warm under {terms.objective} (allowed: coverage, score)", field="objective"
            )
        self.pairs = pairs
        self.terms = terms
        self.threads = threads
        self.packing = Packing.for_room(terms, 0, 0, 1)
        self.field = Field.empty(0, 0)
        self.rows, self.columns = Arcs.empty(0), Arcs.empty(0)
        self.is_seeker, self.is_supporter = np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_)
        spread = terms.bounds.most - terms.bounds.least
        self.slack = (self.packing.scale * max(spread // 64, 1), 0)
        self._waiting_rows: set[int] = set()
        self._waiting_columns: set[int] = set()
        self._touched: set[int] = set()

    def read_row(self, seeker: int) -> Pairs:
        """Ask for a seeker's pairs with known supporters."""
        return self.read_rows(np.array([seeker]))[1:]

    def read_column(self, supporter: int) -> Pairs:
        """Ask for a supporter's pairs with known seekers."""
        return self.read_columns(np.array([supporter]))[1:]

    def read_rows(self, seekers: Ints) -> Scored:
        """Ask for the pairs of seekers with known supporters."""
        return self._known(self.pairs.rows(seekers), self.is_supporter)

    def read_columns(self, supporters: Ints) -> Scored:
        """Ask for the pairs of supporters with known seekers."""
        return self._known(self.pairs.columns(supporters), self.is_seeker)

    def _known(self, scored: Scored, is_known: NDArray[np.bool_]) -> Scored:
        lengths, others, scores = scored
        if others.size and not (
            self.terms.bounds.least <= int(scores.min()) and int(scores.max()) <= self.terms.bounds.most
        ):
            raise ScoreError(
                f"cannot use scores from {int(scores.min())} to {int(scores.max())} "
                f"(allowed: {self.terms.bounds.least} to {self.terms.bounds.most})"
            )
        is_ours = others < is_known.size
        is_ours[is_ours] = is_known[others[is_ours]]
        if is_ours.all():
            return scored
        counts = np.concatenate(([0], np.cumsum(is_ours)))
        ends = np.cumsum(lengths)
        return Scored(counts[ends] - counts[ends - lengths], others[is_ours], scores[is_ours])

    def gains_of_row(self, seeker: int, pairs: Pairs) -> Ints:
        """Give what a seeker's pairs add to their base."""
        return self.packing.gains_of(pairs[1], pairs[0] == self.field.previous[seeker])

    def gains_of_column(self, supporter: int, pairs: Pairs) -> Ints:
        """Give what a supporter's pairs add to their seekers' base."""
        return self.packing.gains_of(pairs[1], self.field.previous[pairs[0]] == supporter)

    def mend(self) -> None:
        """Bring matching and prices up to date with all that was noted."""
        while True:
            self._mend_arcs()
            fallen_rows, fallen_columns = loops().take_notes(self.field)
            # Whatever is not done, should a source fail, is done with the next change.
            self._waiting_rows.update(fallen_rows.tolist())
            self._waiting_columns.update(fallen_columns.tolist())
            if not self._waiting_rows and not self._waiting_columns:
                break
            self._look_at_rows()
            self._look_at_columns()
        for row in sorted(self._touched):
            if self.rows.size[row] > 8 * ARCS:
                self._thin_row(row)
        self._touched.clear()

    def _mend_arcs(self) -> None:
        """Make the matching best among the arcs, with the smallest prices."""
        field, step = self.field, loops()
        hungry = step.hungry(field)
        step.search_forward(self.rows, field, hungry[np.argsort(-field.surplus_hi[hungry], kind="stable")])
        step.search_backward(self.rows, self.columns, field, step.dear_and_empty(field))
        step.settle(self.rows, self.columns, field)

    def _look_at_rows(self) -> None:
        """Add the best of all pairs of waiting seekers to the arcs; none goes, or rounds might never end."""
        waiting = np.array(sorted(self._waiting_rows), dtype=np.int64)
        for first in range(0, waiting.size, ROWS_A_LOOK):
            rows = waiting[first : first + ROWS_A_LOOK]
            for part, (found, floors) in self._in_threads(self._more_of, rows):
                # Bounds hold for any higher floors, too.
                loops().raise_floors(self.field, *floors)
                self._link_rows(part, *found)
            loops().refresh(self.rows, self.field, rows)
            self._touched.update(rows.tolist())
            self._waiting_rows.difference_update(rows.tolist())

    def _more_of(self, rows: Ints) -> tuple[More, tuple[Ints, Ints]]:
        """Ask for rows and choose among their pairs what is no arc yet; with floors that make the bounds true."""
        field, packing = self.field, self.packing
        floors = field.floor_hi.copy(), field.floor_lo.copy()
        scored = self.read_rows(rows)
        found = loops().choose_more(self.rows, field, rows, *scored, packing.scale, packing.bonus, *floors, LOOKING)
        return found, floors

    def _in_threads(self, work: Callable[[Ints], T], members: Ints) -> list[tuple[Ints, T]]:
        """Do some work for members, in several threads where they are many."""
        if members.size < WORTH_THREADS or self.threads == 1:
            return [(members, work(members))]
        self.pairs.prepare()
        parts = np.array_split(members, min(self.threads * PARTS_A_THREAD, members.size))
        return list(zip(parts, in_threads(work, ((part,) for part in parts), self.threads), strict=True))

    def _arcs_of(self, seeker: int) -> tuple[NDArray[np.int32], Ints]:
        begin = int(self.rows.start[seeker])
        end = begin + int(self.rows.size[seeker])
        return self.rows.to[begin:end].copy(), self.rows.gain[begin:end].copy()

    def replace_row(self, seeker: int, supporters: NDArray[np.int32], gains: Ints) -> None:
        """Choose a seeker's arcs among all their pairs, in place of those there are."""
        step = loops()
        anchored = step.anchored_by(self.rows, self.field, seeker)
        step.unlink(self.rows, self.columns, seeker)
        chosen = step.choose_of_row(self.field, seeker, supporters, gains, ARCS)
        self.link_row(seeker, supporters[chosen], gains[chosen])
        step.lose_missing(self.rows, self.field, seeker, anchored)
        step.refresh(self.rows, self.field, np.array([seeker]))

    def _look_at_columns(self) -> None:
        """Let pairs of waiting supporters, whose price is below their floor, join the arcs."""
        waiting = np.array(sorted(self._waiting_columns), dtype=np.int64)
        is_below = self._is_below_floor(waiting)
        self._waiting_columns.difference_update(waiting[~is_below].tolist())
        below = waiting[is_below]
        for first in range(0, below.size, COLUMNS_A_LOOK):
            columns = below[first : first + COLUMNS_A_LOOK]
            for part, scored in self._in_threads(self.read_columns, columns):
                self._join_columns(part, scored)

    def _join_columns(self, columns: Ints, scored: Scored) -> None:
        ends = np.cumsum(scored.lengths)
        for column, begin, end in zip(columns.tolist(), (ends - scored.lengths).tolist(), ends.tolist(), strict=True):
            pairs = scored.supporters[begin:end], scored.scores[begin:end]
            joining = self.join_column(column, pairs[0], self.gains_of_column(column, pairs))
            loops().refresh(self.rows, self.field, joining.astype(np.int64))

    def _is_below_floor(self, columns: Ints) -> NDArray[np.bool_]:
        field = self.field
        price, floor = field.price_hi[columns], field.floor_hi[columns]
        is_below: NDArray[np.bool_] = (price < floor) | (
            (price == floor) & (field.price_lo[columns] < field.floor_lo[columns])
        )
        return is_below

    def join_column(self, supporter: int, seekers: NDArray[np.int32], gains: Ints) -> NDArray[np.int32]:
        """Let those of a supporter's pairs join the arcs that prices near the present one may need; gives whose."""
        args = (self.columns, self.field, supporter, seekers, gains, *self.slack, JOINING)
        chosen, violations = loops().choose_of_column(*args)
        # With more than may join at once, the price must first find its way up.
        if violations <= chosen.size:
            self._waiting_columns.discard(supporter)
        else:
            self._waiting_columns.add(supporter)
        joining: NDArray[np.int32] = seekers[chosen]
        self.link_column(supporter, joining, gains[chosen])
        self._touched.update(joining.tolist())
        return joining

    def _thin_row(self, seeker: int) -> None:
        """Keep the best of a seeker's arcs, all tight ones among them; the bound then speaks for the others, too."""
        field = self.field
        bound = (int(field.bound_hi[seeker]), int(field.bound_lo[seeker]))
        self.replace_row(seeker, *self._arcs_of(seeker))
        now = (int(field.bound_hi[seeker]), int(field.bound_lo[seeker]))
        field.bound_hi[seeker], field.bound_lo[seeker] = max(bound, now)

    def link_row(self, seeker: int, supporters: NDArray[np.int32], gains: Ints) -> None:
        """Add arcs of a seeker."""
        own, others = loops().room_for(self.rows, self.columns, seeker, supporters)
        self._make_room(own, others)
        loops().link(self.rows, self.columns, seeker, supporters, gains)

    def _link_rows(self, seekers: Ints, counts: Ints, supporters: NDArray[np.int32], gains: Ints) -> None:
        """Add arcs of many seekers, so many of each."""
        done = 0
        while True:
            done = loops().link_many(self.rows, self.columns, seekers, counts, supporters, gains, done)
            if done == seekers.size:
                return
            begin = int(counts[:done].sum())
            more = supporters[begin : begin + int(counts[done])]
            self._make_room(*loops().room_for(self.rows, self.columns, int(seekers[done]), more))

    def link_column(self, supporter: int, seekers: NDArray[np.int32], gains: Ints) -> None:
        """Add arcs of a supporter."""
        own, others = loops().room_for(self.columns, self.rows, supporter, seekers)
        self._make_room(others, own)
        loops().link(self.columns, self.rows, supporter, seekers, gains)

    def _make_room(self, for_rows: int, for_columns: int) -> None:
        if int(self.rows.end[0]) + for_rows > self.rows.to.size:
            self.rows = packed_arcs(self.rows, for_rows)
        if int(self.columns.end[0]) + for_columns > self.columns.to.size:
            self.columns = packed_arcs(self.columns, for_columns)

    def held_gains(self) -> Ints:
        """Give the gain of each seeker's own pair; 0 where nobody has one; (n,)."""
        gains = np.zeros(self.field.base.size, dtype=np.int64)
        matched = np.flatnonzero(self.field.supporter_of != WAITING)
        at = self.field.supporter_of[matched]
        # Surplus + price = value on pairs.
        gains[matched] = self.field.surplus_hi[matched] + self.field.price_hi[at] - self.field.base[matched]
        return gains


def packed_arcs(arcs: Arcs, room: int) -> Arcs:
    """Copy arcs without the gaps that moving left, with room for more."""
    size = int((arcs.size + arcs.size // 4).sum()) + room
    size += size // 4 + 1024
    start, rooms = np.zeros_like(arcs.start), np.zeros_like(arcs.room)
    pool: tuple[Any, Any] = np.zeros(size, dtype=np.int32), np.zeros(size, dtype=np.int64)
    end = loops().packed_arcs(arcs, start, rooms, *pool)
    return Arcs(start, arcs.size.copy(), rooms, *pool, np.array([end]))
