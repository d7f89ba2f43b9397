"""Members as arrays: what profiles say, column by column, for platforms that keep millions of members in tables.

`MemberArrays` has the fields of `Profile` that a run reads, under the same names; `Cohort.from_arrays` takes it. Terms
are dictionary-encoded as in Arrow: codes into a sequence of words, and for lists where each row's codes start. Any
integer dtype will do; `array_checks.py` refuses what makes no sense before any work. A new profile field is one field
here, one check there, and one line each in `profile_arrays.py`, `crowd_arrays.py` and `profile_rows.py`. Never here:
what a field means for a run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from matching.columns import MISSING_LABEL, PACE_INDEX
from matching.profile import Pace
from matching.terms import NONE, Integers, TermColumn, TermLists

__all__ = [
    "NONE",
    "NO_INTEGER",
    "ClearanceLists",
    "MemberArrays",
    "SeekerArrays",
    "StandingArrays",
    "SupporterArrays",
    "TermColumn",
    "TermLists",
    "WindowLists",
]

Flags = NDArray[np.bool_]
Dates = NDArray[np.datetime64]
Floats = NDArray[np.float64]

NO_INTEGER = MISSING_LABEL
"""Stands for no value in an integer label."""

LEFT_OUT: Any = None
"""The default of a field that may be left out; it is filled in as described there."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowLists:
    """The weekly windows of each row, in local wall time; in any order, and they may overlap.

    Attributes
    ----------
    starts : (rows + 1,) row r has the windows ``starts[r]:starts[r + 1]``.
    days : (windows,) 0 Monday to 6 Sunday.
    start_minutes, end_minutes : (windows,) 0–1440 from midnight of the day; an end up to the start is on the next day.
    """

    starts: Integers
    days: Integers
    start_minutes: Integers
    end_minutes: Integers


@dataclass(frozen=True, slots=True, eq=False)
class ClearanceLists:
    """The outcomes of checks of each supporter.

    Attributes
    ----------
    starts : (supporters + 1,) as in `TermLists`.
    kinds : (clearances,) what was checked.
    scopes : (clearances,) what each covers, as bits over `columns.SCOPE_BITS`.
    valid_until : (clearances,) datetime64[D], the last valid day; NaT: no end. May be left out: none has an end.
    """

    starts: Integers
    kinds: TermColumn
    scopes: Integers
    valid_until: Dates = LEFT_OUT

    def __post_init__(self) -> None:
        _fill(self, valid_until=_all(len(self.kinds.codes), np.datetime64("NaT", "D")))

    @classmethod
    def none(cls, rows: int) -> ClearanceLists:
        """Give nobody any clearance."""
        lists = TermLists.none(rows)
        return cls(lists.starts, TermColumn((), lists.codes), lists.codes)


@dataclass(frozen=True, slots=True, eq=False)
class SeekerArrays:
    """What seekers ask for, one row a seeker.

    Attributes
    ----------
    members : (seekers,) each seeker's row in `MemberArrays`, ascending, none twice.
    topics : what they would like company with.
    session_minutes : (seekers,) one of `profile.SESSION_MINUTES`.
    required_training : may be left out: none.
    waiting_since : (seekers,) datetime64[D]; NaT, or left out: since the planning day.
    ucla3 : (seekers, 3) answers 1–3; three zeros, or left out: not answered.
    """

    members: Integers
    topics: TermLists
    session_minutes: Integers
    required_training: TermLists = LEFT_OUT
    waiting_since: Dates = LEFT_OUT
    ucla3: Integers = LEFT_OUT

    def __post_init__(self) -> None:
        rows = len(self.members)
        _fill(
            self,
            required_training=TermLists.none(rows),
            waiting_since=_all(rows, np.datetime64("NaT", "D")),
            ucla3=np.broadcast_to(np.int8(0), (rows, 3)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class SupporterArrays:
    """What supporters offer, one row a supporter.

    Attributes
    ----------
    members : (supporters,) each supporter's row in `MemberArrays`, ascending, none twice.
    topics : lived experience they offer.
    capacity : (supporters,) how many people they would support, at least 0.
    session_minutes : (supporters,) one of `profile.SESSION_MINUTES`.
    weekly_minutes : (supporters,) at least 0; `NONE` (-1), or left out: no limit in minutes.
    training : may be left out: none.
    clearances : may be left out: none.
    """

    members: Integers
    topics: TermLists
    capacity: Integers
    session_minutes: Integers
    weekly_minutes: Integers = LEFT_OUT
    training: TermLists = LEFT_OUT
    clearances: ClearanceLists = LEFT_OUT

    def __post_init__(self) -> None:
        rows = len(self.members)
        _fill(
            self,
            weekly_minutes=_all(rows, np.int64(NONE)),
            training=TermLists.none(rows),
            clearances=ClearanceLists.none(rows),
        )


LabelColumn = TermColumn | TermLists | Integers
"""A string, list or integer label; in an integer label `NO_INTEGER`, or anything beyond ±2⁵³, is no value."""


@dataclass(frozen=True, slots=True, eq=False)
class MemberArrays:
    """The profiles of many members as arrays, one row a member, in any order.

    What no run reads (when consent was given and to which text, when loneliness was asked, for how many weeks a
    supporter has committed themselves) is not here.

    Attributes
    ----------
    member_ids : the platform's own ids, each once; an array of them becomes a list of str.
    languages : BCP 47 tags, most preferred first.
    timezone : IANA zones; the week must have offsets for every zone of a member who could take part.
    availability : when they are free, by their own clock.
    modes : (rows,) bits over `columns.MODE_BITS`.
    age_band : (rows,) index of `profile.AgeBand`, youngest first.
    has_consent : (rows,) bool, whether matching may use the profile.
    seekers, supporters : the roles; may be left out: nobody is one.
    consent_given_by_guardian : (rows,) bool; may be left out: nobody's was.
    pace : (rows,) index of `profile.Pace`; may be left out: flexible.
    preferred_age_bands : (rows,) bits, ``1 << index``; 0, or left out: no wish.
    age_band_confirmed_on : (rows,) datetime64[D]; NaT, or left out: never.
    gender : (rows,) index of `profile.Gender`; `NONE` (-1), or left out: not stated.
    gender_preference : (rows,) bits over `columns.GENDER_BITS`; 0, or left out: no wish.
    interests, avoid_topics, access : may be left out: none.
    latitude, longitude, radius_km : (rows,) float64, degrees and kilometres; NaN in all three, or left out: nowhere.
    labels : the platform's own fields by name, one value a row.
    is_paused : (rows,) bool; may be left out: nobody is.
    paused_until : (rows,) datetime64[D], the first day somebody paused is back; NaT, or left out: open.
    """

    member_ids: Sequence[str]
    languages: TermLists
    timezone: TermColumn
    availability: WindowLists
    modes: Integers
    age_band: Integers
    has_consent: Flags
    seekers: SeekerArrays = LEFT_OUT
    supporters: SupporterArrays = LEFT_OUT
    consent_given_by_guardian: Flags = LEFT_OUT
    pace: Integers = LEFT_OUT
    preferred_age_bands: Integers = LEFT_OUT
    age_band_confirmed_on: Dates = LEFT_OUT
    gender: Integers = LEFT_OUT
    gender_preference: Integers = LEFT_OUT
    interests: TermLists = LEFT_OUT
    avoid_topics: TermLists = LEFT_OUT
    access: TermLists = LEFT_OUT
    latitude: Floats = LEFT_OUT
    longitude: Floats = LEFT_OUT
    radius_km: Floats = LEFT_OUT
    labels: Mapping[str, LabelColumn] = LEFT_OUT
    is_paused: Flags = LEFT_OUT
    paused_until: Dates = LEFT_OUT

    def __post_init__(self) -> None:
        rows = len(self.member_ids)
        object.__setattr__(self, "member_ids", _strings(self.member_ids))
        nothing, nobody, nowhere = TermLists.none(rows), np.empty(0, dtype=np.int64), _all(rows, np.float64("nan"))
        no, never, no_wish = _all(rows, np.False_), _all(rows, np.datetime64("NaT", "D")), _all(rows, np.int8(0))
        _fill(
            self,
            seekers=SeekerArrays(nobody, TermLists.none(0), nobody),
            supporters=SupporterArrays(nobody, TermLists.none(0), nobody, nobody),
            pace=_all(rows, np.int8(PACE_INDEX[Pace.FLEXIBLE])),
            gender=_all(rows, np.int8(NONE)),
            labels={},
            **dict.fromkeys(("consent_given_by_guardian", "is_paused"), no),
            **dict.fromkeys(("age_band_confirmed_on", "paused_until"), never),
            **dict.fromkeys(("preferred_age_bands", "gender_preference"), no_wish),
            **dict.fromkeys(("interests", "avoid_topics", "access"), nothing),
            **dict.fromkeys(("latitude", "longitude", "radius_km"), nowhere),
        )


@dataclass(frozen=True, slots=True, eq=False)
class StandingArrays:
    """What the service knows of members beside their profiles: `profile.Standing` as arrays.

    Every field is (rows,), one row a member in the order of `MemberArrays`; one that is left out is a newcomer's.
    Dates are datetime64[D] (NaT: none), flags bool, numbers whole.
    """

    waiting_since: Dates = LEFT_OUT
    is_on_hold: Flags = LEFT_OUT
    is_recovering: Flags = LEFT_OUT
    has_supporter: Flags = LEFT_OUT
    held_matches: Integers = LEFT_OUT
    held_quarter_minutes: Integers = LEFT_OUT
    lost_supporter: Flags = LEFT_OUT
    boost: Integers = LEFT_OUT

    def filled(self, rows: int) -> StandingArrays:
        """Give the same with a newcomer's standing where a field was left out."""
        flags = ("is_on_hold", "is_recovering", "has_supporter", "lost_supporter")
        defaults = {
            "waiting_since": _all(rows, np.datetime64("NaT", "D")),
            **dict.fromkeys(flags, _all(rows, np.False_)),
            **dict.fromkeys(("held_matches", "held_quarter_minutes", "boost"), _all(rows, np.int8(0))),
        }
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return StandingArrays(**{name: defaults[name] if array is None else array for name, array in given.items()})


def _strings(ids: Any) -> Sequence[str]:
    if not isinstance(ids, np.ndarray):
        return cast(Sequence[str], ids)
    return cast(Sequence[str], (ids.astype(str) if ids.dtype.kind == "S" else ids).tolist())


def _all(rows: int, value: np.generic) -> NDArray[Any]:
    return np.broadcast_to(value, rows)


def _fill(arrays: object, **defaults: object) -> None:
    for name, default in defaults.items():
        if getattr(arrays, name) is None:
            object.__setattr__(arrays, name, default)
