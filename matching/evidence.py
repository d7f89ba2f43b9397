"""What really matched between two people, in words: the evidence that factors declare.

Each function reads a cohort's columns and what their bits stand for, and answers short phrases for `Factor.phrase`;
nothing matched is an empty tuple. Used for explanations only, a pair at a time. `tests/matching/plain_evidence.py` says
the same from the profiles. Never here: points, verdicts, wishes and boundaries.
"""

from __future__ import annotations

from math import asin
from typing import TYPE_CHECKING

from matching.bitsets import members_of, runs_of
from matching.columns import IN_PERSON
from matching.meeting import joint_reach, shared_modes, squared_chord
from matching.profile import AgeBand, Day, Pace
from matching.week import SESSION_SLOTS, SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

if TYPE_CHECKING:
    from matching.cohort import Cohort

EARTH_RADIUS_KM = 6371.0088
UNIT = 1 << 30
"""The length of a unit vector in the columns."""

_BANDS, _DAYS = tuple(map(str, AgeBand)), tuple(day.capitalize() for day in Day)
_PACES = tuple("at a flexible pace" if pace is Pace.FLEXIBLE else str(pace) for pace in Pace)


def shared_topics(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Name the topics asked for that the supporter offers."""
    c = cohort.plain
    return _named(cohort, "seeker_topics", c.seeker_topics[i] & c.supporter_topics[j])


def shared_interests(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Name the interests both have."""
    c = cohort.plain
    return _named(cohort, "seeker_interests", c.seeker_interests[i] & c.supporter_interests[j])


def best_language(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Name the common language that stands highest on both lists."""
    c = cohort.plain
    seeker = [c.seeker_language_list[p] for p in range(c.seeker_language_starts[i], c.seeker_language_starts[i + 1])]
    supporter = [
        c.supporter_language_list[q] for q in range(c.supporter_language_starts[j], c.supporter_language_starts[j + 1])
    ]
    shared = [number for number in seeker if number in supporter]
    if not shared:
        return ()
    best = min(shared, key=lambda number: seeker.index(number) + supporter.index(number))
    return (str(cohort.terms_of["seeker_language_list"][best]),)


def paces(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Name the pace both have stated; a flexible one fits every other, but only one of the two would like that."""
    c = cohort.plain
    pace = c.seeker_pace[i]
    return (_PACES[pace],) if pace == c.supporter_pace[j] else ()


def age_bands(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Name both bands, or the one they share; nothing where they are far apart."""
    c = cohort.plain
    younger, older = sorted((c.seeker_age[i], c.supporter_age[j]))
    if older - younger >= 3:
        return ()
    return (_BANDS[younger],) if younger == older else (_BANDS[younger], _BANDS[older])


def within_reach(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Say about how far apart two people live who could meet in person within both radii."""
    c = cohort.plain
    chord = squared_chord(c, i, j)
    if chord > joint_reach(c, i, j) or shared_modes(c, i, j) & IN_PERSON == 0:
        return ()
    kilometres = 2 * EARTH_RADIUS_KM * asin(min(chord**0.5 / (2 * UNIT), 1.0))
    return (f"about {round(kilometres)} km apart" if kilometres >= 1 else "less than 1 km apart",)


def joint_times(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Name the stretches of the week (UTC) in which a whole session suits both."""
    c = cohort.plain
    length = c.seeker_session[i]
    starts = c.seeker_starts[i] & c.supporter_starts[length * cohort.m + j]
    return tuple(_stretch(first, last + SESSION_SLOTS[length]) for first, last in _runs(starts))


def _runs(bits: int) -> list[tuple[int, int]]:
    """Give the runs of set slots as (first, last), by first slot; one that passes Sunday's end stays whole."""
    runs = runs_of(bits)
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == SLOTS - 1:
        _, last = runs.pop(0)
        runs[-1] = (runs[-1][0], last + SLOTS)
    return runs


def _named(cohort: Cohort, column: str, bits: int) -> tuple[str, ...]:
    # Terms are numbered in alphabetical order.
    terms = cohort.terms_of[column]
    return tuple(str(terms[number]) for number in members_of(bits))


def _stretch(first: int, end: int) -> str:
    return f"{_DAYS[first // SLOTS_PER_DAY]} {_clock(first)}–{_clock(end)} UTC"


def _clock(slot: int) -> str:
    minutes = slot % SLOTS_PER_DAY * SLOT_MINUTES
    return f"{minutes // 60:02}:{minutes % 60:02}"
