"""Candidates and matches at once: what asking everybody anew would find, however the cohort came to be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from matching.profile import MemberStatus, Mode
from service.errors import Conflict
from service.records.match import MatchState
from service.records.member import Member
from service.usecases.matches import act_on_match, list_matches
from service.usecases.members import delete_member, put_member, put_members
from service.usecases.policies import get_policy, put_policy
from service.usecases.proposing import propose_pair
from service.usecases.reading import found
from service.usecases.runs import run_now
from service.usecases.safety import put_block
from service.usecases.warm import cohorts
from service.usecases.warm.candidates import candidates_for, match_at_once
from service.usecases.warm.cohorts import WarmCohorts
from tests.service.usecases.acting import COORDINATOR
from tests.service.usecases.cast import BEN, NOW, P, seeker, supporter
from tests.service.usecases.insight.communities import people


@pytest.fixture
def warm() -> WarmCohorts:
    return WarmCohorts(patience=60)


def told(store, warm, member_id, *, limit=50, now=NOW):
    return candidates_for(store, warm, P, member_id=member_id, limit=limit, now=now)


def anew(store, member_id, *, now=NOW):
    """What a cohort that was never asked before finds."""
    return told(store, WarmCohorts(patience=60), member_id, now=now)


def test_the_best_come_first_with_their_reasons_and_free_places(cast, warm):
    put_members(cast, P, profiles=[supporter("cleo", topics=("bereavement", "new_parent"), capacity=3)], now=NOW)

    found = told(cast, warm, "ada")

    assert [each.supporter_id for each in found] == ["cleo", "ben", "bea"]
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert found[0].places_left == 3
    assert found[0].explanation["score"] == found[0].score
    assert [each.supporter_id for each in told(cast, warm, "ada", limit=1)] == ["cleo"]


@pytest.mark.parametrize("seed", range(6))
def test_after_whatever_has_happened_the_answer_is_that_of_a_cohort_made_anew(store, warm, clock, seed):
    random = Random(seed)
    profiles = {profile.member_id: profile for profile in people(seed, seekers=8, supporters=8)}
    put_members(store, P, profiles=profiles.values(), now=NOW)
    seekers = [each for each in profiles if each.startswith("seeker")]
    told(store, warm, seekers[0])

    for _ in range(25):
        _something(store, random, profiles, clock)
        asked = random.choice(seekers)
        try:
            expected = anew(store, asked, now=clock.now())
        except Conflict as refused:
            with pytest.raises(Conflict, match=str(refused)[:20]):
                told(store, warm, asked, now=clock.now())
        else:
            assert told(store, warm, asked, now=clock.now()) == expected


def _something(store, random, profiles, clock):
    """Let something happen."""
    others = [each for each in profiles if each.startswith("supporter")]
    happening = random.choice(HAPPENINGS)
    happening(store, random, profiles, random.choice(others), clock)


def _changes(store, random, profiles, other, clock):
    modes = frozenset(random.sample((Mode.TEXT, Mode.VOICE), random.randint(1, 2)))
    profiles[other] = replace(profiles[other], modes=modes)
    put_member(store, P, profile=profiles[other], now=clock.now())


def _comes(store, random, profiles, _other, clock):
    new = supporter(f"supporter-{len(profiles)}-{random.random()}", capacity=random.choice((0, 1, 2)))
    profiles[new.member_id] = new
    put_member(store, P, profile=new, now=clock.now())


def _goes(store, _random, profiles, other, clock):
    if len(profiles) > 12:
        delete_member(store, P, member_id=other, now=clock.now())
        del profiles[other]


def _is_proposed(store, random, profiles, other, clock):
    one = random.choice([each for each in profiles if each.startswith("seeker")])
    with suppress(Conflict):
        propose_pair(store, P, seeker_id=one, supporter_id=other, by=COORDINATOR, now=clock.now())


def _is_rejected(store, _random, _profiles, _other, clock):
    for match in list_matches(store, P, state=MatchState.PROPOSED, limit=1).records:
        act_on_match(
            store, P, match_id=match.match_id, action="reject", by=COORDINATOR, now=clock.now(), reason="not_now"
        )


def _is_blocked(store, random, profiles, other, clock):
    one = random.choice([each for each in profiles if each.startswith("seeker")])
    put_block(store, P, one=one, other=other, now=clock.now())


def _are_rematched(store, _random, _profiles, _other, clock):
    clock.advance(timedelta(seconds=1))
    run_now(store, P, clock=clock)


def _withdraws(store, _random, profiles, other, clock):
    profiles[other] = replace(profiles[other], consent=replace(profiles[other].consent, matching=False))
    put_members(store, P, profiles=[profiles[other]], now=clock.now())


HAPPENINGS = (
    _changes,
    _comes,
    _goes,
    _is_proposed,
    _is_rejected,
    _is_blocked,
    _are_rematched,
    _withdraws,
)


def test_a_new_policy_and_a_new_day_are_taken_in(cast, warm):
    assert len(told(cast, warm, "ada")) == 2
    policy = replace(get_policy(cast, P), minimum_score=1_000_000)
    put_policy(cast, P, policy=policy, now=NOW, expected_version=1)
    assert told(cast, warm, "ada") == ()

    put_policy(cast, P, policy=replace(policy, minimum_score=0), now=NOW, expected_version=2)
    away = replace(BEN, status=MemberStatus.PAUSED, paused_until=NOW.date() + timedelta(days=1))
    put_member(cast, P, profile=away, now=NOW)
    assert [each.supporter_id for each in told(cast, warm, "ada")] == ["bea"]
    assert len(told(cast, warm, "ada", now=NOW + timedelta(days=1))) == 2
    assert len(warm._kept) == 1


def test_more_changes_than_are_followed_are_read_anew(cast, warm, monkeypatch):
    told(cast, warm, "ada")
    monkeypatch.setattr(cohorts, "MOST_FOLLOWED", 2)
    for number in range(4):
        put_member(cast, P, profile=supporter(f"new-{number}"), now=NOW)

    assert len(told(cast, warm, "ada")) == 6


def test_a_match_at_once_is_the_best_candidate_and_takes_a_place_once(cast, warm):
    put_members(cast, P, profiles=[seeker(f"s-{number}") for number in range(6)], now=NOW)
    [best, *_] = told(cast, warm, "ada")
    match = match_at_once(cast, warm, P, seeker_id="ada", by=COORDINATOR, now=NOW)
    assert (match.supporter_id, match.score) == (best.supporter_id, best.score)

    def one(number):
        try:
            return match_at_once(cast, warm, P, seeker_id=f"s-{number}", by=COORDINATOR, now=NOW).supporter_id
        except Conflict as refused:
            return refused.code

    with ThreadPoolExecutor(6) as pool:
        got = sorted(pool.map(one, range(6)))

    assert got == sorted(["bea" if match.supporter_id == "ben" else "ben", *["nobody_yet"] * 5])


def test_what_is_kept_is_never_believed_at_the_commit(cast, warm, monkeypatch):
    told(cast, warm, "ada")
    monkeypatch.setattr(cohorts.WarmCohort, "follow", lambda *_: True)
    put_member(cast, P, profile=replace(BEN, languages=("pl",)), now=NOW)

    assert [each.supporter_id for each in told(cast, warm, "ada")] == ["bea"]
    assert match_at_once(cast, warm, P, seeker_id="ada", by=COORDINATOR, now=NOW).supporter_id == "bea"


def test_nobody_is_their_own_candidate_and_a_second_role_is_no_obstacle(store, warm):
    both = replace(seeker("both"), supporter=BEN.supporter)
    put_members(store, P, profiles=[both, BEN], now=NOW)

    assert [each.supporter_id for each in told(store, warm, "both")] == ["ben"]


def test_whoever_has_a_proposal_still_has_candidates_but_no_second_match(cast, warm):
    match_at_once(cast, warm, P, seeker_id="ada", by=COORDINATOR, now=NOW)

    assert len(told(cast, warm, "ada")) == 1
    with pytest.raises(Conflict) as refused:
        match_at_once(cast, warm, P, seeker_id="ada", by=COORDINATOR, now=NOW)
    assert refused.value.code == "seeker_has_match"
    assert found(cast, P, Member, "ada").care.look_again is False
