"""A rule that is declared as an overlap of two bitsets, answered for many supporters at once.

The supporters' bitset is turned: for each bit, the set of supporters who have it; whom a seeker may meet are then all
who have any of the seeker's bits. That the rule means this is its own declaration, so `judges.py` also asks the rule
itself, for supporters drawn for every seeker. Never here: what the bits stand for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.columns import Columns
from matching.declare import Overlap
from matching.entries import Ints

Words = NDArray[np.uint64]

MOST_BYTES = 1 << 28
"""Memory for turned bitsets: 256 MB."""

_CHUNK = 1 << 14


class Turned(NamedTuple):
    """Who has which bit; sets of supporters are in words of 64.

    Attributes
    ----------
    wanted : (n, w) uint64, each seeker's bits. block_of : (n,) int64, the block of rows that counts for a seeker.
    having : (blocks, 64 w, words) uint64: the supporters who have a bit.
    """

    wanted: Words
    block_of: Ints
    having: Words


def not_turned(n: int) -> Turned:
    """Give what stands for no overlap at all."""
    return Turned(np.empty((n, 0), np.uint64), np.zeros(n, np.int64), np.empty((0, 0, 0), np.uint64))


def turned(overlap: Overlap, columns: Columns, n: int, m: int) -> Turned | None:
    """Turn a declared overlap of n seekers and m supporters; None where it would take more than `MOST_BYTES`."""
    wanted: Any = getattr(columns, overlap.seeker)
    rows: Any = getattr(columns, overlap.supporter)
    block_of: Any = getattr(columns, overlap.block_of) if overlap.block_of else np.zeros(n, np.int64)
    blocks, bits, words = len(rows) // max(m, 1), 64 * rows.shape[1], -(-m // 64)
    if blocks * bits * words * 8 > MOST_BYTES:
        return None
    having = np.zeros((blocks, bits, words), dtype=np.uint64)
    for block in range(blocks):
        for first in range(0, m, _CHUNK):
            part = rows[block * m + first : block * m + min(first + _CHUNK, m)]
            having[block, :, first // 64 : -(-(first + len(part)) // 64)] = _turned(part)
    return Turned(wanted, block_of, having)


def _turned(rows: Words) -> Words:
    """Turn (k, w) words of 64 bits into (64 w, k / 64 rounded up)."""
    bits = np.unpackbits(rows.astype("<u8").view(np.uint8), axis=1, bitorder="little")
    padded = np.zeros((-(-len(rows) // 64) * 64, bits.shape[1]), dtype=np.uint8)
    padded[: len(rows)] = bits
    return np.packbits(np.ascontiguousarray(padded.T), axis=1, bitorder="little").view("<u8").astype(np.uint64)
