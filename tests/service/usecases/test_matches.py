"""Acting on matches: places, one supporter a seeker, undo, and two people at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from matching.profile import MemberStatus, SupporterSide
from service.errors import ActionNotAllowed, Conflict, Forbidden, InvalidInput, NotFound, StaleVersion, UniqueTaken
from service.records import kinds
from service.records.codec import new_id, new_ids, put_of
from service.records.load import Load
from service.records.match import HOLDING_STATES, Actor, ActorRole, MatchState
from service.records.rest import Rest
from service.records.run import Run, RunState
from service.storage import open_store
from service.storage.store import Changes, Delete
from service.usecases import matches as matches_module
from service.usecases.matches import act_on_match, each_visible, get_match, list_matches
from service.usecases.members import put_member, put_members
from service.usecases.moves import load_of
from tests.service.usecases.cast import ADA, BEN, COORDINATOR, NOW, P, seeker, supporter, without_consent
from tests.service.usecases.proposals import blank, propose

LATER = NOW + timedelta(hours=1)


def act(store, match, action, *, now=NOW, reason=None, by=COORDINATOR, expected_version=None):
    return act_on_match(
        store,
        P,
        match_id=match.match_id,
        action=action,
        by=by,
        now=now,
        reason=reason,
        expected_version=expected_version,
    )


def state_of(store, match):
    return get_match(store, P, match_id=match.match_id).state


def held_places(store, supporter_id):
    """Count by the index, not by the load that the service itself counts with."""
    return sum(
        store.count(P, "match", index=kinds.BY_SUPPORTER_AND_STATE, value=kinds.joined(supporter_id, state))
        for state in HOLDING_STATES
    )


def test_approving_offers_the_match_and_holds_a_place(cast):
    match = propose(cast, "ada", "ben")

    after = act(cast, match, "approve", now=LATER)

    assert after == get_match(cast, P, match_id=match.match_id)
    assert (after.state, after.version) == (MatchState.OFFERED, 2)
    assert after.history[-1].by == COORDINATOR
    assert load_of(cast, P, "ben").match_ids == (match.match_id,)


def test_a_step_is_told_as_an_event_in_the_same_commit(cast):
    match = propose(cast, "ada", "ben")

    act(cast, match, "approve", now=LATER)

    event = cast.events(P)[-1]
    assert (event.type, event.subject, event.at) == ("match.offered", match.match_id, LATER)
    assert event.body == {
        "seeker_id": "ada",
        "supporter_id": "ben",
        "state": "offered",
        "before": "proposed",
        "version": 2,
    }


def test_a_supporter_without_a_place_left_gets_no_further_offer(cast):
    first, second = propose(cast, "ada", "ben"), propose(cast, "amy", "ben")
    act(cast, first, "approve")

    with pytest.raises(Conflict) as refused:
        act(cast, second, "approve")

    assert refused.value.code == "no_place_left"
    assert state_of(cast, second) is MatchState.PROPOSED


def test_places_are_limited_by_weekly_minutes_too(cast):
    # 90 minutes a week hold one flexible session of 60 minutes every fortnight three times over, one weekly once.
    weekly = replace(BEN, pace="weekly", supporter=SupporterSide(capacity=5, weekly_minutes=90))
    put_member(cast, P, profile=weekly, now=NOW)
    first, second = propose(cast, "ada", "ben"), propose(cast, "amy", "ben")
    act(cast, first, "approve")

    with pytest.raises(Conflict) as refused:
        act(cast, second, "approve")

    assert refused.value.code == "no_place_left"


def test_withdrawing_an_offer_gives_the_place_back(cast):
    first, second = propose(cast, "ada", "ben"), propose(cast, "amy", "ben")
    act(cast, first, "approve")

    act(cast, first, "withdraw", reason="coordinator")
    act(cast, second, "approve")

    assert load_of(cast, P, "ben").match_ids == (second.match_id,)


def test_undoing_an_offer_gives_the_place_back(cast):
    first, second = propose(cast, "ada", "ben"), propose(cast, "amy", "ben")
    act(cast, first, "approve")

    act(cast, first, "reopen")
    act(cast, second, "approve")

    assert state_of(cast, first) is MatchState.PROPOSED
    assert held_places(cast, "ben") == 1


def test_approving_takes_back_other_proposals_to_the_seeker(cast):
    chosen, other, staged = (
        propose(cast, "ada", "ben"),
        propose(cast, "ada", "bea"),
        blank("ada", "bea", run_id="run_x"),
    )
    cast.commit(P, Changes(puts=(put_of(staged, expected_version=0),)))

    act(cast, chosen, "approve")

    assert state_of(cast, other) is MatchState.WITHDRAWN
    assert get_match(cast, P, match_id=other.match_id).history[-1].reason == "another_match"
    assert state_of(cast, staged) is MatchState.WITHDRAWN


def test_a_seeker_with_an_offer_gets_no_second_one(cast):
    act(cast, propose(cast, "ada", "ben"), "approve")
    second = propose(cast, "ada", "bea")

    with pytest.raises(Conflict) as refused:
        act(cast, second, "approve")

    assert refused.value.code == "seeker_has_match"


@pytest.mark.parametrize(
    "changed", [without_consent(ADA), replace(ADA, status=MemberStatus.PAUSED), without_consent(BEN)]
)
def test_nobody_who_does_not_take_part_is_offered_anything(cast, changed):
    put_member(cast, P, profile=changed, now=NOW)
    match = propose(cast, "ada", "ben")

    with pytest.raises(Conflict) as refused:
        act(cast, match, "approve")

    assert refused.value.code == "not_taking_part"


class Meddling:
    """A store to which something happens just before the next commit."""

    def __init__(self, store, happen):
        self._store = store
        self._happen = happen

    def __getattr__(self, name):
        return getattr(self._store, name)

    def commit(self, scope, changes):
        happen, self._happen = self._happen, lambda: None
        happen()
        return self._store.commit(scope, changes)


@pytest.mark.parametrize("action", ["approve", "reopen"])
@pytest.mark.parametrize("changed", [without_consent(ADA), replace(BEN, status=MemberStatus.PAUSED)])
def test_a_member_who_steps_out_while_a_coordinator_presses_wins(cast, action, changed):
    match = propose(cast, "ada", "ben")
    if action == "reopen":
        act(cast, match, "reject", reason="not_now")

    with pytest.raises(Conflict) as refused:
        act(Meddling(cast, lambda: put_member(cast, P, profile=changed, now=NOW)), match, action)

    assert refused.value.code in ("not_taking_part", "action_not_allowed")
    assert state_of(cast, match) not in (MatchState.OFFERED, MatchState.PROPOSED)


class MeddlingAfterTheLoad(Meddling):
    """A store to which something happens just after a supporter's load was read."""

    def get(self, scope, kind, record_id):
        stored = self._store.get(scope, kind, record_id)
        if kind == Load.KIND:
            happen, self._happen = self._happen, lambda: None
            happen()
        return stored

    def commit(self, scope, changes):
        return self._store.commit(scope, changes)


@pytest.mark.parametrize("meddling", [Meddling, MeddlingAfterTheLoad])
def test_a_place_that_is_taken_while_a_coordinator_presses_is_not_taken_twice(cast, meddling):
    first, second = propose(cast, "ada", "ben"), propose(cast, "amy", "ben")

    with pytest.raises(Conflict) as refused:
        act(meddling(cast, lambda: act(cast, first, "approve")), second, "approve")

    assert refused.value.code == "no_place_left"
    assert held_places(cast, "ben") == 1


def test_a_supporter_who_offers_fewer_places_while_a_coordinator_presses_wins(cast):
    put_member(cast, P, profile=supporter("ben", capacity=2), now=NOW)
    first, second = propose(cast, "ada", "ben"), propose(cast, "amy", "ben")
    act(cast, first, "approve")

    with pytest.raises(Conflict) as refused:
        act(Meddling(cast, lambda: put_member(cast, P, profile=BEN, now=NOW)), second, "approve")

    assert refused.value.code == "no_place_left"
    assert held_places(cast, "ben") == 1


def test_the_store_itself_holds_one_match_a_seeker_only(cast):
    offers = [
        replace(blank("ada", supporter_id, run_id="r"), state=MatchState.OFFERED) for supporter_id in ("ben", "bea")
    ]
    cast.commit(P, Changes(puts=(put_of(offers[0]),)))

    with pytest.raises(UniqueTaken):
        cast.commit(P, Changes(puts=(put_of(offers[1]),)))


def test_a_place_taken_while_a_rejected_match_is_reopened_is_noticed(cast):
    rejected, other = propose(cast, "ada", "ben"), propose(cast, "amy", "ben")
    act(cast, rejected, "reject", reason="not_now")

    with pytest.raises(Conflict) as refused:
        act(Meddling(cast, lambda: act(cast, other, "approve")), rejected, "reopen")

    assert refused.value.code == "no_place_left"


def test_rejecting_makes_the_pair_rest(cast):
    match = propose(cast, "ada", "ben")

    act(cast, match, "reject", reason="not_now")

    rest = cast.get(P, Rest.KIND, "ada~ben")
    assert rest.body["until"] == "2027-02-23T09:00:00.000000Z"
    assert state_of(cast, match) is MatchState.REJECTED


def test_reopening_a_rejected_match_ends_the_rest(cast):
    match = propose(cast, "ada", "ben")
    act(cast, match, "reject", reason="safety")

    act(cast, match, "reopen", now=LATER)

    assert cast.get(P, Rest.KIND, "ada~ben") is None
    assert state_of(cast, match) is MatchState.PROPOSED


def test_a_rest_that_another_match_caused_keeps_the_two_apart(cast):
    old, late = propose(cast, "ada", "ben"), propose(cast, "ada", "ben")
    act(cast, old, "reject", reason="not_now")
    act(cast, late, "reject", reason="safety")

    with pytest.raises(Conflict) as refused:
        act(cast, old, "reopen", now=LATER)

    assert refused.value.code == "kept_apart"
    assert cast.get(P, Rest.KIND, "ada~ben").body["reason"] == "safety"


def test_a_rest_for_ever_is_not_made_shorter_by_a_later_one(cast):
    old, late = propose(cast, "ada", "ben"), propose(cast, "ada", "ben")
    act(cast, old, "reject", reason="safety")
    act(cast, late, "reject", reason="not_now")

    assert cast.get(P, Rest.KIND, "ada~ben").body["until"] is None


def test_a_rejected_match_does_not_come_back_beside_another_for_the_seeker(cast):
    match = propose(cast, "ada", "ben")
    act(cast, match, "reject", reason="not_now")
    propose(cast, "ada", "bea")

    with pytest.raises(Conflict) as refused:
        act(cast, match, "reopen", now=LATER)

    assert refused.value.code == "seeker_has_match"


def test_a_rejected_match_does_not_come_back_when_the_place_is_taken(cast):
    match = propose(cast, "ada", "ben")
    act(cast, match, "reject", reason="not_now")
    act(cast, propose(cast, "amy", "ben"), "approve")

    with pytest.raises(Conflict) as refused:
        act(cast, match, "reopen", now=LATER)

    assert refused.value.code == "no_place_left"


def test_a_coordinator_who_saw_an_older_version_is_told(cast):
    match = propose(cast, "ada", "ben")
    act(cast, match, "approve")

    with pytest.raises(StaleVersion):
        act(cast, match, "withdraw", reason="coordinator", expected_version=1)

    assert state_of(cast, match) is MatchState.OFFERED


def test_what_the_table_refuses_changes_nothing(cast):
    match = propose(cast, "ada", "ben")

    with pytest.raises(ActionNotAllowed):
        act(cast, match, "reopen")
    with pytest.raises(Forbidden):
        act(cast, match, "approve", by=Actor(ActorRole.SEEKER, "ada"))
    with pytest.raises(InvalidInput):
        act(cast, match, "reject", reason="dull")

    assert get_match(cast, P, match_id=match.match_id) == match


def test_an_unknown_match_is_not_found(cast):
    with pytest.raises(NotFound) as refused:
        get_match(cast, P, match_id="match_x")

    assert refused.value.code == "match_not_found"


@pytest.mark.parametrize(("chosen", "count"), [({}, 3), ({"state": MatchState.OFFERED}, 1), ({"member_id": "ben"}, 2)])
def test_matches_are_listed_by_state_and_member(cast, chosen, count):
    act(cast, propose(cast, "ada", "ben"), "approve")
    propose(cast, "amy", "ben")
    propose(cast, "amy", "bea")

    assert len(list_matches(cast, P, **chosen).records) == count
    both = list_matches(cast, P, state=MatchState.PROPOSED, member_id="ben").records
    assert [match.seeker_id for match in both] == ["amy"]


def test_pages_are_full_however_many_staged_matches_lie_between(cast):
    run = Run("run_x", RunState.RUNNING, "cli", is_dry_run=False, created_at=NOW)
    cast.commit(P, Changes(puts=(put_of(run, expected_version=0),)))
    seen = []
    for number in range(12):
        if number % 3 == 0:
            seen.append(propose(cast, "ada", "ben").match_id)
        else:
            staged = blank("ada", "bea", run_id="run_x")
            cast.commit(P, Changes(puts=(put_of(staged, expected_version=0),)))

    first = list_matches(cast, P, limit=3)
    second = list_matches(cast, P, limit=3, after=first.next)

    assert [match.match_id for match in (*first.records, *second.records)] == sorted(seen)
    assert len(first.records) == 3
    assert second.next is None


def race(url, matches, action="approve"):
    """Let several people act on these matches at the same moment, each over a store of their own."""
    start = Barrier(len(matches))

    def attempt(match):
        mine = open_store(url)
        try:
            start.wait()
            return act(mine, match, action)
        except Conflict as lost:
            return lost
        finally:
            mine.close()

    with ThreadPoolExecutor(len(matches)) as people:
        outcomes = list(people.map(attempt, matches))
    lost = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    return [outcome for outcome in outcomes if outcome not in lost], lost


def test_people_who_approve_for_the_same_places_at_once_never_take_more_than_there_are(store, store_url):
    put_member(store, P, profile=supporter("ben", capacity=3), now=NOW)
    put_members(store, P, profiles=[seeker(f"s{number}") for number in range(8)], now=NOW)
    matches = [propose(store, f"s{number}", "ben") for number in range(8)]

    won, lost = race(store_url, matches)

    assert (len(won), len(lost)) == (3, 5)
    assert {error.code for error in lost} == {"no_place_left"}
    assert held_places(store, "ben") == 3
    assert set(store.get(P, Load.KIND, "ben").body["match_ids"]) == {match.match_id for match in won}


def test_people_who_approve_different_supporters_for_one_seeker_at_once_give_them_one(cast, store_url):
    matches = [propose(cast, "ada", "ben"), propose(cast, "ada", "bea")]

    won, lost = race(store_url, matches)

    assert (len(won), len(lost)) == (1, 1)
    assert lost[0].code in ("action_not_allowed", "seeker_has_match")
    assert held_places(cast, "ben") + held_places(cast, "bea") == 1


def test_the_slower_of_two_is_told_of_the_match_and_not_of_the_place_it_took_itself(cast, monkeypatch):
    match = propose(cast, "ada", "ben")
    look = matches_module.take_step

    def overtaken(*arguments, **options):
        monkeypatch.setattr(matches_module, "take_step", look)
        act(cast, match, "approve")
        return look(*arguments, **options)

    monkeypatch.setattr(matches_module, "take_step", overtaken)

    with pytest.raises(ActionNotAllowed):
        act(cast, match, "approve")


def test_two_people_who_press_the_same_button_at_once_act_once(cast, store_url):
    match = propose(cast, "ada", "ben")

    won, lost = race(store_url, [match, match])

    assert (len(won), len(lost)) == (1, 1)
    assert lost[0].code == "action_not_allowed"
    assert len(get_match(cast, P, match_id=match.match_id).history) == 2


def test_what_a_run_has_staged_is_passed_over_at_once(cast, monkeypatch):
    seen = [propose(cast, "ada", "ben").match_id]
    hidden = Run("run_hidden", RunState.RUNNING, "cli", is_dry_run=False, created_at=NOW)
    cast.commit(P, Changes(puts=(put_of(hidden),)))
    ids = new_ids("match", NOW + timedelta(days=1))
    for _ in range(5):
        staged = [
            replace(blank("ada", "ben", run_id="x"), match_id=next(ids), run_id="run_hidden", version=0)
            for _ in range(400)
        ]
        cast.commit(P, Changes(puts=tuple(put_of(each, expected_version=0) for each in staged)))
    later = replace(
        blank("ada", "ben", run_id="x"), match_id=new_id("match", NOW + timedelta(days=2)), run_id="instant", version=0
    )
    cast.commit(P, Changes(puts=(put_of(later, expected_version=0),)))
    pages, read = [], cast.page
    monkeypatch.setattr(cast, "page", lambda *some, **named: pages.append(some) or read(*some, **named))

    for state in (None, MatchState.PROPOSED):
        found = list_matches(cast, P, state=state, limit=10)
        assert [each.match_id for each in found.records] == [*seen, later.match_id]
    assert len(pages) <= 4
    assert [stored.record_id for stored in each_visible(cast, P, state=MatchState.PROPOSED)] == [*seen, later.match_id]


def test_a_run_that_publishes_while_a_page_is_read_shows_nothing_that_it_drops(cast, monkeypatch):
    run = Run("run_new", RunState.RUNNING, "cli", is_dry_run=False, created_at=NOW)
    staged = replace(blank("ada", "ben", run_id="run_new"), version=0)
    cast.commit(P, Changes(puts=(put_of(run), put_of(staged, expected_version=0))))
    read = cast.page

    def read_and_be_overtaken(*some, **named):
        page = read(*some, **named)
        done = put_of(replace(run, state=RunState.DONE))
        cast.commit(P, Changes(puts=(done,), deletes=(Delete("match", staged.match_id),)))
        return page

    monkeypatch.setattr(cast, "page", read_and_be_overtaken)

    assert list_matches(cast, P, state=MatchState.PROPOSED, limit=10).records == ()
