"""A sample community's columns as `MemberArrays`: a million members encoded without one object a member.

Says the same as the profiles of `community.py`; a test holds both against each other. Never here: drawing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching import world
from matching.arrays import (
    ClearanceLists,
    Dates,
    Flags,
    LabelColumn,
    MemberArrays,
    SeekerArrays,
    SupporterArrays,
    WindowLists,
)
from matching.bitsets import Bits
from matching.columns import IN_PERSON, MODE_BITS, SCOPE_BITS
from matching.crowd import FIRST_ADULT, LANGUAGES, NO_LANGUAGE, NOT_STATED, Crowd, MemberColumns, site_name
from matching.profile import ClearanceScope, Mode
from matching.terms import NONE, Integers, TermColumn, TermLists, starts_of

BLOCK_ROWS = 1 << 16
PAUSE_DAYS = 28
CLEARED = (
    0,
    SCOPE_BITS[ClearanceScope.ADULTS],
    SCOPE_BITS[ClearanceScope.ADULTS] | SCOPE_BITS[ClearanceScope.IN_PERSON],
)
"""Scopes by `SupporterColumns.clearance_scopes`."""


def crowd_arrays(crowd: Crowd, today: date) -> MemberArrays:
    """Give a sample community's members as arrays; waiting, consent and clearances are counted from `today`."""
    members = crowd.members
    day = np.datetime64(today, "D")
    is_minor = members.ages < FIRST_ADULT
    modes = np.array([sum(MODE_BITS[Mode(mode)] for mode in some) for some in world.MODE_WEIGHTS])[members.modes]
    meets_in_person = modes & IN_PERSON > 0
    return MemberArrays(
        member_ids=crowd.member_ids(),
        languages=_languages(members.languages),
        timezone=TermColumn([city.zone for city in world.CITIES], members.cities.astype(np.int16)),
        availability=_windows(members),
        modes=modes.astype(np.int8),
        age_band=members.ages.astype(np.int8),
        has_consent=members.has_consent,
        seekers=_seekers(crowd, day, ~is_minor[: crowd.seekers]),
        supporters=_supporters(crowd, day),
        consent_given_by_guardian=is_minor,
        pace=members.paces.astype(np.int8),
        preferred_age_bands=members.age_wishes.astype(np.int16),
        age_band_confirmed_on=_days(day - members.consent_days, is_minor),
        gender=np.where(members.genders == NOT_STATED, NONE, members.genders).astype(np.int8),
        gender_preference=members.gender_wishes.astype(np.int8),
        interests=_lists(members.interests, world.INTERESTS),
        avoid_topics=_lists(members.boundaries, world.TOPICS),
        access=_lists(np.where(meets_in_person, members.access, np.uint64(0)), world.ACCESS_NEEDS),
        latitude=np.where(meets_in_person, members.latitudes / 100, np.nan),
        longitude=np.where(meets_in_person, members.longitudes / 100, np.nan),
        radius_km=np.where(meets_in_person, members.radii.astype(np.float64), np.nan),
        labels=_labels(crowd),
        is_paused=members.is_paused,
        paused_until=_days(np.broadcast_to(day + PAUSE_DAYS, len(modes)), members.is_paused),
    )


def _seekers(crowd: Crowd, day: np.datetime64, is_adult: Flags) -> SeekerArrays:
    asked = crowd.asked
    is_answered = is_adult & (asked.answers[:, 0] > 0)
    return SeekerArrays(
        members=np.arange(crowd.seekers),
        topics=_lists(asked.topics, world.TOPICS),
        session_minutes=asked.sessions.astype(np.int16),
        required_training=_lists(asked.required_training, world.REQUIRED_TRAININGS),
        waiting_since=day - asked.waiting_days,
        ucla3=np.where(is_answered[:, None], asked.answers, 0).astype(np.int8),
    )


def _supporters(crowd: Crowd, day: np.datetime64) -> SupporterArrays:
    offered = crowd.offered
    first = crowd.seekers - crowd.both
    return SupporterArrays(
        members=np.arange(first, first + crowd.supporters),
        topics=_lists(offered.topics, world.TOPICS),
        capacity=offered.capacities.astype(np.int16),
        session_minutes=offered.sessions.astype(np.int16),
        weekly_minutes=np.where(offered.weekly_minutes == 0, NONE, offered.weekly_minutes).astype(np.int32),
        training=_lists(offered.training, world.TRAININGS),
        clearances=_clearances(offered.clearance_scopes, day + offered.clearance_days),
    )


def _clearances(scopes: Integers, until: Dates) -> ClearanceLists:
    has_one = scopes > 0
    kinds = TermColumn(("basic",), np.zeros(int(has_one.sum()), dtype=np.int8))
    return ClearanceLists(
        starts_of(has_one.astype(np.int64)), kinds, np.array(CLEARED)[scopes[has_one]], until[has_one]
    )


def _windows(members: MemberColumns) -> WindowLists:
    """One window for each day of each habit, in that order."""
    falls_on = (members.habit_days[:, :, None] >> np.arange(7) & 1).astype(np.bool_)
    row, habit, day = np.nonzero(falls_on)
    return WindowLists(
        starts=starts_of(falls_on.sum(axis=(1, 2))),
        days=day.astype(np.int8),
        start_minutes=members.habit_starts[row, habit].astype(np.int16),
        end_minutes=members.habit_ends[row, habit].astype(np.int16),
    )


def _languages(languages: Integers) -> TermLists:
    is_spoken = languages != NO_LANGUAGE
    return TermLists(LANGUAGES, starts_of(is_spoken.sum(axis=1)), languages[is_spoken].astype(np.int8))


def _labels(crowd: Crowd) -> dict[str, LabelColumn]:
    if not crowd.sites:
        return {}
    return {"site": TermColumn([site_name(site) for site in range(crowd.sites)], crowd.members.sites)}


def _lists(bits: Bits, terms: Iterable[str]) -> TermLists:
    """Give sets as lists of terms, in the order of their bits."""
    words = tuple(terms)
    lengths, codes = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int8)]
    for first in range(0, len(bits), BLOCK_ROWS):
        block = bits[first : first + BLOCK_ROWS, None].astype("<u8").view(np.uint8)
        is_set: NDArray[Any] = np.unpackbits(block, axis=1, count=len(words), bitorder="little")
        lengths.append(is_set.sum(axis=1, dtype=np.int64))
        codes.append(np.nonzero(is_set)[1].astype(np.int8))
    return TermLists(words, starts_of(np.concatenate(lengths)), np.concatenate(codes))


def _days(days: Dates, is_given: Flags) -> Dates:
    given: Dates = np.where(is_given, days, np.datetime64("NaT", "D"))
    return given
