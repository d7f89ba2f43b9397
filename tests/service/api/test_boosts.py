"""A coordinator's boost over HTTP: for a reason, and for a while."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from service.records import Scope
from service.usecases.members import get_member
from service.usecases.places import standing_of


def boost(caller, weeks=8, reason="our_mistake", member_id="seeker-1"):
    return caller.put(f"/v1/members/{member_id}/boost", {"weeks": weeks, "reason": reason})


def test_a_boost_counts_for_twelve_weeks_and_then_no_longer(harbour, pair, store):
    told = boost(harbour)

    assert told.json == {"member_id": "seeker-1", "weeks": 8, "lapses_on": "2027-02-15"}
    member, lapses = get_member(store, "harbour", member_id="seeker-1"), date(2027, 2, 15)
    standings = [standing_of(member, held=0, holds_match=False, today=lapses - timedelta(days=days)) for days in (1, 0)]
    assert [standing.boost for standing in standings] == [8, 0]
    event = [event for event in store.events("harbour", limit=100) if event.type == "member.boosted"]
    assert [dict(each.body) for each in event] == [{"weeks": 8, "reason": "our_mistake"}]


def test_a_boost_is_taken_back_and_outlives_a_new_profile(harbour, pair, store):
    from tests.service.api.conftest import SEEKER

    boost(harbour)
    harbour.put("/v1/members/seeker-1", {**SEEKER, "interests": ["chess"]})
    assert get_member(store, "harbour", member_id="seeker-1").care.boost == 8

    assert boost(harbour, weeks=0).json == {"member_id": "seeker-1", "weeks": 0, "lapses_on": None}


@pytest.mark.parametrize(
    ("weeks", "reason"), [(53, "other"), (-1, "other"), (True, "other"), (8, "she asked"), (8, None)]
)
def test_what_is_no_boost_is_refused(harbour, pair, weeks, reason):
    assert boost(harbour, weeks, reason).status_code == 422


def test_it_is_for_seekers_and_by_reviewers_of_the_platform(harbour, outsider, caller_with, pair):
    assert boost(harbour, member_id="supporter-1").json["code"] == "not_a_seeker"
    assert boost(outsider).status_code == 404
    assert boost(caller_with("harbour", set(Scope) - {Scope.REVIEW})).status_code == 403
