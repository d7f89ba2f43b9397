"""Who is ready to be asked, and who has taken on more than they have places for."""

from dataclasses import replace

import pytest

from matching.profile import MemberStatus
from service.records.hold import HoldCause
from service.records.match import Actor, ActorRole
from service.usecases import supporters
from service.usecases.members import put_member, put_members
from service.usecases.safety import place_hold
from service.usecases.supporters import SupporterList, SupporterLoad, list_supporters
from tests.service.usecases.acting import act, active, offered
from tests.service.usecases.cast import BEA, BEN, NOW, P, seeker, supporter, without_consent
from tests.service.usecases.proposals import propose


def listed(store, which=SupporterList.READY_TO_BE_ASKED, **more):
    return list(list_supporters(store, P, which=which, now=NOW, **more).records)


def ids(store):
    return [each.member_id for each in listed(store)]


def test_whoever_takes_part_and_is_asked_for_nothing_is_ready(cast):
    assert listed(cast) == [SupporterLoad("bea", 1, 0), SupporterLoad("ben", 1, 0)]


@pytest.mark.parametrize(
    "why", ["proposed", "offered", "active", "recovering", "held", "paused", "no consent", "never free"]
)
def test_who_is_busy_or_out_is_not(cast, why):
    if why == "proposed":
        propose(cast, "ada", "ben", run_id="")
    elif why == "offered":
        offered(cast, "ada", "ben")
    elif why == "active":
        active(cast, "ada", "ben")
    elif why == "recovering":
        act(cast, active(cast, "ada", "ben"), "end", reason="goal_reached")
    elif why == "held":
        by = Actor(ActorRole.SAFEGUARDING, "c-9")
        place_hold(cast, P, member_id="ben", cause=HoldCause.COORDINATOR, by=by, now=NOW)
    elif why == "paused":
        put_member(cast, P, profile=replace(BEN, status=MemberStatus.PAUSED), now=NOW)
    elif why == "no consent":
        put_member(cast, P, profile=without_consent(BEN), now=NOW)
    else:
        put_member(cast, P, profile=replace(BEN, availability=()), now=NOW)

    assert ids(cast) == ["bea"]


def test_who_has_fewer_places_than_matches_is_overloaded(store):
    put_members(store, P, profiles=(seeker("ada"), seeker("amy"), supporter("ben", capacity=2), BEA), now=NOW)
    active(store, "ada", "ben")
    active(store, "amy", "ben")
    assert listed(store, SupporterList.OVERLOADED) == []

    put_member(store, P, profile=supporter("ben", capacity=1), now=NOW)

    assert listed(store, SupporterList.OVERLOADED) == [SupporterLoad("ben", 1, 2)]


def test_fewer_weekly_minutes_overload_too(store):
    put_members(store, P, profiles=(seeker("ada"), seeker("amy"), supporter("ben", capacity=2)), now=NOW)
    active(store, "ada", "ben")
    active(store, "amy", "ben")
    ben = supporter("ben", capacity=2)

    put_member(store, P, profile=replace(ben, supporter=replace(ben.supporter, weekly_minutes=1)), now=NOW)

    assert listed(store, SupporterList.OVERLOADED) == [SupporterLoad("ben", 0, 2)]


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_a_long_list_is_read_page_by_page_and_whole(store, monkeypatch, limit):
    monkeypatch.setattr(supporters, "MOST_LOOKED_AT", 4)
    monkeypatch.setattr(supporters, "_AT_ONCE", 2)
    people = [supporter(f"s-{number}", capacity=number % 2) for number in range(11)]
    put_members(store, P, profiles=people, now=NOW)

    seen, after = [], None
    while True:
        page = list_supporters(store, P, which=SupporterList.READY_TO_BE_ASKED, now=NOW, after=after, limit=limit)
        assert len(page.records) <= limit
        seen += [each.member_id for each in page.records]
        after = page.next
        if after is None:
            break

    assert seen == sorted(f"s-{number}" for number in range(11) if number % 2)
