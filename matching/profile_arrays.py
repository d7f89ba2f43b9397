"""Profiles to arrays: what `Cohort.from_profiles` does first. One line a field; never here: any check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from matching.arrays import (
    NO_INTEGER,
    ClearanceLists,
    Dates,
    Flags,
    LabelColumn,
    MemberArrays,
    SeekerArrays,
    StandingArrays,
    SupporterArrays,
    WindowLists,
)
from matching.columns import AGE_INDEX, GENDER_BITS, MODE_BITS, PACE_INDEX, SCOPE_BITS
from matching.label_codes import value_of
from matching.policy import LabelField, LabelType, Policy
from matching.profile import (
    NEWCOMER,
    ConsentGiver,
    Day,
    Gender,
    MemberStatus,
    Profile,
    SeekerSide,
    Standing,
    SupporterSide,
)
from matching.terms import NONE, Rows, TermColumn, TermLists, starts_of

DAY_INDEX = {day: index for index, day in enumerate(Day)}
GENDER_INDEX: Mapping[Gender | None, int] = {None: NONE, **{gender: index for index, gender in enumerate(Gender)}}
AGE_BITS = {band: 1 << index for band, index in AGE_INDEX.items()}
NO_NUMBERS = (float("nan"),) * 3
NO_ANSWERS = (0, 0, 0)
EPOCH = date(1970, 1, 1).toordinal()
NEVER = int(np.datetime64("NaT", "D").astype(np.int64))


def arrays_of(profiles: Sequence[Profile], policy: Policy) -> MemberArrays:
    """Give what a run reads of the profiles, in their order; of labels those that the policy declares."""
    places = [
        (p.location.latitude, p.location.longitude, p.location.radius_km) if p.location else NO_NUMBERS
        for p in profiles
    ]
    latitude, longitude, radius = np.array(places, dtype=np.float64).reshape(-1, 3).T
    return MemberArrays(
        member_ids=[p.member_id for p in profiles],
        languages=TermLists.of([p.languages for p in profiles]),
        timezone=TermColumn.of(p.timezone for p in profiles),
        availability=_windows(profiles),
        modes=_bits((p.modes for p in profiles), MODE_BITS),
        age_band=_whole(AGE_INDEX[p.age_band] for p in profiles),
        has_consent=_flags(p.consent.matching for p in profiles),
        seekers=_seekers(profiles),
        supporters=_supporters(profiles),
        consent_given_by_guardian=_flags(p.consent.given_by is ConsentGiver.GUARDIAN for p in profiles),
        pace=_whole(PACE_INDEX[p.pace] for p in profiles),
        preferred_age_bands=_bits((p.preferred_age_bands for p in profiles), AGE_BITS),
        age_band_confirmed_on=_days([p.age_band_confirmed_on for p in profiles]),
        gender=_whole(GENDER_INDEX[p.gender] for p in profiles),
        gender_preference=_bits((p.gender_preference for p in profiles), GENDER_BITS),
        interests=TermLists.of([p.interests for p in profiles]),
        avoid_topics=TermLists.of([p.avoid_topics for p in profiles]),
        access=TermLists.of([p.access for p in profiles]),
        latitude=latitude,
        longitude=longitude,
        radius_km=radius,
        labels={label.name: _label(label, profiles) for label in policy.labels},
        is_paused=_flags(p.status is MemberStatus.PAUSED for p in profiles),
        paused_until=_days([p.paused_until for p in profiles]),
    )


def standing_arrays_of(profiles: Sequence[Profile], standings: Mapping[str, Standing]) -> StandingArrays:
    """Give the standings of the profiles, in their order."""
    if not standings:
        return StandingArrays()
    each = [standings.get(p.member_id, NEWCOMER) for p in profiles]
    return StandingArrays(
        waiting_since=_days([s.waiting_since for s in each]),
        is_on_hold=_flags(s.is_on_hold for s in each),
        is_recovering=_flags(s.is_recovering for s in each),
        has_supporter=_flags(s.has_supporter for s in each),
        held_matches=_whole(s.held_matches for s in each),
        held_quarter_minutes=_whole(s.held_quarter_minutes for s in each),
        lost_supporter=_flags(s.lost_supporter for s in each),
        boost=_whole(s.boost for s in each),
    )


def _seekers(profiles: Sequence[Profile]) -> SeekerArrays:
    roles: list[SeekerSide] = [p.seeker for p in profiles if p.seeker is not None]
    answers = [(s.measures.ucla3 if s.measures else None) or NO_ANSWERS for s in roles]
    return SeekerArrays(
        members=_whole(row for row, p in enumerate(profiles) if p.seeker is not None),
        topics=TermLists.of([s.topics for s in roles]),
        session_minutes=_whole(s.session_minutes for s in roles),
        required_training=TermLists.of([s.required_training for s in roles]),
        waiting_since=_days([s.waiting_since for s in roles]),
        ucla3=np.array(answers, dtype=np.int64).reshape(-1, 3),
    )


def _supporters(profiles: Sequence[Profile]) -> SupporterArrays:
    roles: list[SupporterSide] = [p.supporter for p in profiles if p.supporter is not None]
    return SupporterArrays(
        members=_whole(row for row, p in enumerate(profiles) if p.supporter is not None),
        topics=TermLists.of([s.topics for s in roles]),
        capacity=_whole(s.capacity for s in roles),
        session_minutes=_whole(s.session_minutes for s in roles),
        weekly_minutes=_whole(NONE if s.weekly_minutes is None else s.weekly_minutes for s in roles),
        training=TermLists.of([s.training for s in roles]),
        clearances=_clearances(roles),
    )


def _clearances(roles: Sequence[SupporterSide]) -> ClearanceLists:
    held = [clearance for role in roles for clearance in role.clearances]
    return ClearanceLists(
        starts=starts_of([len(role.clearances) for role in roles]),
        kinds=TermColumn.of(clearance.kind for clearance in held),
        scopes=_bits((clearance.scope for clearance in held), SCOPE_BITS),
        valid_until=_days([clearance.valid_until for clearance in held]),
    )


def _windows(profiles: Sequence[Profile]) -> WindowLists:
    windows = [window for p in profiles for window in p.availability]
    return WindowLists(
        starts=starts_of([len(p.availability) for p in profiles]),
        days=_whole(DAY_INDEX[window.day] for window in windows),
        start_minutes=_whole(window.start_minute for window in windows),
        end_minutes=_whole(window.end_minute for window in windows),
    )


def _label(label: LabelField, profiles: Sequence[Profile]) -> LabelColumn:
    values = (value_of(label, p.labels.get(label.name)) for p in profiles)
    if label.type is LabelType.STRING:
        return TermColumn.of(value if isinstance(value, str) else None for value in values)
    if label.type is LabelType.LIST:
        return TermLists.of([value if isinstance(value, tuple) else () for value in values])
    return _whole(value if isinstance(value, int) else NO_INTEGER for value in values)


def _whole(values: Iterable[int]) -> Rows:
    return np.fromiter(values, dtype=np.int64)


def _flags(values: Iterable[bool]) -> Flags:
    return np.fromiter(values, dtype=np.bool_)


def _days(values: Sequence[date | None]) -> Dates:
    days = (NEVER if day is None else day.toordinal() - EPOCH for day in values)
    return np.fromiter(days, dtype=np.int64, count=len(values)).view("datetime64[D]")


def _bits(rows: Iterable[frozenset[Any]], bit: Mapping[Any, int]) -> Rows:
    """Give each set as bits; few sets occur, so each is worked out once."""
    known: dict[frozenset[Any], int] = {}

    def bits(row: frozenset[Any]) -> int:
        found = known.get(row)
        if found is None:
            found = known[row] = sum(bit[member] for member in row)
        return found

    return np.fromiter(map(bits, rows), dtype=np.int64)
