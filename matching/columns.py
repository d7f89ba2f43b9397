"""The columns that declared functions read: every member of a cohort as integers, one row a member and side.

`Columns` is one shape with two fillings. As arrays (`encoding.py`) it goes to the compiled kernel: a `Column` is
int64 ``(rows,)``, a `Bitset` uint64 ``(rows, words)``. As plain Python (`plain_columns`) it goes to the same
functions uncompiled: a `Column` is a list of int, a row of a `Bitset` one int. A new field is added to `Columns` and
filled in `encoding.py`. Never here: what a field means for a pair; that is a rule's or a factor's to say.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from matching.profile import AgeBand, ClearanceScope, Gender, Mode, Pace

WORD_BITS = 64

FEW_ROWS = 1 << 14
"""Up to so many rows a plain column is a list: quicker to read, and not yet large."""

MODE_BITS = {mode: 1 << bit for bit, mode in enumerate(Mode)}
IN_PERSON = 8
AGE_INDEX = {band: index for index, band in enumerate(AgeBand)}
LAST_MINOR_AGE = 1
GENDER_BITS = {gender: 1 << bit for bit, gender in enumerate(Gender)}
"""Gender not stated is 0, which shares a bit with no wish."""
PACE_INDEX = {pace: index for index, pace in enumerate(Pace)}
FLEXIBLE = 3
SCOPE_BITS = {scope: 1 << bit for bit, scope in enumerate(ClearanceScope)}
ADULTS_SCOPE, MINORS_SCOPE, IN_PERSON_SCOPE = 1, 2, 4
MISSING_LABEL = -(2**62)
"""No value for a string or integer label."""


class Column(Protocol):
    """One integer a row."""

    def __getitem__(self, row: int, /) -> int: ...
    def __len__(self) -> int: ...


class Bitset(Protocol):
    """A set of small numbers a row."""

    def __getitem__(self, row: int, /) -> int: ...
    def __len__(self) -> int: ...


class Columns(NamedTuple):
    """One cohort, encoded. Starts with a list are compressed rows: row i is ``list[starts[i]:starts[i + 1]]``."""

    # Who: the member's number in the cohort, the same on both sides.
    seeker_member: Column
    supporter_member: Column
    # Languages as a set, and in each member's order of preference.
    seeker_languages: Bitset
    supporter_languages: Bitset
    seeker_language_starts: Column
    seeker_language_list: Column
    supporter_language_starts: Column
    supporter_language_list: Column
    # Modes (`MODE_BITS`), band (`AGE_INDEX`), wishes as bits; a wish of 0 is no wish.
    seeker_modes: Column
    supporter_modes: Column
    seeker_age: Column
    supporter_age: Column
    seeker_age_wish: Column
    supporter_age_wish: Column
    seeker_gender: Column
    supporter_gender: Column
    seeker_gender_wish: Column
    supporter_gender_wish: Column
    seeker_pace: Column
    supporter_pace: Column
    # Sets of terms; topics and boundaries share one vocabulary.
    seeker_topics: Bitset
    supporter_topics: Bitset
    seeker_boundaries: Bitset
    supporter_boundaries: Bitset
    seeker_interests: Bitset
    supporter_interests: Bitset
    seeker_access: Bitset
    supporter_access: Bitset
    required_training: Bitset
    supporter_training: Bitset
    # Times: the index of the seeker's session length, starts at that length, and the supporter's starts in one block of
    # rows for each length.
    seeker_session: Column
    seeker_starts: Bitset
    supporter_starts: Bitset
    # Minutes in quarters a week (`PACE_QUARTERS`); a place cost of -1 has no limit in minutes.
    seeker_need: Column
    supporter_place_cost: Column
    # Scopes (`SCOPE_BITS`) whose clearances the supporter holds on the planning day.
    supporter_scopes: Column
    # Places on earth: unit vectors × 2³⁰, and the squared chord of the radius; a reach of -1 is no location.
    seeker_x: Column
    seeker_y: Column
    seeker_z: Column
    seeker_reach: Column
    supporter_x: Column
    supporter_y: Column
    supporter_z: Column
    supporter_reach: Column
    # Supporters a seeker is kept apart from.
    blocked_starts: Column
    blocked_list: Column
    resting_starts: Column
    resting_list: Column
    # The platform's labels (`labels.py`): values label by label, sets, and the comparisons as op codes.
    seeker_labels: Column
    supporter_labels: Column
    seeker_label_sets: Bitset
    supporter_label_sets: Bitset
    label_masks: Bitset
    label_op: Column
    label_seeker_base: Column
    label_supporter_base: Column
    label_table_starts: Column
    label_table_gaps: Column
    label_table_points: Column
    label_rules: Column
    label_factors: Column
    # The policy's weight of each declared factor, in their order.
    weights: Column


class PlainBitset(dict[int, int]):
    """A bitset whose rows become Python integers when first asked for, so that few rows of many cost little."""

    __slots__ = ("_array",)

    def __init__(self, array: NDArray[np.uint64]) -> None:
        super().__init__()
        self._array = array

    def __missing__(self, row: int) -> int:
        value = int.from_bytes(self._array[row].astype("<u8").tobytes(), "little")
        self[row] = value
        return value

    def __len__(self) -> int:
        """All rows, not only those that were asked for."""
        return len(self._array)


class PlainColumn(dict[int, int]):
    """A column whose numbers become Python integers when first asked for."""

    __slots__ = ("_array",)

    def __init__(self, array: NDArray[np.int64]) -> None:
        super().__init__()
        self._array = array

    def __missing__(self, row: int) -> int:
        value = self[row] = int(self._array[row])
        return value

    def __len__(self) -> int:
        """All rows, not only those that were asked for."""
        return len(self._array)


def plain_columns(columns: Columns) -> Columns:
    """Give the same columns as Python integers, for calling declared functions uncompiled."""

    def plain(array: Any) -> Any:
        if array.ndim == 2:
            return PlainBitset(array)
        return array.tolist() if len(array) <= FEW_ROWS else PlainColumn(array)

    return Columns(*(plain(array) for array in columns))
