"""Kind words and long waits: each said once, whatever else happens, and never in anybody's way."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matching.policy import Policy, Schedule, Timings
from matching.profile import MemberStatus
from service.records.hold import HoldCause
from service.records.match import Actor, ActorRole
from service.records.member import Member
from service.records.round import Round
from service.records.task import TaskKind
from service.usecases.asking import set_looking
from service.usecases.members import delete_member, get_member, put_member, put_members
from service.usecases.policies import put_policy
from service.usecases.rounds import waiting
from service.usecases.rounds.all import go_on_with_all
from service.usecases.rounds.going import PAUSE, at_a_kind_hour
from service.usecases.safety import place_hold, release_holds
from service.usecases.tasks import list_open, mark_done
from tests.service.usecases.acting import act, active, asked_second, at_once, offered, seeker_of
from tests.service.usecases.cast import NOW, P, seeker, supporter
from tests.service.usecases.rounds.conftest import DAY, go_round, tasks, told
from tests.service.usecases.test_runs import Meddling

EVE = seeker("eve", since=date(2026, 11, 25))
CARE = Actor(ActorRole.SAFEGUARDING, "c-9")
WORD = "member.still_looking"


@pytest.fixture
def eve(store):
    put_members(store, P, profiles=(EVE, supporter("ben"), supporter("bob")), now=NOW)
    return store


def rounds_of(store, days):
    for day in days:
        go_round(store, NOW + day * DAY, waiting.WAITING)


def test_somebody_who_waits_hears_a_kind_word_every_four_weeks_and_each_once(eve):
    rounds_of(eve, range(90))
    rounds_of(eve, range(86, 90))

    assert told(eve, WORD) == [("eve", 28), ("eve", 56), ("eve", 84)]


def test_coordinators_are_told_of_a_long_wait_and_of_one_that_is_too_long(eve):
    rounds_of(eve, range(43))
    assert tasks(eve, TaskKind.LONG_WAIT) == [("eve", "amber")]

    rounds_of(eve, range(43, 120))

    assert tasks(eve, TaskKind.LONG_WAIT) == [("eve", "red")]
    assert sorted(tasks(eve, TaskKind.LONG_WAIT, is_open=False)) == [("eve", "amber"), ("eve", "red")]


def test_nobodys_record_is_touched(eve):
    before = get_member(eve, P, member_id="eve")

    rounds_of(eve, range(120))

    assert get_member(eve, P, member_id="eve") == before


def test_after_an_outage_there_is_one_word_and_no_heap(eve):
    rounds_of(eve, (0, 200))

    assert told(eve, WORD) == [("eve", 200)]
    assert tasks(eve, TaskKind.LONG_WAIT) == [("eve", "red")]


def test_days_on_which_the_clock_stood_still_count_for_nothing(eve):
    rounds_of(eve, range(29))
    put_member(eve, P, profile=replace(EVE, status=MemberStatus.PAUSED), now=NOW + 28 * DAY)
    rounds_of(eve, range(28, 80))
    put_member(eve, P, profile=EVE, now=NOW + 80 * DAY)
    rounds_of(eve, range(80, 120))

    # 28 days before the pause, and 28 more after it: nothing is said again on the day of the return.
    assert told(eve, WORD) == [("eve", 28), ("eve", 56)]


@pytest.mark.parametrize("how", ["held", "in a match", "not now", "answering"])
def test_who_is_not_looking_just_now_is_not_written_to(eve, how):
    if how == "held":
        place_hold(eve, P, member_id="eve", cause=HoldCause.CRISIS, by=CARE, now=NOW)
    elif how == "in a match":
        active(eve, "eve", "ben")
    elif how == "not now":
        set_looking(eve, P, member_id="eve", is_looking=False, now=NOW)
    else:
        asked_second(eve, "eve", "ben")

    rounds_of(eve, range(60))

    assert told(eve, WORD) == []
    assert tasks(eve, TaskKind.LONG_WAIT) == []


def test_while_only_the_supporter_was_asked_the_seeker_hears_the_same_as_others(eve):
    offered(eve, "eve", "ben")

    rounds_of(eve, range(30))

    assert told(eve, WORD) == [("eve", 28)]


def test_what_was_due_in_between_is_said_afterwards(eve):
    place_hold(eve, P, member_id="eve", cause=HoldCause.CRISIS, by=CARE, now=NOW)
    rounds_of(eve, range(40))
    release_holds(eve, P, member_id="eve", by=CARE, now=NOW + 40 * DAY)
    rounds_of(eve, range(40, 50))

    assert told(eve, WORD) == [("eve", 40)]


def test_a_match_settles_what_a_long_wait_had_asked_for(eve):
    rounds_of(eve, range(43))

    active(eve, "eve", "ben", now=NOW + 43 * DAY)

    assert tasks(eve, TaskKind.LONG_WAIT) == []


@pytest.mark.parametrize("how", ["pauses", "not now", "leaves"])
def test_who_stops_looking_is_no_longer_on_the_list_of_long_waits(eve, how):
    rounds_of(eve, range(43))

    if how == "pauses":
        put_member(eve, P, profile=replace(EVE, status=MemberStatus.PAUSED), now=NOW + 43 * DAY)
    elif how == "not now":
        set_looking(eve, P, member_id="eve", is_looking=False, now=NOW + 43 * DAY)
    else:
        put_member(eve, P, profile=replace(EVE, seeker=None, supporter=supporter("x").supporter), now=NOW + 43 * DAY)

    assert tasks(eve, TaskKind.LONG_WAIT) == []


def test_another_rhythm_of_the_policy_says_nothing_twice(eve):
    rounds_of(eve, range(29))
    policy = Policy(timings=Timings(waiting_message_days=14))
    put_policy(eve, P, policy=policy, now=NOW + 29 * DAY, expected_version=1)

    rounds_of(eve, range(29, 57))

    assert told(eve, WORD) == [("eve", 28), ("eve", 42), ("eve", 56)]


def test_a_round_goes_through_many_a_hundred_at_a_time(store):
    put_members(store, P, profiles=[seeker(f"s-{number:03}", since=date(2026, 9, 1)) for number in range(250)], now=NOW)

    steps = 0
    while True:
        following = go_on_with_all(store, P, now=NOW)
        steps += 1
        heard = told(store, WORD)
        assert len(heard) <= waiting.AT_ONCE * steps
        if following > NOW + PAUSE:
            break

    assert steps == 3
    assert len(set(heard)) == len(heard) == 250


def test_workers_that_go_round_at_once_say_each_thing_once(store, store_url):
    put_members(store, P, profiles=[seeker(f"s-{number:02}", since=date(2026, 9, 1)) for number in range(30)], now=NOW)

    at_once(store_url, [lambda opened: go_round(opened, NOW)] * 4)

    assert sorted(told(store, WORD)) == [(f"s-{number:02}", 85) for number in range(30)]
    assert len(tasks(store, TaskKind.LONG_WAIT)) == 30


def test_an_erased_member_who_comes_back_waits_anew(eve):
    rounds_of(eve, range(30))
    delete_member(eve, P, member_id="eve", now=NOW + 30 * DAY)

    assert eve.count(P, Member.KIND, index="role", value="seeker") == 0
    rounds_of(eve, range(30, 60))
    assert told(eve, WORD) == []


def test_people_are_written_to_in_the_morning_where_the_platform_is():
    policy = Policy(schedule=Schedule("0 3 * * *", "America/New_York"))
    before, after = NOW.replace(hour=13, minute=59), NOW.replace(hour=14, minute=0)

    assert at_a_kind_hour(policy, before) == (date(2026, 11, 24), after)
    assert at_a_kind_hour(policy, after) == (date(2026, 11, 25), after + DAY)


def test_a_day_on_which_clocks_change_has_one_morning():
    policy = Policy(schedule=Schedule("0 3 * * *", "Europe/London"))
    moment, mornings = NOW.replace(month=3, day=27, hour=0), set()
    for _ in range(6 * 24):
        day, following = at_a_kind_hour(policy, moment)
        assert following > moment
        mornings.add((day, following))
        moment += timedelta(hours=1)

    assert len(mornings) == 7


def test_where_a_round_has_come_to_names_nobody_once_it_is_through(eve):
    go_round(eve, NOW)

    assert {read.record_id: (read.body["after"], read.body["is_done"]) for read in eve.each(P, Round.KIND)} == {
        name: (None, True) for name in ("waiting", "returning", "rules", "supervising")
    }


def test_a_no_costs_no_word_and_no_waiting_day(eve):
    match = asked_second(eve, "eve", "ben", now=NOW + DAY)
    act(eve, match, "decline", by=seeker_of(match), now=NOW + 2 * DAY)

    rounds_of(eve, range(29))

    assert told(eve, WORD) == [("eve", 28)]


@pytest.fixture
def both(eve):
    """Eve is a peer supporter as well, and Amy looks for one."""
    put_members(eve, P, profiles=(replace(EVE, supporter=supporter("x").supporter), seeker("amy")), now=NOW)
    return eve


def test_somebody_who_is_asked_as_a_supporter_still_waits_as_a_seeker(both):
    asked_second(both, "amy", "eve")

    rounds_of(both, range(30))

    assert told(both, WORD) == [("eve", 28)]


def test_after_a_death_nothing_is_said_until_somebody_has_looked_though_they_are_looking_themselves(both):
    act(both, active(both, "amy", "eve"), "end", reason="died", now=NOW + DAY)
    rounds_of(both, range(60))
    assert told(both, WORD) == []

    (task,) = list_open(both, P, of=(TaskKind.CARE,)).records
    mark_done(both, P, task_id=task.task_id, of=tuple(TaskKind), by="c-1", now=NOW + 60 * DAY)
    rounds_of(both, range(60, 62))

    assert told(both, WORD) == [("eve", 60)]


def test_somebody_who_steps_out_at_the_very_moment_is_not_written_to(eve):
    def pause():
        put_member(eve, P, profile=replace(EVE, status=MemberStatus.PAUSED), now=NOW + 28 * DAY)

    meddling = Meddling(eve, before=lambda changes: any(put.kind == "wait" for put in changes.puts), when=pause)
    go_round(meddling, NOW + 28 * DAY, waiting.WAITING)

    assert told(eve, WORD) == []


def test_who_is_left_in_peace_after_an_ending_hears_the_word_afterwards(eve):
    match = active(eve, "eve", "ben", now=NOW + 20 * DAY)
    act(eve, match, "end", reason="goal_reached", now=NOW + 25 * DAY)
    set_looking(eve, P, member_id="eve", is_looking=True, now=NOW + 26 * DAY)

    rounds_of(eve, range(26, 45))

    # 20 days before the match and 8 after it are over on day 33, the fortnight after the ending on day 39.
    assert told(eve, WORD) == [("eve", 34)]
