"""The factors of a score, in the order in which they are shown; the default weights add up to 10 000.

To add one, write the function with its declaration: kernel, reference, policy schema, console, API and explanations
read the registry. Its hand-computed table goes to tests/matching/test_factors.py. A factor answers (numerator,
denominator), 0 ≤ numerator ≤ denominator; the policy's weight makes it points. Where a seeker has stated no wish,
every supporter gets the same half: silence neither earns more than an answer could, nor is punished. Never here:
anything that must not happen (rules.py), floats.
"""

from __future__ import annotations

from matching.columns import FLEXIBLE, IN_PERSON, Columns
from matching.declare import FACTORS, count, count_shared, count_starts, factor
from matching.evidence import (
    age_bands,
    best_language,
    joint_times,
    paces,
    shared_interests,
    shared_topics,
    within_reach,
)
from matching.meeting import joint_reach, shared_modes, squared_chord

__all__ = ["FACTORS"]

ENOUGH_STARTS = 16
"""Starting times a week beyond which more choice adds nothing: sixteen quarter-hours, four hours' worth."""

ENOUGH_INTERESTS = 3
"""Shared interests beyond which more add nothing."""

AGE_STEPS = 3
"""Bands apart at which closeness in age has come down to nothing."""

CHORD_SHIFT = 20
"""Low bits of squared chords left out, so that weight × numerator stays below 2²⁰ × 2⁴³; about six metres."""


@factor(
    key="topics",
    title="Topics",
    weight=3000,
    unit="share of what the seeker asked for",
    evidence=shared_topics,
    phrase="has lived experience of {evidence}",
)
def topics(c: Columns, i: int, j: int) -> tuple[int, int]:
    """Share of the seeker's topics that the supporter offers; half where nothing was asked for."""
    asked = count(c.seeker_topics, i)
    if asked == 0:
        return 1, 2
    return count_shared(c.seeker_topics, i, c.supporter_topics, j), asked


@factor(
    key="availability",
    title="Time in common",
    weight=2500,
    unit="starting times in common, of sixteen",
    evidence=joint_times,
    phrase="both are free {evidence}",
)
def availability(c: Columns, i: int, j: int) -> tuple[int, int]:
    """Starts that suit both for the seeker's session, up to `ENOUGH_STARTS`."""
    starts = count_starts(c.seeker_starts, i, c.supporter_starts, j, c.seeker_session[i])
    return min(starts, ENOUGH_STARTS), ENOUGH_STARTS


@factor(
    key="pace",
    title="Pace",
    weight=1500,
    unit="closeness of how often they would like to meet",
    evidence=paces,
    phrase="would like to meet {evidence}",
)
def pace(c: Columns, i: int, j: int) -> tuple[int, int]:
    """The same pace in full; three quarters where one is flexible; half for neighbours; weekly and monthly nothing."""
    seeker = c.seeker_pace[i]
    supporter = c.supporter_pace[j]
    if seeker == supporter:
        return 4, 4
    if seeker == FLEXIBLE or supporter == FLEXIBLE:  # noqa: PLR1714 - the compiler knows no membership in a tuple here
        return 3, 4
    return (2, 4) if abs(seeker - supporter) == 1 else (0, 4)


@factor(
    key="interests",
    title="Interests",
    weight=1500,
    unit="shared interests, of three or of all the seeker has",
    evidence=shared_interests,
    phrase="both like {evidence}",
)
def interests(c: Columns, i: int, j: int) -> tuple[int, int]:
    """Shared interests out of three, or out of the seeker's where they have fewer; half where they list none.

    The yardstick depends on the seeker alone and stops at three, so a long list on either side costs nobody points.
    """
    enough = min(count(c.seeker_interests, i), ENOUGH_INTERESTS)
    if enough == 0:
        return 1, 2
    return min(count_shared(c.seeker_interests, i, c.supporter_interests, j), enough), enough


@factor(
    key="language_preference",
    title="Preferred language",
    weight=1000,
    unit="how far up both lists their best common language stands",
    evidence=best_language,
    phrase="both speak {evidence}",
)
def language_preference(c: Columns, i: int, j: int) -> tuple[int, int]:
    """One over one plus the steps down both lists to the common language that is highest; nothing without one."""
    best = 0
    for p in range(c.seeker_language_starts[i], c.seeker_language_starts[i + 1]):
        for q in range(c.supporter_language_starts[j], c.supporter_language_starts[j + 1]):
            if c.seeker_language_list[p] == c.supporter_language_list[q]:
                steps = p - c.seeker_language_starts[i] + q - c.supporter_language_starts[j]
                if best == 0 or steps + 1 < best:
                    best = steps + 1
    return (0, 1) if best == 0 else (1, best)


@factor(
    key="distance",
    title="Distance",
    weight=500,
    unit="closeness within the smaller radius, squared",
    evidence=within_reach,
    phrase="live {evidence}",
)
def distance(c: Columns, i: int, j: int) -> tuple[int, int]:
    """One minus the squared share of the smaller radius; nothing beyond it, unlocated, or not in person at all."""
    if (shared_modes(c, i, j) & IN_PERSON) == 0:
        return 0, 1
    reach = joint_reach(c, i, j)
    chord = squared_chord(c, i, j)
    if chord > reach:
        return 0, 1
    whole = (reach >> CHORD_SHIFT) + 1
    return whole - (chord >> CHORD_SHIFT), whole


@factor(
    key="age_closeness",
    title="Closeness in age",
    weight=0,
    unit="bands apart, up to three",
    evidence=age_bands,
    phrase="are close in age: {evidence}",
)
def age_closeness(c: Columns, i: int, j: int) -> tuple[int, int]:
    """The same band in full, a third less for each band apart."""
    apart = abs(c.seeker_age[i] - c.supporter_age[j])
    return max(AGE_STEPS - apart, 0), AGE_STEPS
