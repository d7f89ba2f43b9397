"""The warm engine: a best matching and its smallest prices, kept so through one change at a time.

After each change, pairs and published prices are those of a solve from scratch of all who are then present. A change is
checked before anything happens. What follows a change is in `upkeep.py`; a further kind of change goes here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.errors import ScoreError
from matching.objective import DIGITS
from matching.problem import WAITING
from matching.solvers.loops import loops
from matching.warm.arrays import grown
from matching.warm.packing import Terms
from matching.warm.standing import Standing
from matching.warm.upkeep import LivePairs, Upkeep

KEY_LIMIT = 2**64


class WarmEngine:
    """A matching of members at positions, best at all times.

    Positions are those of `pairs`, which must know of a change before the engine is told. Where a member is both seeker
    and supporter, both are added.

    """

    def __init__(self, upkeep: Upkeep, standing: Standing) -> None:
        self._upkeep = upkeep
        self._standing = standing

    @classmethod
    def empty(cls, pairs: LivePairs, terms: Terms) -> WarmEngine:
        """Begin with nobody; `beginning.begin_from` begins with a solved run. Raises ScoreError for "stable"."""
        upkeep = Upkeep(pairs, terms)
        return cls(upkeep, Standing(upkeep))

    @property
    def supporter_of(self) -> Ints:
        """Supporter of each seeker position, -1 where nobody is or they wait; a copy."""
        return self._upkeep.field.supporter_of.astype(np.int64)

    def make_room(self, n: int, m: int) -> None:
        """Make room for positions below n and m."""
        upkeep, field = self._upkeep, self._upkeep.field
        n, m = max(n, field.base.size), max(m, field.anchor.size)
        if (n, m) == (field.base.size, field.anchor.size):
            return
        upkeep.field = field.with_sides(n, m)
        upkeep.rows, upkeep.columns = upkeep.rows.with_members(n), upkeep.columns.with_members(m)
        upkeep.is_seeker, upkeep.is_supporter = grown(upkeep.is_seeker, n), grown(upkeep.is_supporter, m)
        self._standing.widen(n)

    @property
    def upkeep(self) -> Upkeep:
        """The arrays below, for `beginning.py` and `checking.py`."""
        return self._upkeep

    def supporter_price(self) -> Ints:
        """Publish the price of every supporter position in the digits of the objective; (m, DIGITS)."""
        return self._prices(np.arange(self._upkeep.field.anchor.size))

    def seeker_surplus(self) -> Ints:
        """Publish the surplus of every seeker position in the digits of the objective; (n, DIGITS)."""
        return self._surpluses(np.arange(self._upkeep.field.base.size))

    def _prices(self, supporters: Ints) -> Ints:
        field = self._upkeep.field
        digits = self._upkeep.packing.digits(field.price_hi[supporters], field.price_lo[supporters])
        digits[:, 0] = self._standing.ranks_of(digits[:, 0])
        return digits

    def _surpluses(self, seekers: Ints) -> Ints:
        field, packing = self._upkeep.field, self._upkeep.packing
        digits = packing.digits(field.surplus_hi[seekers], field.surplus_lo[seekers])
        if self._standing.has_ranks:
            code = field.base[seekers] // packing.unit
            # A surplus counts the ranks between a seeker's own and the price of what they hold.
            digits[:, 0] = self._standing.ranks_of(code) - self._standing.ranks_of(code - digits[:, 0])
        return digits

    def supporter_at(self, seeker: int) -> int:
        """Give the supporter of one seeker position, -1 where nobody is or they wait."""
        return int(self._upkeep.field.supporter_of[seeker])

    def seekers_at(self, supporter: int) -> list[int]:
        """Give the seekers in the places of one supporter position, in no order."""
        field = self._upkeep.field
        begin = int(field.slot_start[supporter])
        held: list[int] = field.slots[begin : begin + int(field.used[supporter])].tolist()
        return held

    def has_supporter(self, supporter: int) -> bool:
        """Tell whether somebody is at a supporter position."""
        is_supporter = self._upkeep.is_supporter
        return supporter < is_supporter.size and bool(is_supporter[supporter])

    def price_at(self, supporter: int) -> tuple[int, ...]:
        """Publish the price of one supporter position."""
        return tuple(self._prices(np.array([supporter]))[0].tolist())

    def surplus_at(self, seeker: int) -> tuple[int, ...]:
        """Publish the surplus of one seeker position."""
        return tuple(self._surpluses(np.array([seeker]))[0].tolist())

    def value(self) -> tuple[int, ...]:
        """Give what the matching is worth, in the digits of the objective: Σ surplus + Σ places × price."""
        surplus, price = self.seeker_surplus().T.tolist(), self.supporter_price().T.tolist()
        places = self._upkeep.field.places.tolist()
        return tuple(sum(surplus[digit]) + sum(map(int.__mul__, places, price[digit])) for digit in range(DIGITS))

    def add_seeker(self, seeker: int, *, key: int, priority: int = 1, previous: int = WAITING) -> None:
        """Let a seeker come; `previous` is the position of a present supporter, or -1. Raises ScoreError."""
        self._check_new(seeker, self._upkeep.is_seeker, "seeker", key)
        self._check_terms(priority, previous)
        if seeker >= self._upkeep.is_seeker.size:
            self.make_room(2 * seeker + 2, 0)
        upkeep = self._upkeep
        pairs = upkeep.read_row(seeker)
        upkeep.field.seeker_keys[seeker] = key
        upkeep.is_seeker[seeker] = True
        self._standing.set(seeker, priority, previous, pairs[0])
        upkeep.replace_row(seeker, pairs[0], upkeep.gains_of_row(seeker, pairs))
        upkeep.mend()

    def remove_seeker(self, seeker: int) -> None:
        """Let a seeker go. Raises ScoreError."""
        self._check_present(seeker, self._upkeep.is_seeker, "seeker")
        upkeep = self._upkeep
        loops().evict(upkeep.rows, upkeep.field, np.array([seeker]))
        loops().unlink(upkeep.rows, upkeep.columns, seeker)
        upkeep.is_seeker[seeker] = False
        self._standing.forget(seeker)
        upkeep.field.surplus_hi[seeker], upkeep.field.surplus_lo[seeker], upkeep.field.base[seeker] = 0, 0, 0
        upkeep.field.bound_hi[seeker], upkeep.field.bound_lo[seeker] = 0, 0
        upkeep.mend()

    def edit_seeker(self, seeker: int, *, priority: int | None = None, previous: int | None = None) -> None:
        """Look anew at a seeker whose pairs, priority or earlier pair changed; None keeps it. Raises ScoreError."""
        self._check_present(seeker, self._upkeep.is_seeker, "seeker")
        priority = int(self._standing.priority[seeker]) if priority is None else priority
        previous = int(self._standing.earlier[seeker]) if previous is None else previous
        self._check_terms(priority, previous)
        upkeep = self._upkeep
        pairs = upkeep.read_row(seeker)
        self._standing.discount(seeker)
        self._standing.set(seeker, priority, previous, pairs[0])
        upkeep.replace_row(seeker, pairs[0], upkeep.gains_of_row(seeker, pairs))
        upkeep.mend()

    def add_supporter(self, supporter: int, *, key: int, places: int = 1) -> None:
        """Let a supporter come, with places ≥ 0. Raises ScoreError."""
        self._check_new(supporter, self._upkeep.is_supporter, "supporter", key)
        _check_places(places)
        if supporter >= self._upkeep.is_supporter.size:
            self.make_room(0, 2 * supporter + 2)
        upkeep = self._upkeep
        pairs = upkeep.read_column(supporter)
        turned = ((key << 32) | (key >> 32)) % KEY_LIMIT
        upkeep.field.turned_keys[supporter] = turned
        upkeep.is_supporter[supporter] = True
        self._seat(supporter, places)
        self._link_new(supporter, pairs)
        upkeep.mend()

    def remove_supporter(self, supporter: int) -> None:
        """Let a supporter go, also out of every seeker's earlier pair. Raises ScoreError."""
        self._check_present(supporter, self._upkeep.is_supporter, "supporter")
        self._unlink(supporter)
        self._upkeep.is_supporter[supporter] = False
        self._seat(supporter, 0)
        had = np.flatnonzero(self._standing.earlier == supporter)
        self._standing.earlier[had] = self._upkeep.field.previous[had] = WAITING
        self._standing.rebase(had)
        self._upkeep.mend()

    def edit_supporter(self, supporter: int, *, places: int | None = None) -> None:
        """Look anew at a supporter whose pairs or places changed; None keeps the places. Raises ScoreError."""
        self._check_present(supporter, self._upkeep.is_supporter, "supporter")
        upkeep = self._upkeep
        places = int(upkeep.field.places[supporter]) if places is None else places
        _check_places(places)
        pairs = upkeep.read_column(supporter)
        self._unlink(supporter)
        had = np.flatnonzero(self._standing.earlier == supporter)
        upkeep.field.previous[had] = np.where(np.isin(had, pairs[0]), supporter, WAITING)
        self._standing.rebase(had)
        self._seat(supporter, places)
        self._link_new(supporter, pairs)
        upkeep.mend()

    def set_places(self, supporter: int, places: int) -> None:
        """Give a supporter more places or fewer, ≥ 0. Raises ScoreError."""
        self._check_present(supporter, self._upkeep.is_supporter, "supporter")
        _check_places(places)
        self._seat(supporter, places)
        self._upkeep.mend()

    def set_priority(self, seeker: int, priority: int) -> None:
        """Change who comes first, ≥ 1. Raises ScoreError."""
        self._check_present(seeker, self._upkeep.is_seeker, "seeker")
        self._check_terms(priority, WAITING)
        self._standing.discount(seeker)
        self._standing.count(seeker, priority)
        self._standing.rebase(np.array([seeker]))
        self._upkeep.mend()

    def _unlink(self, supporter: int) -> None:
        """Part a supporter from all seekers; price and floor of nothing."""
        upkeep, field = self._upkeep, self._upkeep.field
        gone = loops().vacate(field, supporter, 0)
        loops().unlink(upkeep.columns, upkeep.rows, supporter)
        field.price_hi[supporter], field.price_lo[supporter], field.anchor[supporter] = 0, 0, WAITING
        field.floor_hi[supporter], field.floor_lo[supporter] = 0, 0
        loops().refresh(upkeep.rows, field, gone)

    def _link_new(self, supporter: int, pairs: tuple[NDArray[np.int32], NDArray[np.int32]]) -> None:
        """Give a supporter without arcs the least price that nobody would rather pay, and arcs."""
        upkeep, field = self._upkeep, self._upkeep.field
        gains = upkeep.gains_of_column(supporter, pairs)
        hi, lo, anchor = loops().worth_of_column(field, supporter, pairs[0], gains)
        field.price_hi[supporter], field.price_lo[supporter], field.anchor[supporter] = hi, lo, anchor
        upkeep.join_column(supporter, pairs[0], gains)
        loops().note_freed(field, supporter)

    def _seat(self, supporter: int, places: int) -> None:
        """Set places; those who hold one too many are left without."""
        upkeep, field = self._upkeep, self._upkeep.field
        loops().vacate(field, supporter, places)
        if places > field.slot_room[supporter]:
            start, room = int((field.slot_start + field.slot_room).max(initial=0)), 2 * places
            if start + room > field.slots.size:
                field = upkeep.field = field.with_slots(2 * (start + room))
            held = int(field.used[supporter])
            begin = int(field.slot_start[supporter])
            field.slots[start : start + held] = field.slots[begin : begin + held]
            field.slot_start[supporter], field.slot_room[supporter] = start, room
        field.places[supporter] = places
        self._standing.make_room()
        loops().note_freed(field, supporter)

    def _check_new(self, position: int, is_used: NDArray[np.bool_], side: str, key: int) -> None:
        if position < 0 or (position < is_used.size and is_used[position]):
            raise ScoreError(
                f"cannot add a {side} at position {position} (allowed: 0 or more, where nobody is)", field="position"
            )
        if not 0 <= key < KEY_LIMIT:
            raise ScoreError("cannot use a key outside 0 … 2⁶⁴ − 1", field="keys")

    def _check_present(self, position: int, is_used: NDArray[np.bool_], side: str) -> None:
        if not (0 <= position < is_used.size and is_used[position]):
            raise ScoreError(f"cannot change the {side} at position {position}: nobody is there", field="position")

    def _check_terms(self, priority: int, previous: int) -> None:
        if priority < 1:
            raise ScoreError(f"cannot use {priority} as priority (allowed: 1 or more)", field="priority")
        if previous != WAITING:
            self._check_present(previous, self._upkeep.is_supporter, "supporter of the earlier pair")


def _check_places(places: int) -> None:
    if places < 0:
        raise ScoreError(f"cannot give {places} places (allowed: 0 or more)", field="capacity")
