"""Whom the benchmarks match: sample communities from the project's own generator, by seed, size and shape.

The only place of the benchmarks that makes cohorts. Nothing here is timed by itself: whoever measures encoding times
`encode`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TypeVar

import numpy as np

from matching.arrays import MemberArrays
from matching.cohort import Cohort
from matching.community import ZONES
from matching.crowd import (
    LANGUAGES,
    NO_LANGUAGE,
    Crowd,
    Flags,
    MemberColumns,
    SeekerColumns,
    Shape,
    SupporterColumns,
)
from matching.crowd_arrays import crowd_arrays
from matching.drawing import draw as draw_columns
from matching.policy import LabelField, LabelOp, LabelRule, LabelType, Policy
from service.weeks import week_for

SEED = 20261122
TODAY = date(2026, 11, 22)
DEFAULT_POLICY = Policy()

BRANCHES_APART = Policy(
    labels=(LabelField("site", LabelType.STRING),),
    label_rules=(LabelRule("same_site", "site", LabelOp.EQUAL, "no branch in common"),),
)

EVERYBODY = Shape(away=0)
"""Nobody is left out of the run: the cohort has the size of the draw."""

Rows = TypeVar("Rows", MemberColumns, SeekerColumns, SupporterColumns)


@dataclass(frozen=True, slots=True)
class Draw:
    """A community to draw.

    Attributes
    ----------
    name : what the tables call it.
    seekers, supporters : how many; everybody can take part unless the shape leaves some away.
    shape : languages, cities, branches.
    speaks : a language that everybody speaks, and no other; empty: those of their cities.
    is_branched : whether four members in six belong to one branch and one each to two others, which do not meet.
    seed : another seed, another community.
    """

    name: str
    seekers: int
    supporters: int
    shape: Shape = EVERYBODY
    speaks: str = ""
    is_branched: bool = False
    seed: int = SEED

    @property
    def told(self) -> str:
        """Name and size."""
        return f"{self.name}, {self.seekers:,} × {self.supporters:,}"

    @property
    def policy(self) -> Policy:
        """The policy that the community is matched under."""
        return BRANCHES_APART if self.is_branched else DEFAULT_POLICY


def draw_crowd(draw: Draw) -> Crowd:
    """Draw the members' columns."""
    crowd = draw_columns(seed=draw.seed, seekers=draw.seekers, supporters=draw.supporters, shape=draw.shape)
    if draw.speaks:
        crowd.members.languages[:] = LANGUAGES.index(draw.speaks), NO_LANGUAGE
    if draw.is_branched:
        crowd.members.sites[:] = np.maximum(crowd.members.numbers % np.uint64(6), 3) - 3
        return replace(crowd, sites=3)
    return crowd


def arrays_of(crowd: Crowd) -> MemberArrays:
    """Give the profiles as arrays, which encoding starts from."""
    return crowd_arrays(crowd, TODAY)


def encode(arrays: MemberArrays, policy: Policy = DEFAULT_POLICY) -> Cohort:
    """Make the cohort of the members for the week of the benchmark."""
    return Cohort.from_arrays(arrays, week=week_for(TODAY, ZONES), policy=policy)


def changed(crowd: Crowd, draw: Draw, *, one_in: int) -> Crowd:
    """Give every `one_in`-th member what the next seed's community has in their row; ids and everybody else stay."""
    other = draw_crowd(replace(draw, seed=draw.seed + 1))
    rows = np.arange(crowd.members.numbers.size)
    is_changed = rows % one_in == 0
    before = crowd.seekers - crowd.both
    return replace(
        crowd,
        members=replace(_mixed(crowd.members, other.members, is_changed), numbers=crowd.members.numbers),
        asked=_mixed(crowd.asked, other.asked, is_changed[: crowd.seekers]),
        offered=_mixed(crowd.offered, other.offered, is_changed[before:]),
    )


def _mixed(ours: Rows, others: Rows, is_others: Flags) -> Rows:
    """Take the marked rows of every column from the others."""
    columns = {}
    for field in fields(ours):
        column = getattr(ours, field.name).copy()
        column[is_others] = getattr(others, field.name)[is_others]
        columns[field.name] = column
    return replace(ours, **columns)
