"""Another pair instead: who else could be, what it does before it is done, and doing it."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from service.aliases import alias_of
from service.clock import FixedClock
from service.lifecycle import Action
from service.records.match import Actor, ActorRole, Match, MatchState
from service.usecases.matches import act_on_match, get_match, list_matches
from service.usecases.runs import run_now
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.conftest import NOW
from tests.service.console.live import opened, sign_in
from tests.service.console.scenario import Community, supporter

COORDINATOR = Actor(ActorRole.COORDINATOR, "c-1")


def _match(community: Community, match_id: str) -> Match:
    return get_match(community.store, community.platform_id, match_id=match_id)


def _pairs(community: Community) -> set[tuple[str, str]]:
    page = list_matches(community.store, community.platform_id, state=MatchState.PROPOSED)
    return {(match.seeker_id, match.supporter_id) for match in page.records}


def test_who_else_could_be_is_listed_and_nothing_is_done(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")

    words = maria.go(f"/console/proposals/{match_id}/another")

    assert f"{alias_of('p-2')} p-2 A good fit" in words
    assert "has room" in words
    assert alias_of("p-1") not in words.split("Every rule allows these, the best fit first.")[1]
    assert _pairs(harbour) == {("s-1", "p-1")}


def test_what_it_does_is_shown_before_it_is_done(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")

    words = maria.go(f"/console/proposals/{match_id}/another?supporter=p-2")
    assert f"{alias_of('s-1')} with {alias_of('p-2')} are proposed: a good fit, 6,625 points; it was 8,000." in words
    assert "Nobody else is moved by it." in words
    assert _pairs(harbour) == {("s-1", "p-1")}

    words = maria.send("/another")
    assert "Another pair is proposed instead." in words
    assert _pairs(harbour) == {("s-1", "p-2")}
    assert _match(harbour, match_id).state is MatchState.WITHDRAWN
    assert _match(harbour, match_id).history[-1].by == Actor(ActorRole.COORDINATOR, harbour.coordinator_id)


def test_whose_place_is_taken_is_told_and_is_looked_for_again(maria: Visitor, harbour: Community) -> None:
    harbour.save(supporter("p-2", supporter={"capacity": 1}))
    match_id, other = harbour.propose("s-1", "p-1"), harbour.propose("s-3", "p-2")

    assert "their place is promised to somebody else" in maria.go(f"/console/proposals/{match_id}/another")
    words = maria.go(f"/console/proposals/{match_id}/another?supporter=p-2")
    assert f"{alias_of('s-3')} with {alias_of('p-2')} : this proposal is taken back too" in words

    maria.send("/another")
    assert _pairs(harbour) == {("s-1", "p-2")}
    assert _match(harbour, other).state is MatchState.WITHDRAWN
    assert harbour.member("s-3").care.look_again is True


def test_a_place_that_is_held_is_never_taken(maria: Visitor, harbour: Community) -> None:
    harbour.save(supporter("p-2", supporter={"capacity": 1}))
    match_id, other = harbour.propose("s-1", "p-1"), harbour.propose("s-3", "p-2")
    act_on_match(
        harbour.store, harbour.platform_id, match_id=other, action=Action.APPROVE, by=COORDINATOR, now=harbour.now
    )

    assert "We do not yet have anybody else" in maria.go(f"/console/proposals/{match_id}/another")
    words = maria.go(f"/console/proposals/{match_id}/another?supporter=p-2")
    assert maria.page.status_code == 409
    assert "The peer supporter has no room left just now" in words
    assert _pairs(harbour) == {("s-1", "p-1")}


def test_a_wrong_choice_is_said_kindly(maria: Visitor, harbour: Community, outsider: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")

    for chosen, told in (
        ("p-1", "This is the pair that is proposed already."),
        ("s-1", "Nobody can be their own peer supporter."),
        ("p-9", "There is nobody with this id on your platform."),
        ("not an id", "There is nobody with this id on your platform."),
        ("s-2", "Something they both need does not hold just now"),
    ):
        words = maria.go(f"/console/proposals/{match_id}/another?supporter={chosen}")
        assert maria.page.status_code in (409, 422), chosen
        assert told in words, chosen


def test_a_pair_that_was_decided_meanwhile_is_not_replaced(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")
    maria.go(f"/console/proposals/{match_id}/another?supporter=p-2")
    act_on_match(
        harbour.store, harbour.platform_id, match_id=match_id, action=Action.APPROVE, by=COORDINATOR, now=harbour.now
    )

    assert "Somebody else was quicker with this pair." in maria.send("/another")
    assert _pairs(harbour) == set()
    assert _match(harbour, match_id).state is MatchState.OFFERED


def test_the_runners_up_on_both_sides_are_on_a_page_of_their_own(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")
    harbour.propose("s-3", "p-2")

    words = maria.go(f"/console/proposals/{match_id}/around")

    first, second = words.split(f"For {alias_of('p-1')}")
    assert alias_of("p-2") in first
    assert f"{alias_of('s-2')} A very good fit · 8,000 points" in second
    assert f"{alias_of('s-3')} A very good fit · 8,000 points in another pair just now" in second


def test_what_declining_does_to_others_is_told_exactly(maria: Visitor, harbour: Community) -> None:
    harbour.save(supporter("p-1", supporter={"capacity": 1}), supporter("p-2", supporter={"capacity": 1}))
    run_now(harbour.store, harbour.platform_id, clock=FixedClock(NOW))
    match = list_matches(harbour.store, harbour.platform_id, member_id="s-2").records[0]

    deadline = time.monotonic() + 60
    while "being worked out" in (words := maria.go(f"/console/proposals/{match.match_id}/around")):
        assert time.monotonic() < deadline

    told = words.split("If you say no to this pair")[1]
    assert "2 people would have another peer supporter." in told
    assert f"{alias_of('s-2')} : with {alias_of('p-2')} in place of {alias_of('p-1')}" in told
    assert f"{alias_of('s-3')} : with {alias_of('p-1')} in place of {alias_of('p-2')}" in told


def test_the_form_that_makes_it_names_the_version_it_was_looked_at(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")
    maria.go(f"/console/proposals/{match_id}/another?supporter=p-2")

    form = next(form for form in forms_of(maria.page) if form.action.endswith("/another") and form.method == "post")

    assert {name: form.values[name] for name in ("version", "supporter")} == {"version": "1", "supporter": "p-2"}


@pytest.mark.browser
def test_a_page_that_is_not_ready_asks_again_by_itself_and_stays_a_page(
    browser: Browser, app: Flask, address: str, harbour: Community
) -> None:
    match_id = harbour.propose("s-1", "p-1")
    app.config["PAGE_PATIENCE"] = 0
    with opened(browser, address) as page:
        sign_in(page)
        page.goto(f"/console/proposals/{match_id}/another")
        expect(page.get_by_text("Every rule allows these")).to_be_visible()
        expect(page.get_by_role("heading", level=1, name=f"Another pair for {alias_of('s-1')}")).to_be_visible()
        expect(page.get_by_role("heading", name="Somebody you have in mind")).to_be_visible()

        page.goto(f"/console/proposals/{match_id}/around")
        expect(page.get_by_role("heading", name=f"For {alias_of('p-1')}")).to_be_visible()
        expect(page.get_by_role("heading", level=1, name="Who else could it be?")).to_be_visible()
