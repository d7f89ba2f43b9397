"""Pauses that are over by their date: what was paused for them goes on, once, unless something stands in the way."""

from dataclasses import replace

import pytest

from matching.policy import Policy
from matching.profile import Clearance, ClearanceScope, MemberStatus
from service.records.hold import HoldCause
from service.records.match import Actor, ActorRole, MatchState
from service.records.task import TaskKind
from service.usecases.asking import set_looking
from service.usecases.members import get_member, put_member
from service.usecases.policies import put_policy
from service.usecases.rounds.returning import RETURNING
from service.usecases.safety import place_hold, put_block
from tests.service.usecases.acting import act, active, as_it_is
from tests.service.usecases.cast import ADA, BEN, NOW, P, without_consent
from tests.service.usecases.rounds.conftest import DAY, go_round, tasks, told

UNTIL = NOW.date() + 60 * DAY
AWAY = replace(BEN, status=MemberStatus.PAUSED, paused_until=UNTIL)
CARE = Actor(ActorRole.SAFEGUARDING, "c-9")


@pytest.fixture
def away(cast):
    """A match whose supporter is away for two months."""
    match = active(cast, "ada", "ben")
    put_member(cast, P, profile=AWAY, now=NOW + DAY)
    assert as_it_is(cast, match).state is MatchState.PAUSED
    return cast, match


def test_a_match_goes_on_the_day_a_pause_is_over_and_once(away):
    store, match = away
    for day in range(1, 60):
        go_round(store, NOW + day * DAY, RETURNING)
    assert as_it_is(store, match).state is MatchState.PAUSED

    for day in range(60, 63):
        go_round(store, NOW + day * DAY)

    back = as_it_is(store, match)
    assert (back.state, back.history[-1].at) == (MatchState.ACTIVE, NOW + 60 * DAY)
    assert len([event for event in store.events(P, limit=1000) if event.type == "match.active"]) == 2


def test_a_break_that_was_asked_for_does_not_end_by_itself(cast):
    match = active(cast, "ada", "ben")
    act(cast, match, "pause", reason="break")

    put_member(cast, P, profile=AWAY, now=NOW + DAY)
    go_round(cast, NOW + 61 * DAY)

    assert as_it_is(cast, match).state is MatchState.PAUSED


@pytest.mark.parametrize("whose", [AWAY, ADA], ids=["theirs", "the other one's"])
def test_a_consent_that_was_withdrawn_keeps_it_paused_when_the_pause_is_over(away, whose):
    store, match = away
    put_member(store, P, profile=without_consent(whose), now=NOW + 2 * DAY)

    go_round(store, NOW + 61 * DAY, RETURNING)

    assert as_it_is(store, match).state is MatchState.PAUSED


def test_it_waits_for_the_other_one_who_is_away_too(away):
    store, match = away
    longer = replace(ADA, status=MemberStatus.PAUSED, paused_until=UNTIL + 40 * DAY)
    put_member(store, P, profile=longer, now=NOW + 2 * DAY)

    go_round(store, NOW + 61 * DAY)
    assert as_it_is(store, match).state is MatchState.PAUSED
    go_round(store, NOW + 100 * DAY)

    assert as_it_is(store, match).state is MatchState.ACTIVE


@pytest.mark.parametrize("what", ["hold", "block", "rule"])
def test_what_stands_in_the_way_keeps_it_paused_and_a_profile_is_never_refused_for_it(away, what):
    store, match = away
    if what == "hold":
        place_hold(store, P, member_id="ada", cause=HoldCause.CRISIS, by=CARE, now=NOW + 2 * DAY)
    elif what == "block":
        put_block(store, P, one="ada", other="ben", now=NOW + 2 * DAY)
    else:
        policy = Policy(clearances={ClearanceScope.ADULTS: ("basic",)})
        put_policy(store, P, policy=policy, now=NOW + 2 * DAY, expected_version=1)

    go_round(store, NOW + 61 * DAY)
    assert as_it_is(store, match).state is MatchState.PAUSED
    put_member(store, P, profile=BEN, now=NOW + 62 * DAY)

    assert as_it_is(store, match).state is MatchState.PAUSED
    assert get_member(store, P, member_id="ben").profile == BEN


def test_a_supporter_who_is_away_for_long_leaves_somebody_to_be_asked(away):
    store, _ = away

    assert tasks(store, TaskKind.WITHOUT_SUPPORTER) == [("ada", "supporter_away")]
    assert told(store, "member.without_supporter") == [("ada",)]


def test_a_seeker_who_is_away_is_not_asked(cast):
    active(cast, "ada", "ben")

    put_member(cast, P, profile=replace(ADA, status=MemberStatus.PAUSED), now=NOW + DAY)

    assert tasks(cast, TaskKind.WITHOUT_SUPPORTER) == []


def test_nobody_needs_to_be_asked_once_the_supporter_is_back(away):
    store, _ = away

    put_member(store, P, profile=BEN, now=NOW + 5 * DAY)

    assert tasks(store, TaskKind.WITHOUT_SUPPORTER) == []


def test_who_would_rather_have_another_lets_the_match_go_and_looks(away):
    store, match = away

    asked = set_looking(store, P, member_id="ada", is_looking=True, now=NOW + 5 * DAY)

    ended = as_it_is(store, match)
    assert (ended.state, ended.history[-1].reason) == (MatchState.ENDED, "supporter_left")
    assert (asked.care.search, asked.care.has_supporter) == ("looking", False)
    assert tasks(store, TaskKind.WITHOUT_SUPPORTER) == []


def test_who_would_rather_wait_keeps_the_match(away):
    store, match = away

    set_looking(store, P, member_id="ada", is_looking=False, now=NOW + 5 * DAY)

    assert as_it_is(store, match).state is MatchState.PAUSED
    assert tasks(store, TaskKind.WITHOUT_SUPPORTER) == []


def test_a_lapsed_clearance_keeps_a_match_paused_when_its_supporter_returns(cast):
    policy = Policy(clearances={ClearanceScope.ADULTS: ("basic",)})
    cleared = replace(
        BEN,
        supporter=replace(
            BEN.supporter,
            clearances=(Clearance("basic", frozenset((ClearanceScope.ADULTS,)), NOW.date() + 30 * DAY),),
        ),
    )
    put_policy(cast, P, policy=policy, now=NOW, expected_version=1)
    put_member(cast, P, profile=cleared, now=NOW)
    match = active(cast, "ada", "ben")
    put_member(cast, P, profile=replace(cleared, status=MemberStatus.PAUSED), now=NOW + DAY)

    put_member(cast, P, profile=cleared, now=NOW + 40 * DAY)

    assert as_it_is(cast, match).state is MatchState.PAUSED
    assert tasks(cast, TaskKind.RULE) == [(match.match_id, "clearances")]
