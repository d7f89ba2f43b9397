"""Holds, concerns, blocks, and rules asked again: who is stopped, who is not, and who lets them go on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from matching.policy import Policy
from matching.profile import AgeBand, Clearance, ClearanceScope
from service.errors import ActionNotAllowed, Conflict, Forbidden, InvalidInput, NotFound
from service.records.hold import ConcernCategory, Hold, HoldCause, Severity, next_working_day
from service.records.match import Actor, ActorRole, Match, MatchState
from service.records.task import CoordinatorTask
from service.usecases.matches import list_matches
from service.usecases.members import get_member, put_member, put_members
from service.usecases.next_best import propose_next_best
from service.usecases.policies import put_policy
from service.usecases.runs import run_now
from service.usecases.safety import (
    delete_block,
    escalate_unseen,
    list_concerns,
    list_holds,
    mark_seen,
    place_hold,
    put_block,
    release_holds,
    report_concern,
)
from tests.service.usecases.acting import act, active, as_it_is, asked_second, at_once, offered, seeker_of
from tests.service.usecases.cast import ADA, BEN, NOW, P, seeker, supporter
from tests.service.usecases.proposals import propose

SAFEGUARDING = Actor(ActorRole.SAFEGUARDING, "c-9")
HOUR = timedelta(hours=1)


def hold(store, member_id, cause=HoldCause.CRISIS, now=NOW):
    return place_hold(store, P, member_id=member_id, cause=cause, by=SAFEGUARDING, now=now)


def concern(store, about_id, reporter_id="", now=NOW):
    return report_concern(
        store,
        P,
        about_id=about_id,
        reporter_id=reporter_id,
        category=ConcernCategory.BOUNDARIES,
        severity=Severity.HIGH,
        by=SAFEGUARDING,
        case_number="2026-1",
        now=now,
    )


def told(store, name):
    return [event for event in store.events(P, limit=1000) if event.type == name]


def test_a_hold_stops_everything_of_somebody_at_once(cast):
    put_member(cast, P, profile=supporter("ben", topics=("bereavement",), capacity=3), now=NOW)
    put_members(cast, P, profiles=[seeker("eve")], now=NOW)
    running, offer, proposal = active(cast, "ada", "ben"), offered(cast, "amy", "ben"), propose(cast, "eve", "ben")

    hold(cast, "ben")

    states = [as_it_is(cast, match).state for match in (running, offer, proposal)]
    assert states == ["paused", "withdrawn", "withdrawn"]
    assert as_it_is(cast, running).paused_because == "hold"
    assert get_member(cast, P, member_id="ben").care.is_on_hold
    assert told(cast, "member.held")[0].body["cause"] == "crisis"


def test_a_match_that_is_about_to_end_is_paused_too(cast):
    match = active(cast, "ada", "ben")
    act(cast, match, "plan_ending", reason="other")

    hold(cast, "ada")

    assert (as_it_is(cast, match).state, as_it_is(cast, match).closing_on) == (MatchState.PAUSED, None)


def test_of_somebody_with_many_matches_all_are_stopped(cast):
    many = [f"s{number:03}" for number in range(130)]
    put_members(cast, P, profiles=[seeker(member_id) for member_id in many], now=NOW)
    put_member(cast, P, profile=supporter("ben", capacity=100), now=NOW)
    matches = [propose(cast, member_id, "ben") for member_id in many]

    hold(cast, "ben")

    assert {as_it_is(cast, match).state for match in matches} == {MatchState.WITHDRAWN}


def test_nobody_on_hold_is_offered_answered_or_proposed(cast, clock):
    proposal, offer = propose(cast, "ada", "bea"), asked_second(cast, "amy", "ben")
    hold(cast, "ben")
    hold(cast, "ada")

    with pytest.raises(ActionNotAllowed):
        act(cast, offer, "accept", by=seeker_of(offer))
    with pytest.raises(ActionNotAllowed):
        act(cast, proposal, "approve")
    with pytest.raises(Conflict) as refused:
        act(cast, propose(cast, "amy", "ben"), "approve")
    assert refused.value.code == "not_taking_part"
    assert propose_next_best(cast, P, seeker_id="ada", now=NOW) is None
    run_now(cast, P, clock=clock)
    assert {match.seeker_id for match in list_matches(cast, P, state=MatchState.PROPOSED).records} == {"amy"}
    assert "ben" not in {m.supporter_id for m in list_matches(cast, P, state=MatchState.PROPOSED).records}


@pytest.mark.parametrize("attempt", range(5))
def test_a_hold_while_a_yes_is_on_its_way_ends_the_offer_or_pauses_the_match(cast, store_url, attempt):
    match = asked_second(cast, "ada", "ben")

    came = at_once(
        store_url,
        [lambda store: act(store, match, "accept", by=seeker_of(match)), lambda store: hold(store, "ben")],
    )

    state = as_it_is(cast, match).state
    assert isinstance(came[1], Hold)
    assert state is (MatchState.PAUSED if isinstance(came[0], Match) else MatchState.WITHDRAWN)


def overtaken_by_a_yes(store, monkeypatch, match, turn):
    """Have the seeker say yes right after that read of Ben's matches; give the reads, as they come."""
    read, reads = store.page, []

    def read_and_be_overtaken(scope, kind, **named):
        page = read(scope, kind, **named)
        if kind == Match.KIND and (named.get("value") or "").startswith("ben"):
            reads.append(named)
            if len(reads) == turn:
                # A yes that comes after the hold is refused, and the hold stands.
                with suppress(ActionNotAllowed):
                    act(store, match, "accept", by=seeker_of(match))
        return page

    monkeypatch.setattr(store, "page", read_and_be_overtaken)
    return reads


@pytest.mark.parametrize("turn", range(1, 13))
def test_a_hold_that_a_yes_overtakes_while_it_looks_around_pauses_the_match(cast, monkeypatch, turn):
    match = asked_second(cast, "ada", "ben")
    reads = overtaken_by_a_yes(cast, monkeypatch, match, turn)

    hold(cast, "ben")

    # However many reads it takes: a match that had begun by then pauses, an offer that had not is taken back.
    began = any(entry.to_state is MatchState.ACTIVE for entry in as_it_is(cast, match).history)
    assert as_it_is(cast, match).state is (MatchState.PAUSED if began else MatchState.WITHDRAWN)
    assert get_member(cast, P, member_id="ben").care.is_on_hold
    assert began or len(reads) > 1


def test_only_safeguarding_lets_a_held_match_go_on_and_only_after_the_release(cast):
    match = active(cast, "ada", "ben")
    hold(cast, "ben")

    with pytest.raises(Forbidden):
        act(cast, match, "resume")
    with pytest.raises(Forbidden):
        act(cast, match, "resume", by=seeker_of(match))
    with pytest.raises(Conflict) as refused:
        act(cast, match, "resume", by=SAFEGUARDING)
    assert refused.value.code == "not_taking_part"

    release_holds(cast, P, member_id="ben", by=SAFEGUARDING, now=NOW + HOUR)
    assert as_it_is(cast, match).state is MatchState.PAUSED
    assert act(cast, match, "resume", by=SAFEGUARDING).state is MatchState.ACTIVE


def test_a_release_ends_every_hold_and_is_refused_where_there_is_none(cast):
    hold(cast, "ben")
    concern(cast, "ben")

    assert [each.member_id for each in list_holds(cast, P).records] == ["ben", "ben"]
    release_holds(cast, P, member_id="ben", by=SAFEGUARDING, now=NOW)

    assert list_holds(cast, P).records == ()
    assert not get_member(cast, P, member_id="ben").care.is_on_hold
    with pytest.raises(Conflict) as refused:
        release_holds(cast, P, member_id="ben", by=SAFEGUARDING, now=NOW)
    assert refused.value.code == "not_held"


def test_a_concern_holds_the_one_it_is_about_and_nobody_else(cast):
    match = active(cast, "ada", "ben")
    before = get_member(cast, P, member_id="ada")

    kept, _ = concern(cast, "ben", reporter_id="ada")

    assert get_member(cast, P, member_id="ben").care.is_on_hold
    assert get_member(cast, P, member_id="ada") == before
    assert as_it_is(cast, match).state is MatchState.PAUSED
    (stored,) = list_concerns(cast, P).records
    assert (stored.case_number, stored.reporter_id, stored.category) == ("2026-1", "ada", "boundaries")
    body = str([event.body for event in cast.events(P, limit=1000)])
    assert "boundaries" not in body
    assert kept.concern_id not in body


def test_nobody_is_worried_about_themselves_or_about_nobody(cast):
    with pytest.raises(InvalidInput):
        concern(cast, "ben", reporter_id="ben")
    with pytest.raises(NotFound):
        concern(cast, "nobody")
    assert list_concerns(cast, P).records == ()


def test_a_crisis_nobody_has_seen_is_called_to_mind_after_an_hour_once(cast):
    placed = hold(cast, "ben")

    assert escalate_unseen(cast, P, now=NOW + HOUR - timedelta(seconds=1)) == NOW + HOUR
    for _ in range(2):
        assert escalate_unseen(cast, P, now=NOW + HOUR) is None

    assert [event.subject for event in told(cast, "hold.escalated")] == [placed.hold_id]


def test_who_saw_a_hold_first_is_what_is_kept(cast):
    placed = hold(cast, "ben")

    mark_seen(cast, P, hold_id=placed.hold_id, now=NOW + HOUR / 2)
    again = mark_seen(cast, P, hold_id=placed.hold_id, now=NOW + HOUR)

    assert again.seen_at == NOW + HOUR / 2


def test_what_somebody_has_seen_or_released_is_not_called_to_mind(cast):
    mark_seen(cast, P, hold_id=hold(cast, "ben").hold_id, now=NOW)
    hold(cast, "ada")
    release_holds(cast, P, member_id="ada", by=SAFEGUARDING, now=NOW)
    hold(cast, "amy", HoldCause.COORDINATOR)

    assert escalate_unseen(cast, P, now=NOW + 100 * HOUR) is None
    assert told(cast, "hold.escalated") == []


@pytest.mark.parametrize(
    ("day", "following"), [(25, 26), (26, 27), (27, 30), (28, 30), (29, 30)], ids=["Wed", "Thu", "Fri", "Sat", "Sun"]
)
def test_a_concern_waits_for_one_working_day(day, following):
    moment = datetime(2026, 11, day, 9, tzinfo=UTC)

    assert next_working_day(moment) == datetime(2026, 11, following, 9, tzinfo=UTC)


def test_a_block_keeps_two_apart_both_ways_and_stops_what_is_between_them(cast):
    both = replace(ADA, supporter=BEN.supporter), replace(BEN, seeker=ADA.seeker)
    put_members(cast, P, profiles=both, now=NOW)
    running, proposal = active(cast, "ada", "ben"), propose(cast, "ben", "ada")

    put_block(cast, P, one="ben", other="ada", now=NOW)

    assert as_it_is(cast, proposal).history[-1].reason == "block"
    assert as_it_is(cast, running).paused_because == "rule"
    for action, match in (("approve", propose(cast, "ben", "ada")), ("resume", running)):
        with pytest.raises(Conflict) as refused:
            act(cast, match, action, by=SAFEGUARDING)
        assert refused.value.code == "kept_apart"
    assert put_block(cast, P, one="ada", other="ben", now=NOW + HOUR).since == NOW


def test_what_is_blocked_is_never_proposed_until_the_block_is_taken_back(cast, clock):
    put_block(cast, P, one="ada", other="ben", now=NOW)
    put_block(cast, P, one="ada", other="bea", now=NOW)

    run_now(cast, P, clock=clock)
    assert [match.seeker_id for match in list_matches(cast, P).records] == ["amy"]
    assert propose_next_best(cast, P, seeker_id="ada", now=NOW) is None
    delete_block(cast, P, one="ben", other="ada", now=NOW)

    assert propose_next_best(cast, P, seeker_id="ada", now=NOW).supporter_id == "ben"
    with pytest.raises(NotFound):
        delete_block(cast, P, one="ben", other="ada", now=NOW)


def test_nobody_is_blocked_from_themselves_or_from_nobody(cast):
    with pytest.raises(InvalidInput):
        put_block(cast, P, one="ada", other="ada", now=NOW)
    with pytest.raises(NotFound):
        put_block(cast, P, one="ada", other="nobody", now=NOW)


def test_a_change_that_breaks_a_rule_takes_proposals_and_offers_back(cast):
    offer, proposal = offered(cast, "ada", "ben"), propose(cast, "amy", "ben")

    put_member(cast, P, profile=replace(BEN, languages=("pl",)), now=NOW)

    assert [as_it_is(cast, match).history[-1].reason for match in (offer, proposal)] == ["rule", "rule"]


def tasks(store):
    return [(stored.body["task_kind"], stored.body["detail"]) for stored in store.each(P, CoordinatorTask.KIND)]


def test_a_running_match_that_breaks_another_rule_goes_on_and_a_coordinator_is_told(cast):
    match = active(cast, "ada", "ben")

    put_member(cast, P, profile=replace(BEN, languages=("pl",)), now=NOW)

    assert as_it_is(cast, match).state is MatchState.ACTIVE
    assert tasks(cast) == [("rule", "language")]


def test_a_running_match_that_breaks_age_pauses_and_goes_on_only_when_it_holds_again(cast):
    match = active(cast, "ada", "ben")

    put_member(cast, P, profile=replace(BEN, age_band=AgeBand.AGE_16_17), now=NOW)

    assert as_it_is(cast, match).paused_because == "rule"
    assert tasks(cast) == [("rule", "age_groups")]
    with pytest.raises(Conflict) as refused:
        act(cast, match, "resume")
    assert refused.value.code == "rule_broken"
    put_member(cast, P, profile=BEN, now=NOW)
    assert act(cast, match, "resume").state is MatchState.ACTIVE


def test_a_clearance_that_is_taken_away_pauses_what_runs(cast):
    policy = Policy(clearances={ClearanceScope.ADULTS: ("basic",)})
    put_policy(cast, P, policy=policy, now=NOW, expected_version=1)
    basic = Clearance("basic", frozenset({ClearanceScope.ADULTS}))
    put_member(cast, P, profile=replace(BEN, supporter=replace(BEN.supporter, clearances=(basic,))), now=NOW)
    match = active(cast, "ada", "ben")

    put_member(cast, P, profile=BEN, now=NOW)

    assert as_it_is(cast, match).paused_because == "rule"
    assert tasks(cast) == [("rule", "clearances")]


@pytest.mark.parametrize("turn", range(1, 13))
def test_a_match_that_begins_while_a_broken_rule_is_looked_for_is_not_overlooked(cast, monkeypatch, turn):
    match = asked_second(cast, "ada", "ben")
    reads = overtaken_by_a_yes(cast, monkeypatch, match, turn)

    put_member(cast, P, profile=replace(BEN, age_band=AgeBand.AGE_16_17), now=NOW)

    assert as_it_is(cast, match).state is (MatchState.PAUSED if len(reads) >= turn else MatchState.WITHDRAWN)
    assert as_it_is(cast, match).history[-1].reason == "rule"


def test_all_of_many_matches_are_asked_about(cast):
    many = [f"s{number:03}" for number in range(110)]
    put_members(cast, P, profiles=[seeker(member_id) for member_id in many], now=NOW)
    put_member(cast, P, profile=supporter("ben", capacity=100), now=NOW)
    matches = [propose(cast, member_id, "ben") for member_id in many]

    put_member(cast, P, profile=supporter("ben", capacity=100, languages=("pl",)), now=NOW)

    assert {as_it_is(cast, match).state for match in matches} == {MatchState.WITHDRAWN}
