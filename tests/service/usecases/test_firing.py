"""What happens when a moment has come: once, however many workers look; and the next best pair after a no."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from matching.policy import Policy, Timings
from matching.profile import MemberStatus
from service.jobs.claims import claim_next
from service.jobs.registry import declared
from service.jobs.work import Work
from service.records import kinds
from service.records.match import Match, MatchState
from service.records.task import CoordinatorTask
from service.usecases.firing import fire, fire_due, retime
from service.usecases.matches import list_matches
from service.usecases.members import get_member, put_member, put_members
from service.usecases.next_best import propose_for_all, propose_next_best
from service.usecases.policies import put_policy
from service.usecases.runs import run_now
from tests.service.usecases.acting import act, active, as_it_is, asked_second, at_once, offered, supporter_of
from tests.service.usecases.cast import ADA, BEA, NOW, P, seeker, supporter, without_consent
from tests.service.usecases.proposals import propose

DAY = timedelta(days=1)


def told(store, *names):
    return [event.type for event in store.events(P, limit=1000) if event.type in names]


def tasks(store):
    return sorted(stored.body["task_kind"] for stored in store.each(P, CoordinatorTask.KIND))


def test_an_offer_is_called_to_mind_halfway_and_runs_out_at_its_end(cast):
    match = offered(cast, "ada", "ben")

    assert fire_due(cast, P, now=NOW + 3 * DAY) == NOW + 3.5 * DAY
    assert fire_due(cast, P, now=NOW + 3.5 * DAY) == NOW + 7 * DAY
    fire_due(cast, P, now=NOW + 7 * DAY)

    assert told(cast, "match.supporter_reminder", "match.expired") == ["match.supporter_reminder", "match.expired"]
    assert as_it_is(cast, match).state is MatchState.EXPIRED
    assert get_member(cast, P, member_id="ada").care.look_again


def test_the_seeker_is_waited_for_twice_as_long(cast):
    match = asked_second(cast, "ada", "ben")

    fire_due(cast, P, now=NOW + 7 * DAY)
    assert as_it_is(cast, match).state is MatchState.OFFERED
    fire_due(cast, P, now=NOW + 14 * DAY)

    assert told(cast, "match.seeker_reminder", "match.supporter_reminder") == ["match.seeker_reminder"]
    assert as_it_is(cast, match).state is MatchState.EXPIRED


def test_a_match_asks_for_its_check_ins_and_its_first_meeting(cast):
    active(cast, "ada", "ben")

    for days in range(50):
        fire_due(cast, P, now=NOW + days * DAY)

    assert told(cast, "match.check_in_due") == ["match.check_in_due"] * 2
    assert tasks(cast) == ["check_in", "check_in", "first_meeting"]


def test_a_planned_ending_happens_with_all_that_an_ending_means(cast):
    match = active(cast, "ada", "ben")
    act(cast, match, "plan_ending", by=supporter_of(match), reason="supporter_left")

    fire_due(cast, P, now=NOW + 28 * DAY)
    assert as_it_is(cast, match).state is MatchState.CLOSING
    fire_due(cast, P, now=NOW + 29 * DAY)

    assert as_it_is(cast, match).history[-1].reason == "supporter_left"
    assert get_member(cast, P, member_id="ada").care.lost_supporter_on == (NOW + 29 * DAY).date()


def test_workers_who_look_at_once_do_it_once(cast, store_url):
    match = offered(cast, "ada", "ben")

    at_once(store_url, [lambda store: fire(store, P, match_id=match.match_id, now=NOW + 4 * DAY)] * 4)

    assert told(cast, "match.supporter_reminder") == ["match.supporter_reminder"]


@pytest.mark.parametrize("attempt", range(3))
def test_a_yes_that_comes_while_the_offer_runs_out_has_one_outcome(cast, store_url, attempt):
    match = asked_second(cast, "ada", "ben")
    last_moment = NOW + 14 * DAY

    came = at_once(
        store_url,
        [
            lambda store: act(store, match, "accept", by=replace(supporter_of(match), role="seeker", actor_id="ada")),
            lambda store: fire(store, P, match_id=match.match_id, now=last_moment),
        ],
    )

    state = as_it_is(cast, match).state
    assert state is (MatchState.ACTIVE if isinstance(came[0], Match) else MatchState.EXPIRED)


def test_what_a_run_proposes_runs_out_unless_somebody_looks(cast, clock):
    run_now(cast, P, clock=clock)
    proposed = list_matches(cast, P, state=MatchState.PROPOSED).records

    assert {match.due_at for match in proposed} == {NOW + 14 * DAY}
    fire_due(cast, P, now=NOW + 14 * DAY)

    assert list_matches(cast, P, state=MatchState.PROPOSED).records == ()


def test_a_changed_policy_moves_what_is_due(cast):
    match = offered(cast, "ada", "ben")
    put_policy(cast, P, policy=Policy(timings=Timings(supporter_answer_days=2)), now=NOW, expected_version=1)

    assert retime(cast, P) == 1

    assert as_it_is(cast, match).due_at == NOW + DAY
    assert retime(cast, P) == 0


def test_a_job_moves_what_is_due_after_other_timings_and_after_nothing_else(cast, clock):
    match = offered(cast, "ada", "ben")
    put_policy(cast, P, policy=Policy(thin_below=1), now=NOW, expected_version=1)
    assert cast.count(P, kinds.JOB) == 0

    put_policy(
        cast, P, policy=Policy(thin_below=1, timings=Timings(supporter_answer_days=2)), now=NOW, expected_version=2
    )
    taken = claim_next(cast, P, tasks=("retime",), owner="w-1", now=NOW)
    declared().tasks["retime"].do(Work(cast, P, taken.job, clock, taken.fence))

    assert cast.count(P, kinds.JOB) == 1
    assert as_it_is(cast, match).due_at == NOW + DAY


def test_the_worker_looks_after_timers_and_the_next_best(cast):
    offered(cast, "ada", "ben")
    chores = declared().chores

    due = chores["timers"].look_after(cast, P, NOW)

    assert due == NOW + 3.5 * DAY
    assert chores["next_best"].look_after(cast, P, NOW) is None


def test_after_a_no_the_next_best_is_proposed_and_the_pair_rests(cast):
    put_members(cast, P, profiles=[supporter("bob", topics=("new_parent",))], now=NOW)
    match = offered(cast, "ada", "ben")
    act(cast, match, "decline", by=supporter_of(match))

    propose_for_all(cast, P, now=NOW)

    (proposal,) = list_matches(cast, P, state=MatchState.PROPOSED, member_id="ada").records
    assert (proposal.supporter_id, proposal.run_id) == ("bob", "")
    assert proposal.explanation["rules_checked"]
    assert proposal.due_at == NOW + 14 * DAY
    assert told(cast, "match.proposed") == ["match.proposed"]
    assert not get_member(cast, P, member_id="ada").care.look_again
    assert cast.count(P, "member", index=kinds.LOOK_AGAIN, value="yes") == 0


def test_the_next_best_is_the_best_of_all_with_a_place_left(cast):
    # Ben fits Ada best, and his one place is promised to Amy.
    propose(cast, "amy", "ben")

    match = propose_next_best(cast, P, seeker_id="ada", now=NOW)

    assert match.supporter_id == "bea"
    assert propose_next_best(cast, P, seeker_id="ada", now=NOW) is None


@pytest.mark.parametrize(
    "changed",
    [
        without_consent(ADA),
        replace(ADA, status=MemberStatus.PAUSED),
        replace(ADA, languages=("pl",)),
        replace(ADA, seeker=None, supporter=BEA.supporter),
    ],
)
def test_nobody_is_proposed_to_somebody_who_does_not_look_or_suit(cast, changed):
    put_member(cast, P, profile=changed, now=NOW)

    assert propose_next_best(cast, P, seeker_id="ada", now=NOW) is None


def test_nobody_is_proposed_twice_when_two_look_at_once(cast, store_url):
    came = at_once(store_url, [lambda store: propose_next_best(store, P, seeker_id="ada", now=NOW)] * 3)

    assert sum(match is not None for match in came) == 1
    assert len(list_matches(cast, P, member_id="ada").records) == 1


@pytest.mark.parametrize("attempt", range(3))
def test_a_run_and_a_next_best_at_once_leave_one_proposal_a_seeker(cast, store_url, clock, attempt):
    put_members(cast, P, profiles=[seeker("eve"), supporter("bob", capacity=2)], now=NOW)

    at_once(
        store_url,
        [
            lambda store: run_now(store, P, clock=clock),
            *[
                lambda store, member_id=member_id: propose_next_best(store, P, seeker_id=member_id, now=NOW)
                for member_id in ("ada", "amy", "eve")
            ],
        ],
    )

    open_ones = list_matches(cast, P, state=MatchState.PROPOSED).records
    assert len({match.seeker_id for match in open_ones}) == len(open_ones)
