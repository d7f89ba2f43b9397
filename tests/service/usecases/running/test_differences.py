"""What a run tells: each pair that comes, stays or goes, and why; of a trial, what would."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from service.errors import Conflict
from service.lifecycle import Action
from service.records.codec import put_of
from service.records.run import RunState
from service.storage.store import Changes, Fence
from service.usecases.changes import list_changes
from service.usecases.matches import act_on_match, list_matches
from service.usecases.members import delete_member, get_member, put_member
from service.usecases.policies import get_policy, put_policy
from service.usecases.running import publishing
from service.usecases.running.change_lines import changes_from, lines_of, write_changes
from service.usecases.running.differences import Difference, Fate, Why, as_published, reasons_of
from service.usecases.runs import request_run, run_now, verify_run
from tests.service.usecases.cast import AMY, BEA, BEN, COORDINATOR, NOW, P, seeker, supporter, without_consent

LATER = NOW + timedelta(hours=1)


def told(store, run, **wanted):
    return list_changes(store, P, run_id=run.run_id, **wanted).records


@pytest.fixture
def trial(cast, clock):
    """Make a trial and give what it would change."""
    return lambda: told(cast, run_now(cast, P, clock=clock, is_dry_run=True))


@pytest.fixture
def run(cast, clock):
    """Make a run, and give what it changed."""
    return lambda: told(cast, run_now(cast, P, clock=clock))


def as_if_nobody_saw(store, profile):
    """Save a profile and leave the proposals that stand alone, as a run finds them that began a moment before."""
    member = replace(get_member(store, P, member_id=profile.member_id), profile=profile)
    store.commit(P, Changes(puts=(put_of(member, expected_version=member.version),)))


def gone(differences):
    return [(*each.pair, each.why, each.detail) for each in differences if each.fate is Fate.WITHDRAWN]


@pytest.mark.parametrize("kind", ["run", "trial"])
def test_before_the_first_run_every_pair_is_new(request, kind):
    changes = request.getfixturevalue(kind)()

    assert [(each.fate, *each.pair, each.why) for each in changes] == [
        (Fate.NEW, "ada", "ben", Why.FIRST),
        (Fate.NEW, "amy", "bea", Why.FIRST),
    ]
    assert all(each.score > 0 for each in changes)


def test_where_nothing_has_changed_every_pair_stays(run, trial):
    run()

    assert {(each.fate, each.why) for each in trial()} == {(Fate.KEPT, Why.BEST)}


CHANGES = [
    (without_consent(AMY), ("amy", "bea", Why.SEEKER_OUT, "no_consent")),
    (without_consent(BEA), ("amy", "bea", Why.SUPPORTER_OUT, "no_consent")),
    (replace(BEA, languages=("cy",)), ("amy", "bea", Why.RULE, "language")),
    (replace(BEA, supporter=None, seeker=AMY.seeker), ("amy", "bea", Why.SUPPORTER_OUT, "left")),
]


@pytest.mark.parametrize(("changed", "expected"), CHANGES)
def test_a_pair_that_goes_says_who_takes_no_part_or_which_rule_keeps_them_apart(cast, run, trial, changed, expected):
    run()
    as_if_nobody_saw(cast, changed)

    would, did = trial(), run()

    # A trial tells what the run then does, by the same code.
    assert would == did
    assert expected in gone(did)


def test_a_member_who_was_deleted_leaves_nothing_to_take_back(cast, run):
    run()
    delete_member(cast, P, member_id="bea", now=LATER)

    # The deletion took the proposal back at once.
    assert gone(run()) == []


def test_a_pair_below_a_raised_minimum_is_too_little(cast, run, trial):
    run()
    policy = replace(get_policy(cast, P), minimum_score=10_000)
    put_policy(cast, P, policy=policy, now=LATER, expected_version=policy.version)

    assert {why for _, _, why, _ in gone(trial())} == {Why.TOO_LITTLE}


def test_who_gives_way_to_somebody_else_is_told_so(cast, run):
    put_member(cast, P, profile=replace(BEA, supporter=replace(BEA.supporter, capacity=2)), now=NOW)
    put_member(cast, P, profile=seeker("zoe", topics=("caring",)), now=NOW)
    run()
    as_if_nobody_saw(cast, BEA)

    changes = run()

    stays = [each.seeker_id for each in changes if each.supporter_id == "bea" and each.fate is Fate.KEPT]
    assert len(stays) == 1
    (goes,) = {"amy", "zoe"} - set(stays)
    assert gone(changes) == [(goes, "bea", Why.NEEDED_MORE, "")]


def test_who_gets_a_better_fit_is_told_so_on_both_pairs(cast, run):
    run()
    put_member(cast, P, profile=supporter("cleo", topics=("bereavement", "new_parent")), now=LATER)

    changes = run()

    assert (Fate.NEW, "ada", "cleo", Why.INSTEAD) in [(each.fate, *each.pair, each.why) for each in changes]
    assert gone(changes) == [("ada", "ben", Why.REARRANGED, "")]


def test_counts_say_how_many_for_which_reason_and_must_add_up(cast, clock, run):
    run()
    as_if_nobody_saw(cast, without_consent(BEN))
    done = run_now(cast, P, clock=clock)

    assert done.counts.reasons == {"kept": {"best": 1}, "withdrawn": {"supporter_out": 1}}
    verify_run(cast, P, run_id=done.run_id)
    false = replace(done, counts=replace(done.counts, reasons={"kept": {"best": 2}}))
    cast.commit(P, Changes(puts=(put_of(false),)))
    with pytest.raises(Exception, match="reasons it tells"):
        verify_run(cast, P, run_id=done.run_id)


# --- What others do while the run is published ------------------------------------------------------------------


def test_who_was_changed_meanwhile_is_dropped_and_said_to_be(cast, clock, monkeypatch):
    honest = publishing.no_longer_good

    def change_first(store, platform_id, **named):
        monkeypatch.setattr(publishing, "no_longer_good", honest)
        put_member(store, P, profile=replace(AMY, languages=("cy",)), now=LATER)
        return honest(store, platform_id, **named)

    monkeypatch.setattr(publishing, "no_longer_good", change_first)
    done = run_now(cast, P, clock=clock)

    assert [(each.fate, *each.pair, each.why) for each in told(cast, done)] == [
        (Fate.NEW, "ada", "ben", Why.FIRST),
        (Fate.DROPPED, "amy", "bea", Why.MEANWHILE),
    ]
    assert done.counts.reasons == {"new": {"first": 1}, "dropped": {"meanwhile": 1}}
    assert (done.counts.new, done.counts.dropped) == (1, 1)


@pytest.mark.parametrize("goes", [False, True])
def test_a_proposal_that_was_decided_meanwhile_is_neither_kept_nor_taken_back(cast, clock, run, monkeypatch, goes):
    run()
    match_id = next(match.match_id for match in list_matches(cast, P).records if match.seeker_id == "amy")
    if goes:
        as_if_nobody_saw(cast, replace(BEA, languages=("cy",)))
    honest = publishing.no_longer_good

    def decide_first(store, platform_id, **named):
        monkeypatch.setattr(publishing, "no_longer_good", honest)
        act_on_match(store, P, match_id=match_id, action=Action.REJECT, by=COORDINATOR, now=LATER, reason="poor_fit")
        return honest(store, platform_id, **named)

    monkeypatch.setattr(publishing, "no_longer_good", decide_first)
    done = run_now(cast, P, clock=clock)

    of_amy = [(each.fate, each.why) for each in told(cast, done) if each.seeker_id == "amy"]
    assert of_amy == ([] if goes else [(Fate.DROPPED, Why.MEANWHILE)])
    assert (done.counts.withdrawn, done.counts.dropped) == (0, 0 if goes else 1)
    verify_run(cast, P, run_id=done.run_id)


# --- Reading them ------------------------------------------------------------------------------------------------

MANY = tuple(
    Difference(fate, f"s{number:04}", "m", None if fate is Fate.WITHDRAWN else number, why)
    for fate, why in ((Fate.NEW, Why.FIRST), (Fate.KEPT, Why.BEST), (Fate.WITHDRAWN, Why.REARRANGED))
    for number in range(800)
)


def test_lines_give_back_what_was_written_from_any_place_on():
    lines = [[1]] + [[list(pair) for pair in block] for block in list(lines_of(MANY))[1:]]

    assert len(lines) > 3
    for start in (0, 1, 799, 999, 1000, 1001, 2000, 2399, 2400, 9999):
        assert [change for _, change in changes_from(lines, start=start)] == list(MANY[start:])
        assert [after for after, _ in changes_from(lines, start=start)] == list(range(start + 1, 2401))


def test_pages_follow_each_other_without_gap_or_doubling(cast, clock, run):
    done = run_now(cast, P, clock=clock)
    lease = cast.acquire_lease(P, "t", owner="t", ttl=timedelta(minutes=5), now=NOW)
    write_changes(cast, P, run_id=done.run_id, changes=MANY, fence=Fence(lease.name, lease.token))

    def paged(**wanted):
        pages, after = [], None
        while True:
            page = list_changes(cast, P, run_id=done.run_id, after=after, limit=300, **wanted)
            pages.append(page.records)
            after = page.next
            if after is None:
                return pages

    assert [change for page in paged() for change in page] == list(MANY)
    withdrawn = paged(fate=Fate.WITHDRAWN)
    assert [change for page in withdrawn for change in page] == list(MANY[1600:])
    assert all(len(page) == 300 for page, _ in pairwise(withdrawn))
    assert told(cast, done, after="99999") == ()


def test_of_a_run_that_is_not_done_or_not_kept_there_is_nothing_to_read(cast, clock):
    waiting = request_run(cast, P, requested_by="cli", now=NOW)

    with pytest.raises(Conflict) as refused:
        told(cast, waiting)
    assert refused.value.code == "run_not_done"

    cast.commit(P, Changes(puts=(put_of(replace(waiting, state=RunState.DONE)),)))
    with pytest.raises(Conflict) as refused:
        told(cast, waiting)
    assert refused.value.code == "run_without_changes"


def test_what_is_counted_and_what_was_done_come_from_the_same_pairs():
    done = {Fate.NEW: {MANY[0].pair}, Fate.KEPT: {MANY[800].pair}, Fate.WITHDRAWN: {MANY[1600].pair}}

    published = as_published(MANY, done)

    assert reasons_of(published) == {
        "new": {"first": 1},
        "kept": {"best": 1},
        "withdrawn": {"rearranged": 1},
        "dropped": {"meanwhile": 1598},
    }
