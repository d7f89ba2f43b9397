"""The arrays of a warm market, as compiled loops take them: arcs of both sides, and everything else.

Positions stay while a member stays; arrays have room for more. What always holds between their parts is said in
`solvers/native/local.py`. Never here: what changes them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.problem import WAITING, Keys

Indices = NDArray[np.int32]
Flags = NDArray[np.bool_]

_SMALLEST_POOL = 64


class Arcs(NamedTuple):
    """The arcs of every member of one side, in segments of a pool with room to grow.

    Attributes
    ----------
    start, size, room : (members,) where a member's segment begins, how much of it counts, how much it may hold.
    to, gain : (pool,) int32 the other end, int64 the pair's first word less its seeker's base.
    end : (1,) from where on the pool is free.
    """

    start: Ints
    size: Ints
    room: Ints
    to: Indices
    gain: Ints
    end: Ints

    @classmethod
    def empty(cls, members: int) -> Arcs:
        """Give arcs of members who have none."""
        start, size, room = (np.zeros(members, dtype=np.int64) for _ in range(3))
        to, gain = np.zeros(_SMALLEST_POOL, dtype=np.int32), np.zeros(_SMALLEST_POOL, dtype=np.int64)
        return cls(start, size, room, to, gain, np.zeros(1, dtype=np.int64))

    def with_members(self, members: int) -> Arcs:
        """Give the same arcs with positions for so many members."""
        return self._replace(**{name: grown(getattr(self, name), members) for name in ("start", "size", "room")})


class Field(NamedTuple):
    """All of a warm market but its arcs: n positions of seekers, m of supporters.

    Attributes
    ----------
    seeker_keys, turned_keys : uint64; a supporter's key is turned by 32 bits.
    base : (n,) what a seeker's pairs are worth before their score. previous : (n,) a feasible earlier pair, or -1.
    supporter_of : (n,) int32, -1 = waiting or nobody. surplus_hi, surplus_lo : (n,). price_hi, price_lo : (m,).
    bound_hi, bound_lo : (n,) no pair outside the arcs is worth more than this and its supporter's floor together.
    floor_hi, floor_lo : (m,) at most the price; once the price is below, the pairs of the supporter are looked at.
    anchor : (m,) int32, see `local.py`.
    slot_start, slot_room, places, used : (m,) of `slots`, int32: the seekers in each supporter's places.
    fallen_rows, is_fallen_row : (n,) int32, bool: seekers whose surplus may have fallen, noted once. fallen_columns,
        is_fallen_column; lost, is_lost; freed, is_freed : (m,) supporters whose price has fallen, whose anchor is lost,
        who have lost a seeker. counts : (4,) how many notes there are of each.
    """

    seeker_keys: Keys
    turned_keys: Keys
    base: Ints
    previous: Ints
    supporter_of: Indices
    surplus_hi: Ints
    surplus_lo: Ints
    bound_hi: Ints
    bound_lo: Ints
    price_hi: Ints
    price_lo: Ints
    floor_hi: Ints
    floor_lo: Ints
    anchor: Indices
    slot_start: Ints
    slot_room: Ints
    places: Ints
    used: Ints
    slots: Indices
    fallen_rows: Indices
    is_fallen_row: Flags
    fallen_columns: Indices
    is_fallen_column: Flags
    lost: Indices
    is_lost: Flags
    freed: Indices
    is_freed: Flags
    counts: Ints

    @classmethod
    def empty(cls, n: int, m: int) -> Field:
        """Give positions where nobody is."""
        size_of = dict.fromkeys(_OF_SEEKERS, n) | dict.fromkeys(_OF_SUPPORTERS, m) | {"slots": m, "counts": 4}
        arrays: dict[str, Any] = {
            name: np.zeros(size_of[name], dtype=_TYPE_OF.get(name, np.int64)) for name in cls._fields
        }
        return cls(**arrays)._reset(0, 0)

    def with_sides(self, n: int, m: int) -> Field:
        """Give the same field with so many positions on either side."""
        sizes = dict.fromkeys(_OF_SEEKERS, n) | dict.fromkeys(_OF_SUPPORTERS, m)
        longer: dict[str, Any] = {name: grown(getattr(self, name), size) for name, size in sizes.items()}
        wider = self._replace(**longer)
        return wider._reset(self.supporter_of.size, self.anchor.size)

    def _reset(self, n: int, m: int) -> Field:
        self.supporter_of[n:] = WAITING
        self.previous[n:] = WAITING
        self.anchor[m:] = -1
        return self

    def with_slots(self, slots: int) -> Field:
        """Give the same field with room for so many places in all."""
        return self._replace(slots=grown(self.slots, slots))


_OF_SEEKERS = (
    "seeker_keys", "base", "previous", "supporter_of", "surplus_hi", "surplus_lo", "bound_hi", "bound_lo",
    "fallen_rows", "is_fallen_row",
)  # fmt: skip
_OF_SUPPORTERS = (
    "turned_keys", "price_hi", "price_lo", "floor_hi", "floor_lo", "anchor", "slot_start", "slot_room", "places",
    "used", "fallen_columns", "is_fallen_column", "lost", "is_lost", "freed", "is_freed",
)  # fmt: skip
_TYPE_OF = (
    dict.fromkeys(("seeker_keys", "turned_keys"), np.uint64)
    | dict.fromkeys(("supporter_of", "anchor", "slots", "fallen_rows", "fallen_columns", "lost", "freed"), np.int32)
    | dict.fromkeys(("is_fallen_row", "is_fallen_column", "is_lost", "is_freed"), np.bool_)
)


def grown(array: NDArray[Any], size: int) -> NDArray[Any]:
    """Copy an array into a longer one, zeros after it."""
    longer = np.zeros(size, dtype=array.dtype)
    longer[: array.size] = array
    return longer
