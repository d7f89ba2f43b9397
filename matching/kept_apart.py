"""Whom each seeker is kept apart from, as compressed lists of supporters.

Never here: why two members are kept apart; that is the service's to say (`profile.Apart`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.keys import key_of, rows_with
from matching.profile import Apart
from matching.taking_part import Side
from matching.terms import Rows, starts_of

Kept = Mapping[tuple[str, str], Apart]


def apart_columns(
    apart: Kept, ids: Sequence[str], seekers: Side, supporters: Side
) -> dict[str, dict[str, NDArray[Any]]]:
    """List the supporters each seeker is kept apart from; two are kept apart whichever of them is the seeker.

    `ids` are those of all members; pairs of whom one is not on a side are ignored.
    """
    named = {member_id for pair in apart for member_id in pair}
    seeker_of = {member_id: _row_of(member_id, ids, seekers) for member_id in named}
    supporter_of = {member_id: _row_of(member_id, ids, supporters) for member_id in named}
    columns = {}
    for why in Apart:
        pairs = [pair for pair, reason in apart.items() if reason is why]
        cells = ((seeker_of[one], supporter_of[other]) for pair in pairs for one, other in (pair, pair[::-1]))
        kept = sorted({(i, j) for i, j in cells if i is not None and j is not None})
        rows: Rows = np.array(kept, dtype=np.int64).reshape(-1, 2)
        starts = starts_of(np.bincount(rows[:, 0], minlength=len(seekers.keys)))
        columns[str(why)] = {"starts": starts, "list": np.ascontiguousarray(rows[:, 1])}
    return columns


def _row_of(member_id: str, ids: Sequence[str], side: Side) -> int | None:
    """Find a member's row on a side by their key; two members may share one."""
    return next((row for row in rows_with(key_of(member_id), side.keys) if ids[side.members[row]] == member_id), None)
