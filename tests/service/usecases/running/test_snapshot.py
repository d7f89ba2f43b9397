"""Snapshots: everything a run depends on, and the same again from its stored lines."""

import json
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from matching.cohort import Cohort
from matching.policy import LabelFactor, LabelField, LabelOp, LabelType, Policy
from matching.profile import Apart, Clearance, ClearanceScope, Location, Measures, Mode, Standing, SupporterSide
from service.errors import UnknownFormat
from service.records.codec import read_as
from service.records.member import Member
from service.usecases.matches import act_on_match
from service.usecases.members import put_member, put_members
from service.usecases.policies import put_policy
from service.usecases.running.snapshot import seal_of, take_snapshot
from service.usecases.running.snapshot_lines import snapshot_from
from tests.service.usecases.cast import ADA, BEN, COORDINATOR, NOW, P, seeker, supporter
from tests.service.usecases.proposals import propose


def taken_and_kept(store, now=NOW):
    """A snapshot, and the same from its lines as they are stored."""
    lines = []
    snapshot = take_snapshot(store, P, now=now, keep=lambda line: lines.append(json.dumps(line)))
    return snapshot, snapshot_from(map(json.loads, lines))


def standing_of(snapshot, member_id):
    row = snapshot.row_of[member_id]
    told = {each.name: getattr(snapshot.standings, each.name)[row].item() for each in fields(snapshot.standings)}
    return Standing(**told)


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
    assert snapshot.members.member_ids == ["ada", "amy", "bea", "ben", "eve"]
    assert snapshot.versions.tolist() == [2, 1, 1, 2, 1]
    assert standing_of(snapshot, "amy") == Standing(waiting_since=NOW.date(), has_supporter=True)
    assert standing_of(snapshot, "ben") == Standing(held_matches=1, held_quarter_minutes=60 * 2)
    assert standing_of(snapshot, "eve") == Standing(waiting_since=date(2026, 1, 1))
    assert standing_of(snapshot, "bea") == Standing()
    assert snapshot.apart == {("ada", "bea"): Apart.RESTING}
    assert snapshot.previous == {"eve": "bea"}


def assert_same(one, other):
    assert (one.week, one.policy, one.previous, one.apart) == (other.week, other.policy, other.previous, other.apart)
    assert one.versions.tolist() == other.versions.tolist()
    assert [standing_of(one, each) for each in one.row_of] == [standing_of(other, each) for each in other.row_of]
    cohort, again = one.cohort(), other.cohort()
    assert (cohort.seeker_ids, cohort.supporter_ids) == (again.seeker_ids, again.supporter_ids)
    for name, column in cohort.columns._asdict().items():
        np.testing.assert_array_equal(column, getattr(again.columns, name), err_msg=name)
    assert cohort.priority.tolist() == again.priority.tolist()
    assert cohort.capacity.tolist() == again.capacity.tolist()
    assert cohort.left_out == again.left_out


def test_what_is_stored_of_a_snapshot_is_all_of_it(rich):
    snapshot, again = taken_and_kept(rich)

    assert_same(snapshot, again)
    assert snapshot.proposals == again.proposals
    assert snapshot.cohort().capacity.tolist() == [2 if i == "ben" else 1 for i in snapshot.cohort().supporter_ids]


def test_the_columns_of_a_snapshot_are_those_of_its_profiles(rich):
    snapshot = take_snapshot(rich, P, now=NOW)
    profiles = [read_as(Member, stored).profile for stored in rich.each(P, Member.KIND)]
    standings = {member_id: standing_of(snapshot, member_id) for member_id in snapshot.row_of}

    slow = Cohort.from_profiles(
        profiles, week=snapshot.week, policy=snapshot.policy, standings=standings, apart=snapshot.apart
    )

    for name, column in snapshot.cohort().columns._asdict().items():
        np.testing.assert_array_equal(column, getattr(slow.columns, name), err_msg=name)


def test_a_snapshot_of_format_1_is_read_as_before(rich):
    snapshot, _ = taken_and_kept(rich)
    lines = (Path(__file__).parent / "snapshot_1.ndjson").read_text(encoding="utf-8").splitlines()

    assert_same(snapshot, snapshot_from(map(json.loads, lines)))


def test_of_two_open_proposals_to_one_seeker_the_later_one_is_the_previous(cast):
    put_member(cast, P, profile=supporter("bob"), now=NOW)
    first, second = sorted((propose(cast, "ada", one) for one in ("ben", "bob")), key=lambda match: match.match_id)

    snapshot = take_snapshot(cast, P, now=NOW)

    assert snapshot.previous == {"ada": second.supporter_id}
    assert [proposal.match_id for proposal in snapshot.proposals] == [first.match_id, second.match_id]


def test_a_snapshot_of_a_newer_format_is_not_misread(cast):
    lines = []
    take_snapshot(cast, P, now=NOW, keep=lines.append)

    with pytest.raises(UnknownFormat):
        snapshot_from([{**lines[0], "format": 3}, *lines[1:]])


def test_a_record_is_sealed_alike_until_it_changes(cast):
    before, again = (seal_of(cast.get(P, Member.KIND, "ada")) for _ in range(2))
    put_member(cast, P, profile=replace(ADA, languages=("pl",)), now=NOW)

    assert before == again
    assert before != seal_of(cast.get(P, Member.KIND, "ada"))


def test_the_week_is_that_of_the_day(cast):
    in_summer = take_snapshot(cast, P, now=datetime(2026, 7, 1, tzinfo=NOW.tzinfo))
    in_winter = take_snapshot(cast, P, now=NOW + timedelta(days=1))

    assert in_summer.week.offsets["Europe/London"] == ((0, 60),)
    assert in_winter.week.offsets["Europe/London"] == ((0, 0),)
