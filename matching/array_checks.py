"""Checks of `MemberArrays` and `StandingArrays` before any work: types, shapes, ranges, and that no id comes twice.

Each refusal is a ProfileError whose `field` is the path of the array. A new field gets one line in `check_members`,
`_check_seekers`, `_check_supporters` or `check_standings`. Never here: what needs the week or the policy (zones,
session lengths), which concerns only those who could take part (`taking_part.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from matching.arrays import (
    ClearanceLists,
    LabelColumn,
    MemberArrays,
    SeekerArrays,
    StandingArrays,
    SupporterArrays,
    WindowLists,
)
from matching.columns import AGE_INDEX, GENDER_BITS, MODE_BITS, PACE_INDEX, SCOPE_BITS
from matching.errors import ProfileError
from matching.terms import NONE, TermColumn, TermLists

MOST = 2**31 - 1
"""Bound of whole numbers without a bound of their own, so that no sum or product of a few leaves 64 bits."""

INT64 = np.iinfo(np.int64)
MINUTES_A_DAY = 24 * 60
DAY = np.dtype("datetime64[D]")
FIRST_DAY, LAST_DAY = np.datetime64(date.min, "D"), np.datetime64(date.max, "D")


def check_members(arrays: MemberArrays) -> None:
    """Raise ProfileError for the first array that is none of members; duplicate ids are found when keys are sorted."""
    rows = len(arrays.member_ids)
    _check_ids(arrays.member_ids)
    _check_lists(arrays.languages, "languages", rows)
    _check_term(arrays.timezone, "timezone", rows, least=0)
    _check_windows(arrays.availability, rows)
    _check_numbers(arrays.modes, "modes", rows, 0, _every(MODE_BITS))
    _check_numbers(arrays.age_band, "age_band", rows, 0, len(AGE_INDEX) - 1)
    _check_numbers(arrays.pace, "pace", rows, 0, len(PACE_INDEX) - 1)
    _check_numbers(arrays.preferred_age_bands, "preferred_age_bands", rows, 0, (1 << len(AGE_INDEX)) - 1)
    _check_numbers(arrays.gender, "gender", rows, NONE, len(GENDER_BITS) - 1)
    _check_numbers(arrays.gender_preference, "gender_preference", rows, 0, _every(GENDER_BITS))
    for name in ("has_consent", "consent_given_by_guardian", "is_paused"):
        _check_flags(getattr(arrays, name), name, rows)
    for name in ("age_band_confirmed_on", "paused_until"):
        _check_dates(getattr(arrays, name), name, rows)
    for name in ("interests", "avoid_topics", "access"):
        _check_lists(getattr(arrays, name), name, rows)
    _check_location(arrays, rows)
    for name, label in arrays.labels.items():
        _check_label(label, f"labels.{name}", rows)
    _check_seekers(arrays.seekers, rows)
    _check_supporters(arrays.supporters, rows)


def check_standings(standings: StandingArrays, rows: int) -> None:
    """Raise ProfileError for the first array that is none of standings; all are filled in."""
    _check_dates(standings.waiting_since, "standings.waiting_since", rows)
    for name in ("is_on_hold", "is_recovering", "has_supporter", "lost_supporter"):
        _check_flags(getattr(standings, name), f"standings.{name}", rows)
    for name in ("held_matches", "held_quarter_minutes", "boost"):
        _check_numbers(getattr(standings, name), f"standings.{name}", rows, -MOST, MOST)


def _check_seekers(seekers: SeekerArrays, members: int) -> None:
    rows = _check_members_of(seekers.members, "seekers.members", members)
    _check_lists(seekers.topics, "seekers.topics", rows)
    _check_numbers(seekers.session_minutes, "seekers.session_minutes", rows, -MOST, MOST)
    _check_lists(seekers.required_training, "seekers.required_training", rows)
    _check_dates(seekers.waiting_since, "seekers.waiting_since", rows)
    _check_numbers(seekers.ucla3, "seekers.ucla3", (rows, 3), 0, 3)
    are_given = (seekers.ucla3 > 0).sum(axis=1)
    _check(bool(np.isin(are_given, (0, 3)).all()), "seekers.ucla3", "either three answers 1–3 or three zeros a row")


def _check_supporters(supporters: SupporterArrays, members: int) -> None:
    rows = _check_members_of(supporters.members, "supporters.members", members)
    _check_lists(supporters.topics, "supporters.topics", rows)
    _check_numbers(supporters.capacity, "supporters.capacity", rows, 0, MOST)
    _check_numbers(supporters.session_minutes, "supporters.session_minutes", rows, -MOST, MOST)
    _check_numbers(supporters.weekly_minutes, "supporters.weekly_minutes", rows, NONE, MOST)
    _check_lists(supporters.training, "supporters.training", rows)
    _check_clearances(supporters.clearances, rows)


def _check_members_of(members: Any, field: str, rows: int) -> int:
    _check(isinstance(members, np.ndarray) and members.ndim == 1, field, "an array (rows,) of whole numbers")
    _check_numbers(members, field, len(members), 0, rows - 1)
    _check(bool((np.diff(members.astype(np.int64)) > 0).all()), field, "ascending rows of members, none twice")
    return len(members)


def _check_clearances(clearances: ClearanceLists, rows: int) -> None:
    field = "supporters.clearances"
    entries = len(clearances.kinds.codes)
    _check_starts(clearances.starts, f"{field}.starts", rows, entries)
    _check_term(clearances.kinds, f"{field}.kinds", entries, least=0)
    _check_numbers(clearances.scopes, f"{field}.scopes", entries, 0, _every(SCOPE_BITS))
    _check_dates(clearances.valid_until, f"{field}.valid_until", entries)


def _check_windows(windows: WindowLists, rows: int) -> None:
    entries = len(windows.days)
    _check_starts(windows.starts, "availability.starts", rows, entries)
    _check_numbers(windows.days, "availability.days", entries, 0, 6)
    _check_numbers(windows.start_minutes, "availability.start_minutes", entries, 0, MINUTES_A_DAY)
    _check_numbers(windows.end_minutes, "availability.end_minutes", entries, 0, MINUTES_A_DAY)


def _check_location(arrays: MemberArrays, rows: int) -> None:
    bounds = {"latitude": (-90, 90), "longitude": (-180, 180), "radius_km": (0, MOST)}
    is_nowhere = [_is_nan(getattr(arrays, name), f"location.{name}", rows) for name in bounds]
    for name, (least, most) in bounds.items():
        degrees = getattr(arrays, name)
        _check(
            bool(((degrees >= least) & (degrees <= most) | is_nowhere[0]).all()),
            f"location.{name}",
            f"numbers from {least} to {most}, or NaN in latitude, longitude and radius_km alike",
        )
        _check(not bool((is_nowhere[0] & ~np.isnan(degrees)).any()), f"location.{name}", "NaN where there is no place")


def _is_nan(array: Any, field: str, rows: int) -> Any:
    _check_kind(array, field, (rows,), "f", "floating-point numbers")
    return np.isnan(array)


def _check_label(label: LabelColumn, field: str, rows: int) -> None:
    if isinstance(label, TermColumn):
        _check_term(label, field, rows, least=NONE)
    elif isinstance(label, TermLists):
        _check_lists(label, field, rows)
    else:
        _check_numbers(label, field, rows, INT64.min, INT64.max)


def _check_lists(lists: TermLists, field: str, rows: int) -> None:
    _check(isinstance(lists, TermLists), field, "TermLists")
    _check(isinstance(lists.codes, np.ndarray), f"{field}.codes", "an array")
    _check_starts(lists.starts, f"{field}.starts", rows, len(lists.codes))
    _check_words(lists.terms, f"{field}.terms")
    _check_numbers(lists.codes, f"{field}.codes", len(lists.codes), 0, len(lists.terms) - 1)


def _check_term(column: TermColumn, field: str, rows: int, *, least: int) -> None:
    _check(isinstance(column, TermColumn), field, "a TermColumn")
    _check_words(column.terms, f"{field}.terms")
    _check_numbers(column.codes, f"{field}.codes", rows, least, len(column.terms) - 1)


def _check_words(words: Sequence[str], field: str) -> None:
    _check(all(map(str.__instancecheck__, words)), field, "strings")


def _check_ids(ids: Sequence[str]) -> None:
    _check_words(ids, "member_ids")


def _check_starts(starts: Any, field: str, rows: int, entries: int) -> None:
    _check_numbers(starts, field, rows + 1, 0, entries)
    whole = starts.astype(np.int64)
    is_whole = whole[0] == 0 and whole[-1] == entries and bool((np.diff(whole) >= 0).all())
    _check(bool(is_whole), field, f"ascending numbers from 0 to the number of entries ({entries})")


def _check_numbers(array: Any, field: str, shape: int | tuple[int, ...], least: int, most: int) -> None:
    _check_kind(array, field, shape if isinstance(shape, tuple) else (shape,), "iu", "whole numbers")
    if array.size:
        low, high = int(array.min()), int(array.max())
        _check(least <= low and high <= most, field, f"whole numbers from {least} to {most}")


def _check_flags(array: Any, field: str, rows: int) -> None:
    _check_kind(array, field, (rows,), "b", "booleans")


def _check_dates(array: Any, field: str, rows: int) -> None:
    _check_kind(array, field, (rows,), "M", "days (datetime64[D])")
    _check(array.dtype == DAY, field, "days (datetime64[D])")
    given = array[~np.isnat(array)]
    _check(bool(((given >= FIRST_DAY) & (given <= LAST_DAY)).all()), field, f"days from {FIRST_DAY} to {LAST_DAY}")


def _check_kind(array: Any, field: str, shape: tuple[int, ...], kinds: str, what: str) -> None:
    _check(
        isinstance(array, np.ndarray) and array.dtype.kind in kinds and array.shape == shape,
        field,
        f"an array {shape} of {what}",
    )


def _every(bits: Any) -> int:
    return int(sum(bits.values()))


def _check(holds: bool, field: str, allowed: str) -> None:
    if not holds:
        raise ProfileError(f"cannot read {field} (allowed: {allowed})", field=field)
