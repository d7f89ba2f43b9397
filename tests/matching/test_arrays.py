"""Members as arrays: the same cohort as of their profiles, without the profiles; and what makes no sense is refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import numpy as np
import pytest

from matching.arrays import (
    NO_INTEGER,
    ClearanceLists,
    MemberArrays,
    SeekerArrays,
    StandingArrays,
    SupporterArrays,
    TermColumn,
    TermLists,
    WindowLists,
)
from matching.cohort import Cohort
from matching.columns import MODE_BITS
from matching.community import ZONES, Shape, generate, sample_cohort
from matching.errors import PolicyError, ProfileError
from matching.explain import explain_pair, why_still_looking
from matching.policy import LabelField, LabelOp, LabelRule, LabelType, Policy
from matching.profile import Mode, Profile, Standing
from matching.profile_arrays import arrays_of, standing_arrays_of
from matching.week import Week
from tests.matching import anybody
from tests.matching.people import OPEN_POLICY, TODAY, WEEK, seeker

SITES = Policy(
    accepts_minors=True,
    labels=(LabelField("site", LabelType.STRING),),
    label_rules=(LabelRule("one_site", "site", LabelOp.EQUAL, "another site"),),
)
WORLD = Week(TODAY, {zone: ((0, 60 * n - 300),) for n, zone in enumerate(ZONES)})


def assert_same(one: Cohort, other: Cohort) -> None:
    assert one.seeker_ids == other.seeker_ids
    assert one.supporter_ids == other.supporter_ids
    assert one.left_out == other.left_out
    for name in ("seeker_keys", "supporter_keys", "capacity", "priority"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name, column in one.columns._asdict().items():
        assert np.array_equal(column, getattr(other.columns, name)), name
        assert column.dtype == getattr(other.columns, name).dtype, name


def whole(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def two_members() -> MemberArrays:
    """A seeker and a supporter, with every field given that must be."""
    return MemberArrays(
        member_ids=["seeker", "supporter"],
        languages=TermLists.of([("en",), ("pl", "en")]),
        timezone=TermColumn.of(["UTC", "UTC"]),
        availability=WindowLists(whole(0, 1, 2), whole(0, 0), whole(1080, 1080), whole(1200, 1200)),
        modes=whole(MODE_BITS[Mode.TEXT], MODE_BITS[Mode.TEXT]),
        age_band=whole(3, 4),
        has_consent=np.array([True, True]),
        seekers=SeekerArrays(whole(0), TermLists.of([("grief",)]), whole(30)),
        supporters=SupporterArrays(whole(1), TermLists.of([("grief", "study")]), whole(2), whole(60)),
    )


def of(arrays: MemberArrays, **given: Any) -> Cohort:
    return Cohort.from_arrays(arrays, **{"week": WEEK, "policy": OPEN_POLICY, **given})


def members(seed: int, policy: Policy, count: int = 80) -> tuple[list[Profile], dict[str, Standing]]:
    random = Random(seed)
    profiles = [anybody.anybody(random, number) for number in range(count)]
    return profiles, {profile.member_id: anybody.standing(random) for profile in profiles}


@pytest.mark.parametrize(
    ("shape", "policy"),
    [
        (Shape(), Policy()),
        (Shape(minors=300, both=60), OPEN_POLICY),
        (Shape(minors=300), Policy()),
        (Shape(away=600), Policy()),
        (Shape(away=0, second_languages=0), Policy()),
        (Shape(sites=7, both=0), SITES),
        (Shape(cities=2, sites=3, minors=100), SITES),
    ],
)
def test_a_sample_cohort_is_that_of_the_sample_communitys_profiles(shape: Shape, policy: Policy):
    size = {"seed": 5, "seekers": 200, "supporters": 120, "shape": shape}

    quick = sample_cohort(**size, week=WORLD, policy=policy)
    slow = Cohort.from_profiles(generate(**size, today=TODAY).profiles, week=WORLD, policy=policy)

    assert_same(quick, slow)
    assert [told(profile) for profile in quick.seekers] == [told(profile) for profile in slow.seekers]
    assert [told(profile) for profile in quick.supporters] == [told(profile) for profile in slow.supporters]


@pytest.mark.parametrize("size", [(0, 0), (5, 0), (0, 5)])
def test_a_sample_cohort_may_lack_a_side(size: tuple[int, int]):
    cohort = sample_cohort(seed=1, seekers=size[0], supporters=size[1], week=WORLD, shape=Shape(away=0))

    assert (cohort.n, cohort.m) == size


def told(profile: Profile) -> Profile:
    """The profile without what no run reads."""
    seeker, supporter = profile.seeker, profile.supporter
    measured = seeker.measures if seeker else None
    return replace(
        profile,
        consent=replace(profile.consent, given_at=datetime(1, 1, 1, tzinfo=UTC), text_version=""),
        seeker=seeker and replace(seeker, measures=measured and measured.ucla3 and replace(measured, taken_at=TODAY)),
        supporter=supporter and replace(supporter, commitment_weeks=None),
    )


@pytest.mark.parametrize("seed", range(3))
def test_profiles_made_from_arrays_say_what_a_run_reads(seed: int):
    profiles, _ = members(seed, OPEN_POLICY)
    given = {profile.member_id: replace(told(profile), labels={}) for profile in profiles}

    cohort = Cohort.from_arrays(arrays_of(profiles, OPEN_POLICY), week=anybody.WEEK, policy=OPEN_POLICY)

    assert cohort.n > 5
    assert all(told(profile) == given[profile.member_id] for profile in cohort.seekers)
    assert all(told(profile) == given[profile.member_id] for profile in cohort.supporters)
    assert [cohort.seekers[row] for row in range(cohort.n)] == list(cohort.seekers) == list(cohort.seekers[:])


@pytest.mark.parametrize("policy", anybody.POLICIES)
def test_standings_as_arrays_say_the_same(policy: Policy):
    profiles, standings = members(4, policy)

    quick = Cohort.from_arrays(
        arrays_of(profiles, policy),
        week=anybody.WEEK,
        policy=policy,
        standings=standing_arrays_of(profiles, standings),
        apart=anybody.kept_apart(Random(1), 80),
    )
    slow = Cohort.from_profiles(
        profiles, week=anybody.WEEK, policy=policy, standings=standings, apart=anybody.kept_apart(Random(1), 80)
    )

    assert_same(quick, slow)


def test_what_is_left_out_is_ordinary():
    cohort = of(two_members(), policy=Policy())

    (seeker,), (supporter,) = cohort.seekers, cohort.supporters
    assert cohort.left_out == {}
    assert cohort.capacity.tolist() == [2]
    assert cohort.priority.tolist() == [4]
    assert seeker.seeker is not None
    assert (seeker.pace, seeker.gender, seeker.location, seeker.labels, seeker.interests) == (
        "flexible", None, None, {}, frozenset(),
    )  # fmt: skip
    assert (seeker.seeker.waiting_since, seeker.seeker.measures) == (None, None)
    assert supporter.supporter is not None
    assert (supporter.supporter.weekly_minutes, supporter.supporter.clearances) == (None, ())


def test_standings_may_be_given_in_part():
    cohort = of(two_members(), standings=StandingArrays(held_matches=whole(0, 1)))

    assert cohort.capacity.tolist() == [1]


def test_no_profile_is_made_until_one_is_asked_for(monkeypatch):
    def refuse(*_: Any) -> None:
        raise AssertionError("a profile was made")

    monkeypatch.setattr("matching.profile_rows.profile_in", refuse)

    cohort = of(two_members())

    assert (cohort.n, cohort.m, len(cohort.seekers), len(cohort.supporters)) == (1, 1, 1, 1)
    assert (cohort.seeker_ids, cohort.supporter_ids) == (("seeker",), ("supporter",))
    assert cohort.left_out == {}
    with pytest.raises(AssertionError, match="a profile was made"):
        cohort.seekers[0]


def test_a_row_that_does_not_exist_is_no_profile():
    with pytest.raises(IndexError):
        of(two_members()).seekers[1]


def test_explanations_are_those_of_the_profiles():
    size = {"seed": 2, "seekers": 60, "supporters": 40, "shape": Shape(sites=2)}
    quick = sample_cohort(**size, week=WORLD, policy=SITES)
    slow = Cohort.from_profiles(generate(**size, today=TODAY).profiles, week=WORLD, policy=SITES)
    seen = [why_still_looking(quick, seeker_id) for seeker_id in quick.seeker_ids]

    assert seen == [why_still_looking(slow, seeker_id) for seeker_id in slow.seeker_ids]
    explained = 0
    for i, j in ((i, j) for i in range(quick.n) for j in range(quick.m)):
        pair = (slow.seeker_ids[i], slow.supporter_ids[j])
        try:
            expected = explain_pair(slow, *pair)
        except Exception as kept_apart:  # noqa: BLE001 - whatever it is, both say it
            with pytest.raises(type(kept_apart)):
                explain_pair(quick, *pair)
            continue
        explained += 1
        assert explain_pair(quick, *pair) == expected
    assert explained > 20


def test_a_cohort_of_arrays_travels_between_processes():
    cohort = of(two_members())

    copy = pickle.loads(pickle.dumps(cohort))

    assert list(copy.seekers) == list(cohort.seekers)
    assert_same(copy, cohort)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint32, np.int64, np.uint64])
def test_any_integers_will_do(dtype: type):
    plain = two_members()
    one = plain.supporters
    narrow = replace(
        plain,
        modes=plain.modes.astype(dtype),
        age_band=plain.age_band.astype(dtype),
        languages=replace(
            plain.languages, starts=plain.languages.starts.astype(dtype), codes=plain.languages.codes.astype(dtype)
        ),
        timezone=replace(plain.timezone, codes=plain.timezone.codes.astype(dtype)),
        supporters=replace(
            one,
            members=one.members.astype(dtype),
            capacity=one.capacity.astype(dtype),
            session_minutes=one.session_minutes.astype(dtype),
            weekly_minutes=np.array([120]).astype(dtype),
        ),
    )

    held = StandingArrays(
        held_matches=np.array([0, 1], dtype=dtype), held_quarter_minutes=np.array([0, 9], dtype=dtype)
    )

    cohort = of(narrow, standings=held)

    limited = replace(plain, supporters=replace(one, weekly_minutes=whole(120)))
    assert_same(cohort, of(limited, standings=StandingArrays(held_matches=ONE, held_quarter_minutes=whole(0, 9))))
    assert cohort.capacity.tolist() == [1]


@pytest.mark.parametrize("ids", [np.array(["seeker", "supporter"]), np.array([b"seeker", b"supporter"])])
def test_ids_may_be_an_array_of_strings(ids: np.ndarray):
    assert_same(of(replace(two_members(), member_ids=ids)), of(two_members()))


def test_words_that_stand_twice_or_nowhere_change_nothing():
    plain = two_members()
    languages = TermLists(("xx", "en", "pl", "en", "en-GB"), whole(0, 2, 5), whole(3, 1, 2, 1, 4))

    assert_same(of(replace(plain, languages=languages)), of(plain))


def test_an_integer_label_may_be_without_a_value():
    policy = Policy(
        labels=(LabelField("level", LabelType.INTEGER),),
        label_rules=(LabelRule("level", "level", LabelOp.EQUAL, "another level"),),
    )

    cohort = of(replace(two_members(), labels={"level": whole(NO_INTEGER, 3)}), policy=policy)

    assert cohort.columns.seeker_labels.tolist() == [NO_INTEGER]
    assert cohort.columns.supporter_labels.tolist() == [3]
    assert (cohort.seekers[0].labels, cohort.supporters[0].labels) == ({}, {"level": 3})


def test_a_label_of_another_type_than_the_policys_is_no_value():
    policy = Policy(labels=(LabelField("level", LabelType.INTEGER),))
    rule = replace(policy, label_rules=(LabelRule("level", "level", LabelOp.EQUAL, "another level"),))

    cohort = of(replace(two_members(), labels={"level": TermColumn.of(["a", "b"])}), policy=rule)

    assert cohort.columns.seeker_labels.tolist() == [NO_INTEGER]


def test_a_member_given_twice_is_refused():
    with pytest.raises(ProfileError, match="'seeker'") as refused:
        of(replace(two_members(), member_ids=["seeker", "seeker"]))

    assert refused.value.field == "member_id"


def test_a_policy_that_makes_no_sense_is_refused_first():
    with pytest.raises(PolicyError):
        of(replace(two_members(), modes=whole(99, 99)), policy=Policy(weights={"charm": 1}))


def test_a_session_length_that_is_none_is_refused_for_those_who_take_part():
    arrays = two_members()
    odd = replace(arrays, seekers=replace(arrays.seekers, session_minutes=whole(20)))

    assert of(odd, standings=StandingArrays(is_on_hold=np.array([True, False]))).n == 0
    with pytest.raises(ProfileError, match="20 minutes for 'seeker'") as refused:
        of(odd)
    assert refused.value.field == "seeker.session_minutes"


def _side(arrays: MemberArrays, side: str, **fields: Any) -> MemberArrays:
    return replace(arrays, **{side: replace(getattr(arrays, side), **fields)})


def _seekers(**fields: Any) -> Callable[[MemberArrays], MemberArrays]:
    return lambda arrays: _side(arrays, "seekers", **fields)


def _supporters(**fields: Any) -> Callable[[MemberArrays], MemberArrays]:
    return lambda arrays: _side(arrays, "supporters", **fields)


def _windows(**fields: Any) -> Callable[[MemberArrays], MemberArrays]:
    return lambda arrays: _side(arrays, "availability", **fields)


def _with(**fields: Any) -> Callable[[MemberArrays], MemberArrays]:
    return lambda arrays: replace(arrays, **fields)


NAN = float("nan")
ONE = whole(0, 1)
EN = ("en",)
BASIC = TermColumn(("basic",), whole(0))
DAYS = np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("field", "spoil"),
    [
        ("member_ids", _with(member_ids=["seeker", 2])),
        ("member_ids", _with(member_ids=np.array([1, 2]))),
        ("languages", _with(languages=["en", "en"])),
        ("languages.starts", _with(languages=TermLists.of([EN]))),
        ("languages.starts", _with(languages=TermLists(EN, whole(0, 2, 1), whole(0)))),
        ("languages.starts", _with(languages=TermLists(EN, whole(0, 1, 1), whole(0, 0)))),
        ("languages.starts", _with(languages=TermLists(EN, whole(1, 1, 2), whole(0, 0)))),
        ("languages.starts", _with(languages=TermLists(EN, np.array([0.0, 1.0, 2.0]), whole(0, 0)))),
        ("languages.codes", _with(languages=TermLists(EN, whole(0, 1, 2), whole(0, 1)))),
        ("languages.codes", _with(languages=TermLists(EN, whole(0, 1, 2), whole(0, -1)))),
        ("languages.codes", _with(languages=TermLists(EN, whole(0, 1, 2), np.array([0.0, 0.0])))),
        ("languages.codes", _with(languages=TermLists(EN, whole(0, 1, 2), [0, 0]))),
        ("languages.terms", _with(languages=TermLists((7,), whole(0, 1, 2), whole(0, 0)))),
        ("timezone", _with(timezone=["UTC", "UTC"])),
        ("timezone.codes", _with(timezone=TermColumn(("UTC",), whole(0, -1)))),
        ("timezone.codes", _with(timezone=TermColumn(("UTC",), whole(0)))),
        ("availability.starts", _windows(starts=whole(0, 1))),
        ("availability.days", _windows(days=whole(0, 7))),
        ("availability.start_minutes", _windows(start_minutes=whole(-1, 0))),
        ("availability.end_minutes", _windows(end_minutes=whole(0, 1441))),
        ("modes", _with(modes=whole(1, 16))),
        ("modes", _with(modes=whole(1))),
        ("modes", _with(modes=np.array([1.0, 1.0]))),
        ("modes", _with(modes=np.array([True, True]))),
        ("modes", _with(modes=[1, 1])),
        ("age_band", _with(age_band=whole(0, 9))),
        ("pace", _with(pace=whole(0, 4))),
        ("gender", _with(gender=whole(-2, 0))),
        ("gender_preference", _with(gender_preference=whole(0, 16))),
        ("preferred_age_bands", _with(preferred_age_bands=whole(0, 512))),
        ("has_consent", _with(has_consent=whole(1, 1))),
        ("is_paused", _with(is_paused=np.array([True]))),
        ("consent_given_by_guardian", _with(consent_given_by_guardian=np.array([None, None]))),
        ("paused_until", _with(paused_until=DAYS.astype("datetime64[s]"))),
        ("age_band_confirmed_on", _with(age_band_confirmed_on=whole(1, 2))),
        ("age_band_confirmed_on", _with(age_band_confirmed_on=np.array(["2026-01-01", "9999999"], dtype="M8[D]"))),
        ("interests.starts", _with(interests=TermLists.of([]))),
        ("location.latitude", _with(latitude=np.array([0.0, 91.0]), longitude=np.zeros(2), radius_km=np.zeros(2))),
        ("location.longitude", _with(latitude=np.zeros(2), longitude=np.array([0, np.inf]), radius_km=np.zeros(2))),
        ("location.longitude", _with(latitude=np.zeros(2), longitude=np.array([0, NAN]), radius_km=np.zeros(2))),
        ("location.longitude", _with(latitude=np.array([0, NAN]), longitude=np.zeros(2), radius_km=np.zeros(2))),
        ("location.radius_km", _with(latitude=np.zeros(2), longitude=np.zeros(2), radius_km=np.array([-1.0, 5.0]))),
        ("location.radius_km", _with(radius_km=whole(5, 5))),
        ("labels.site.codes", _with(labels={"site": TermColumn(("a",), whole(0, 1))})),
        ("labels.groups.starts", _with(labels={"groups": TermLists.of([("a",)])})),
        ("labels.level", _with(labels={"level": np.array([1.5, 2.5])})),
        ("seekers.members", _seekers(members=whole(2))),
        ("seekers.members", _seekers(members=[0])),
        ("seekers.topics.starts", _seekers(topics=TermLists.of([]))),
        ("seekers.session_minutes", _seekers(session_minutes=whole(30, 30))),
        ("seekers.waiting_since", _seekers(waiting_since=DAYS)),
        ("seekers.ucla3", _seekers(ucla3=whole(1, 2, 3))),
        ("seekers.ucla3", _seekers(ucla3=np.array([[1, 2, 4]]))),
        ("seekers.ucla3", _seekers(ucla3=np.array([[1, 0, 2]]))),
        ("supporters.members", _supporters(members=whole(-1))),
        ("supporters.capacity", _supporters(capacity=whole(-1))),
        ("supporters.capacity", _supporters(capacity=whole(2**31))),
        ("supporters.capacity", _supporters(capacity=np.array([2**64 - 1], dtype=np.uint64))),
        ("supporters.weekly_minutes", _supporters(weekly_minutes=whole(-2))),
        ("supporters.weekly_minutes", _supporters(weekly_minutes=np.array([NAN]))),
        ("supporters.clearances.starts", _supporters(clearances=ClearanceLists(whole(0), BASIC, whole(1)))),
        ("supporters.clearances.scopes", _supporters(clearances=ClearanceLists(ONE, BASIC, whole(8)))),
        (
            "supporters.clearances.valid_until",
            _supporters(clearances=ClearanceLists(ONE, BASIC, whole(1), DAYS)),
        ),
    ],
)
def test_arrays_that_make_no_sense_are_refused_by_name(field: str, spoil: Callable[[MemberArrays], MemberArrays]):
    with pytest.raises(ProfileError) as refused:
        of(spoil(two_members()))

    assert refused.value.field == field
    assert field in str(refused.value)


def test_lists_that_go_back_are_refused():
    arrays = arrays_of([seeker(name) for name in "abc"], OPEN_POLICY)

    with pytest.raises(ProfileError) as refused:
        of(replace(arrays, interests=TermLists(EN, whole(0, 2, 1, 2), whole(0, 0))))

    assert refused.value.field == "interests.starts"


def test_roles_come_in_the_order_of_members_each_once():
    arrays = two_members()
    for rows in (whole(1, 0), whole(1, 1)):
        roles = SeekerArrays(rows, TermLists.of([(), ()]), whole(30, 30))
        with pytest.raises(ProfileError) as refused:
            of(replace(arrays, seekers=roles))
        assert refused.value.field == "seekers.members"


@pytest.mark.parametrize(
    ("field", "standings"),
    [
        ("standings.boost", StandingArrays(boost=whole(1))),
        ("standings.boost", StandingArrays(boost=np.array([1.0, 2.0]))),
        ("standings.held_matches", StandingArrays(held_matches=whole(0, 2**40))),
        ("standings.is_on_hold", StandingArrays(is_on_hold=whole(0, 1))),
        ("standings.waiting_since", StandingArrays(waiting_since=whole(0, 1))),
    ],
)
def test_standings_that_make_no_sense_are_refused_by_name(field: str, standings: StandingArrays):
    with pytest.raises(ProfileError) as refused:
        of(two_members(), standings=standings)

    assert refused.value.field == field
