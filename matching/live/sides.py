"""Who is at which position: both sides of a live cohort, and whom a member is kept apart from.

A position stays a member's until they leave that side; the lowest free one is taken first. Never here: columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from matching.arrays import Flags
from matching.cohort import Cohort
from matching.kept_apart import Kept
from matching.profile import Apart
from matching.terms import Rows

LEAST_ROOM = 8
SPARE_SHARE = 16
"""One position in so many is spare to begin with."""

Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Positions:
    """Where a member takes part.

    Attributes
    ----------
    seeker, supporter : positions; None where they do not take part on that side.
    left_out : role → the reason why not, where they asked to be on that side (`eligibility.Reason`).
    """

    seeker: int | None
    supporter: int | None
    left_out: Mapping[str, str]


class LiveSide:
    """One side: who is at each position.

    Attributes
    ----------
    ids : the member at each position; None where it is free.
    position_of : the position of each member.
    is_taken : (room,) bool.
    keys : (room,) uint64; 0 where free.
    amounts : (room,) int64, priorities of seekers, places of supporters; 0 where free.
    """

    def __init__(self, ids: Sequence[str], keys: Keys, amounts: Rows) -> None:
        self.ids: list[str | None] = list(ids)
        self.position_of = {member_id: position for position, member_id in enumerate(ids)}
        self.is_taken: Flags = np.ones(len(keys), dtype=np.bool_)
        self.keys = keys
        self.amounts = amounts
        self._free: list[int] = []
        self.grow(len(keys) + max(len(keys) // SPARE_SHARE, LEAST_ROOM))

    @property
    def room(self) -> int:
        """Positions, free ones included."""
        return len(self.ids)

    @property
    def is_full(self) -> bool:
        """Whether no position is free."""
        return not self._free

    def grow(self, room: int) -> None:
        """Add free positions until there are so many."""
        more = room - self.room
        # Greater than all before them, so it is still a heap.
        self._free += range(self.room, room)
        self.ids += [None] * more
        self.is_taken = np.concatenate((self.is_taken, np.zeros(more, dtype=np.bool_)))
        self.keys = np.concatenate((self.keys, np.zeros(more, dtype=np.uint64)))
        self.amounts = np.concatenate((self.amounts, np.zeros(more, dtype=np.int64)))

    def take(self, member_id: str) -> int:
        """Give the lowest free position to a member."""
        position = self.position_of[member_id] = heappop(self._free)
        self.ids[position] = member_id
        self.is_taken[position] = True
        return position

    def write(self, position: int, key: int, amount: int) -> None:
        """Write the key, and the priority or places, of whom a position belongs to."""
        self.keys[position], self.amounts[position] = key, amount

    def leave(self, member_id: str) -> int:
        """Make the position of a member free, and tell which it was."""
        position = self.position_of.pop(member_id)
        self.ids[position] = None
        self.is_taken[position] = False
        self.keys[position] = self.amounts[position] = 0
        heappush(self._free, position)
        return position

    def are_taken(self, positions: Rows) -> Flags:
        """Tell of each number whether it is the position of somebody."""
        taken: Flags = (positions >= 0) & (positions < self.room)
        taken[taken] = self.is_taken[positions[taken]]
        return taken


class KeptApart:
    """Pairs of members who must not meet, in either role, present or not."""

    def __init__(self) -> None:
        self._others: defaultdict[str, defaultdict[str, set[Apart]]] = defaultdict(lambda: defaultdict(set))

    @classmethod
    def of(cls, cohort: Cohort, given: Kept) -> KeptApart:
        """Know whom a cohort keeps apart, and the pairs given, of whom one may not take part in it."""
        apart = cls()
        for (one, other), why in given.items():
            apart.add(one, other, why)
        for why in Apart:
            starts, listed = (np.asarray(getattr(cohort.columns, f"{why}_{part}")) for part in ("starts", "list"))
            seekers = np.repeat(np.arange(cohort.n), np.diff(starts))
            for i, j in zip(seekers.tolist(), listed.tolist(), strict=True):
                apart.add(cohort.seeker_ids[i], cohort.supporter_ids[j], why)
        return apart

    def add(self, one: str, other: str, why: Apart) -> None:
        """Keep two members apart."""
        for here, there in ((one, other), (other, one)):
            self._others[here][there].add(why)

    def remove(self, one: str, other: str, why: Apart) -> None:
        """Keep two members apart no longer, as far as that reason goes."""
        for here, there in ((one, other), (other, one)):
            self._others[here][there].discard(why)

    def others(self, member_id: str, why: Apart | None = None) -> Iterator[str]:
        """Give whom a member is kept apart from, for one reason or any."""
        others: Mapping[str, set[Apart]] = self._others.get(member_id, {})
        return (other for other, reasons in others.items() if (reasons if why is None else why in reasons))
