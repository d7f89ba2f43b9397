"""What really matched between two people, in words: the evidence that factors declare.

Each function reads a cohort's profiles (not the columns) and answers short phrases for `Factor.phrase`; nothing
matched is an empty tuple. Used for explanations only, a pair at a time. Never here: points, verdicts, wishes and
boundaries.
"""

from __future__ import annotations

from math import asin
from typing import TYPE_CHECKING

from matching.columns import AGE_INDEX, IN_PERSON
from matching.languages import languages_of
from matching.meeting import joint_reach, shared_modes, squared_chord
from matching.profile import Day, Pace
from matching.week import SESSION_SLOTS, SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

if TYPE_CHECKING:
    from matching.cohort import Cohort

EARTH_RADIUS_KM = 6371.0088
UNIT = 1 << 30
"""The length of a unit vector in the columns."""


def shared_topics(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Name the topics asked for that the supporter offers."""
    seeker, supporter = cohort.seekers[i].seeker, cohort.supporters[j].supporter
    return tuple(sorted(seeker.topics & supporter.topics)) if seeker and supporter else ()


def shared_interests(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Name the interests both have."""
    return tuple(sorted(cohort.seekers[i].interests & cohort.supporters[j].interests))


def best_language(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Name the common language that stands highest on both lists."""
    seeker = languages_of(cohort.seekers[i].languages)
    supporter = languages_of(cohort.supporters[j].languages)
    shared = [name for name in seeker if name in supporter]
    return (min(shared, key=lambda name: seeker.index(name) + supporter.index(name)),) if shared else ()


def paces(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Name the pace both have stated; a flexible one fits every other, but only one of the two would like that."""
    seeker, supporter = cohort.seekers[i].pace, cohort.supporters[j].pace
    if seeker is not supporter:
        return ()
    return (str(seeker) if seeker is not Pace.FLEXIBLE else "at a flexible pace",)


def age_bands(cohort: Cohort, i: int, j: int) -> tuple[str, ...]:
    """Name both bands, or the one they share; nothing where they are far apart."""
    bands = {cohort.seekers[i].age_band, cohort.supporters[j].age_band}
    ages = sorted(AGE_INDEX[band] for band in bands)
    return tuple(sorted(bands)) if ages[-1] - ages[0] < 3 else ()


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
    slots = [slot for slot in range(SLOTS) if bits >> slot & 1]
    runs: list[tuple[int, int]] = []
    for slot in slots:
        if runs and runs[-1][1] == slot - 1:
            runs[-1] = (runs[-1][0], slot)
        else:
            runs.append((slot, slot))
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == SLOTS - 1:
        _, last = runs.pop(0)
        runs[-1] = (runs[-1][0], last + SLOTS)
    return runs


def _stretch(first: int, end: int) -> str:
    day = list(Day)[first // SLOTS_PER_DAY].capitalize()
    return f"{day} {_clock(first)}–{_clock(end)} UTC"


def _clock(slot: int) -> str:
    minutes = slot % SLOTS_PER_DAY * SLOT_MINUTES
    return f"{minutes // 60:02}:{minutes % 60:02}"
