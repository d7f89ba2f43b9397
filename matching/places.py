"""What one place more, or one less, with each supporter would do: exactly, for all of them at once.

The smallest price of a supporter is the worth of one more place with them (`prices.py`); the greatest, of one less. The
ways that show it are two trees over the residual graph. Never here: words for people (`sentences.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.errors import CertificateError
from matching.overrides import NOTHING_CHANGES, KnockOn
from matching.problem import WAITING
from matching.residual import NOBODY, Flags, Indices, Residual, Step, compiled_residual


@dataclass(frozen=True, slots=True, eq=False)
class PlacesWorth:
    """What places are worth; rows of supporters in the caller's order.

    Attributes
    ----------
    more_counts, less_counts : (m, 3) by how much people matched, the total of plain scores and open proposals kept
        change with one more place, and with one less.
    has_room : (m,) a place of theirs is free already.
    first_in_line : (m,) the seeker who would be matched with one more place of theirs; -1 where nobody would.
    """

    more_counts: Ints
    less_counts: Ints
    has_room: Flags
    first_in_line: Ints
    _more: _Tree
    _less: _Tree

    def more(self, supporter: int) -> KnockOn:
        """Tell what one more place with a supporter would do; its `loss` is below zero where something is won."""
        return self._more.effect(supporter)

    def less(self, supporter: int) -> KnockOn:
        """Tell what one place less with a supporter would do; nothing where they have none."""
        return self._less.effect(supporter)


def worth_of_places(residual: Residual) -> PlacesWorth:
    """Tell for every supporter what one place more and one less would do.

    Raises
    ------
    CertificateError
        When prices are not the smallest, so that they are not the worth of a place.

    Notes
    -----
    One more place is used along steps that cost nothing under the smallest prices, from somebody who waits or from a
    supporter of price zero. One less sends off whoever can go most cheaply: a shortest way to waiting, found for all
    supporters by one search backwards. O(pairs + supporters × log supporters) both.
    """
    arrays, order = residual.arrays, residual.problem.supporter_order
    more, less = _tree_of_more(residual), _tree_of_less(residual)
    counts = [np.empty((order.size, 3), dtype=np.int64) for _ in range(2)]
    has_room = np.empty(order.size, dtype=np.bool_)
    counts[0][order], counts[1][order], has_room[order] = more.counts, less.counts, arrays.used < arrays.places
    first = np.full(order.size, WAITING, dtype=np.int64)
    first[order] = np.append(residual.problem.seeker_order, WAITING)[more.first()]
    return PlacesWorth(counts[0], counts[1], has_room, first, more, less)


def _tree_of_more(residual: Residual) -> _Tree:
    arrays, m = residual.arrays, residual.shape[1]
    is_reached, via, by = compiled_residual().tight_tree(arrays)
    if not is_reached.all():
        raise CertificateError("cannot tell what places are worth: prices are not the smallest")
    price = residual.worth.digits_of(arrays.price_hi, arrays.price_lo)
    via[m] = m
    return _Tree.of(residual, via[:m], by[:m], np.arange(m, dtype=np.int32), -price, is_forward=True)


def _tree_of_less(residual: Residual) -> _Tree:
    arrays, problem, m = residual.arrays, residual.problem, residual.shape[1]
    columns = np.argsort(problem.supporters, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(problem.supporters, minlength=m)))).astype(np.int64)
    hi, lo, onto, by = compiled_residual().toward_waiting(arrays, starts, columns, problem.seekers)
    is_full = (arrays.used == arrays.places) & (arrays.places > 0)
    losses = np.zeros((m, 4), dtype=np.int64)
    losses[is_full] = residual.worth.digits_of((hi + arrays.price_hi)[is_full], (lo + arrays.price_lo)[is_full])
    onto[onto == NOBODY] = m
    return _Tree.of(residual, onto, by, onto, losses, is_forward=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """Ways to node m, one from every row: of each row the next node, who moves in between, and onto which node.

    `is_forward` : people move from node m towards the row; else from the row towards node m. `counts` are zero where
    `losses` are: nothing changes there.
    """

    residual: Residual
    next_of: Indices
    by: Indices
    onto: Indices
    losses: Ints
    is_forward: bool
    counts: Ints

    @classmethod
    def of(
        cls, residual: Residual, next_of: Indices, by: Indices, onto: Indices, losses: Ints, *, is_forward: bool
    ) -> _Tree:
        """Add steps up from every row to node m."""
        counts = _summed(_step_counts(residual, by, onto), next_of)
        counts[~(losses != 0).any(axis=1)] = 0
        return cls(residual, next_of, by, onto, losses, is_forward, counts)

    def first(self) -> Ints:
        """Give who moves next to node m on each row's way, if they wait; -1 where nobody does. Sorted rows."""
        m, held = self.next_of.size, self.residual.arrays.supporter_of
        is_first = (self.next_of == m) & (self.by != NOBODY)
        is_first[is_first] = held[self.by[is_first]] == WAITING
        found, to = np.append(np.where(is_first, self.by, WAITING), WAITING), np.append(self.next_of, m)
        while (to != m).any():
            found, to = np.maximum(found, found[to]), to[to]
        return np.where((self.losses != 0).any(axis=1), found[:-1], WAITING).astype(np.int64)

    def effect(self, supporter: int) -> KnockOn:
        """Say what becomes of a supporter's way, given and said in the caller's rows."""
        row = self.residual.supporter_row(supporter)
        if not self.losses[row].any():
            return NOTHING_CHANGES
        problem, steps, node = self.residual.problem, [], row
        while node != self.residual.shape[1]:
            if self.by[node] != NOBODY:
                steps.append(self.residual.step_of(int(self.by[node]), int(self.onto[node])))
            node = int(self.next_of[node])
        seekers, supporters = problem.seeker_order, np.append(problem.supporter_order, WAITING)
        moves = tuple(
            Step(int(seekers[step.seeker]), int(supporters[step.before]), int(supporters[step.after]))
            for step in (reversed(steps) if self.is_forward else steps)
        )
        matched, score, kept = self.counts[row].tolist()
        return KnockOn(matched, score, kept, moves, tuple(self.losses[row].tolist()))


def _step_counts(residual: Residual, by: Indices, onto: Indices) -> Ints:
    """Count what each row's own step changes: people matched, score, open proposals kept; (m, 3)."""
    m = residual.shape[1]
    previous, held = residual.worth.previous, residual.arrays.supporter_of
    counts = np.zeros((m, 3), dtype=np.int64)
    moving = np.flatnonzero(by != NOBODY)
    seekers, to = by[moving], onto[moving]
    is_going, is_coming = to == m, held[seekers] == WAITING
    counts[moving, 0] = is_coming.astype(np.int64) - is_going
    counts[moving, 1] = _scores(residual, seekers, to) - residual.score_of[seekers]
    was_kept = (held[seekers] == previous[seekers]) & ~is_coming
    counts[moving, 2] = (~is_going & (to == previous[seekers])).astype(np.int64) - was_kept
    return counts


def _scores(residual: Residual, seekers: NDArray[np.integer[Any]], to: NDArray[np.integer[Any]]) -> Ints:
    problem, m = residual.problem, residual.shape[1]
    entries = [residual.pair(i, j) if j != m else None for i, j in zip(seekers.tolist(), to.tolist(), strict=True)]
    scores = (0 if entry is None else int(problem.scores[entry]) for entry in entries)
    return np.fromiter(scores, dtype=np.int64, count=seekers.size)


def _summed(counts: Ints, next_of: Indices) -> Ints:
    """Add up each row's counts along its pointers, by doubling how far they point."""
    m = next_of.size
    total, to = np.vstack((counts, np.zeros((1, 3), dtype=np.int64))), np.append(next_of, m).astype(np.int64)
    while (to != m).any():
        total, to = total + total[to], to[to]
    return total[:-1]
