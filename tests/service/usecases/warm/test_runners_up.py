"""Runners-up on both sides: what comparing a person with everybody who is stored finds, whatever has happened."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from matching.keys import key_of, ties_of
from matching.reference import score_of
from service.errors import Conflict, StillPreparing
from service.records.match import HOLDING_STATES, MatchState
from service.records.member import Member, MemberRole
from service.usecases.members import put_member, put_members
from service.usecases.places import places_left
from service.usecases.proposing import cohort_of, open_matches_of, propose_pair
from service.usecases.reading import found
from service.usecases.rests import apart_from
from service.usecases.runners_up import seekers_for, supporters_for
from service.usecases.runs import run_now
from service.usecases.warm import cohorts
from service.usecases.warm.cohorts import WarmCohorts
from service.usecases.work import Work
from tests.service.usecases.acting import COORDINATOR
from tests.service.usecases.cast import NOW, P, seeker, supporter
from tests.service.usecases.insight.communities import people
from tests.service.usecases.warm.happenings import something

LIMIT = 4


@pytest.fixture
def warm() -> WarmCohorts:
    return WarmCohorts(patience=60)


def counted(work, member_id, *, side):
    """How many matches hold somebody's place on a side, and how many proposals promise one."""
    states = [each.state for each in open_matches_of(work, member_id) if getattr(each, f"{side}_id") == member_id]
    return sum(state in HOLDING_STATES for state in states), states.count(MatchState.PROPOSED)


def compared(store, profiles, one_id, but, *, role, now):
    """Compare somebody with every stored member of the other side, one by one, each in a cohort of two."""
    work, one, scored = Work(store, P, now), found(store, P, Member, one_id), []
    apart = apart_from(store, P, (one_id,), now)
    for other in (found(store, P, Member, each) for each in sorted(profiles)):
        if other.member_id in (one_id, but) or role not in other.roles:
            continue
        held, promised = counted(work, other.member_id, side=role.value)
        is_supporter = role is MemberRole.SUPPORTER
        if (places_left(other.profile, held=held) < 1) if is_supporter else held:
            continue
        cohort = cohort_of(work, one, (other,), held={other.member_id: held} if is_supporter else {}, apart=apart)
        pair = (one_id, other.member_id) if is_supporter else (other.member_id, one_id)
        if pair[0] not in cohort.seeker_ids or pair[1] not in cohort.supporter_ids:
            continue
        score = score_of(cohort, cohort.seeker_ids.index(pair[0]), cohort.supporter_ids.index(pair[1]))
        tie = tie_of(*pair)
        free = places_left(other.profile, held=held + promised) > 0 if is_supporter else not promised
        if score is not None:
            scored.append((-score, -tie, other.member_id, free))
    return [(member_id, -score, free) for score, _, member_id, free in sorted(scored)][:LIMIT]


def tie_of(seeker_id, supporter_id):
    keys = (np.array([key_of(each)], dtype=np.uint64) for each in (seeker_id, supporter_id))
    return int(ties_of(*keys)[0])


def told(found_ones):
    return [(each.member_id, each.score, each.is_free) for each in found_ones]


def asked(store, warm, one_id, but, *, role, now):
    if role is MemberRole.SUPPORTER:
        return told(supporters_for(store, warm, P, seeker_id=one_id, but=but, now=now, limit=LIMIT))
    return told(seekers_for(store, warm, P, supporter_id=one_id, but=but, now=now, limit=LIMIT))


@pytest.mark.parametrize("seed", range(6))
def test_after_whatever_has_happened_it_is_what_comparing_with_everybody_finds(store, warm, clock, seed):
    random = Random(seed)
    profiles = {profile.member_id: profile for profile in people(seed, seekers=8, supporters=8)}
    put_members(store, P, profiles=profiles.values(), now=NOW)

    for _ in range(25):
        something(store, random, profiles, clock)
        one, other = (
            random.choice([each for each in profiles if each.startswith(side)]) for side in ("seeker", "supporter")
        )
        for one_id, but, role in ((one, other, MemberRole.SUPPORTER), (other, one, MemberRole.SEEKER)):
            expected = compared(store, profiles, one_id, but, role=role, now=clock.now())
            assert asked(store, warm, one_id, but, role=role, now=clock.now()) == expected


def test_a_promised_place_is_told_and_a_held_one_left_out(cast, warm):
    put_members(cast, P, profiles=[seeker("s-1"), supporter("p-1"), supporter("p-2")], now=NOW)
    propose_pair(cast, P, seeker_id="s-1", supporter_id="p-1", by=COORDINATOR, now=NOW)

    free = {
        each.member_id: each.is_free
        for each in supporters_for(cast, warm, P, seeker_id="ada", but="p-2", now=NOW, limit=9)
    }

    assert free["p-1"] is False
    assert free["ben"] is True
    assert "p-2" not in free


def test_a_large_run_is_taken_in_by_reading_everybody_anew(cast, warm, clock, monkeypatch):
    monkeypatch.setattr(cohorts, "MOST_FOLLOWED", 1)
    before = warm.of(cast, P, now=NOW)
    run_now(cast, P, clock=clock)

    free = [each.is_free for each in supporters_for(cast, warm, P, seeker_id="ada", but="", now=NOW, limit=9)]

    assert free
    assert not any(free)
    assert warm.of(cast, P, now=NOW) is not before


def test_many_changes_are_taken_in_a_few_at_a_time_by_whoever_cannot_wait(cast, warm, monkeypatch):
    monkeypatch.setattr(cohorts, "_AT_ONCE", 1)
    warm.of(cast, P, now=NOW)
    for number in range(3):
        put_member(cast, P, profile=supporter(f"new-{number}"), now=NOW)

    refused = 0
    for _ in range(9):
        try:
            found_ones = supporters_for(cast, warm, P, seeker_id="ada", but="", now=NOW, limit=9, patience=0)
        except StillPreparing:
            refused += 1
        else:
            break

    assert refused
    assert {"new-0", "new-1", "new-2"} <= {each.member_id for each in found_ones}


def test_one_side_too_large_to_keep_is_said(cast):
    with pytest.raises(Conflict) as refused:
        supporters_for(cast, WarmCohorts(10), P, seeker_id="ada", but="", now=NOW, limit=3)

    assert refused.value.code == "too_large"
