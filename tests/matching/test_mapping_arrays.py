"""Members gathered from their JSON form, held against the same members as profiles."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from matching.cohort import Cohort
from matching.community import ZONES, generate
from matching.crowd import Shape
from matching.mapping_arrays import Gathered
from matching.policy import LabelFactor, LabelField, LabelOp, LabelType, Policy
from matching.profile import (
    Clearance,
    ClearanceScope,
    Measures,
    MemberStatus,
    Profile,
    SupporterSide,
)
from matching.profile_arrays import arrays_of
from matching.profile_json import profile_to_mapping
from matching.profile_rows import ProfileRows
from matching.week import Week
from tests.matching.people import seeker, supporter

TODAY = date(2026, 11, 22)
WEEK = Week(today=TODAY, offsets=dict.fromkeys(ZONES, ((0, 60),)))
LABELS = Policy(
    labels=(
        LabelField("site", LabelType.STRING),
        LabelField("level", LabelType.INTEGER),
        LabelField("identities", LabelType.LIST),
    ),
    label_factors=(LabelFactor("same_site", "site", LabelOp.EQUAL, points=12),),
)


def gathered(profiles, policy=Policy()):  # noqa: B008 - frozen
    members = Gathered(policy)
    for profile in profiles:
        members.add(profile.member_id, profile_to_mapping(profile))
    return members.arrays()


def assert_same_cohort(profiles: list[Profile], policy: Policy, week: Week) -> None:
    quick = Cohort.from_arrays(gathered(profiles, policy), week=week, policy=policy)
    slow = Cohort.from_profiles(profiles, week=week, policy=policy)
    assert quick.left_out == slow.left_out
    assert quick.seeker_ids == slow.seeker_ids
    assert quick.supporter_ids == slow.supporter_ids
    assert quick.capacity.tolist() == slow.capacity.tolist()
    assert quick.priority.tolist() == slow.priority.tolist()
    for name, column in quick.columns._asdict().items():
        np.testing.assert_array_equal(column, getattr(slow.columns, name), err_msg=name)


@pytest.mark.parametrize(
    "shape", [Shape(), Shape(minors=300, away=300, both=40, second_languages=1000), Shape(sites=4)]
)
def test_a_community_is_the_same_cohort_either_way(shape: Shape):
    profiles = list(generate(seed=3, seekers=300, supporters=200, today=TODAY, shape=shape).profiles)

    assert_same_cohort(profiles, LABELS, WEEK)


UNUSUAL = [
    seeker("s-1", measures=Measures(TODAY)),
    seeker("s-2", measures=Measures(TODAY, (1, 2, 3)), waiting_since=TODAY - timedelta(days=70)),
    replace(seeker("s-3"), labels={"site": "north", "level": 3, "identities": ("carer", "parent"), "other": "x"}),
    replace(seeker("s-4"), labels={"site": 7, "level": "three", "identities": "carer"}),
    replace(seeker("s-5"), status=MemberStatus.PAUSED, paused_until=TODAY),
    replace(seeker("s-6"), status=MemberStatus.PAUSED),
    replace(seeker("s-7"), availability=()),
    replace(
        supporter("p-1"),
        supporter=SupporterSide(
            capacity=0,
            weekly_minutes=0,
            clearances=(
                Clearance("basic", frozenset(ClearanceScope), TODAY),
                Clearance("full", frozenset((ClearanceScope.MINORS,))),
            ),
        ),
    ),
    replace(supporter("p-2"), seeker=seeker("s-1").seeker),
]


def test_unusual_members_are_the_same_either_way():
    quick, slow = gathered(UNUSUAL, LABELS), arrays_of(UNUSUAL, LABELS)

    rows = np.arange(len(UNUSUAL))
    assert list(ProfileRows(quick, rows)) == list(ProfileRows(slow, rows))


def test_what_is_left_out_takes_the_default():
    members = Gathered(Policy())
    least = {"languages": ["en"], "timezone": "UTC", "modes": ["text"], "age_band": "25-34"}
    members.add("m", {**least, "consent": {"matching": True}, "seeker": {}, "supporter": {}})
    plain = Profile.from_mapping(
        "m", {**least, "consent": {"matching": True, "given_at": "2026-09-01T00:00:00Z"}, "seeker": {}, "supporter": {}}
    )

    (row,) = ProfileRows(members.arrays(), np.array([0]))
    (expected,) = ProfileRows(arrays_of([plain], Policy()), np.array([0]))
    assert row == expected


def test_nobody_is_nobody():
    assert Cohort.from_arrays(gathered([]), week=WEEK).n == 0


@pytest.mark.parametrize("broken", [{"timezone": None}, {"age_band": "old"}, {"modes": ["smoke"]}, {"consent": {}}])
def test_what_is_no_profile_is_refused(broken: dict):
    members = Gathered(Policy())
    profile = {**profile_to_mapping(seeker("s-1")), **broken}
    if broken == {"timezone": None}:
        del profile["timezone"]

    with pytest.raises((LookupError, TypeError, ValueError)):
        members.add("s-1", profile)
