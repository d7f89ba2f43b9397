"""Which words of wide bitsets are not 0, listed for every seeker beforehand: a week of starts is mostly empty.

Never here: what a bit means, numba.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.columns import Columns

WORTH_LISTING = 4
"""Words of a bitset from which listing pays."""


def words_listed(columns: Columns) -> dict[str, NDArray[np.uint8]]:
    """Give for each wide bitset of seekers, by name, (n, 1 + words): how many words of a row are not 0, and which."""
    arrays = {name: getattr(columns, name) for name in Columns._fields if name.startswith("seeker_")}
    return {
        name: _not_0(array) for name, array in arrays.items() if array.ndim == 2 and array.shape[1] >= WORTH_LISTING
    }


def _not_0(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Give for each row how many words are not 0, then which, ascending."""
    is_empty = words == 0
    order = np.argsort(is_empty, axis=1, kind="stable")
    return np.hstack(((~is_empty).sum(axis=1, keepdims=True), order)).astype(np.uint8)
