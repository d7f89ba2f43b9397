"""Arcs that come and go in both directions.

`mine`, `theirs` are `warm.arrays.Arcs`: the same arcs by either end. Never here: which pairs get an
arc (`choosing.py`).
"""

from __future__ import annotations

from typing import Any

from numba import njit

from matching.solvers.native.words import Array


@njit(nogil=True, cache=True)
def room_for(mine: Any, theirs: Any, member: int, others: Array) -> tuple[int, int]:
    """Say how much of each pool `link` may take; others are distinct."""
    own = 2 * (mine.size[member] + len(others)) + 4
    needed = 0
    for other in others:
        if theirs.size[other] == theirs.room[other]:
            needed += 2 * theirs.size[other] + 4
    return own, needed


@njit(nogil=True)
def _move(arcs: Any, member: int, room: int) -> None:
    begin, end = arcs.start[member], arcs.end[0]
    for at in range(arcs.size[member]):
        arcs.to[end + at], arcs.gain[end + at] = arcs.to[begin + at], arcs.gain[begin + at]
    arcs.start[member], arcs.room[member] = end, room
    arcs.end[0] += room


@njit(nogil=True, cache=True)
def link(mine: Any, theirs: Any, member: int, others: Array, gains: Array) -> None:
    """Add arcs of a member, none of them there yet; there is room for them in both pools."""
    if mine.size[member] + len(others) > mine.room[member]:
        _move(mine, member, 2 * (mine.size[member] + len(others)) + 4)
    for count in range(len(others)):
        other = others[count]
        at = mine.start[member] + mine.size[member]
        mine.to[at], mine.gain[at] = other, gains[count]
        mine.size[member] += 1
        if theirs.size[other] == theirs.room[other]:
            _move(theirs, other, 2 * theirs.size[other] + 4)
        at = theirs.start[other] + theirs.size[other]
        theirs.to[at], theirs.gain[at] = member, gains[count]
        theirs.size[other] += 1


@njit(nogil=True, cache=True)
def link_many(  # noqa: PLR0913, PLR0917 - arrays in, as compiled code takes them
    mine: Any, theirs: Any, members: Array, counts: Array, others: Array, gains: Array, first: int
) -> int:
    """Add arcs as `link` does, `counts` of them a member, from member number `first` on; gives whose find no room."""
    begin = counts[:first].sum()
    for number in range(first, len(members)):
        end = begin + counts[number]
        own, needed = room_for(mine, theirs, members[number], others[begin:end])
        if mine.end[0] + own > len(mine.to) or theirs.end[0] + needed > len(theirs.to):
            return number
        link(mine, theirs, members[number], others[begin:end], gains[begin:end])
        begin = end
    return len(members)


@njit(nogil=True, cache=True)
def unlink(mine: Any, theirs: Any, member: int) -> None:
    """Drop all arcs of a member."""
    for arc in range(mine.start[member], mine.start[member] + mine.size[member]):
        other = mine.to[arc]
        at, last = theirs.start[other], theirs.start[other] + theirs.size[other] - 1
        while theirs.to[at] != member:
            at += 1
        theirs.to[at], theirs.gain[at] = theirs.to[last], theirs.gain[last]
        theirs.size[other] -= 1
    mine.size[member] = 0


@njit(nogil=True, cache=True)
def packed_arcs(arcs: Any, start: Array, room: Array, to: Array, gain: Array) -> int:
    """Copy arcs into a new pool, each segment with a quarter of spare room; gives where the pool is free."""
    end = 0
    for member in range(len(arcs.start)):
        begin, size = arcs.start[member], arcs.size[member]
        start[member] = end
        for at in range(size):
            to[end + at], gain[end + at] = arcs.to[begin + at], arcs.gain[begin + at]
        room[member] = size + size // 4 if size > 0 else 0
        end += room[member]
    return end
