"""The sample community: the same everywhere, and like a community."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date

import numpy as np
import pytest

from matching.cohort import Cohort
from matching.community import Community, Shape, generate
from matching.drawing import draw
from matching.draws import Draws
from matching.errors import MatchingError
from matching.policy import Policy
from matching.profile import ConsentGiver, MemberStatus, Mode
from matching.profile_json import profile_from_mapping, profile_to_mapping
from matching.reference import rule_that_forbids
from matching.week import Week

TODAY = date(2026, 11, 22)
ZONES = {
    "America/Chicago": -360,
    "America/Los_Angeles": -480,
    "America/Mexico_City": -360,
    "America/New_York": -300,
    "America/Sao_Paulo": -180,
    "America/Toronto": -300,
    "Asia/Kolkata": 330,
    "Asia/Singapore": 480,
    "Australia/Sydney": 660,
    "Europe/Berlin": 60,
    "Europe/Dublin": 0,
    "Europe/Istanbul": 180,
    "Europe/Lisbon": 0,
    "Europe/London": 0,
    "Europe/Madrid": 60,
    "Europe/Paris": 60,
    "Europe/Warsaw": 60,
}
WEEK = Week(TODAY, {zone: ((0, offset),) for zone, offset in ZONES.items()})


@pytest.fixture(scope="module")
def sample() -> Community:
    return generate(seed=20261122, seekers=600, supporters=350, today=TODAY)


@pytest.fixture(scope="module")
def cohort(sample: Community) -> Cohort:
    return Cohort.from_profiles(sample.profiles, week=WEEK)


def digest(community: Community) -> str:
    written = [[profile.member_id, profile_to_mapping(profile)] for profile in community.profiles]
    return hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()


def test_the_same_seed_gives_the_same_community_on_every_machine(sample: Community):
    # A new field or another proportion changes this digest on purpose; another machine or numpy must not.
    assert digest(sample) == "ab5086807dfff3437d3e61a45441f412cc5c42d514033fef1843f8976ca206fe"


def test_another_seed_gives_another_community(sample: Community):
    other = generate(seed=2, seekers=600, supporters=350, today=TODAY)

    assert digest(other) != digest(sample)
    assert not {p.member_id for p in other.profiles} & {p.member_id for p in sample.profiles}


def test_dates_follow_the_day_that_is_given():
    late = generate(seed=1, seekers=20, supporters=0, today=date(2027, 1, 1))
    early = generate(seed=1, seekers=20, supporters=0, today=date(2026, 1, 1))

    for one, other in zip(late.profiles, early.profiles, strict=True):
        assert one.seeker is not None
        assert other.seeker is not None
        assert one.seeker.waiting_since is not None
        assert other.seeker.waiting_since is not None
        assert (one.seeker.waiting_since - other.seeker.waiting_since).days == 365


def test_both_sides_have_as_many_members_as_asked_for(sample: Community):
    assert sum(profile.seeker is not None for profile in sample.profiles) == 600
    assert sum(profile.supporter is not None for profile in sample.profiles) == 350
    assert sum(bool(profile.seeker and profile.supporter) for profile in sample.profiles) == 7
    assert len({profile.member_id for profile in sample.profiles}) == 943


def test_every_profile_passes_the_strict_reading(sample: Community):
    for profile in sample.profiles:
        assert profile_from_mapping(profile.member_id, profile_to_mapping(profile)) == profile


def test_ids_look_like_a_platforms_opaque_ids(sample: Community):
    assert all(len(profile.member_id) == 14 and profile.member_id.startswith("m-") for profile in sample.profiles)


def test_there_are_fewer_places_than_people_who_take_part(cohort: Cohort):
    assert len(cohort.seekers) == 581
    assert int(cohort.capacity.sum()) == 503


def test_a_tenth_of_the_pairs_could_meet_and_most_seekers_could_meet_somebody(cohort: Cohort):
    rows = range(0, len(cohort.seekers), 5)
    feasible = [[rule_that_forbids(cohort, i, j) is None for j in range(len(cohort.supporters))] for i in rows]

    assert 0.05 < float(np.mean(feasible)) < 0.15
    assert float(np.mean([any(row) for row in feasible])) > 0.85


def test_languages_and_zones_go_together(sample: Community):
    german = [profile for profile in sample.profiles if profile.languages[0] == "de"]
    zones = Counter(profile.timezone for profile in german)

    assert len(german) > 50
    assert zones["Europe/Berlin"] > 0.95 * len(german)


def test_languages_are_a_mixture_led_by_english(sample: Community):
    first = Counter(profile.languages[0] for profile in sample.profiles)

    assert len(first) >= 12
    assert 0.4 < first["en"] / len(sample.profiles) < 0.7
    assert 0.1 < sum(len(profile.languages) > 1 for profile in sample.profiles) / len(sample.profiles) < 0.5


def test_the_usual_community_has_no_minors(sample: Community):
    assert not any(profile.age_band.is_minor for profile in sample.profiles)


def test_minors_come_when_asked_for_with_guardians_and_never_in_person():
    young = [
        p
        for p in generate(seed=1, seekers=300, supporters=300, today=TODAY, shape=Shape(minors=100)).profiles
        if p.age_band.is_minor
    ]

    assert 30 < len(young) < 90
    assert all(profile.consent.given_by is ConsentGiver.GUARDIAN for profile in young)
    assert all(profile.age_band_confirmed_on is not None for profile in young)
    assert not any(Mode.IN_PERSON in profile.modes for profile in young)
    assert not any(profile.seeker and profile.seeker.measures for profile in young)
    cohort = Cohort.from_profiles(young, week=WEEK, policy=Policy(accepts_minors=True))
    assert len(cohort.seekers) > 10


def test_a_few_are_away_and_only_as_many_as_asked_for(sample: Community):
    paused = sum(profile.status is MemberStatus.PAUSED for profile in sample.profiles)
    everyone_here = generate(seed=20261122, seekers=600, supporters=350, today=TODAY, shape=Shape(away=0))

    assert 5 < paused < 30
    assert not any(profile.status is MemberStatus.PAUSED for profile in everyone_here.profiles)
    assert all(profile.availability and profile.consent.matching for profile in everyone_here.profiles)


def test_only_those_who_would_meet_in_person_say_where_they_live(sample: Community):
    assert all((profile.location is not None) == (Mode.IN_PERSON in profile.modes) for profile in sample.profiles)


def test_nobody_avoids_what_they_bring_themselves(sample: Community):
    for profile in sample.profiles:
        asked = profile.seeker.topics if profile.seeker else frozenset()
        offered = profile.supporter.topics if profile.supporter else frozenset()
        assert not profile.avoid_topics & (asked | offered)
    assert any(profile.avoid_topics for profile in sample.profiles)


def test_nobody_has_waited_more_than_a_year_or_before_they_consented(sample: Community):
    for profile in sample.profiles:
        if profile.seeker is not None:
            assert profile.seeker.waiting_since is not None
            assert 0 <= (TODAY - profile.seeker.waiting_since).days <= 365
            assert profile.consent.given_at.date() <= profile.seeker.waiting_since


def test_without_second_languages_communities_stay_apart():
    apart = generate(seed=1, seekers=300, supporters=200, today=TODAY, shape=Shape(second_languages=0))

    assert all(len(profile.languages) == 1 for profile in apart.profiles)


def test_sites_are_labels_that_a_policy_can_keep_apart():
    branches = generate(seed=1, seekers=300, supporters=200, today=TODAY, shape=Shape(sites=40))

    assert len({profile.labels["site"] for profile in branches.profiles}) == 40


def test_fewer_cities_are_fewer_zones():
    british = generate(seed=1, seekers=50, supporters=50, today=TODAY, shape=Shape(cities=3))

    assert british.zones == ("Europe/London",)


def test_an_empty_community_is_one():
    assert generate(seed=0, seekers=0, supporters=0, today=TODAY).profiles == ()
    assert len(generate(seed=0, seekers=3, supporters=0, today=TODAY).profiles) == 3


@pytest.mark.parametrize(
    ("seekers", "supporters", "shape"),
    [(-1, 5, Shape()), (5, 5, Shape(both=6)), (5, 5, Shape(cities=0)), (5, 5, Shape(cities=99)), (2**31, 1, Shape())],
)
def test_numbers_that_make_no_community_are_refused(seekers: int, supporters: int, shape: Shape):
    with pytest.raises(MatchingError, match="cannot draw"):
        generate(seed=1, seekers=seekers, supporters=supporters, today=TODAY, shape=shape)


def test_columns_and_profiles_tell_the_same():
    crowd = draw(seed=7, seekers=40, supporters=30, shape=Shape(both=5))
    profiles = generate(seed=7, seekers=40, supporters=30, today=TODAY, shape=Shape(both=5)).profiles

    assert crowd.member_ids() == [profile.member_id for profile in profiles]
    assert crowd.asked.sessions.tolist() == [p.seeker.session_minutes for p in profiles if p.seeker]
    assert crowd.offered.capacities.tolist() == [p.supporter.capacity for p in profiles if p.supporter]


def test_a_hundred_thousand_ids_are_all_different():
    crowd = draw(seed=3, seekers=70_000, supporters=30_000, shape=Shape(both=0))

    assert len(np.unique(crowd.members.numbers)) == 100_000


def test_draws_are_fixed_for_ever():
    draws = Draws(1, 4)

    assert draws.below("example", 1000).tolist() == [525, 64, 870, 170]
    assert draws.choice("other", (1, 2, 7)).tolist() == [1, 2, 2, 2]


def test_choices_come_in_the_proportion_of_their_weights():
    chosen = Draws(5, 10_000).choice("weights", (100, 0, 300, 600))

    counts = np.bincount(chosen, minlength=4)
    assert counts[1] == 0
    assert abs(int(counts[0]) - 1000) < 150
    assert abs(int(counts[2]) - 3000) < 250


def test_the_choice_by_group_follows_each_groups_weights():
    group = np.arange(1000) % 2

    chosen = Draws(5, 1000).choice_by("weights", group, np.array([[1, 0, 0], [0, 0, 1]]))

    assert set(chosen[group == 0].tolist()) == {0}
    assert set(chosen[group == 1].tolist()) == {2}
