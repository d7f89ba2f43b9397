"""Profiles of one side of a cohort that holds arrays: made only when a row is asked for.

A profile says what a run reads and nothing else; when consent was given, which no run reads, stands as the first day of
all. Never here: reading whole columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from matching.arrays import NO_INTEGER, LabelColumn, MemberArrays
from matching.columns import SCOPE_BITS
from matching.profile import (
    AgeBand,
    Clearance,
    Consent,
    ConsentGiver,
    Day,
    Gender,
    LabelValue,
    Location,
    Measures,
    MemberStatus,
    Mode,
    Pace,
    Profile,
    SeekerSide,
    SupporterSide,
    Window,
)
from matching.terms import NONE, Integers, Rows, TermColumn, TermLists

SOME_DAY = datetime(1, 1, 1, tzinfo=UTC)
Option = TypeVar("Option", bound=Enum)


class ProfileRows(Sequence[Profile]):
    """The profiles in some rows of arrays, in the order given."""

    __slots__ = ("_last", "arrays", "rows")

    def __init__(self, arrays: MemberArrays, rows: Rows) -> None:
        self.arrays = arrays
        self.rows = rows
        # Explanations ask for one row many times in turn.
        self._last: tuple[int, Profile] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, row: int) -> Profile: ...
    @overload
    def __getitem__(self, row: slice) -> ProfileRows: ...
    def __getitem__(self, row: int | slice) -> Profile | ProfileRows:
        if isinstance(row, slice):
            return ProfileRows(self.arrays, self.rows[row])
        member = int(self.rows[row])
        last = self._last
        if last is None or last[0] != member:
            last = self._last = (member, profile_in(self.arrays, member))
        return last[1]

    def __iter__(self) -> Iterator[Profile]:
        return (profile_in(self.arrays, member) for member in self.rows.tolist())

    def ids(self) -> tuple[str, ...]:
        """Give the members' ids without making their profiles."""
        ids = self.arrays.member_ids
        return tuple(ids[member] for member in self.rows.tolist())


def profile_in(arrays: MemberArrays, row: int) -> Profile:
    """Make the profile of one row."""
    is_by_guardian = bool(arrays.consent_given_by_guardian[row])
    return Profile(
        member_id=arrays.member_ids[row],
        languages=arrays.languages.row(row),
        timezone=str(arrays.timezone.term(row)),
        modes=_set(arrays.modes[row], Mode),
        age_band=tuple(AgeBand)[arrays.age_band[row]],
        consent=Consent(
            bool(arrays.has_consent[row]), SOME_DAY, ConsentGiver.GUARDIAN if is_by_guardian else ConsentGiver.MEMBER
        ),
        availability=_windows(arrays, row),
        pace=tuple(Pace)[arrays.pace[row]],
        preferred_age_bands=_set(arrays.preferred_age_bands[row], AgeBand),
        age_band_confirmed_on=_day(arrays.age_band_confirmed_on[row]),
        gender=None if arrays.gender[row] == NONE else tuple(Gender)[arrays.gender[row]],
        gender_preference=_set(arrays.gender_preference[row], Gender),
        interests=frozenset(arrays.interests.row(row)),
        avoid_topics=frozenset(arrays.avoid_topics.row(row)),
        access=frozenset(arrays.access.row(row)),
        location=_location(arrays, row),
        labels=_labels(arrays.labels, row),
        status=MemberStatus.PAUSED if arrays.is_paused[row] else MemberStatus.ACTIVE,
        paused_until=_day(arrays.paused_until[row]),
        seeker=_seeker(arrays, row),
        supporter=_supporter(arrays, row),
    )


def _seeker(arrays: MemberArrays, member: int) -> SeekerSide | None:
    seekers = arrays.seekers
    row = _own_row(seekers.members, member)
    if row is None:
        return None
    since = _day(seekers.waiting_since[row])
    first, second, third = seekers.ucla3[row].tolist()
    return SeekerSide(
        topics=frozenset(seekers.topics.row(row)),
        session_minutes=int(seekers.session_minutes[row]),
        required_training=frozenset(seekers.required_training.row(row)),
        waiting_since=since,
        measures=Measures(since or SOME_DAY.date(), (first, second, third)) if first else None,
    )


def _supporter(arrays: MemberArrays, member: int) -> SupporterSide | None:
    supporters = arrays.supporters
    row = _own_row(supporters.members, member)
    if row is None:
        return None
    minutes = int(supporters.weekly_minutes[row])
    held = supporters.clearances
    return SupporterSide(
        topics=frozenset(supporters.topics.row(row)),
        training=frozenset(supporters.training.row(row)),
        capacity=int(supporters.capacity[row]),
        weekly_minutes=None if minutes == NONE else minutes,
        session_minutes=int(supporters.session_minutes[row]),
        clearances=tuple(
            Clearance(
                str(held.kinds.term(each)),
                frozenset(scope for scope, bit in SCOPE_BITS.items() if held.scopes[each] & bit),
                _day(held.valid_until[each]),
            )
            for each in range(int(held.starts[row]), int(held.starts[row + 1]))
        ),
    )


def _own_row(members: Integers, member: int) -> int | None:
    row = int(np.searchsorted(members, member))
    return row if row < len(members) and members[row] == member else None


def _windows(arrays: MemberArrays, row: int) -> tuple[Window, ...]:
    windows = arrays.availability
    some = slice(windows.starts[row], windows.starts[row + 1])
    each: tuple[NDArray[Any], ...] = (windows.days[some], windows.start_minutes[some], windows.end_minutes[some])
    return tuple(
        Window(tuple(Day)[day], start, end) for day, start, end in zip(*(a.tolist() for a in each), strict=True)
    )


def _location(arrays: MemberArrays, row: int) -> Location | None:
    if np.isnan(arrays.latitude[row]):
        return None
    return Location(float(arrays.latitude[row]), float(arrays.longitude[row]), float(arrays.radius_km[row]))


def _labels(labels: Mapping[str, LabelColumn], row: int) -> dict[str, LabelValue]:
    values = ((name, _label(column, row)) for name, column in labels.items())
    return {name: value for name, value in values if value is not None}


def _label(column: LabelColumn, row: int) -> LabelValue | None:
    if isinstance(column, TermColumn):
        return column.term(row)
    if isinstance(column, TermLists):
        return column.row(row) or None
    value = int(column[row])
    return None if value == NO_INTEGER else value


def _day(day: np.datetime64) -> date | None:
    found: date | None = day.astype("datetime64[D]").item()
    return found


def _set(bits: int, options: type[Option]) -> frozenset[Option]:
    return frozenset(option for index, option in enumerate(options) if int(bits) >> index & 1)
