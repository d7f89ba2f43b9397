from __future__ import annotations

from datetime import date

from service.lifecycle import Action
from service.records.codec import put_of
from service.records.run import Run, RunState
from service.storage.store import Changes, Store
from service.usecases.matches import act_on_match
from service.usecases.members import put_members
from service.usecases.reviewing import review_queue, waiting_of
from tests.service.usecases.cast import BEA, BEN, COORDINATOR, NOW, OTHER, P, seeker
from tests.service.usecases.proposals import propose

LATE = seeker("late", since=date(2026, 11, 1))
EARLY = seeker("early", since=date(2026, 9, 1))


def test_the_longest_wait_comes_first_whatever_was_proposed_first(store: Store) -> None:
    put_members(store, P, profiles=[LATE, EARLY, BEN, BEA], now=NOW)
    propose(store, "late", "ben")
    propose(store, "early", "bea")

    queue = review_queue(store, P)

    assert [(waiting.match.seeker_id, waiting.waiting_since) for waiting in queue] == [
        ("early", date(2026, 9, 1)),
        ("late", date(2026, 11, 1)),
    ]


def test_a_proposal_whose_seeker_has_gone_counts_from_the_day_it_was_made(store: Store) -> None:
    put_members(store, P, profiles=[LATE, BEN, BEA], now=NOW)
    propose(store, "gone", "ben")
    propose(store, "late", "bea")

    assert [waiting.match.seeker_id for waiting in review_queue(store, P)] == ["late", "gone"]


def test_decided_and_staged_proposals_and_other_platforms_are_not_in_the_queue(store: Store) -> None:
    put_members(store, P, profiles=[LATE, EARLY, BEN, BEA], now=NOW)
    decided = propose(store, "late", "ben")
    act_on_match(store, P, match_id=decided.match_id, action=Action.APPROVE, by=COORDINATOR, now=NOW)
    propose(store, "early", "bea", run_id="run_done")
    running = Run("run_done", RunState.RUNNING, "cli", is_dry_run=False, created_at=NOW)
    store.commit(P, Changes(puts=(put_of(running),)))

    assert review_queue(store, P) == ()
    assert review_queue(store, OTHER) == ()


def test_a_decided_match_still_knows_how_long_its_seeker_has_waited(store: Store) -> None:
    put_members(store, P, profiles=[EARLY, BEN], now=NOW)

    assert waiting_of(store, P, propose(store, "early", "ben")).waiting_since == date(2026, 9, 1)
