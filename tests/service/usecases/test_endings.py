"""Endings and farewells: rests, recovery, who is asked whether they want another, and clocks that never punish."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matching.profile import MemberStatus
from service.errors import Conflict, Forbidden
from service.records.care import Search
from service.records.hold import HoldCause
from service.records.match import Actor, ActorRole, MatchState
from service.records.member import Member
from service.records.rest import Rest
from service.records.task import CoordinatorTask
from service.usecases.asking import set_looking
from service.usecases.clocks import clock_for
from service.usecases.members import delete_member, get_member, put_member, put_members
from service.usecases.running.snapshot import take_snapshot
from service.usecases.safety import place_hold, put_block, release_holds
from tests.service.usecases.acting import act, active, as_it_is, offered, seeker_of
from tests.service.usecases.cast import ADA, AMY, BEN, NOW, P, seeker, supporter, without_consent

DAY = timedelta(days=1)
CARE = Actor(ActorRole.SAFEGUARDING, "c-9")
AWAY = replace(BEN, status=MemberStatus.PAUSED)
ON_HOLIDAY = replace(AWAY, paused_until=NOW.date() + 28 * DAY)


def member(store, member_id):
    return get_member(store, P, member_id=member_id)


def tasks(store):
    return [
        (stored.body["task_kind"], stored.body["subject"], stored.body["detail"])
        for stored in store.each(P, CoordinatorTask.KIND)
    ]


@pytest.mark.parametrize(
    ("reason", "days", "lost"),
    [
        ("goal_reached", 90, False),
        ("became_friends", 90, False),
        ("seeker_moved_on", 90, False),
        ("supporter_left", 90, True),
        ("no_contact", 365, True),
        ("poor_fit", 365, False),
        ("other", 365, False),
    ],
)
def test_after_an_ending_the_two_rest_and_the_seeker_is_asked_first(cast, reason, days, lost):
    match = active(cast, "ada", "ben")

    act(cast, match, "end", reason=reason, now=NOW + 10 * DAY)

    rest = cast.get(P, Rest.KIND, "ada~ben").body
    assert rest["until"][:10] == (NOW.date() + (10 + days) * DAY).isoformat()
    for member_id in ("ada", "ben"):
        assert member(cast, member_id).care.recovering_until == NOW.date() + 24 * DAY
    care = member(cast, "ada").care
    assert (care.search, care.has_supporter) == (Search.TO_ASK, False)
    assert care.lost_supporter_on == ((NOW + 10 * DAY).date() if lost else None)
    assert tasks(cast) == [("without_supporter", "ada", reason)]
    assert [event.type for event in cast.events(P)[-2:]] == ["task.opened", "member.without_supporter"]


def test_after_a_match_ended_for_safety_the_two_rest_for_ever(cast):
    act(cast, active(cast, "ada", "ben"), "end", reason="safety")

    assert cast.get(P, Rest.KIND, "ada~ben").body["until"] is None


def test_after_a_death_nothing_is_sent_and_somebody_looks(cast):
    match = active(cast, "ada", "ben")
    before = len(cast.events(P))

    act(cast, match, "end", reason="died")

    assert tasks(cast) == [("care", match.match_id, "died")]
    assert [event.type for event in cast.events(P)[before:]] == ["match.ended", "task.opened"]
    assert cast.get(P, Rest.KIND, "ada~ben") is None
    for member_id in ("ada", "ben"):
        care = member(cast, member_id).care
        assert (care.is_quiet, care.recovering_until) == (True, NOW.date() + 42 * DAY)


def test_nobody_is_matched_while_they_recover_or_before_they_were_asked(cast):
    act(cast, active(cast, "ada", "ben"), "end", reason="supporter_left")

    soon, later = (take_snapshot(cast, P, now=NOW + days * DAY).cohort().left_out for days in (13, 14))

    assert (soon["ben"], soon["ada"]) == ({"supporter": "recovering"}, {"seeker": "recovering"})
    assert "ben" not in later
    assert later["ada"] == {"seeker": "has_supporter"}


def test_once_asked_somebody_is_looked_for_again_and_the_task_is_done(cast):
    act(cast, active(cast, "ada", "ben"), "end", reason="supporter_left")

    set_looking(cast, P, member_id="ada", is_looking=True, now=NOW + DAY)

    (task,) = (stored.body for stored in cast.each(P, CoordinatorTask.KIND))
    assert task["done_at"] == "2026-11-26T09:00:00.000000Z"
    assert cast.count(P, CoordinatorTask.KIND, index="open_kind", value="without_supporter") == 0
    assert "ada" not in take_snapshot(cast, P, now=NOW + 14 * DAY).cohort().left_out
    assert member(cast, "ada").care.lost_supporter_on == NOW.date()


def test_days_with_a_supporter_are_no_waiting_days_and_none_are_lost(cast):
    put_members(cast, P, profiles=[seeker("eve", since=date(2026, 11, 1))], now=NOW)
    match = active(cast, "eve", "ben", now=NOW)

    # 24 days until the match, then 30 with a supporter.
    act(cast, match, "end", reason="supporter_left", now=NOW + 30 * DAY)

    assert member(cast, "eve").waiting_since == date(2026, 12, 1)
    assert member(cast, "eve").waiting_since_on((NOW + 30 * DAY).date()) == date(2026, 12, 1)


def test_the_clock_stands_still_in_a_pause_of_ones_own(cast):
    put_members(cast, P, profiles=[seeker("eve", since=date(2026, 11, 1))], now=NOW)
    eve = member(cast, "eve").profile

    put_member(cast, P, profile=replace(eve, status=MemberStatus.PAUSED), now=NOW)
    in_between = member(cast, "eve").waiting_since_on((NOW + 5 * DAY).date())
    put_member(cast, P, profile=eve, now=NOW + 10 * DAY)

    assert in_between == date(2026, 11, 6)
    assert member(cast, "eve").waiting_since == date(2026, 11, 11)
    assert member(cast, "eve").care.stopped_on is None


def test_a_pause_with_a_date_ends_on_it_without_anybodys_word(cast):
    put_members(cast, P, profiles=[seeker("eve", since=date(2026, 11, 1))], now=NOW)
    eve = member(cast, "eve").profile
    until = NOW.date() + 7 * DAY

    put_member(cast, P, profile=replace(eve, status=MemberStatus.PAUSED, paused_until=until), now=NOW)

    assert member(cast, "eve").waiting_since_on(NOW.date() + 20 * DAY) == date(2026, 11, 8)
    # Told late that it is over: the days since count as waited.
    put_member(cast, P, profile=eve, now=NOW + 20 * DAY)
    assert member(cast, "eve").waiting_since == date(2026, 11, 8)


def test_two_pauses_in_a_row_count_each_once(cast):
    put_members(cast, P, profiles=[seeker("eve", since=date(2026, 11, 1))], now=NOW)
    eve = member(cast, "eve").profile
    away = replace(eve, status=MemberStatus.PAUSED, paused_until=NOW.date() + 7 * DAY)

    put_member(cast, P, profile=away, now=NOW)
    put_member(cast, P, profile=replace(away, paused_until=NOW.date() + 30 * DAY), now=NOW + 20 * DAY)
    put_member(cast, P, profile=eve, now=NOW + 30 * DAY)

    assert member(cast, "eve").waiting_since == date(2026, 11, 1) + (7 + 10) * DAY


def test_somebody_who_never_looked_has_no_clock():
    never = Member(AWAY, None, created_at=NOW, updated_at=NOW)

    assert clock_for(never, NOW.date()).care.stopped_on is None


def test_a_supporter_who_is_deleted_leaves_people_without_a_supporter_who_are_asked_first(cast):
    put_member(cast, P, profile=supporter("ben", topics=("bereavement", "caring"), capacity=3), now=NOW)
    first, second = active(cast, "ada", "ben"), active(cast, "amy", "ben")
    put_members(cast, P, profiles=[seeker("eve")], now=NOW)
    offer = offered(cast, "eve", "ben")

    delete_member(cast, P, member_id="ben", now=NOW)

    assert [as_it_is(cast, match).state for match in (first, second, offer)] == ["ended", "ended", "withdrawn"]
    assert as_it_is(cast, first).history[-1].reason == "supporter_left"
    assert sorted(tasks(cast)) == [
        ("without_supporter", "ada", "supporter_left"),
        ("without_supporter", "amy", "supporter_left"),
    ]
    assert cast.get(P, "load", "ben") is None
    assert member(cast, "amy").care.search is Search.TO_ASK


def test_more_matches_than_one_commit_takes_all_end(cast):
    many = [f"s{number:03}" for number in range(70)]
    put_members(cast, P, profiles=[seeker(member_id) for member_id in many], now=NOW)
    put_member(cast, P, profile=supporter("ben", capacity=100), now=NOW)
    matches = [active(cast, member_id, "ben") for member_id in many]

    delete_member(cast, P, member_id="ben", now=NOW)

    assert {as_it_is(cast, match).state for match in matches} == {MatchState.ENDED}
    assert {member(cast, member_id).care.search for member_id in many} == {Search.TO_ASK}


def test_giving_a_role_up_ends_its_matches_only(cast):
    both = replace(seeker("cat"), supporter=BEN.supporter)
    put_members(cast, P, profiles=[both], now=NOW)
    as_seeker, as_supporter = active(cast, "cat", "ben"), active(cast, "ada", "cat")

    put_member(cast, P, profile=replace(both, supporter=None), now=NOW)

    assert as_it_is(cast, as_seeker).state is MatchState.ACTIVE
    assert as_it_is(cast, as_supporter).state is MatchState.ENDED
    assert member(cast, "cat").profile.supporter is None


def test_a_holiday_leaves_a_running_match_alone(cast):
    match = active(cast, "ada", "ben")

    put_member(cast, P, profile=ON_HOLIDAY, now=NOW)

    assert as_it_is(cast, match).state is MatchState.ACTIVE


@pytest.mark.parametrize("away", [AWAY, replace(AWAY, paused_until=NOW.date() + 29 * DAY), without_consent(BEN)])
def test_a_long_absence_pauses_a_running_match_until_they_are_back(cast, away):
    match = active(cast, "ada", "ben")

    put_member(cast, P, profile=away, now=NOW)
    paused = as_it_is(cast, match)
    put_member(cast, P, profile=BEN, now=NOW + 3 * DAY)

    assert (paused.state, paused.paused_because) == (MatchState.PAUSED, "away")
    assert as_it_is(cast, match).state is MatchState.ACTIVE


def test_a_match_goes_on_when_both_are_back(cast):
    match = active(cast, "ada", "ben")
    ada_away = replace(ADA, status=MemberStatus.PAUSED)
    put_members(cast, P, profiles=[AWAY, ada_away], now=NOW)

    put_member(cast, P, profile=BEN, now=NOW)
    assert as_it_is(cast, match).state is MatchState.PAUSED
    put_member(cast, P, profile=ADA, now=NOW)
    assert as_it_is(cast, match).state is MatchState.ACTIVE


def test_a_break_the_two_asked_for_does_not_end_because_somebody_comes_back(cast):
    match = active(cast, "ada", "ben")
    act(cast, match, "pause", by=seeker_of(match))

    put_member(cast, P, profile=AWAY, now=NOW)
    put_member(cast, P, profile=BEN, now=NOW + 3 * DAY)

    assert as_it_is(cast, match).state is MatchState.PAUSED


def test_an_import_that_takes_people_out_does_what_a_single_profile_does(cast):
    match, offer = active(cast, "ada", "ben"), offered(cast, "amy", "bea")

    put_members(cast, P, profiles=[AWAY, without_consent(AMY), replace(ADA, interests=frozenset({"chess"}))], now=NOW)

    assert as_it_is(cast, match).state is MatchState.PAUSED
    assert as_it_is(cast, offer).state is MatchState.WITHDRAWN


@pytest.mark.parametrize(
    ("what", "code"), [("hold", "not_taking_part"), ("block", "kept_apart"), ("erased", "action_not_allowed")]
)
def test_no_ending_is_planned_out_of_a_pause_while_the_two_must_not_meet(cast, what, code):
    match = active(cast, "ada", "ben")
    act(cast, match, "pause", reason="break")
    if what == "hold":
        place_hold(cast, P, member_id="ben", cause=HoldCause.CRISIS, by=CARE, now=NOW)
    elif what == "block":
        put_block(cast, P, one="ada", other="ben", now=NOW)
    else:
        delete_member(cast, P, member_id="ben", now=NOW)

    with pytest.raises(Conflict) as refused:
        act(cast, match, "plan_ending", reason="other")

    assert refused.value.code == code
    if what != "erased":
        assert act(cast, match, "end", reason="other").state is MatchState.ENDED


def test_a_match_that_was_paused_for_care_does_not_go_on_to_its_end_by_anybody_else(cast):
    match = active(cast, "ada", "ben")
    place_hold(cast, P, member_id="ada", cause=HoldCause.CRISIS, by=CARE, now=NOW)
    release_holds(cast, P, member_id="ada", by=CARE, now=NOW)

    with pytest.raises(Forbidden):
        act(cast, match, "plan_ending", by=seeker_of(match), reason="other")

    assert act(cast, match, "plan_ending", by=CARE, reason="other").state is MatchState.CLOSING
