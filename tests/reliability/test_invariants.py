"""What the failure tests look for would be found: each rule is broken once on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from schemas.member import load_profile
from service.clock import FixedClock
from service.records import Match, MatchState, Member, Run, RunState, put_of, read_as
from service.records.job import Job, JobState
from service.records.match import Actor, ActorRole
from service.storage import open_store
from service.storage.store import Changes, Delete
from service.usecases import matches, members, platforms, runs
from tests.reliability import people
from tests.reliability.deployment import PLATFORM
from tests.reliability.invariants import broken
from tests.reliability.ledger import Ledger

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
COORDINATOR = Actor(ActorRole.COORDINATOR, "c-1")


@pytest.fixture
def store(tmp_path):
    """A store after a day's work: members, a published run, a pair that was approved."""
    opened = open_store(f"sqlite:///{tmp_path}/alongside.sqlite3")
    platforms.create_platform(opened, platform_id=PLATFORM, name="Harbour", now=NOW, signposting="Call 112.")
    for number in range(6):
        _put(opened, *people.seeker(number))
        _put(opened, *people.supporter(number))
    runs.run_now(opened, PLATFORM, clock=FixedClock(NOW))
    match = _proposed(opened)
    matches.act_on_match(opened, PLATFORM, match_id=match.match_id, action="approve", by=COORDINATOR, now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def ledger():
    return Ledger()


def test_nothing_is_broken_after_an_ordinary_day(store, ledger):
    ledger.saved("seeker-1", 0, 1)

    assert broken(store, ledger) == []


def test_a_lost_member_is_found(store, ledger):
    ledger.saved("seeker-1", 0, 1)
    store.commit(PLATFORM, Changes(deletes=(Delete(Member.KIND, "seeker-1"),)))

    assert_found(store, ledger, "an acknowledged member is gone")


def test_a_lost_change_is_found(store, ledger):
    ledger.saved("seeker-1", 5, 2)

    assert_found(store, ledger, "a member says 0, acknowledged was 5")


def test_a_change_in_doubt_may_stand_or_not(store, ledger):
    ledger.maybe_saved("seeker-1", 0)
    ledger.saved("seeker-2", 0, 1)
    ledger.maybe_saved("seeker-2", 1)

    assert broken(store, ledger) == []


def test_an_action_that_was_lost_or_done_twice_is_found(store, ledger):
    approved = next(_of_state(store, MatchState.OFFERED))
    ledger.acted(approved.match_id, "approve")
    assert not any("approve stands" in sentence for sentence in broken(store, ledger))

    ledger.acted(approved.match_id, "approve")

    assert_found(store, ledger, "approve stands 1 times; acknowledged 2")


def test_an_event_too_few_is_found(store, ledger):
    member = read_as(Member, store.get(PLATFORM, Member.KIND, "seeker-1"))
    store.commit(PLATFORM, Changes(puts=(put_of(member),)))

    assert_found(store, ledger, "a member at version 2 has 1 events")


def test_a_half_published_run_is_found(store, ledger):
    match = next(_of_state(store, MatchState.PROPOSED))
    store.commit(PLATFORM, Changes(deletes=(Delete(Match.KIND, match.match_id),)))

    assert_found(store, ledger, "a published run has")


def test_pairs_of_an_unpublished_run_are_found(store, ledger):
    run = next(read_as(Run, stored) for stored in store.each(PLATFORM, Run.KIND))
    store.commit(PLATFORM, Changes(puts=(put_of(replace(run, state=RunState.FAILED)),)))

    assert_found(store, ledger, "a pair of a run that was never published")


def test_a_run_and_a_job_that_are_never_done_are_found(store, ledger):
    run = next(read_as(Run, stored) for stored in store.each(PLATFORM, Run.KIND))
    job = Job("job_1", "run", "run_1", JobState.RUNNING, due_at=NOW, created_at=NOW)
    store.commit(PLATFORM, Changes(puts=(put_of(replace(run, state=RunState.RUNNING)), put_of(job))))

    assert_found(store, ledger, "a run is left as running")
    assert_found(store, ledger, "a job is left as running")


def test_a_place_taken_twice_is_found(store, ledger):
    held = next(_of_state(store, MatchState.OFFERED))
    copies = [replace(held, match_id=f"match_{number}", seeker_id=f"nobody-{number}") for number in range(3)]
    store.commit(PLATFORM, Changes(puts=tuple(put_of(copy) for copy in copies)))

    assert_found(store, ledger, "a supporter holds")
    assert_found(store, ledger, "a supporter's load is not what their matches say")


def test_a_seeker_with_two_proposals_is_found(store, ledger):
    match = next(_of_state(store, MatchState.PROPOSED))
    store.commit(PLATFORM, Changes(puts=(put_of(replace(match, match_id="match_2")),)))

    assert_found(store, ledger, "a seeker has 2 open matches")


def assert_found(store, ledger, words):
    sentences = broken(store, ledger)
    assert any(words in sentence for sentence in sentences), sentences


def _put(store, member_id, profile):
    members.put_member(store, PLATFORM, profile=load_profile(member_id, profile, labels=()), now=NOW)


def _proposed(store):
    return next(_of_state(store, MatchState.PROPOSED))


def _of_state(store, state):
    every = (read_as(Match, stored) for stored in store.each(PLATFORM, Match.KIND))
    return (match for match in every if match.state is state)
