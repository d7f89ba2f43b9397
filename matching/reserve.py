"""Holding places of scarce supporters for those who have few others, when more people are expected. Off by default.

The idea is that of two-stage placement (Annie MOORE: over 98 % of hindsight, greedy under 90 %); what it does in the
simulator is in docs/evidence.md. Never here: a run's pairs; whoever uses it leaves out the pairs it names.
"""

from __future__ import annotations

import numpy as np

from matching.entries import Ints
from matching.residual import Flags


def held_back(rows: Ints, supporters: Ints, choices: Ints, scarcity: Ints, *, share: int) -> Flags:
    """Mark the pairs that a reserve keeps for others.

    Parameters
    ----------
    rows, supporters : (pairs,) the feasible pairs of a run with supporters who have room.
    choices : (n,) how many supporters of the whole community each seeker could meet, free or not.
    scarcity : (m,) how much each supporter is the only one for somebody; see `scarcity_of`.
    share : thousandths of the supporters with room, the scarcest first, whose places are held.

    Returns
    -------
    (pairs,) bool: pairs of a held supporter with a seeker who has more choice than half of those looking.
    """
    answer = np.zeros(rows.size, dtype=np.bool_)
    if not rows.size or not share:
        return answer
    free = np.unique(supporters)
    kept = free[np.lexsort((free, -scarcity[free]))][: free.size * share // 1000]
    is_kept = np.zeros(scarcity.size, dtype=np.bool_)
    is_kept[kept] = True
    looking = np.sort(choices[np.unique(rows)])
    half: int = int(looking[looking.size // 2])
    answer |= is_kept[supporters] & (choices[rows] > half)
    return answer


def scarcity_of(rows: Ints, supporters: Ints, choices: Ints, m: int) -> Ints:
    """Add up over everybody a supporter could meet one over how many others could, in thousandths; (m,)."""
    weights = 1000 // np.maximum(choices[rows], 1)
    return np.bincount(supporters, weights=weights, minlength=m).astype(np.int64)
