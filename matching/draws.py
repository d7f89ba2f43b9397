"""Random integers that come out the same on every machine and with every numpy, for drawing the sample community.

Only PCG64's raw stream is used, which numpy promises to keep; everything after it is integer arithmetic. Each named
column has a stream of its own, so a new column changes none of the others. Chances are given in thousandths. What is
drawn does not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Bits = NDArray[np.uint64]
Weights = Sequence[int] | Integers


class Draws:
    """Draws for the rows of one table: every method gives one value a row, from the stream that `column` names."""

    def __init__(self, seed: int, rows: int) -> None:
        if seed < 0:
            raise ValueError("a seed is a whole number from 0")
        self._seed = seed
        self.rows = rows

    def raw(self, column: str) -> Bits:
        """Give 64 random bits a row."""
        key = int.from_bytes(blake2b(column.encode(), digest_size=8).digest(), "big")
        stream = np.random.PCG64(np.random.SeedSequence(entropy=self._seed, spawn_key=(key >> 32, key & 0xFFFFFFFF)))
        bits: Bits = np.asarray(stream.random_raw(self.rows), dtype=np.uint64)
        return bits

    def first(self, column: str) -> np.uint64:
        """Give 64 random bits for the whole table."""
        bits: np.uint64 = Draws(self._seed, 1).raw(column)[0]
        return bits

    def below(self, column: str, bound: int | Integers) -> Integers:
        """Give integers 0 ≤ value < bound, for bounds up to 2³¹."""
        scaled: Integers = (self.raw(column) >> np.uint64(32)).astype(np.int64) * bound >> 32
        return scaled

    def happens(self, column: str, thousandths: int | Integers) -> NDArray[np.bool_]:
        """Say of each row whether something happens that does in so many of a thousand cases."""
        happened: NDArray[np.bool_] = self.below(column, 1000) < thousandths
        return happened

    def choice(self, column: str, weights: Weights) -> Integers:
        """Give the index of one option a row, chosen in proportion to the weights."""
        ends = np.cumsum(np.asarray(weights, dtype=np.int64))
        chosen: Integers = np.searchsorted(ends, self.below(column, int(ends[-1])), side="right").astype(np.int64)
        return chosen

    def choice_by(self, column: str, group: Integers, weights: Integers) -> Integers:
        """Give the index of one option a row, where row r follows the weights ``weights[group[r]]``."""
        ends = np.cumsum(weights, axis=1)
        value = self.below(column, ends[:, -1][group])
        chosen = np.zeros(self.rows, dtype=np.int64)
        for option in range(weights.shape[1] - 1):
            chosen += value >= ends[:, option][group]
        return chosen

    def subset(self, column: str, group: Integers, weights: Integers, sizes: Integers) -> Bits:
        """Give a set of options as bits: `sizes` draws by the weights of the row's group; equal draws fall together."""
        found = np.zeros(self.rows, dtype=np.uint64)
        for turn in range(int(sizes.max(initial=0))):
            bit = np.uint64(1) << self.choice_by(f"{column}.{turn}", group, weights).astype(np.uint64)
            found |= np.where(sizes > turn, bit, np.uint64(0))
        return found
