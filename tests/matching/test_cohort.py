"""Cohorts: both sides as arrays, sorted by key, the same whatever the order of the input."""

from __future__ import annotations

import pickle
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from matching.cohort import Cohort
from matching.columns import Columns
from matching.errors import PolicyError, ProfileError
from matching.keys import keys_of
from matching.policy import Policy
from matching.profile import Apart, Standing, SupporterSide
from tests.matching.crowds import POLICY, crowd, profiles_of
from tests.matching.people import WEEK, cohort_of, seeker, supporter


def test_both_sides_are_sorted_by_key_and_aligned():
    cohort = crowd(20, 15, seed=1)

    assert cohort.seeker_ids == tuple(profile.member_id for profile in cohort.seekers)
    assert cohort.supporter_ids == tuple(profile.member_id for profile in cohort.supporters)
    assert cohort.seeker_keys.tolist() == sorted(keys_of(cohort.seeker_ids).tolist())
    assert cohort.supporter_keys.tolist() == sorted(keys_of(cohort.supporter_ids).tolist())


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_input_never_matters(seed: int):
    first = crowd(20, 15, seed=1)
    profiles = profiles_of(first)
    apart = {(profiles[a].member_id, profiles[b].member_id): Apart.BLOCKED for a, b in ((0, 20), (3, 4), (25, 1))}
    standings = {profiles[0].member_id: Standing(boost=5), profiles[1].member_id: Standing(is_on_hold=True)}

    def made(random: Random) -> Cohort:
        shuffled = random.sample(profiles, len(profiles))
        turned = dict(random.sample(list(apart.items()), len(apart)))
        return cohort_of(*shuffled, policy=POLICY, apart=turned, standings=standings)

    one, other = made(Random(0)), made(Random(seed + 1))

    assert one.seekers == other.seekers
    assert one.supporters == other.supporters
    assert one.left_out == other.left_out
    assert list(one.left_out) == list(other.left_out)
    for name in ("seeker_keys", "supporter_keys", "capacity", "priority"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name in Columns._fields:
        assert np.array_equal(getattr(one.columns, name), getattr(other.columns, name)), name


def test_terms_are_numbered_alike_in_every_process():
    cohort = cohort_of(seeker(interests=frozenset("cab")), supporter(interests=frozenset("xa")))

    assert cohort.columns.seeker_interests.tolist() == [[0b0111]]
    assert cohort.columns.supporter_interests.tolist() == [[0b1001]]


def test_somebody_eligible_for_both_roles_is_on_both_sides():
    both = replace(seeker("both"), supporter=SupporterSide(capacity=2))

    cohort = cohort_of(both)

    assert cohort.seeker_ids == cohort.supporter_ids == ("both",)
    assert cohort.capacity.tolist() == [2]
    assert cohort.priority.tolist() == [4]


def test_nobody_is_a_cohort_too():
    cohort = cohort_of()

    assert (cohort.seeker_ids, cohort.supporter_ids) == ((), ())
    assert cohort.capacity.dtype == cohort.priority.dtype == np.int64
    assert cohort.seeker_keys.dtype == np.uint64
    assert cohort.left_out == {}


def test_a_member_given_twice_is_refused():
    with pytest.raises(ProfileError, match="'one'") as refused:
        cohort_of(seeker("one"), supporter("one"))

    assert refused.value.field == "member_id"


def test_a_zone_the_week_does_not_know_is_refused():
    with pytest.raises(ProfileError) as refused:
        cohort_of(seeker(timezone="Mars/Base"))

    assert refused.value.field == "timezone"


def test_a_zone_of_somebody_who_is_left_out_does_not_matter():
    cohort = cohort_of(seeker(timezone="Mars/Base"), standings={"seeker": Standing(is_on_hold=True)})

    assert cohort.left_out == {"seeker": {"seeker": "on_hold"}}


@pytest.mark.parametrize("make", [seeker, supporter])
def test_a_session_length_that_is_none_is_refused(make):
    with pytest.raises(ProfileError, match="15, 30, 45, 60, 90") as refused:
        cohort_of(make(session_minutes=20))

    assert refused.value.field == f"{make.__name__}.session_minutes"


def test_a_policy_that_makes_no_sense_is_refused_before_anything_else():
    with pytest.raises(PolicyError):
        cohort_of(seeker("one"), seeker("one"), policy=Policy(weights={"charm": 1}))


def test_pairs_apart_that_are_not_in_the_cohort_are_ignored():
    cohort = cohort_of(seeker(), supporter(), apart={("seeker", "nobody"): Apart.BLOCKED, ("x", "y"): Apart.RESTING})

    assert cohort.columns.blocked_list.tolist() == cohort.columns.resting_list.tolist() == []


def test_the_columns_cannot_be_changed_by_accident():
    cohort = crowd(5, 5, seed=1)

    with pytest.raises(ValueError, match="read-only"):
        cohort.columns.seeker_modes[0] = 1


def test_columns_are_plain_contiguous_integers():
    for array in crowd(5, 5, seed=1).columns:
        assert array.dtype == (np.uint64 if array.ndim == 2 else np.int64)
        assert array.flags.c_contiguous


def test_a_cohort_travels_between_processes():
    cohort = crowd(6, 5, seed=1)

    copy = pickle.loads(pickle.dumps(cohort))

    assert copy.seekers == cohort.seekers
    assert all(np.array_equal(a, b) for a, b in zip(copy.columns, cohort.columns, strict=True))


def test_policy_and_week_have_defaults_that_fit_nobody_in_particular():
    cohort = Cohort.from_profiles([seeker(), supporter()], week=WEEK)

    assert cohort.policy == Policy()
    assert cohort.week is WEEK


def test_two_ids_that_share_a_key_are_sorted_by_id(monkeypatch):
    monkeypatch.setattr("matching.taking_part.keys_of", lambda ids: np.zeros(len(list(ids)), dtype=np.uint64))

    cohort = cohort_of(seeker("b"), seeker("c"), supporter("d"), seeker("a"))

    assert cohort.seeker_ids == ("a", "b", "c")
    assert cohort.columns.supporter_member.tolist() == [3]


def test_a_member_given_twice_is_found_among_those_who_share_a_key(monkeypatch):
    monkeypatch.setattr("matching.taking_part.keys_of", lambda ids: np.zeros(len(list(ids)), dtype=np.uint64))

    with pytest.raises(ProfileError, match="'b'"):
        cohort_of(seeker("b"), seeker("a"), seeker("c"), seeker("b"))


def test_of_two_wrong_sessions_the_one_that_comes_first_by_key_is_named():
    wrong = [seeker(name, session_minutes=20) for name in ("one", "other", "third")]
    first = min(wrong, key=lambda profile: int(keys_of([profile.member_id])[0]))

    for members in (wrong, wrong[::-1]):
        with pytest.raises(ProfileError, match=f"'{first.member_id}'"):
            cohort_of(*members)
