"""What a warm market knows of each seeker beside their pairs: priority and earlier pair, and what they are worth.

Never here: pairs and prices themselves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.policy import Objective
from matching.problem import WAITING
from matching.solvers.loops import loops
from matching.warm.arrays import grown
from matching.warm.packing import Packing, PriorityCodes
from matching.warm.repacking import carry_over
from matching.warm.upkeep import Upkeep


class Standing:
    """Priorities and earlier pairs of a warm market's seekers.

    Attributes
    ----------
    priority : (n,) ≥ 1, 0 where nobody is. earlier : (n,) supporter of the earlier pair, feasible or not, or -1.
    codes : what stands for each value of priority in words.
    """

    def __init__(self, upkeep: Upkeep) -> None:
        n = upkeep.field.base.size
        self._upkeep = upkeep
        self.codes = PriorityCodes(max(upkeep.packing.most_code, 64))
        self._greatest = 0
        self.priority: Ints = np.zeros(n, dtype=np.int64)
        self.earlier: Ints = np.full(n, WAITING, dtype=np.int64)

    def begin(self, priority: Ints, earlier: Ints) -> Ints:
        """Begin with the priorities and earlier pairs of everybody; gives the code of each priority."""
        self.priority[:], self.earlier[:] = priority, earlier
        values, counts = np.unique(priority, return_counts=True)
        self.codes.begin(values.tolist(), counts.tolist(), self._upkeep.packing.most_code)
        self._greatest = self.codes.greatest
        codes: Ints = self.codes.codes()[np.searchsorted(values, priority)]
        return codes

    def widen(self, n: int) -> None:
        """Make room for positions below n."""
        first = self.priority.size
        self.priority, self.earlier = grown(self.priority, n), grown(self.earlier, n)
        self.earlier[first:] = WAITING

    def set(self, seeker: int, priority: int, previous: int, supporters: NDArray[np.int32]) -> None:
        """Set priority and earlier pair, which counts when it is among the feasible ones."""
        self.earlier[seeker] = previous
        self._upkeep.field.previous[seeker] = previous if previous in supporters else WAITING
        self.count(seeker, priority)
        self.rebase(np.array([seeker]))

    def forget(self, seeker: int) -> None:
        """Forget a seeker who goes."""
        self.discount(seeker)
        self.priority[seeker] = 0
        self.earlier[seeker] = self._upkeep.field.previous[seeker] = WAITING
        self.rebase(np.empty(0, dtype=np.int64))

    def count(self, seeker: int, priority: int) -> None:
        """Set a priority, with a code for its value."""
        self.priority[seeker] = priority
        while self.has_ranks and not self.codes.add(priority):
            carry_over(self._upkeep, self.codes, self._room(more=1))

    def discount(self, seeker: int) -> None:
        """Count a seeker's priority no longer among those present."""
        if self.has_ranks:
            self.codes.discard(int(self.priority[seeker]))

    @property
    def has_ranks(self) -> bool:
        """Tell whether the first digit is a rank of priority."""
        return self._upkeep.terms.objective is Objective.COVERAGE

    def _room(self, *, more: int = 0) -> Packing:
        upkeep = self._upkeep
        kept = int((upkeep.field.previous != WAITING).sum())
        return Packing.for_room(upkeep.terms, kept, self._pairs(), len(self.codes.values) + more)

    def _pairs(self) -> int:
        return min(int(self._upkeep.is_seeker.sum()), int(self._upkeep.field.places.sum()))

    def rebase(self, seekers: Ints) -> None:
        """Set what pairs of seekers are worth before their score; also of others, should the greatest priority differ.

        Those are whoever had the greatest before, and whoever has it now.
        """
        self.make_room()
        if self.has_ranks and self.codes.greatest != self._greatest:
            changed = np.isin(self.priority, (self._greatest, self.codes.greatest)) & self._upkeep.is_seeker
            seekers = np.union1d(seekers, np.flatnonzero(changed))
            self._greatest = self.codes.greatest
        self._move(seekers)

    def _move(self, seekers: Ints) -> None:
        upkeep, field = self._upkeep, self._upkeep.field
        codes = np.zeros(seekers.size, dtype=np.int64)
        if self.has_ranks:
            codes[:] = [self.codes.code_of(value) for value in self.priority[seekers].tolist()]
            codes[field.previous[seekers] != WAITING] = self.codes.most
        change = upkeep.packing.base_of(codes) - field.base[seekers]
        field.base[seekers] += change
        field.bound_hi[seekers] += change
        loops().refresh(upkeep.rows, field, seekers[change != 0])

    def make_room(self) -> None:
        """Pack words anew where earlier pairs, or all pairs, have become more than there is room for."""
        packing = self._upkeep.packing
        kept = int(np.count_nonzero(self._upkeep.field.previous != WAITING))
        if kept > packing.most_kept or self._pairs() > packing.most_pairs:
            carry_over(self._upkeep, self.codes, self._room())

    def ranks_of(self, codes: Ints) -> Ints:
        """Give the first digit to be published for one of this packing."""
        return self.codes.ranks_of(codes) if self.has_ranks else codes
