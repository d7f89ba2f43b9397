"""Priority levels: who is matched when only priorities count, and the priority at which each supporter is scarce."""
# ruff: noqa: PLR0912, PLR0915, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

import numpy as np
from numba import njit

from matching.solvers.native.words import Array


@njit(nogil=True, cache=True)
def levels(starts: Array, supporters: Array, ranks: Array, order: Array, slot_starts: Array) -> Array:
    """Match as many seekers as can be, those of high rank first; give each supporter's level.

    Parameters
    ----------
    starts, supporters : arcs of each seeker, compressed; supporters int32.
    ranks : (n,) > 0. order : seekers, ranks falling.
    slot_starts : (m + 1,) where each supporter's places begin.

    Returns
    -------
    (m,) the rank of the first seeker who found no way to a free place through this supporter; 0 where none failed:
    the smallest price of a place when only ranks count.

    Notes
    -----
    Depth-first searches with lookahead in phases (Pothen & Fan, ACM TOMS 16, 1990), one group of equal rank after the
    other. What a failing search has seen is closed: no later search can leave it, so it is never entered again.
    """
    n, m = len(starts) - 1, len(slot_starts) - 1
    slots = np.empty(slot_starts[m], np.int32)
    used = np.zeros(m, np.int64)
    level = np.zeros(m, np.int64)
    seen = np.full(m, -1, np.int64)
    ahead = starts[:n].copy()
    path, arc, slot = np.empty(n + 1, np.int32), np.empty(n + 1, np.int64), np.empty(n + 1, np.int64)
    waiting = np.empty(n, np.int32)
    phase, first = 0, 0
    while first < n:
        rank, count = ranks[order[first]], 0
        while first < n and ranks[order[first]] == rank:
            waiting[count] = order[first]
            count += 1
            first += 1
        while count > 0:
            phase += 1
            left = 0
            for position in range(count):
                path[0], arc[0], slot[0] = waiting[position], starts[waiting[position]], -1
                depth, found = 0, -1
                while depth >= 0:
                    seeker = path[depth]
                    while ahead[seeker] < starts[seeker + 1]:
                        supporter = supporters[ahead[seeker]]
                        if used[supporter] < slot_starts[supporter + 1] - slot_starts[supporter]:
                            found = supporter
                            break
                        ahead[seeker] += 1
                    if found >= 0:
                        break
                    goes_on = False
                    while arc[depth] < starts[seeker + 1]:
                        supporter = supporters[arc[depth]]
                        if slot[depth] < 0:
                            if level[supporter] > 0 or seen[supporter] == phase:
                                arc[depth] += 1
                                continue
                            seen[supporter] = phase
                            slot[depth] = slot_starts[supporter]
                        if slot[depth] < slot_starts[supporter + 1]:
                            following = slots[slot[depth]]
                            depth += 1
                            path[depth], arc[depth], slot[depth] = following, starts[following], -1
                            goes_on = True
                            break
                        slot[depth] = -1
                        arc[depth] += 1
                    if not goes_on:
                        depth -= 1
                        if depth >= 0:
                            slot[depth] += 1
                if found < 0:
                    waiting[left] = waiting[position]
                    left += 1
                    continue
                slots[slot_starts[found] + used[found]] = path[depth]
                used[found] += 1
                for step in range(depth - 1, -1, -1):
                    slots[slot[step]] = path[step]
            if left == count:
                for supporter in range(m):
                    if seen[supporter] == phase:
                        level[supporter] = rank
                break
            count = left
    return level


@njit(nogil=True, cache=True)
def rare_first(starts: Array, turned_starts: Array, seekers: Array) -> Array:
    """Order each seeker's arcs by how many seekers reach their supporter, the fewest first; (arcs,) int32.

    Parameters
    ----------
    starts : where each seeker's arcs begin. turned_starts, seekers : the same arcs by supporter.

    Notes
    -----
    Whoever can take a place that few others reach leaves the sought-after ones free: searches stay short.
    """
    at = starts[:-1].copy()
    ordered = np.empty(len(seekers), np.int32)
    reach = turned_starts[1:] - turned_starts[:-1]
    for supporter in np.argsort(reach, kind="mergesort"):
        for arc in range(turned_starts[supporter], turned_starts[supporter + 1]):
            seeker = seekers[arc]
            ordered[at[seeker]] = supporter
            at[seeker] += 1
    return ordered
