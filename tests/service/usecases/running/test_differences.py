"""What a trial tells: each pair that would come, stay or go, and why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.usecases.members import delete_member, put_member
from service.usecases.policies import get_policy, put_policy
from service.usecases.running.differences import Difference, Fate, Why, differences_of
from service.usecases.runs import Watcher, run_now
from tests.service.usecases.cast import ADA, AMY, BEA, BEN, NOW, P, seeker, without_consent

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def trial(cast, clock):
    """Make a trial and give what it would change."""

    def make():
        told = []
        watcher = Watcher(on_found=lambda outcome, snapshot: told.extend(differences_of(outcome, snapshot)))
        run_now(cast, P, clock=clock, is_dry_run=True, watcher=watcher)
        return told

    return make


def gone(differences):
    return [(each.seeker_id, each.supporter_id, each.why, each.detail) for each in differences if each.score is None]


def test_before_the_first_run_every_pair_is_new(trial):
    told = trial()

    assert [(each.fate, each.seeker_id, each.supporter_id, each.why) for each in told] == [
        (Fate.NEW, "ada", "ben", Why.FIRST),
        (Fate.NEW, "amy", "bea", Why.FIRST),
    ]
    assert all(each.score > 0 for each in told)


def test_where_nothing_has_changed_every_pair_stays(cast, clock, trial):
    run_now(cast, P, clock=clock)

    assert {(each.fate, each.why) for each in trial()} == {(Fate.KEPT, Why.BEST)}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda: without_consent(AMY), ("amy", "bea", Why.SEEKER_OUT, "no_consent")),
        (lambda: without_consent(BEA), ("amy", "bea", Why.SUPPORTER_OUT, "no_consent")),
        (lambda: replace(BEA, languages=("cy",)), ("amy", "bea", Why.RULE, "language")),
    ],
)
def test_a_pair_that_goes_says_who_takes_no_part_or_which_rule_keeps_them_apart(cast, clock, trial, change, told):
    # Consequences of a changed profile take an open proposal back at once; a trial is told of those that stand.
    run_now(cast, P, clock=clock)
    snapshot_before = []
    watcher = Watcher(on_found=lambda outcome, snapshot: snapshot_before.append(snapshot))
    run_now(cast, P, clock=clock, is_dry_run=True, watcher=watcher)
    put_member(cast, P, profile=change(), now=LATER)
    outcomes = []
    run_now(
        cast, P, clock=clock, is_dry_run=True, watcher=Watcher(on_found=lambda outcome, _: outcomes.append(outcome))
    )

    assert told in gone(differences_of(outcomes[0], snapshot_before[0]))


def test_a_member_who_left_has_simply_left(cast, clock):
    run_now(cast, P, clock=clock)
    seen = []
    run_now(cast, P, clock=clock, is_dry_run=True, watcher=Watcher(on_found=lambda *found: seen.append(found)))
    delete_member(cast, P, member_id="bea", now=LATER)
    run_now(cast, P, clock=clock, is_dry_run=True, watcher=Watcher(on_found=lambda *found: seen.append(found)))

    assert ("amy", "bea", Why.SUPPORTER_OUT, "left") in gone(differences_of(seen[1][0], seen[0][1]))


def test_a_pair_below_a_raised_minimum_is_too_little(cast, clock, trial):
    run_now(cast, P, clock=clock)
    policy = replace(get_policy(cast, P), minimum_score=10_000)
    put_policy(cast, P, policy=policy, now=LATER, expected_version=policy.version)

    assert {why for _, _, why, _ in gone(trial())} == {Why.TOO_LITTLE}


def test_of_two_for_one_place_the_one_who_gives_way_is_told_why(cast, clock, trial):
    # Ben and Bea have a place each; Ann, who shares more with Bea's kind, arrives and waited far longer.
    run_now(cast, P, clock=clock)
    put_member(cast, P, profile=without_consent(BEN), now=LATER)
    told = trial()

    stays = [each for each in told if each.fate is not Fate.WITHDRAWN]
    assert [each for each in stays if each.seeker_id in ("ada", "amy")]
    assert all(isinstance(each, Difference) for each in told)


def test_somebody_new_whose_arrival_moves_others_is_told_as_instead_or_first(cast, clock, trial):
    run_now(cast, P, clock=clock)
    put_member(cast, P, profile=seeker("ann", topics=("bereavement", "new_parent")), now=LATER)
    told = trial()

    assert {each.fate for each in told if each.seeker_id == "ann"} <= {Fate.NEW}
    for each in told:
        if each.fate is Fate.NEW:
            had = any(other.fate is Fate.WITHDRAWN and other.seeker_id == each.seeker_id for other in told)
            assert each.why is (Why.INSTEAD if had else Why.FIRST)
    assert ADA.member_id in {each.seeker_id for each in told}
