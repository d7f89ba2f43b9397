"""A run is verified together with the matches that are stored of it: every pair has its match, no match is made up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.errors import RunRefused
from service.records.codec import delete_of, put_of
from service.records.match import Match
from service.storage.store import Changes
from service.usecases.matches import act_on_match, list_matches
from service.usecases.members import put_member, put_members
from service.usecases.running import recorded
from service.usecases.runs import run_now, verify_run
from tests.service.usecases.cast import COORDINATOR, NOW, P, seeker, supporter
from tests.service.usecases.proposals import propose


def match_of(store, run):
    return next(match for match in list_matches(store, P).records if match.run_id == run.run_id)


def put(store, match):
    store.commit(P, Changes(puts=(put_of(match, expected_version=match.version),)))


def test_matches_that_went_their_way_since_are_still_those_of_the_run(cast, clock):
    run = run_now(cast, P, clock=clock)
    for match in list_matches(cast, P).records:
        act_on_match(cast, P, match_id=match.match_id, action="approve", by=COORDINATOR, now=NOW)
    put_member(cast, P, profile=supporter("bob"), now=NOW)
    run_now(cast, P, clock=clock)

    assert verify_run(cast, P, run_id=run.run_id).matched == run.counts.matched


def test_kept_proposals_have_the_matches_of_an_earlier_run(cast, clock):
    run_now(cast, P, clock=clock)
    run = run_now(cast, P, clock=clock)

    assert (run.counts.kept, run.counts.new) == (2, 0)
    assert verify_run(cast, P, run_id=run.run_id).matched == 2


def test_pairs_that_were_dropped_while_the_run_was_published_need_no_match(store, clock, monkeypatch):
    from tests.service.usecases.test_runs import Meddling, act, staging

    put_members(store, P, profiles=[seeker("ada"), supporter("ben")], now=NOW)
    run_now(store, P, clock=clock)
    act(store, ("ada", "ben"), "reject", reason="not_now")
    put_member(store, P, profile=supporter("bob"), now=NOW)
    run = run_now(Meddling(store, before=staging, when=lambda: act(store, ("ada", "ben"), "reopen")), P, clock=clock)

    assert run.counts.dropped == 1
    assert verify_run(store, P, run_id=run.run_id).matched == 1


def test_a_match_that_is_gone_is_named(cast, clock):
    run = run_now(cast, P, clock=clock)
    match = match_of(cast, run)
    cast.commit(P, Changes(deletes=(delete_of(match),)))

    with pytest.raises(RunRefused, match=rf"2 new proposals, and pairs without a match: \({match.seeker_id}, "):
        verify_run(cast, P, run_id=run.run_id)


def test_a_match_that_is_made_up_is_named(cast, clock):
    run = run_now(cast, P, clock=clock)
    propose(cast, "ada", "amy", run_id=run.run_id)

    with pytest.raises(RunRefused, match=r"matches that are none of its pairs: \(ada, amy\)"):
        verify_run(cast, P, run_id=run.run_id)


def test_a_match_of_other_people_is_named(cast, clock):
    run = run_now(cast, P, clock=clock)
    put(cast, replace(match_of(cast, run), supporter_id="somebody"))

    with pytest.raises(RunRefused, match="matches that are none of its pairs"):
        verify_run(cast, P, run_id=run.run_id)


def test_a_second_match_of_a_pair_is_named(cast, clock):
    run = run_now(cast, P, clock=clock)
    match = match_of(cast, run)
    propose(cast, match.seeker_id, match.supporter_id, run_id=run.run_id)

    with pytest.raises(RunRefused, match="more than one match"):
        verify_run(cast, P, run_id=run.run_id)


@pytest.mark.parametrize("change", ["gone", "of other people"])
def test_a_kept_proposal_that_is_gone_or_of_other_people_is_named(cast, clock, change):
    first = run_now(cast, P, clock=clock)
    run = run_now(cast, P, clock=clock)
    match = match_of(cast, first)
    if change == "gone":
        cast.commit(P, Changes(deletes=(delete_of(match),)))
    else:
        put(cast, replace(match, supporter_id="somebody"))

    with pytest.raises(
        RunRefused, match=rf"whose earlier proposal is gone: \({match.seeker_id}, {match.supporter_id}\)"
    ):
        verify_run(cast, P, run_id=run.run_id)


@pytest.mark.parametrize("changed", [{"new": 1}, {"kept": 1}, {"dropped": 1}, {"new": 1, "dropped": 1}])
def test_counts_of_what_was_published_are_those_of_the_matches(cast, clock, changed):
    run = run_now(cast, P, clock=clock)
    put(cast, replace(run, counts=replace(run.counts, **changed)))

    with pytest.raises(RunRefused):
        verify_run(cast, P, run_id=run.run_id)


def test_of_many_pairs_a_few_are_named_and_the_others_counted(store, clock):
    profiles = [profile for k in range(5) for profile in (seeker(f"s{k}"), supporter(f"p{k}"))]
    put_members(store, P, profiles=profiles, now=NOW)
    run = run_now(store, P, clock=clock)
    matches = [match for match in list_matches(store, P).records if isinstance(match, Match)]
    store.commit(P, Changes(deletes=tuple(map(delete_of, matches))))

    with pytest.raises(RunRefused, match=r"\(s0, .*\), \(s1, .*\), \(s2, [^,]*\) and 2 more"):
        verify_run(store, P, run_id=run.run_id)
    assert recorded._SHOWN == 3


def test_progress_is_told(cast, clock):
    run = run_now(cast, P, clock=clock)
    told = []

    verify_run(cast, P, run_id=run.run_id, on_progress=lambda done, pairs: told.append((done, pairs)))

    assert told[-1] == (4, 4)
