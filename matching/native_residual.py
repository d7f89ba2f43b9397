"""Compiled shortest paths in the residual graph of a best matching: the loops of `residual.py`.

Nodes are the supporters and, as node m, waiting: where places are free and seekers without a supporter are. A step
from a to b is a seeker who leaves a for b, or, with nobody, a place that is taken (to node m) or given up (from it).
With the prices of a certificate no step costs less than nothing, so Dijkstra's method finds what a change costs. Costs
are two words, compared from left to right (`worth.py`). `a` is `residual.Arrays`. Never here: what a path means.
"""
# ruff: noqa: PLR0912, PLR0913, PLR0915, PLR0917, C901 - inner loops in one piece: a call per arc would cost more

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matching.solvers.native.words import ALL, Array, sift_up, take_first, tie_of

START, NOBODY, NO_END = -2, -1, -1


@njit(nogil=True, cache=True)
def _offer(q: Any, hi: Any, lo: Any, node: int, via: int, by: int) -> None:
    """Lower a node's distance, and let it rise in the heap; q is (hi, lo, via, by, heap, place_of, size, closed)."""
    if q[7][node]:
        return
    if hi > q[0][node] or (hi == q[0][node] and lo >= q[1][node]):
        return
    is_new = q[0][node] == ALL
    q[0][node], q[1][node], q[2][node], q[3][node] = hi, lo, via, by
    if is_new:
        q[4][q[6][0]] = node
        q[6][0] += 1
        sift_up(q[4], q[5], q[0], q[1], q[6][0] - 1)
    else:
        sift_up(q[4], q[5], q[0], q[1], q[5][node])


@njit(nogil=True, cache=True)
def _leave(
    a: Any, q: Any, seeker: int, at_hi: Any, at_lo: Any, node: int, target: int, banned: int, less: Any, within: Any
) -> None:
    """Offer every node a seeker may leave a node for; their pairs are worth `less` than they were.

    What is farther than the target is known to be cannot be on the way there.
    """
    most = q[0][target]
    if within != NO_END:
        most = min(most, within)
    from_hi, from_lo = at_hi + a.surplus_hi[seeker], at_lo + a.surplus_lo[seeker]
    m = len(a.price_hi)
    if node != m:
        _offer(q, from_hi, from_lo, m, node, seeker)
    key = a.seeker_keys[seeker]
    for arc in range(a.starts[seeker], a.starts[seeker + 1]):
        supporter = a.supporters[arc]
        if supporter == banned or supporter == node:  # noqa: PLR1714, SIM109 - quicker compiled than a tuple
            continue
        hi = from_hi - (a.words[arc] - less) + a.price_hi[supporter]
        if hi > most:
            if within == NO_END:
                continue
            # The pairs of each seeker come in the order in which they fall short.
            break
        if hi > q[0][supporter] or q[7][supporter]:
            continue
        lo = from_lo - tie_of(key, a.turned_keys[supporter]) + a.price_lo[supporter]
        _offer(q, hi, lo, supporter, node, seeker)


@njit(nogil=True, cache=True)
def _queue(nodes: int) -> Any:
    return (
        np.full(nodes, ALL, np.int64),
        np.zeros(nodes, np.int64),
        np.full(nodes, NOBODY, np.int32),
        np.full(nodes, NOBODY, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
        np.zeros(1, np.int64),
        np.zeros(nodes, np.bool_),
    )


@njit(nogil=True, cache=True)
def shortest(a: Any, start: int, seeker: int, target: int, banned: int, less: Any, within: Any) -> Any:
    """Find the cheapest way to a node, from a node or (start = -1) from a seeker who leaves theirs.

    A seeker at the start may not go to `banned`, and their pairs are worth `less` than they were; -1 and 0 otherwise.
    `within` other than -1: the pairs of each seeker come in the order in which they fall short of the prices, and a way
    that costs more than that is not looked for.
    Gives (hi, lo, via, by): the distance, and of each node on the way the one before and who moved.
    """
    m = len(a.price_hi)
    q = _queue(m + 1)
    if start == NOBODY:
        # From no node at all, so that where they are may be where they go.
        _leave(a, q, seeker, np.int64(0), np.int64(0), START, target, banned, less, within)
    else:
        _offer(q, np.int64(0), np.int64(0), start, START, NOBODY)
    while q[6][0] > 0:
        node = take_first(q[4], q[5], q[0], q[1], q[6][0])
        q[6][0] -= 1
        q[7][node] = True
        if node == target:
            break
        at_hi, at_lo = q[0][node], q[1][node]
        if node == m:
            for supporter in range(m):
                if a.used[supporter] > 0:
                    _offer(q, at_hi + a.price_hi[supporter], at_lo + a.price_lo[supporter], supporter, m, NOBODY)
            for other in a.waiting:
                if other != seeker:
                    _leave(a, q, other, at_hi, at_lo, m, target, NOBODY, np.int64(0), within)
        else:
            if a.used[node] < a.places[node]:
                _offer(q, at_hi, at_lo, m, node, NOBODY)
            for slot in range(a.slot_starts[node], a.slot_starts[node] + a.used[node]):
                if a.slots[slot] != seeker:
                    _leave(a, q, a.slots[slot], at_hi, at_lo, node, target, NOBODY, np.int64(0), within)
    return q[0][target], q[1][target], q[2], q[3]


@njit(nogil=True, cache=True)
def toward_waiting(a: Any, column_starts: Array, column_arcs: Array, seeker_of: Array) -> Any:
    """Find what it costs to empty one place of each supporter, by one search from node m backwards.

    `column_arcs` lists the arcs of each supporter, `seeker_of` whose each arc is. Gives (hi, lo, onto, by): of each
    supporter the distance, the node that follows and who moves there.
    """
    m = len(a.price_hi)
    q = _queue(m + 1)
    q[0][m], q[1][m], q[7][m] = 0, 0, True
    for node in range(m):
        if a.used[node] < a.places[node]:
            _offer(q, np.int64(0), np.int64(0), node, m, NOBODY)
        for slot in range(a.slot_starts[node], a.slot_starts[node] + a.used[node]):
            other = a.slots[slot]
            _offer(q, a.surplus_hi[other], a.surplus_lo[other], node, m, other)
    while q[6][0] > 0:
        node = take_first(q[4], q[5], q[0], q[1], q[6][0])
        q[6][0] -= 1
        q[7][node] = True
        at_hi, at_lo = q[0][node] + a.price_hi[node], q[1][node] + a.price_lo[node]
        for at in range(column_starts[node], column_starts[node + 1]):
            arc = column_arcs[at]
            other = seeker_of[arc]
            held = a.supporter_of[other]
            if held < 0 or held == node or q[7][held]:
                continue
            hi = at_hi + a.surplus_hi[other] - a.words[arc]
            if hi > q[0][held]:
                continue
            lo = at_lo + a.surplus_lo[other] - tie_of(a.seeker_keys[other], a.turned_keys[node])
            _offer(q, hi, lo, held, node, other)
    return q[0][:m], q[1][:m], q[2][:m], q[3][:m]


@njit(nogil=True, cache=True)
def tight_tree(a: Any) -> Any:
    """Grow a tree of steps that cost nothing from node m: (is_reached, via, by) of every node.

    With the smallest prices every supporter who has one is in it, and the way to them is how one more place with them
    would be used.
    """
    n, m = len(a.supporter_of), len(a.price_hi)
    is_reached = np.zeros(m + 1, np.bool_)
    via, by = np.full(m + 1, NOBODY, np.int32), np.full(m + 1, NOBODY, np.int32)
    nodes, people = np.empty(m + 1, np.int32), np.empty(n, np.int32)
    is_reached[m], via[m] = True, START
    count, done = 0, 0
    size = len(a.waiting)
    people[:size] = a.waiting
    for supporter in range(m):
        if a.price_hi[supporter] == 0 and a.price_lo[supporter] == 0:
            is_reached[supporter] = True
            via[supporter] = m
            nodes[count] = supporter
            count += 1
    at = 0
    while at < size or done < count:
        if at == size:
            node = nodes[done]
            done += 1
            for slot in range(a.slot_starts[node], a.slot_starts[node] + a.used[node]):
                people[size] = a.slots[slot]
                size += 1
            continue
        seeker = people[at]
        at += 1
        key, held = a.seeker_keys[seeker], a.supporter_of[seeker]
        for arc in range(a.starts[seeker], a.starts[seeker + 1]):
            supporter = a.supporters[arc]
            if is_reached[supporter] or a.surplus_hi[seeker] + a.price_hi[supporter] != a.words[arc]:
                continue
            if a.surplus_lo[seeker] + a.price_lo[supporter] != tie_of(key, a.turned_keys[supporter]):
                continue
            is_reached[supporter] = True
            via[supporter], by[supporter] = held if held >= 0 else m, seeker
            nodes[count] = supporter
            count += 1
    return is_reached, via, by
