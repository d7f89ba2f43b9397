"""Snapshots: everything a run depends on, and the same again from its stored lines."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from matching.policy import LabelFactor, LabelField, LabelOp, LabelType, Policy
from matching.profile import Apart, Clearance, ClearanceScope, Location, Measures, Mode, Standing, SupporterSide
from service.errors import UnknownFormat
from service.usecases.matches import act_on_match
from service.usecases.members import put_member, put_members
from service.usecases.policies import put_policy
from service.usecases.running.snapshot import lines_of, snapshot_from, take_snapshot
from tests.service.usecases.cast import ADA, BEN, COORDINATOR, NOW, P, seeker, supporter
from tests.service.usecases.proposals import propose


def through_json(snapshot):
    return snapshot_from(json.loads(json.dumps(line)) for line in lines_of(snapshot))


@pytest.fixture
def rich(cast):
    """A platform where every part of a snapshot holds something."""
    full = replace(
        ADA,
        seeker=replace(ADA.seeker, measures=Measures(date(2026, 9, 1), (2, 3, 3))),
        location=Location(53.48, -2.24, 10.0),
        modes=frozenset((Mode.TEXT, Mode.IN_PERSON)),
        labels={"site": "north"},
        timezone="Asia/Kathmandu",
    )
    cleared = SupporterSide(
        topics=frozenset(("caring",)),
        capacity=3,
        weekly_minutes=90,
        clearances=(Clearance("basic", frozenset((ClearanceScope.ADULTS,)), date(2028, 6, 30)),),
    )
    put_member(cast, P, profile=full, now=NOW)
    put_members(cast, P, profiles=[replace(BEN, supporter=cleared), seeker("eve", since=date(2026, 1, 1))], now=NOW)
    policy = Policy(
        labels=(LabelField("site", LabelType.STRING, ("north", "south")),),
        label_factors=(LabelFactor("same_site", "site", LabelOp.EQUAL, points=12),),
    )
    put_policy(cast, P, policy=policy, now=NOW, expected_version=1)
    offered, rejected = propose(cast, "amy", "ben"), propose(cast, "ada", "bea")
    act_on_match(cast, P, match_id=offered.match_id, action="approve", by=COORDINATOR, now=NOW)
    act_on_match(cast, P, match_id=rejected.match_id, action="reject", by=COORDINATOR, now=NOW, reason="safety")
    propose(cast, "eve", "bea")
    return cast


def test_a_snapshot_sees_members_standings_rests_and_proposals(rich):
    snapshot = take_snapshot(rich, P, now=NOW)

    assert snapshot.week.today == NOW.date()
    assert set(snapshot.week.offsets) == {"Europe/London", "Asia/Kathmandu"}
    assert snapshot.policy.version == 2
    assert snapshot.versions == {"ada": 2, "amy": 1, "bea": 1, "ben": 2, "eve": 1}
    assert snapshot.standings["amy"] == Standing(waiting_since=NOW.date(), has_supporter=True)
    assert snapshot.standings["ben"] == Standing(held_matches=1, held_quarter_minutes=60 * 2)
    assert snapshot.standings["eve"] == Standing(waiting_since=date(2026, 1, 1))
    assert snapshot.apart == {("ada", "bea"): Apart.RESTING}
    assert snapshot.previous == {"eve": "bea"}


def test_what_is_stored_of_a_snapshot_is_all_of_it(rich):
    snapshot = take_snapshot(rich, P, now=NOW)

    assert through_json(snapshot) == snapshot


def test_the_cohort_of_a_stored_snapshot_is_the_same_to_the_last_bit(rich):
    snapshot = take_snapshot(rich, P, now=NOW)

    cohort, again = snapshot.cohort(), through_json(snapshot).cohort()

    assert (cohort.seeker_ids, cohort.supporter_ids) == (again.seeker_ids, again.supporter_ids)
    for name, column in cohort.columns._asdict().items():
        np.testing.assert_array_equal(column, getattr(again.columns, name), err_msg=name)
    assert cohort.priority.tolist() == again.priority.tolist()
    assert cohort.capacity.tolist() == again.capacity.tolist() == [2 if i == "ben" else 1 for i in cohort.supporter_ids]


def test_of_two_open_proposals_to_one_seeker_the_later_one_is_the_previous(cast):
    put_member(cast, P, profile=supporter("bob"), now=NOW)
    first, second = sorted((propose(cast, "ada", one) for one in ("ben", "bob")), key=lambda match: match.match_id)

    snapshot = take_snapshot(cast, P, now=NOW)

    assert snapshot.previous == {"ada": second.supporter_id}
    assert [proposal.match_id for proposal in snapshot.proposals] == [first.match_id, second.match_id]


def test_a_snapshot_of_a_newer_format_is_not_misread(cast):
    head, *rest = lines_of(take_snapshot(cast, P, now=NOW))

    with pytest.raises(UnknownFormat):
        snapshot_from([{**head, "format": 2}, *rest])


def test_the_week_is_that_of_the_day(cast):
    in_summer = take_snapshot(cast, P, now=datetime(2026, 7, 1, tzinfo=NOW.tzinfo))
    in_winter = take_snapshot(cast, P, now=NOW + timedelta(days=1))

    assert in_summer.week.offsets["Europe/London"] == ((0, 60),)
    assert in_winter.week.offsets["Europe/London"] == ((0, 0),)
