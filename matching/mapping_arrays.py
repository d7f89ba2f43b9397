"""Profiles in their JSON form to arrays, a member at a time: what `profile_arrays.py` does, without profiles.

`Gathered.add` takes in one member, so that a platform's members are never in memory as anything but columns. It trusts
that `profile_to_mapping` wrote what it is given, whose defaults are those of `profile.py`. A new field is one line
here, as in `profile_arrays.py`; a test holds the two against each other. Never here: checks of what came over a wire.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from matching.arrays import (
    NO_INTEGER,
    ClearanceLists,
    LabelColumn,
    MemberArrays,
    SeekerArrays,
    SupporterArrays,
    WindowLists,
)
from matching.columns import AGE_INDEX, GENDER_BITS, MODE_BITS, PACE_INDEX, SCOPE_BITS
from matching.label_codes import value_of
from matching.policy import LabelField, LabelType, Policy
from matching.profile import ConsentGiver, MemberStatus, Pace, SeekerSide, SupporterSide
from matching.profile_arrays import AGE_BITS, DAY_INDEX, EPOCH, GENDER_INDEX, NEVER, NO_ANSWERS, NO_NUMBERS
from matching.terms import NONE, Rows, TermColumn, TermLists

Json = Mapping[str, Any]

_NOTHING: Final[Json] = {}
_SEEKER, _SUPPORTER = SeekerSide(), SupporterSide()


class Days(dict[str | None, int]):
    """Days since 1970 by how they are written; few occur, so each is worked out once."""

    def __missing__(self, day: str | None) -> int:
        found = self[day] = NEVER if day is None else date.fromisoformat(day).toordinal() - EPOCH
        return found


class _Minutes(dict[str, int]):
    """Minutes from midnight by how they are written."""

    def __missing__(self, clock: str) -> int:
        found = self[clock] = int(clock[:2]) * 60 + int(clock[3:])
        return found


class _Numbers:
    """A whole number a row."""

    __slots__ = ("append", "values")

    def __init__(self) -> None:
        self.values = array("q")
        self.append = self.values.append

    def column(self) -> Rows:
        return np.array(self.values, dtype=np.int64)


class _Sets(_Numbers):
    """A set a row, as bits."""

    __slots__ = ("_bit", "_known")

    def __init__(self, bit: Mapping[Any, int]) -> None:
        super().__init__()
        self._bit = bit
        self._known: dict[tuple[str, ...], int] = {}

    def add(self, values: Iterable[str]) -> None:
        key = tuple(values)
        bits = self._known.get(key)
        if bits is None:
            bits = self._known[key] = sum(self._bit[value] for value in key)
        self.append(bits)


class _Terms(_Numbers):
    """A term a row."""

    __slots__ = ("number",)

    def __init__(self) -> None:
        super().__init__()
        self.number: defaultdict[str, int] = defaultdict()
        self.number.default_factory = self.number.__len__

    def add(self, term: str | None) -> None:
        self.append(NONE if term is None else self.number[term])

    def terms(self) -> TermColumn:
        return TermColumn(list(self.number), self.column())


class _Lists(_Terms):
    """A list of terms a row."""

    __slots__ = ("ends",)

    def __init__(self) -> None:
        super().__init__()
        self.ends = array("q", (0,))

    def extend(self, terms: Iterable[str]) -> None:
        self.values.extend(map(self.number.__getitem__, terms))
        self.ends.append(len(self.values))

    def lists(self) -> TermLists:
        return TermLists(list(self.number), np.array(self.ends, dtype=np.int64), self.column())


_LISTS: Final = ("languages", "interests", "avoid_topics", "access")
_SETS: Final[Mapping[str, Mapping[Any, int]]] = {
    "modes": MODE_BITS,
    "preferred_age_bands": AGE_BITS,
    "gender_preference": GENDER_BITS,
}
_OPTIONS: Final[Mapping[str, tuple[Mapping[Any, int], Any]]] = {
    "age_band": (AGE_INDEX, None),
    "pace": (PACE_INDEX, Pace.FLEXIBLE),
    "gender": (GENDER_INDEX, None),
}
"""Field → the number of each option, and what stands where none is written."""
_DATES: Final = ("age_band_confirmed_on", "paused_until")
_SEEKER_LISTS: Final = ("topics", "required_training")
_SUPPORTER_LISTS: Final = ("topics", "training")
_SUPPORTER_NUMBERS: Final = {
    "capacity": _SUPPORTER.capacity,
    "session_minutes": _SUPPORTER.session_minutes,
    "weekly_minutes": NONE,
}


class Gathered:
    """Members as columns that grow; of labels those that the policy declares.

    Attributes
    ----------
    member_ids : in the order in which they came.
    """

    def __init__(self, policy: Policy) -> None:
        self.member_ids: list[str] = []
        self._labels = policy.labels
        self._days, self._minutes = Days(), _Minutes()
        self._lists = {name: _Lists() for name in _LISTS}
        self._sets = {name: _Sets(bit) for name, bit in _SETS.items()}
        self._numbers: dict[str, _Numbers] = {name: _Numbers() for name in (*_OPTIONS, *_DATES)}
        self._flags = {name: array("b") for name in ("has_consent", "consent_given_by_guardian", "is_paused")}
        self._timezone = _Terms()
        self._windows, self._window_ends = tuple(array("h") for _ in range(3)), array("q", (0,))
        self._places = array("d")
        self._label_values: dict[str, list[Any]] = {label.name: [] for label in policy.labels}
        self._seekers, self._supporters = _Seekers(self._days), _Supporters(self._days)

    def add(self, member_id: str, profile: Json) -> None:
        """Take in a member's profile; LookupError, TypeError or ValueError for what is none."""
        row, get = len(self.member_ids), profile.get
        self.member_ids.append(member_id)
        self._timezone.add(profile["timezone"])
        for name, lists in self._lists.items():
            lists.extend(get(name, ()))
        for name, sets in self._sets.items():
            sets.add(get(name, ()))
        for name, (number, default) in _OPTIONS.items():
            self._numbers[name].append(number[get(name, default)])
        for name in _DATES:
            self._numbers[name].append(self._days[get(name)])
        self._add_flags(profile)
        self._add_windows(get("availability", ()))
        place = get("location")
        self._places.extend((place["latitude"], place["longitude"], place["radius_km"]) if place else NO_NUMBERS)
        for name, values in self._label_values.items():
            values.append(get("labels", _NOTHING).get(name))
        if (asked := get("seeker")) is not None:
            self._seekers.add(row, asked)
        if (offered := get("supporter")) is not None:
            self._supporters.add(row, offered)

    def arrays(self) -> MemberArrays:
        """Give everybody so far."""
        latitude, longitude, radius = np.array(self._places, dtype=np.float64).reshape(-1, 3).T
        columns: dict[str, Any] = {
            **{name: each.column() for name, each in (*self._numbers.items(), *self._sets.items())},
            **{name: np.array(each, dtype=np.bool_) for name, each in self._flags.items()},
            **{name: each.lists() for name, each in self._lists.items()},
        }
        for name in _DATES:
            columns[name] = columns[name].view("datetime64[D]")
        days, starts, ends = (np.array(each, dtype=np.int64) for each in self._windows)
        return MemberArrays(
            member_ids=self.member_ids,
            timezone=self._timezone.terms(),
            availability=WindowLists(np.array(self._window_ends, dtype=np.int64), days, starts, ends),
            seekers=self._seekers.arrays(),
            supporters=self._supporters.arrays(),
            latitude=latitude,
            longitude=longitude,
            radius_km=radius,
            labels={label.name: _label(label, self._label_values[label.name]) for label in self._labels},
            **columns,
        )

    def _add_flags(self, profile: Json) -> None:
        consent = profile["consent"]
        self._flags["has_consent"].append(consent["matching"])
        self._flags["consent_given_by_guardian"].append(consent.get("given_by") == ConsentGiver.GUARDIAN)
        self._flags["is_paused"].append(profile.get("status") == MemberStatus.PAUSED)

    def _add_windows(self, windows: Sequence[Json]) -> None:
        days, starts, ends = self._windows
        for window in windows:
            days.append(DAY_INDEX[window["day"]])
            starts.append(self._minutes[window["start"]])
            ends.append(self._minutes[window["end"]])
        self._window_ends.append(len(days))


class _Seekers:
    """The seeker side of those who have one."""

    def __init__(self, days: Days) -> None:
        self._days = days
        self._members, self._sessions, self._since = _Numbers(), _Numbers(), _Numbers()
        self._lists = {name: _Lists() for name in _SEEKER_LISTS}
        self._answers = array("b")

    def add(self, row: int, asked: Json) -> None:
        self._members.append(row)
        for name, lists in self._lists.items():
            lists.extend(asked.get(name, ()))
        self._sessions.append(asked.get("session_minutes", _SEEKER.session_minutes))
        self._since.append(self._days[asked.get("waiting_since")])
        self._answers.extend(asked.get("measures", _NOTHING).get("ucla3") or NO_ANSWERS)

    def arrays(self) -> SeekerArrays:
        lists = {name: lists.lists() for name, lists in self._lists.items()}
        return SeekerArrays(
            members=self._members.column(),
            session_minutes=self._sessions.column(),
            waiting_since=self._since.column().view("datetime64[D]"),
            ucla3=np.array(self._answers, dtype=np.int64).reshape(-1, 3),
            **lists,
        )


class _Supporters:
    """The supporter side of those who have one."""

    def __init__(self, days: Days) -> None:
        self._days = days
        self._members, self._until = _Numbers(), _Numbers()
        self._numbers = {name: _Numbers() for name in _SUPPORTER_NUMBERS}
        self._lists = {name: _Lists() for name in _SUPPORTER_LISTS}
        self._kinds, self._scopes, self._clearance_ends = _Terms(), _Sets(SCOPE_BITS), array("q", (0,))

    def add(self, row: int, offered: Json) -> None:
        self._members.append(row)
        for name, default in _SUPPORTER_NUMBERS.items():
            self._numbers[name].append(offered.get(name, default))
        for name, lists in self._lists.items():
            lists.extend(offered.get(name, ()))
        for clearance in offered.get("clearances", ()):
            self._kinds.add(clearance["kind"])
            self._scopes.add(clearance["scope"])
            self._until.append(self._days[clearance.get("valid_until")])
        self._clearance_ends.append(len(self._until.values))

    def arrays(self) -> SupporterArrays:
        columns: dict[str, Any] = {
            **{name: numbers.column() for name, numbers in self._numbers.items()},
            **{name: lists.lists() for name, lists in self._lists.items()},
        }
        return SupporterArrays(
            members=self._members.column(),
            clearances=ClearanceLists(
                starts=np.array(self._clearance_ends, dtype=np.int64),
                kinds=self._kinds.terms(),
                scopes=self._scopes.column(),
                valid_until=self._until.column().view("datetime64[D]"),
            ),
            **columns,
        )


def _label(label: LabelField, given: Sequence[Any]) -> LabelColumn:
    values = [value_of(label, each) for each in given]
    if label.type is LabelType.STRING:
        return TermColumn.of(value if isinstance(value, str) else None for value in values)
    if label.type is LabelType.LIST:
        return TermLists.of([value if isinstance(value, tuple) else () for value in values])
    return np.fromiter((value if isinstance(value, int) else NO_INTEGER for value in values), dtype=np.int64)
