"""A run that is published while somebody's change is being saved: between its last read and its commit, or after it.

The change looked for matches before the run staged them, and the run looked at the members before the change was saved:
each alone would see nothing. Whatever the order, no published pair may break what the change says.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from matching.policy import Policy
from matching.profile import ClearanceScope, MemberStatus
from service.cli.exits import ExitCode, exit_code_of
from service.errors import RunRefused
from service.records.codec import put_of
from service.records.hold import HoldCause
from service.records.match import Match, MatchState
from service.records.run import RunState
from service.storage.store import Changes
from service.usecases import moves
from service.usecases.matches import get_match, list_matches
from service.usecases.members import delete_member, put_member, put_members
from service.usecases.policies import put_policy
from service.usecases.proposing import propose_pair
from service.usecases.running import afterwards, publishing, staging
from service.usecases.running.evidence import read_result
from service.usecases.running.snapshot import take_snapshot
from service.usecases.runs import execute_run, get_run, request_run, run_now
from service.usecases.safety import place_hold, put_block
from tests.service.usecases.cast import ADA, BEA, BEN, COORDINATOR, NOW, P, without_consent
from tests.service.usecases.proposals import blank
from tests.service.usecases.rounds.conftest import DAY, go_round
from tests.service.usecases.test_runs import Meddling
from tests.service.usecases.test_runs import staging as staging_matches

CHANGES = {
    "consent is withdrawn": lambda store: put_member(store, P, profile=without_consent(ADA), now=NOW),
    "a pause begins": lambda store: put_member(store, P, profile=replace(BEN, status=MemberStatus.PAUSED), now=NOW),
    "a rule breaks": lambda store: put_member(store, P, profile=replace(ADA, languages=("pl",)), now=NOW),
    "somebody is no seeker any longer": lambda store: put_member(
        store, P, profile=replace(ADA, seeker=None, supporter=BEA.supporter), now=NOW
    ),
    "an import pauses somebody": lambda store: put_members(
        store, P, profiles=[replace(BEN, status=MemberStatus.PAUSED)], now=NOW
    ),
    "a block": lambda store: put_block(store, P, one="ben", other="ada", now=NOW),
    "a hold": lambda store: place_hold(store, P, member_id="ada", cause=HoldCause.CRISIS, by=COORDINATOR, now=NOW),
}
EVERY_CHANGE = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def proposed(store):
    records = list_matches(store, P, state=MatchState.PROPOSED).records
    return {(match.seeker_id, match.supporter_id) for match in records}


def saving_a_member(changes):
    return any(put.kind == "member" for put in changes.puts)


@EVERY_CHANGE
def test_a_whole_run_between_the_reads_of_a_change_and_its_commit(cast, clock, change):
    change(Meddling(cast, before=saving_a_member, when=lambda: run_now(cast, P, clock=clock)))

    assert proposed(cast) == {("amy", "bea")}


@EVERY_CHANGE
def test_the_switch_of_a_run_between_the_commit_of_a_change_and_its_second_look(cast, clock, change, monkeypatch):
    """The change is saved after the run's last look, and comes to its second look only once all is over."""
    look = publishing.no_longer_good
    changed = []

    def look_and_change(*args, **named):
        bad = look(*args, **named)
        if not changed:
            changed.append(True)
            with monkeypatch.context() as patched:
                # Only what it commits itself: it has not looked again when the run goes on.
                for module in ("members", "safety"):
                    patched.setattr(f"service.usecases.{module}.Meanwhile.may_have_proposed", lambda _: False)
                patched.setattr("service.usecases.safety._stop_more", lambda *_: False)
                patched.setattr("service.usecases.moves._matches_in", lambda *_: {})
                change(cast)
        return bad

    monkeypatch.setattr(publishing, "no_longer_good", look_and_change)
    run = run_now(cast, P, clock=clock)

    assert (run.state, run.error_code) == (RunState.DONE, "")
    assert proposed(cast) == {("amy", "bea")}


@EVERY_CHANGE
def test_a_proposal_beside_runs_between_the_reads_of_a_change_and_its_commit(cast, change):
    def own_pair():
        propose_pair(cast, P, seeker_id="ada", supporter_id="ben", by=COORDINATOR, now=NOW)

    change(Meddling(cast, before=saving_a_member, when=own_pair))

    assert proposed(cast) == set()
    assert cast.count(P, Match.KIND) == 1


@EVERY_CHANGE
def test_a_process_that_dies_before_its_second_look_is_made_up_for_by_the_next_day(cast, clock, change, monkeypatch):
    class Died(Exception):  # noqa: N818 - it is no error of anybody
        pass

    def die(*_):
        raise Died

    go_round(cast, NOW)
    with monkeypatch.context() as patched:
        patched.setattr("service.usecases.meanwhile.Meanwhile.may_have_proposed", die)
        patched.setattr("service.usecases.safety._stop_more", die)
        with pytest.raises(Died):
            change(Meddling(cast, before=saving_a_member, when=lambda: run_now(cast, P, clock=clock)))
    assert ("ada", "ben") in proposed(cast)

    go_round(cast, NOW + DAY)

    assert proposed(cast) == {("amy", "bea")}


def test_a_member_who_is_deleted_around_a_whole_run_is_proposed_to_nobody_once_erased(cast, clock, tmp_path):
    from tests.service.usecases.test_erasing import carry_on

    def leaving(changes):
        return any(delete.kind == "member" for delete in changes.deletes)

    (tmp_path / "ledger").mkdir()
    meddling = Meddling(cast, before=leaving, when=lambda: run_now(cast, P, clock=clock))
    erasure = delete_member(meddling, P, member_id="ada", now=NOW)

    carry_on(cast, erasure.erasure_id, tmp_path)

    assert proposed(cast) == {("amy", "bea")}
    assert "ada" not in str([stored.body for stored in cast.each(P, Match.KIND)])


def test_a_run_that_is_published_after_midnight_is_asked_by_its_new_day(cast, clock):
    """A clearance that ran out at midnight: the day's round was through before the run was seen."""
    from tests.service.usecases.rounds.test_rules import cleared

    policy = Policy(clearances={ClearanceScope.ADULTS: ("basic",)})
    put_policy(cast, P, policy=policy, now=NOW, expected_version=1)
    put_member(cast, P, profile=cleared(BEN, NOW.date()), now=NOW)
    go_round(cast, NOW)

    def midnight():
        clock.advance(DAY)
        go_round(cast, clock.now())

    run_now(Meddling(cast, before=staging_matches, when=midnight), P, clock=clock)
    assert proposed(cast) == {("ada", "ben")}
    go_round(cast, clock.now())

    assert proposed(cast) == set()


# --- The pass after the switch -------------------------------------------------------------------------------------


@pytest.fixture
def swapped(monkeypatch):
    """A fault of ours, between the proof and the store: each seeker is written down with the other one's supporter."""
    matches = staging._matches
    other = {"ben": "bea", "bea": "ben"}

    def wrong(*args):
        for match in matches(*args):
            yield replace(match, supporter_id=other[match.supporter_id])

    monkeypatch.setattr(staging, "_matches", wrong)


def test_a_published_pair_that_was_never_proven_is_taken_back_and_the_run_refused(cast, clock, swapped):
    with pytest.raises(RunRefused) as refused:
        run_now(cast, P, clock=clock)

    assert (refused.value.code, exit_code_of(refused.value)) == ("published_unproven", ExitCode.REFUSED)
    run = get_run(cast, P, run_id=refused.value.run_id)
    assert (run.state, run.error_code) == (RunState.DONE, "published_unproven")
    assert run.error.endswith("taken back at once: 2")
    assert proposed(cast) == set()
    reasons = {match.history[-1].reason for match in list_matches(cast, P).records}
    assert reasons == {"rule"}


def test_the_pass_is_made_up_for_when_the_process_dies_after_the_switch(cast, clock, swapped, monkeypatch):
    asked = request_run(cast, P, requested_by="key:1", now=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(afterwards, "look_back", lambda *_args, **_named: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            execute_run(cast, P, run_id=asked.run_id, clock=clock)
    assert len(proposed(cast)) == 2

    with pytest.raises(RunRefused):
        execute_run(cast, P, run_id=asked.run_id, clock=clock)

    assert proposed(cast) == set()


def test_a_run_after_which_nothing_is_wrong_looks_at_every_proposal_and_takes_none_back(cast, clock, monkeypatch):
    found = []
    look_back = afterwards.look_back

    def noted(*args, **named):
        found.append(look_back(*args, **named))
        return found[-1]

    monkeypatch.setattr(afterwards, "look_back", noted)

    run_now(cast, P, clock=clock)
    run_now(cast, P, clock=clock)

    assert found == [afterwards.LookedBack(2, (), ())] * 2


def test_a_seeker_who_was_offered_a_proposal_that_the_run_would_have_taken_back_has_no_second_one(
    cast, clock, monkeypatch
):
    """Withdrawals beyond the switch: the approval comes after it and before they are settled."""
    from tests.service.usecases.acting import act
    from tests.service.usecases.cast import supporter
    from tests.service.usecases.proposals import propose

    monkeypatch.setattr(publishing, "_WITHDRAWALS_IN_SWITCH", 0)
    put_member(cast, P, profile=supporter("bob", topics=("bereavement", "new_parent")), now=NOW)
    first = propose(cast, "ada", "ben")
    read = publishing.Publisher._withdrawals
    approved = []

    def approve_before_settling(self, *args):
        if run_is_seen(cast) and not approved:
            approved.append(act(cast, first, "approve"))
        return read(self, *args)

    monkeypatch.setattr(publishing.Publisher, "_withdrawals", approve_before_settling)
    run_now(cast, P, clock=clock)

    assert approved
    assert get_match(cast, P, match_id=first.match_id).state is MatchState.OFFERED
    assert "ada" not in {seeker_id for seeker_id, _ in proposed(cast)}


def run_is_seen(store):
    from service.usecases.runs import current_run

    return current_run(store, P) is not None


def test_a_run_leaves_nobody_a_proposal_who_has_an_offer_by_then(cast, clock):
    run = run_now(cast, P, clock=clock)
    snapshot = take_snapshot(cast, P, now=NOW)
    offered = replace(blank("ada", "bea", run_id=""), state=MatchState.OFFERED)
    cast.commit(P, Changes(puts=(put_of(offered, expected_version=0),)))
    pairs = read_result(cast, P, run_id=run.run_id).pairs

    found = afterwards.look_back(cast, P, run=run, pairs=pairs, snapshot=snapshot, now=NOW)

    assert (found.proposals, len(found.overtaken), found.unproven) == (2, 1, ())
    assert proposed(cast) == {("amy", "bea")}


@EVERY_CHANGE
def test_a_change_that_is_saved_before_the_switch_finds_what_was_staged_after_it_had_looked(
    cast, clock, change, monkeypatch
):
    look, find = publishing.no_longer_good, moves._matches_in
    saved = []

    def look_and_change(*args, **named):
        bad = look(*args, **named)
        if not saved:
            with monkeypatch.context() as patched:
                # What it reads before it saves is as it was before anything was staged.
                patched.setattr(moves, "_matches_in", lambda *read: find(*read) if saved else {})
                change(Meddling(cast, before=saving_a_member, when=lambda: saved.append(True)))
        return bad

    monkeypatch.setattr(publishing, "no_longer_good", look_and_change)
    monkeypatch.setattr(afterwards, "look_back", lambda *_args, **_named: afterwards.LookedBack(0, (), ()))
    run_now(cast, P, clock=clock)

    assert saved
    assert proposed(cast) == {("amy", "bea")}
