"""A sample community as columns: a million members without one object a member.

The members are numbered: the first `seekers` of them are seekers, the last `supporters` of them supporters, so that the
`both` in the middle are on both sides. `Crowd.members` holds what both roles share, one row a member; `Crowd.asked` one
row a seeker, `Crowd.offered` one row a supporter. Sets are bits over the tables of `world.py`. `drawing.py` fills the
columns, `community.py` makes profiles of them, `crowd_arrays.py` arrays that a cohort takes without profiles.

A new profile field is one column here, drawn in `drawing.py`, and one line each in `community.py` and
`crowd_arrays.py`. Never here: drawing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching import world
from matching.draws import Bits, Integers

LANGUAGES = tuple(dict.fromkeys(tag for city in world.CITIES for tag in city.speaks))
"""The languages members may speak; columns hold indices."""

NO_LANGUAGE = -1
NOT_STATED = len(world.GENDER_WEIGHTS) - 1
FIRST_ADULT = 2

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a sample community differs from the usual one; chances in thousandths.

    Attributes
    ----------
    both : members who are seeker and supporter at once; None: one in fifty of the smaller side.
    minors : how many of a thousand on either side are under 18; their guardians have consented.
    away : how many of a thousand a run leaves out: paused, without consent, or without any time.
    second_languages : how many of a thousand who would speak a second language do. 0 keeps languages apart: a community
        of many separate parts; 1000 makes nearly one.
    cities : so many of the first cities of the world's table.
    sites : local branches, in label ``site``, which a policy may keep apart; 0: no labels.
    """

    both: int | None = None
    minors: int = 0
    away: int = 30
    second_languages: int = 1000
    cities: int = len(world.CITIES)
    sites: int = 0


@dataclass(frozen=True, slots=True)
class MemberColumns:
    """One row a member.

    `numbers` make the ids. `languages` (rows, 2) index `LANGUAGES`, `NO_LANGUAGE` where there is no second. `rhythms`
    index `world.RHYTHMS`; `habit_days` (rows, 2) are seven bits, Monday lowest; `habit_starts` and `habit_ends` (rows,
    2) minutes of the day, an end up to the start being on the next day. `modes` index `world.MODE_WEIGHTS`, `genders`
    and `paces` their enumerations (`NOT_STATED`). Wishes are bits over genders and age bands, 0 for none. Coordinates
    are hundredths of a degree.
    """

    numbers: Bits
    cities: Integers
    languages: Integers
    ages: Integers
    age_wishes: Integers
    genders: Integers
    gender_wishes: Integers
    modes: Integers
    paces: Integers
    rhythms: Integers
    habit_days: Integers
    habit_starts: Integers
    habit_ends: Integers
    interests: Bits
    boundaries: Bits
    access: Bits
    latitudes: Integers
    longitudes: Integers
    radii: Integers
    sites: Integers
    is_paused: Flags
    has_consent: Flags
    consent_days: Integers
    consent_minutes: Integers


@dataclass(frozen=True, slots=True)
class SeekerColumns:
    """One row a seeker: topics and trainings as bits, `sessions` in minutes, `waiting_days` before today.

    `answers` (rows, 3) to UCLA-3; 0 is none.
    """

    topics: Bits
    sessions: Integers
    required_training: Bits
    waiting_days: Integers
    answers: Integers


@dataclass(frozen=True, slots=True)
class SupporterColumns:
    """One row a supporter: topics and trainings as bits, `sessions` in minutes.

    `weekly_minutes` and `commitment_weeks` are 0 where none is stated; `clearance_days` from today to a clearance's
    last day, `clearance_scopes` 0 none, 1 adults, 2 adults and in person.
    """

    topics: Bits
    training: Bits
    capacities: Integers
    sessions: Integers
    weekly_minutes: Integers
    commitment_weeks: Integers
    clearance_scopes: Integers
    clearance_days: Integers


@dataclass(frozen=True, slots=True)
class Crowd:
    """A sample community in columns; `sites` is how many local branches it has, 0 none."""

    seekers: int
    supporters: int
    both: int
    sites: int
    members: MemberColumns
    asked: SeekerColumns
    offered: SupporterColumns

    def member_ids(self) -> list[str]:
        """Give the ids, one a member: opaque, as a platform's would be, and never two alike."""
        return [f"m-{number:012x}" for number in self.members.numbers.tolist()]


def site_name(site: int) -> str:
    """Give a local branch's label."""
    return f"site-{site:04}"
