"""Queues of large platforms, read by the order of the last run: held against reading and sorting everything."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from matching.community import generate
from service.clock import FixedClock
from service.lifecycle import Action
from service.storage.store import Store
from service.usecases import looking, reviewing
from service.usecases.looking import looking_from, still_looking
from service.usecases.matches import act_on_match
from service.usecases.members import delete_member, put_members
from service.usecases.reviewing import KeptQueue, SortedQueue, queue_of, review_queue, waiting_of
from service.usecases.runs import run_now
from tests.service.usecases.cast import COORDINATOR, NOW, P
from tests.service.usecases.proposals import propose


@pytest.fixture
def large(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A platform that counts as large, after its first run."""
    monkeypatch.setattr(reviewing, "MOST_SORTED", 10)
    monkeypatch.setattr(looking, "MOST_SORTED", 10)
    members = generate(seed=5, seekers=90, supporters=40, today=date(2026, 11, 22)).profiles
    put_members(store, P, profiles=members, now=NOW)
    run_now(store, P, clock=FixedClock(NOW))
    return store


def ids(waiting):
    return [each.match.match_id for each in waiting]


def by_wait(waiting):
    return [(each.since, -each.match.score) for each in waiting]


def test_a_long_queue_holds_what_a_sorted_one_does_in_the_same_order(large):
    queue, everything = queue_of(large, P), review_queue(large, P)

    assert isinstance(queue, KeptQueue)
    assert len(everything) > 20
    assert queue.total == queue.length == len(everything)
    assert sorted(ids(queue.window(0, 999))) == sorted(ids(everything))
    assert by_wait(queue.window(0, 999)) == by_wait(everything)
    assert ids(queue.window(7, 12)) == ids(queue.window(0, 999))[7:12]


def test_one_goes_through_a_long_queue_from_first_to_last_and_round(large):
    queue = queue_of(large, P)
    here, seen = queue.first(), []
    for _ in range(queue.total):
        seen.append(here)
        here = queue.after(here)

    assert ids(seen) == ids(queue.window(0, 999))
    assert here.match.match_id == seen[0].match.match_id


def test_decided_proposals_are_passed_over(large):
    before = queue_of(large, P).window(0, 999)
    for decided in before[:3]:
        act_on_match(
            large, P, match_id=decided.match.match_id, action=Action.REJECT, by=COORDINATOR, now=NOW, reason="not_now"
        )

    queue = queue_of(large, P)
    assert queue.total == len(before) - 3
    assert ids(queue.window(0, 999)) == ids(before[3:])
    assert queue.first().match.match_id == before[3].match.match_id
    gone = waiting_of(large, P, before[1].match)
    assert queue.after(gone).match.match_id == before[3].match.match_id


@pytest.mark.parametrize("at_once", [1, 2, 200])
def test_a_queue_begins_with_the_first_that_is_open_and_has_no_empty_page(large, monkeypatch, at_once):
    monkeypatch.setattr(reviewing, "_PASSED_AT_ONCE", at_once)
    monkeypatch.setattr(reviewing, "_LOOKED_AT_ONCE", at_once)
    before = queue_of(large, P).window(0, 999)
    for decided in (*before[:5], before[7]):
        act_on_match(
            large, P, match_id=decided.match.match_id, action=Action.REJECT, by=COORDINATOR, now=NOW, reason="not_now"
        )

    queue = queue_of(large, P)
    assert queue.length == len(before) - 5
    assert ids(queue.window(0, 3)) == [*ids(before[5:7])]
    assert ids(queue.window(3, 5)) == ids(before[8:10])
    assert queue.after(queue.first()).match.match_id == before[6].match.match_id
    assert queue.after(waiting_of(large, P, before[6].match)).match.match_id == before[8].match.match_id
    last = queue.window(0, 999)[-1]
    assert queue.after(last).match.match_id == before[5].match.match_id

    act_on_match(large, P, match_id=before[2].match.match_id, action=Action.REOPEN, by=COORDINATOR, now=NOW)
    again = queue_of(large, P)
    assert again.first().match.match_id == before[2].match.match_id
    assert ids(again.window(0, 999)) == [before[2].match.match_id, *ids(queue.window(0, 999))]


def test_when_all_are_decided_nothing_is_left_of_a_long_queue(large):
    for decided in queue_of(large, P).window(0, 999):
        act_on_match(
            large, P, match_id=decided.match.match_id, action=Action.REJECT, by=COORDINATOR, now=NOW, reason="not_now"
        )
    propose(large, "nobody", "else", run_id="instant")

    assert queue_of(large, P).total == 1
    assert queue_of(large, P).first() is not None


def test_what_was_proposed_since_the_run_comes_first(large):
    new = propose(large, "nobody", "else", run_id="instant")

    queue = queue_of(large, P)

    assert queue.first().match.match_id == new.match_id
    assert ids(queue.window(0, 999))[0] == new.match_id
    assert queue.after(queue.first()).match.match_id == ids(queue.window(1, 2))[0]


def test_a_long_queue_before_any_run_is_sorted(store, monkeypatch):
    monkeypatch.setattr(reviewing, "MOST_SORTED", 0)
    propose(store, "ada", "ben")

    assert isinstance(queue_of(store, P), SortedQueue)
    assert queue_of(store, P).total == 1


def test_the_next_run_takes_the_place_of_the_order_before(large):
    first = {stored.record_id for stored in large.each(P, "run_order")}
    run = run_now(large, P, clock=FixedClock(NOW + timedelta(days=1)))

    now = {stored.record_id for stored in large.each(P, "run_order")}
    assert not first & now
    assert all(each.startswith(run.run_id) for each in now)
    assert sorted(ids(queue_of(large, P).window(0, 999))) == sorted(ids(review_queue(large, P)))


def test_who_is_still_looking_is_the_same_either_way(large):
    everybody = still_looking(large, P, now=NOW)
    found = looking_from(large, P, start=0, end=999, now=NOW)

    assert found.is_of_last_run
    assert len(everybody) > 10
    # The run leaves out who could not take part; nobody else is missing.
    looking_ids = [each.member_id for each in found.seekers]
    assert looking_ids == [each.member_id for each in everybody if each.member_id in set(looking_ids)]
    assert all(not each.profile.availability for each in everybody if each.member_id not in set(looking_ids))
    some = looking_from(large, P, start=2, end=5, now=NOW)
    assert [each.member_id for each in some.seekers] == looking_ids[2:5]
    assert some.places == len(looking_ids)


def test_who_was_found_or_has_left_meanwhile_is_not_shown(large):
    before = looking_from(large, P, start=0, end=999, now=NOW).seekers
    propose(large, before[0].member_id, "somebody")
    delete_member(large, P, member_id=before[1].member_id, now=NOW)

    after = looking_from(large, P, start=0, end=999, now=NOW).seekers

    assert [each.member_id for each in after] == [each.member_id for each in before[2:]]
    kept = str([stored.body for stored in large.each(P, "run_order")])
    assert before[1].member_id not in kept
    assert before[2].member_id in kept


def test_before_a_run_nobody_knows_who_is_still_looking_on_a_large_platform(cast, monkeypatch):
    monkeypatch.setattr(looking, "MOST_SORTED", 0)

    assert looking_from(cast, P, start=0, end=20, now=NOW).is_unknown
