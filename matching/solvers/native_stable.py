"""Compiled deferred acceptance, and the count of pairs who would rather have each other: the loops of `stable.py`.

It is never imported under this name: `stable.py` has `code_cache` keep a copy named by a digest of this text, so it may
call nothing of ours, and the tie value of `keys.py` is written out once more (a test holds the two together). Scores,
starts and ties are int64, supporters int32. Never here: which pairs are feasible, anything about who asks.
"""
# ruff: noqa: PLR0913, PLR0917 - arrays in, arrays out: compiled code has no objects to carry them

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Ints = Any
"""(rows,) int64 array; int32 where said so."""
Keys = Any
"""(rows,) uint64 array."""

FIRST = np.uint64(0x9E3779B97F4A7C15)
SECOND = np.uint64(0xBF58476D1CE4E5B9)
THIRD = np.uint64(0x94D049BB133111EB)


@njit(nogil=True, cache=True)
def _tie_of(seeker_key: np.uint64, supporter_key: np.uint64) -> np.int64:
    """The tie value of `keys.ties_of`."""
    turned = (supporter_key << np.uint64(32)) | (supporter_key >> np.uint64(32))
    z = (seeker_key ^ turned) + FIRST
    z = (z ^ (z >> np.uint64(30))) * SECOND
    z = (z ^ (z >> np.uint64(27))) * THIRD
    return np.int64((z ^ (z >> np.uint64(31))) >> np.uint64(24))


@njit(nogil=True, cache=True)
def fill_ties(starts: Ints, supporters: Ints, seeker_keys: Keys, supporter_keys: Keys, ties: Ints) -> None:
    """Write the tie value of every pair of compressed rows."""
    for seeker in range(len(starts) - 1):
        key = seeker_keys[seeker]
        for pair in range(starts[seeker], starts[seeker + 1]):
            ties[pair] = _tie_of(key, supporter_keys[supporters[pair]])


@njit(nogil=True, cache=True)
def _is_better(scores: Ints, ties: Ints, places: Ints, one: int, other: int) -> bool:
    """Compare two pairs by score, then tie, then position: the lower one of `places` is better."""
    if scores[one] != scores[other]:
        return bool(scores[one] > scores[other])
    if ties[one] != ties[other]:
        return bool(ties[one] > ties[other])
    return bool(places[one] < places[other])


@njit(nogil=True, cache=True)
def _sink_wish(wishes: Ints, begin: int, size: int, at: int, scores: Ints, ties: Ints, supporters: Ints) -> None:
    """Let the wish at a place of a row's heap (the best pair on top) sink to where it belongs."""
    wish = wishes[begin + at]
    below = 2 * at + 1
    while below < size:
        if below + 1 < size and _is_better(
            scores, ties, supporters, begin + wishes[begin + below + 1], begin + wishes[begin + below]
        ):
            below += 1
        if not _is_better(scores, ties, supporters, begin + wishes[begin + below], begin + wish):
            break
        wishes[begin + at] = wishes[begin + below]
        at, below = below, 2 * below + 1
    wishes[begin + at] = wish


@njit(nogil=True, cache=True)
def _next_wish(seeker: int, starts: Ints, supporters: Ints, scores: Ints, ties: Ints, wishes: Ints, left: Ints) -> int:
    """Take the best pair that the seeker has not proposed yet; -1 when there is none.

    A row becomes a heap when its seeker proposes for the first time: few rows are ever gone through to the end.
    """
    begin, end = starts[seeker], starts[seeker + 1]
    if left[seeker] < 0:
        left[seeker] = end - begin
        for at in range(end - begin):
            wishes[begin + at] = at
        for at in range((end - begin) // 2 - 1, -1, -1):
            _sink_wish(wishes, begin, end - begin, at, scores, ties, supporters)
    if left[seeker] == 0:
        return -1
    left[seeker] -= 1
    best = begin + wishes[begin]
    wishes[begin] = wishes[begin + left[seeker]]
    _sink_wish(wishes, begin, left[seeker], 0, scores, ties, supporters)
    return int(best)


@njit(nogil=True, cache=True)
def _hold(held: Ints, begin: int, size: int, pair: int, scores: Ints, ties: Ints, seekers: Ints) -> None:
    """Add a pair to a supporter's heap (the least pair on top) of that size before."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if not _is_better(scores, ties, seekers, held[begin + above], pair):
            break
        held[begin + at] = held[begin + above]
        at = above
    held[begin + at] = pair


@njit(nogil=True, cache=True)
def _exchange(held: Ints, begin: int, size: int, pair: int, scores: Ints, ties: Ints, seekers: Ints) -> None:
    """Put a pair in place of the least one of a supporter's heap."""
    at, below = 0, 1
    while below < size:
        if below + 1 < size and _is_better(scores, ties, seekers, held[begin + below], held[begin + below + 1]):
            below += 1
        if not _is_better(scores, ties, seekers, pair, held[begin + below]):
            break
        held[begin + at] = held[begin + below]
        at, below = below, 2 * below + 1
    held[begin + at] = pair


@njit(nogil=True, cache=True)
def propose(
    starts: Ints,
    supporters: Ints,
    scores: Ints,
    ties: Ints,
    seekers: Ints,
    slot_starts: Ints,
    first: int,
    end: int,
    wishes: Ints,
    left: Ints,
    held: Ints,
    used: Ints,
) -> None:
    """Let the seekers of a range propose, and whoever loses a place to them, until all of them hold or have no wish.

    Parameters
    ----------
    starts, supporters (int32), scores, ties : the pairs of each seeker, compressed. seekers : (pairs,) int32.
    slot_starts : (m + 1,) where each supporter's places begin in `held`; places nobody could ask for are left out.
    first, end : the seekers who propose now; those before have.
    wishes : (pairs,) int32; each row a heap of positions in it. left : (n,) wishes left, -1 before the first.
    held : pairs in each supporter's places, a heap each; the first `used` of them taken.
    """
    for newcomer in range(first, end):
        seeker = newcomer
        while True:
            pair = _next_wish(seeker, starts, supporters, scores, ties, wishes, left)
            if pair < 0:
                break
            supporter = supporters[pair]
            begin = slot_starts[supporter]
            places = slot_starts[supporter + 1] - begin
            if used[supporter] < places:
                _hold(held, begin, used[supporter], pair, scores, ties, seekers)
                used[supporter] += 1
                break
            if places > 0 and _is_better(scores, ties, seekers, pair, held[begin]):
                seeker = seekers[held[begin]]
                _exchange(held, begin, places, pair, scores, ties, seekers)


@njit(nogil=True, cache=True)
def find_blocking(
    rows: Ints,
    lengths: Ints,
    supporters: Ints,
    scores: Ints,
    seeker_score: Ints,
    seeker_tie: Ints,
    supporter_score: Ints,
    supporter_tie: Ints,
    seeker_keys: Keys,
    supporter_keys: Keys,
    found: Ints,
) -> int:
    """Count the pairs of a block that are strictly better for both sides than `stability.Thresholds` say.

    Parameters
    ----------
    rows, lengths : the seekers of the block, and how many pairs each has.
    supporters (int32), scores (int32 or int64) : their pairs, one row after the other.
    seeker_score … supporter_tie : the thresholds. seeker_keys, supporter_keys : of everybody.
    found : int64; filled with the positions of the first pairs found, as far as it goes.
    """
    count, end = 0, 0
    for row in range(len(rows)):
        seeker = rows[row]
        least, least_tie, key = seeker_score[seeker], seeker_tie[seeker], seeker_keys[seeker]
        begin, end = end, end + lengths[row]
        for pair in range(begin, end):
            score = scores[pair]
            if score < least:
                continue
            supporter = supporters[pair]
            bar = supporter_score[supporter]
            if score < bar:
                continue
            if score <= least or score <= bar:
                tie = _tie_of(key, supporter_keys[supporter])
                if (score == least and tie <= least_tie) or (score == bar and tie <= supporter_tie[supporter]):
                    continue
            if count < len(found):
                found[count] = pair
            count += 1
    return count
