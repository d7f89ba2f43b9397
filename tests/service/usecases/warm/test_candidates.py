"""Candidates and matches at once: what asking everybody anew would find, however the cohort came to be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from matching.profile import MemberStatus
from service.errors import Conflict
from service.records.member import Member
from service.usecases.members import put_member, put_members
from service.usecases.policies import get_policy, put_policy
from service.usecases.reading import found
from service.usecases.warm import cohorts
from service.usecases.warm.candidates import candidates_for, match_at_once
from service.usecases.warm.cohorts import WarmCohorts
from tests.service.usecases.acting import COORDINATOR
from tests.service.usecases.cast import BEN, NOW, P, seeker, supporter
from tests.service.usecases.insight.communities import people
from tests.service.usecases.warm.happenings import something


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
        something(store, random, profiles, clock)
        asked = random.choice(seekers)
        try:
            expected = anew(store, asked, now=clock.now())
        except Conflict as refused:
            with pytest.raises(Conflict, match=str(refused)[:20]):
                told(store, warm, asked, now=clock.now())
        else:
            assert told(store, warm, asked, now=clock.now()) == expected


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
    monkeypatch.setattr(cohorts.WarmCohort, "follow", lambda *_, **__: True)
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
