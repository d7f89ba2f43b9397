"""Sets of small numbers as rows of 64-bit words, the lowest number in the lowest bit of the first word.

Never here: what the bits stand for.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from matching.columns import WORD_BITS
from matching.terms import Integers

Bits = NDArray[np.uint64]

BLOCK_BITS = 1 << 24
"""How many bits are laid out as bytes at a time: bounds memory."""


def words_for(bits: int) -> int:
    """Give how many words hold so many bits; one at least."""
    return max(-(-bits // WORD_BITS), 1)


def members_of(bits: int) -> list[int]:
    """List the numbers in a set given as one integer, ascending."""
    found = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found


def runs_of(bits: int) -> list[tuple[int, int]]:
    """List the stretches of following numbers in such a set as (first, last), ascending."""
    runs = []
    while bits:
        lowest = bits & -bits
        # Adding its lowest bit clears the lowest stretch and sets the bit above it, which was not set.
        stretch = bits & ~(bits + lowest)
        runs.append((lowest.bit_length() - 1, stretch.bit_length() - 1))
        bits ^= stretch
    return runs


def bitset(rows: Iterable[int], bits: int) -> Bits:
    """Make a bitset (rows, words) of rows given as integers below 2**bits."""
    words = words_for(bits)
    joined = b"".join(row.to_bytes(words * WORD_BITS // 8, "little") for row in rows)
    return np.frombuffer(joined, dtype="<u8").astype(np.uint64).reshape(-1, words)


def bitset_of_lists(starts: Integers, numbers: Integers, bits: int) -> Bits:
    """Make a bitset (rows, words) of compressed lists of numbers below `bits`; a number may stand twice."""
    words, rows = words_for(bits), len(starts) - 1
    made = np.empty((rows, words), dtype=np.uint64)
    step = max(BLOCK_BITS // (words * WORD_BITS), 1)
    for first in range(0, rows, step):
        last = min(first + step, rows)
        low, high = int(starts[first]), int(starts[last])
        is_set = np.zeros((last - first, words * WORD_BITS), dtype=np.bool_)
        row = np.repeat(np.arange(last - first), np.diff(starts[first : last + 1]))
        is_set[row, numbers[low:high]] = True
        made[first:last] = np.packbits(is_set, axis=1, bitorder="little").view("<u8")
    return made


def unions(table: Bits, starts: Integers, numbers: Integers) -> Bits:
    """Give for each compressed list the union of the rows of `table` that it names; an empty list is an empty set."""
    words, rows = table.shape[1], len(starts) - 1
    made = np.zeros((rows, words), dtype=np.uint64)
    step = max(BLOCK_BITS // (words * WORD_BITS), 1)
    for first in range(0, rows, step):
        begins = starts[first : min(first + step, rows) + 1]
        is_filled = np.diff(begins) > 0
        if is_filled.any():
            named = table[numbers[int(begins[0]) : int(begins[-1])]]
            made[first : first + step][is_filled] = np.bitwise_or.reduceat(named, (begins[:-1] - begins[0])[is_filled])
    return made
