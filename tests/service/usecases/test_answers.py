"""Answers to an offer: what each leads to, and what becomes of late, doubled and crossing ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from matching.policy import LabelField, LabelOp, LabelRule, LabelType, OfferOrder, Policy
from matching.profile import MemberStatus
from service.errors import ActionNotAllowed, Conflict
from service.records.match import ActorRole, Match, MatchState
from service.records.member import Member
from service.records.rest import Rest
from service.usecases.matches import act_on_match
from service.usecases.members import get_member, put_member
from service.usecases.moves import load_of
from service.usecases.policies import put_policy
from tests.service.usecases.acting import (
    SYSTEM,
    act,
    active,
    as_it_is,
    asked_second,
    at_once,
    offered,
    seeker_of,
    supporter_of,
)
from tests.service.usecases.cast import BEN, COORDINATOR, NOW, P
from tests.service.usecases.proposals import propose

LATER = NOW + timedelta(days=3)


def care_of(store, member_id):
    return get_member(store, P, member_id=member_id).care


def test_the_second_yes_begins_the_match_and_stops_the_clock(cast):
    match = asked_second(cast, "ada", "ben")

    begun = act(cast, match, "accept", by=seeker_of(match), now=LATER)

    assert begun.state is MatchState.ACTIVE
    assert care_of(cast, "ada").has_supporter
    assert care_of(cast, "ada").stopped_on == LATER.date()
    assert load_of(cast, P, "ben").match_ids == (match.match_id,)
    assert cast.events(P)[-1].type == "match.active"


def test_the_first_yes_is_told_of_by_its_own_name(cast):
    match = offered(cast, "ada", "ben")

    act(cast, match, "accept", by=supporter_of(match))

    event = cast.events(P)[-1]
    assert (event.type, event.body["role"]) == ("match.accepted", "supporter")


def test_a_no_keeps_the_waiting_time_gives_the_place_back_and_lets_the_pair_rest(cast):
    before = get_member(cast, P, member_id="ada").waiting_since
    match = offered(cast, "ada", "ben")

    declined = act(cast, match, "decline", by=supporter_of(match))

    assert declined.state is MatchState.DECLINED
    assert get_member(cast, P, member_id="ada").waiting_since == before
    assert load_of(cast, P, "ben").match_ids == ()
    assert cast.get(P, Rest.KIND, "ada~ben").body["until"] == "2027-02-23T09:00:00.000000Z"
    assert care_of(cast, "ada").look_again


@pytest.mark.parametrize(
    ("reason", "until"),
    [
        ("not_now", "2027-02-23T09:00:00.000000Z"),
        ("poor_fit", "2027-11-25T09:00:00.000000Z"),
        ("other", "2027-11-25T09:00:00.000000Z"),
        ("safety", None),
    ],
)
def test_a_reason_that_was_given_says_how_long_the_pair_rests(cast, reason, until):
    match = offered(cast, "ada", "ben")

    act(cast, match, "decline", by=supporter_of(match), reason=reason)

    assert cast.get(P, Rest.KIND, "ada~ben").body["until"] == until


def test_no_answer_lets_the_pair_rest_for_a_month(cast):
    match = offered(cast, "ada", "ben")

    act(cast, match, "expire", by=SYSTEM)

    rest = cast.get(P, Rest.KIND, "ada~ben").body
    assert (rest["until"], rest["reason"]) == ("2026-12-25T09:00:00.000000Z", "unanswered")
    assert care_of(cast, "ada").look_again


def test_a_proposal_nobody_looked_at_expires_without_a_rest(cast):
    match = propose(cast, "ada", "ben")

    act(cast, match, "expire", by=SYSTEM)

    assert cast.get(P, Rest.KIND, "ada~ben") is None
    assert not care_of(cast, "ada").look_again


def test_a_yes_after_the_offer_ran_out_comes_too_late(cast):
    match = offered(cast, "ada", "ben")
    act(cast, match, "expire", by=SYSTEM)

    with pytest.raises(ActionNotAllowed) as refused:
        act(cast, match, "accept", by=supporter_of(match))

    assert str(refused.value) == "cannot accept a match that is expired (allowed: nothing)"
    assert as_it_is(cast, match).state is MatchState.EXPIRED


SAME_SITE = Policy(
    labels=(LabelField("site", LabelType.STRING),),
    label_rules=(LabelRule("same_site", "site", LabelOp.EQUAL, "another site"),),
)
"""A policy under which nobody of the cast suits anybody: none of them has a site."""


def test_a_yes_counts_only_while_the_two_still_suit(cast):
    match = asked_second(cast, "ada", "ben")
    put_policy(cast, P, policy=SAME_SITE, now=NOW, expected_version=1)

    with pytest.raises(Conflict) as refused:
        act(cast, match, "accept", by=seeker_of(match))

    assert (refused.value.code, str(refused.value)) == (
        "rule_broken",
        "a hard rule keeps the two apart: another site",
    )


def test_an_offer_is_made_only_while_the_two_still_suit(cast):
    match = propose(cast, "ada", "ben")
    put_policy(cast, P, policy=SAME_SITE, now=NOW, expected_version=1)

    with pytest.raises(Conflict) as refused:
        act(cast, match, "approve")

    assert refused.value.code == "rule_broken"


def test_the_order_in_which_two_are_asked_is_that_of_the_offer(cast):
    first = offered(cast, "ada", "ben")
    put_policy(cast, P, policy=Policy(offer_order=OfferOrder.SEEKER_FIRST), now=NOW, expected_version=1)
    second = offered(cast, "amy", "bea")

    assert as_it_is(cast, first).awaited == ("supporter",)
    assert as_it_is(cast, second).awaited == ("seeker",)


def test_two_who_say_yes_at_once_both_count(cast, store_url):
    put_policy(cast, P, policy=Policy(offer_order=OfferOrder.TOGETHER), now=NOW, expected_version=1)
    match = offered(cast, "ada", "ben")

    came = at_once(
        store_url,
        [lambda store, by=by: act(store, match, "accept", by=by) for by in (seeker_of(match), supporter_of(match))],
    )

    assert sorted(each.state for each in came) == ["active", "offered"]
    assert [entry.action for entry in as_it_is(cast, match).history] == ["propose", "approve", "accept", "accept"]
    assert care_of(cast, "ada").has_supporter


def test_a_yes_that_is_sent_twice_at_once_counts_once(cast, store_url):
    match = offered(cast, "ada", "ben")

    came = at_once(store_url, [lambda store: act(store, match, "accept", by=supporter_of(match))] * 2)

    assert sorted(type(each).__name__ for each in came) == ["ActionNotAllowed", "Match"]
    assert len(as_it_is(cast, match).history) == 3


@pytest.mark.parametrize("attempt", range(5))
def test_a_no_and_an_undo_that_cross_leave_one_of_both(cast, store_url, attempt):
    match = offered(cast, "ada", "ben")

    came = at_once(
        store_url,
        [
            lambda store: act(store, match, "decline", by=supporter_of(match)),
            lambda store: act(store, match, "reopen", by=COORDINATOR),
        ],
    )

    (won,) = (each for each in came if isinstance(each, Match))
    (lost,) = (each for each in came if not isinstance(each, Match))
    assert isinstance(lost, ActionNotAllowed)
    assert as_it_is(cast, match).history == won.history
    assert (cast.get(P, Rest.KIND, "ada~ben") is not None) == (won.state is MatchState.DECLINED)
    assert load_of(cast, P, "ben").match_ids == ()


@pytest.mark.parametrize("attempt", range(5))
def test_a_yes_and_a_no_that_cross_end_in_a_no(cast, store_url, attempt):
    match = asked_second(cast, "ada", "ben")

    came = at_once(
        store_url,
        [
            lambda store: act(store, match, "accept", by=seeker_of(match)),
            lambda store: act(store, match, "decline", by=supporter_of(match)),
        ],
    )

    final = as_it_is(cast, match)
    won = [each for each in came if isinstance(each, Match)]
    assert len(won) == 1
    assert final.state in (MatchState.ACTIVE, MatchState.DECLINED)
    assert care_of(cast, "ada").has_supporter == (final.state is MatchState.ACTIVE)


@pytest.mark.parametrize("attempt", range(5))
def test_a_pause_while_an_answer_is_on_its_way_takes_the_offer_back_or_leaves_a_match(cast, store_url, attempt):
    match = asked_second(cast, "ada", "ben")
    away = replace(BEN, status=MemberStatus.PAUSED)

    came = at_once(
        store_url,
        [
            lambda store: act(store, match, "accept", by=seeker_of(match)),
            lambda store: put_member(store, P, profile=away, now=NOW),
        ],
    )

    # Whoever comes first: an offer to somebody who is away is taken back, a match with them pauses.
    state = as_it_is(cast, match).state
    if isinstance(came[0], Match):
        assert state is MatchState.PAUSED
    else:
        assert state is MatchState.WITHDRAWN
    assert cast.get(P, Member.KIND, "ben").body["profile"]["status"] == "paused"


def test_the_supporter_can_step_back_in_the_middle_of_an_offer(cast):
    match = asked_second(cast, "ada", "ben")

    act(cast, match, "decline", by=supporter_of(match))

    with pytest.raises(ActionNotAllowed):
        act(cast, match, "accept", by=seeker_of(match))


def test_a_coordinator_answers_for_somebody_on_the_phone(cast):
    match = offered(cast, "ada", "ben")

    told = act(cast, match, "accept", on_behalf_of=ActorRole.SUPPORTER)

    assert told.awaited == ("seeker",)
    assert told.history[-1].by == COORDINATOR


def test_an_active_match_holds_its_place_until_it_ends(cast):
    match = active(cast, "ada", "ben")
    for action, more in (("pause", {}), ("resume", {}), ("plan_ending", {"reason": "other"})):
        act(cast, match, action, **more)
        assert load_of(cast, P, "ben").match_ids == (match.match_id,)

    act_on_match(cast, P, match_id=match.match_id, action="end", by=SYSTEM, now=LATER)

    assert load_of(cast, P, "ben").match_ids == ()
