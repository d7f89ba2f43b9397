"""What really matched, said once more from profiles and slot by slot: slow, held against `matching/evidence.py`."""

from __future__ import annotations

from collections.abc import Callable

from matching.cohort import Cohort
from matching.columns import AGE_INDEX
from matching.languages import languages_of
from matching.profile import Day, Pace
from matching.week import SESSION_SLOTS, SLOT_MINUTES, SLOTS, SLOTS_PER_DAY


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


EVIDENCE: dict[str, Callable[[Cohort, int, int], tuple[str, ...]]] = {
    "topics": shared_topics,
    "interests": shared_interests,
    "language_preference": best_language,
    "pace": paces,
    "age_closeness": age_bands,
    "availability": joint_times,
}
"""By factor; distance is said in `matching/evidence.py` alone."""
