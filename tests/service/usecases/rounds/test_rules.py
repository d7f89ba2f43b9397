"""Rules asked again by themselves: under another policy, and when a day has passed on which something ran out."""

from dataclasses import replace

import pytest

from matching.policy import Policy, Timings
from matching.profile import Clearance, ClearanceScope
from service.records.match import MatchState
from service.records.task import TaskKind
from service.usecases.members import put_member, put_members
from service.usecases.policies import get_policy, put_policy
from service.usecases.rounds.all import go_on_with_all
from service.usecases.rounds.going import PAUSE
from service.usecases.runs import run_now
from service.usecases.tasks import list_open, mark_done
from tests.service.usecases.acting import active, as_it_is, offered
from tests.service.usecases.cast import BEN, NOW, P, seeker, supporter
from tests.service.usecases.proposals import propose
from tests.service.usecases.rounds.conftest import DAY, go_round, tasks

STRICT = Policy(clearances={ClearanceScope.ADULTS: ("basic",)})


def change_policy(store, policy, *, now=NOW):
    put_policy(store, P, policy=policy, now=now, expected_version=get_policy(store, P).version)


def cleared(profile, until):
    clearance = Clearance("basic", frozenset((ClearanceScope.ADULTS,)), until)
    return replace(profile, supporter=replace(profile.supporter, clearances=(clearance,)))


def test_a_new_policy_takes_back_what_it_no_longer_allows_and_pauses_what_runs(cast):
    put_members(cast, P, profiles=(seeker("eve"), supporter("bob"), supporter("bud")), now=NOW)
    running, asked, proposed = active(cast, "ada", "ben"), offered(cast, "amy", "bea"), propose(cast, "eve", "bob")
    go_round(cast, NOW)

    change_policy(cast, STRICT)
    go_round(cast, NOW)

    assert (as_it_is(cast, running).state, as_it_is(cast, running).paused_because) == (MatchState.PAUSED, "rule")
    for match in (asked, proposed):
        assert (as_it_is(cast, match).state, as_it_is(cast, match).history[-1].reason) == ("withdrawn", "rule")


def test_a_clearance_that_runs_out_pauses_the_match_the_next_day(cast):
    change_policy(cast, STRICT)
    last = NOW.date() + 30 * DAY
    put_member(cast, P, profile=cleared(BEN, last), now=NOW)
    match = active(cast, "ada", "ben")

    for day in range(31):
        go_round(cast, NOW + day * DAY)
    assert as_it_is(cast, match).state is MatchState.ACTIVE
    go_round(cast, NOW.replace(hour=0) + 31 * DAY)

    assert as_it_is(cast, match).state is MatchState.PAUSED
    assert tasks(cast, TaskKind.RULE) == [(match.match_id, "clearances")]


def test_a_coordinator_is_told_of_a_broken_rule_once_and_not_every_day(cast):
    match = active(cast, "ada", "ben")
    put_member(cast, P, profile=replace(BEN, languages=("pl",)), now=NOW + DAY)

    for day in range(1, 5):
        go_round(cast, NOW + day * DAY)
    (task,) = list_open(cast, P, of=(TaskKind.RULE,)).records
    mark_done(cast, P, task_id=task.task_id, of=(TaskKind.RULE,), by="c-1", now=NOW + 5 * DAY)
    for day in range(5, 9):
        go_round(cast, NOW + day * DAY)

    assert tasks(cast, TaskKind.RULE, is_open=False) == [(match.match_id, "language")]


def test_a_run_publishes_nothing_that_a_policy_saved_meanwhile_forbids(cast, clock, monkeypatch):
    from service.usecases import executing

    go_round(cast, NOW)
    verify = executing.Execution._match

    def match_and_meanwhile(self, *args):
        outcome = verify(self, *args)
        change_policy(cast, STRICT)
        return outcome

    monkeypatch.setattr(executing.Execution, "_match", match_and_meanwhile)
    run = run_now(cast, P, clock=clock)

    assert (run.policy_version, run.counts.matched, run.counts.new, run.counts.dropped) == (1, 2, 0, 2)
    assert [stored.body["state"] for stored in cast.each(P, "match") if stored.body["state"] == "proposed"] == []


def test_a_policy_that_comes_between_the_last_look_and_the_switch_is_asked_right_after(cast, clock, monkeypatch):
    from service.usecases.running import publishing

    go_round(cast, NOW)
    look = publishing.no_longer_good

    def look_and_then(*args, **kwargs):
        bad = look(*args, **kwargs)
        change_policy(cast, STRICT)
        go_round(cast, NOW)
        return bad

    monkeypatch.setattr(publishing, "no_longer_good", look_and_then)
    run = run_now(cast, P, clock=clock)
    go_round(cast, NOW)

    assert run.counts.new == 2
    assert {stored.body["state"] for stored in cast.each(P, "match")} == {"withdrawn"}


def test_a_policy_that_changes_something_else_changes_no_match(cast):
    match = active(cast, "ada", "ben")

    change_policy(cast, Policy(timings=Timings(proposal_days=3)))
    go_round(cast, NOW)

    assert as_it_is(cast, match) == match


def test_many_matches_are_asked_some_at_a_time(store):
    put_members(store, P, profiles=[seeker(f"s-{number:03}") for number in range(120)], now=NOW)
    put_members(store, P, profiles=[supporter(f"t-{number:03}") for number in range(120)], now=NOW)
    matches = [propose(store, f"s-{number:03}", f"t-{number:03}") for number in range(120)]
    change_policy(store, STRICT)

    steps = 0
    while go_on_with_all(store, P, now=NOW) <= NOW + PAUSE:
        steps += 1

    assert steps == 2
    assert {as_it_is(store, match).state for match in matches} == {MatchState.WITHDRAWN}


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_round_done_again_changes_nothing(cast, rounds):
    active(cast, "ada", "ben")
    change_policy(cast, STRICT)
    go_round(cast, NOW)
    before = [(event.type, event.subject) for event in cast.events(P, limit=1000)]

    for _ in range(rounds):
        go_round(cast, NOW + DAY)

    assert [(event.type, event.subject) for event in cast.events(P, limit=1000)] == before
