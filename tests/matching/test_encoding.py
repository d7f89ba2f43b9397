"""Encoding: the columns of random members are what the slow reading says, one profile at a time."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from matching.cohort import Cohort
from matching.columns import PlainBitset, plain_columns
from matching.label_codes import comparisons_of
from matching.languages import languages_of
from matching.policy import LabelType, Policy
from matching.week import SLOTS, Week, slots_of, starts_for
from matching.week_arrays import slots_of_rows, starts_at_every_length
from tests.matching.anybody import POLICIES, WEEK, anybody, kept_apart, standing
from tests.matching.plain_cohort import PlainCohort, plain_cohort


def both(seed: int, policy: Policy, members: int = 120) -> tuple[Cohort, PlainCohort]:
    random = Random(seed)
    profiles = [anybody(random, number) for number in range(members)]
    given = {
        "policy": policy,
        "week": WEEK,
        "standings": {profile.member_id: standing(random) for profile in profiles if random.random() < 0.5},
        "apart": kept_apart(random, members),
    }
    return Cohort.from_profiles(profiles, **given), plain_cohort(profiles, **given)


def plain(column: object) -> list[int]:
    return [column[row] for row in range(len(column))] if isinstance(column, PlainBitset) else list(column)


def renamed(values: list[int]) -> list[int]:
    """Number values in the order in which they come: what strings are numbered by says nothing."""
    number: dict[int, int] = {}
    return [number.setdefault(value, len(number)) for value in values]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("seed", range(12))
def test_every_column_is_what_the_slow_reading_says(seed: int, policy: Policy):
    cohort, slow = both(seed, policy)

    assert set(slow.columns) == set(cohort.columns._fields)
    for name, column in cohort.plain._asdict().items():
        if not name.endswith("_labels"):
            assert plain(column) == slow.columns[name], name


@pytest.mark.parametrize("seed", range(12))
def test_label_values_are_equal_where_the_slow_reading_has_them_equal(seed: int):
    cohort, slow = both(seed, POLICIES[1])

    for k, comparison in enumerate(comparisons_of(POLICIES[1])):
        values, expected = (
            each["seeker_labels"][k * cohort.n : (k + 1) * cohort.n]
            + each["supporter_labels"][k * cohort.m : (k + 1) * cohort.m]
            for each in (cohort.plain._asdict(), slow.columns)
        )
        if comparison.label.type is LabelType.STRING:
            values, expected = renamed(values), renamed(expected)
        assert values == expected, comparison.label.name


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("seed", range(12))
def test_who_takes_part_and_how_soon_is_what_the_slow_reading_says(seed: int, policy: Policy):
    cohort, slow = both(seed, policy)

    assert cohort.seeker_ids == tuple(row.profile.member_id for row in slow.seekers)
    assert cohort.supporter_ids == tuple(row.profile.member_id for row in slow.supporters)
    assert cohort.capacity.tolist() == slow.capacity
    assert cohort.priority.tolist() == slow.priority
    assert cohort.left_out == slow.left_out
    assert [list(roles) for roles in cohort.left_out.values()] == [list(roles) for roles in slow.left_out.values()]
    assert list(cohort.left_out) == list(slow.left_out)


def test_random_members_are_of_every_kind():
    reasons: set[str] = set()
    for seed in range(12):
        cohort, _ = both(seed, POLICIES[1])
        reasons |= {reason for roles in cohort.left_out.values() for reason in roles.values()}
        assert cohort.n > 5
        assert cohort.m > 5
        assert set(cohort.seeker_ids) & set(cohort.supporter_ids)

    assert len(reasons) == 9
    assert "minors_not_accepted" in str(both(0, POLICIES[0])[0].left_out)


def test_bitsets_have_as_many_words_as_their_terms_need():
    cohort, _ = both(0, POLICIES[1], members=300)

    assert cohort.columns.seeker_topics.shape == (cohort.n, 2)
    assert cohort.columns.seeker_access.shape == (cohort.n, 1)
    assert cohort.columns.seeker_starts.shape == (cohort.n, -(-SLOTS // 64))
    assert cohort.columns.supporter_starts.shape == (5 * cohort.m, -(-SLOTS // 64))


def test_a_week_of_many_members_is_the_week_of_each():
    random = Random(3)
    profiles = [anybody(random, number) for number in range(400)]
    from matching.profile_arrays import arrays_of

    arrays = arrays_of(profiles, Policy())
    zones = [WEEK.offsets[zone] for zone in arrays.timezone.terms]

    slots = slots_of_rows(arrays.availability, np.arange(400), arrays.timezone.codes, zones)
    starts = starts_at_every_length(slots).reshape(5, 400, -1)

    for row, profile in enumerate(profiles):
        expected = slots_of(profile.availability, profile.timezone, WEEK)
        assert PlainBitset(slots)[row] == expected
        for length, session in enumerate((1, 2, 3, 4, 6)):
            assert PlainBitset(starts[length])[row] == starts_for(expected, session)


def test_nobody_has_a_week_too():
    cohort = Cohort.from_profiles([], week=Week(WEEK.today))

    assert cohort.columns.seeker_starts.shape == (0, 11)


def test_long_columns_read_the_same_as_short_ones(monkeypatch):
    cohort, slow = both(1, POLICIES[1])
    monkeypatch.setattr("matching.columns.FEW_ROWS", 3)

    lazy = plain_columns(cohort.columns)

    assert not isinstance(lazy.seeker_age, list)
    assert len(lazy.seeker_age) == cohort.n
    assert [lazy.seeker_age[row] for row in range(cohort.n)] == slow.columns["seeker_age"]
    assert all(type(lazy.seeker_x[row]) is int for row in range(cohort.n))


def test_what_bits_and_numbers_stand_for_is_told():
    cohort, _ = both(4, POLICIES[1])
    columns = cohort.plain

    told = {name: vocabulary for vocabulary in cohort.vocabularies for name in vocabulary.columns}

    for row, profile in enumerate(cohort.supporters):
        topics, listed = told["supporter_topics"].terms, told["supporter_language_list"].terms
        bits, first, end = columns.supporter_topics[row], *columns.supporter_language_starts[row : row + 2]
        assert {term for bit, term in enumerate(topics) if bits >> bit & 1} == profile.supporter.topics
        spoken = tuple(listed[number] for number in columns.supporter_language_list[first:end])
        assert spoken == languages_of(profile.languages)
    sites = [each for each in cohort.vocabularies if each.blocks]
    assert [(set(each.terms), each.blocks) for each in sites] == [({"north", "south"}, (0, 5))]
    values = columns.seeker_labels[: cohort.n]
    assert [sites[0].terms[value] if value >= 0 else None for value in values] == [
        site if isinstance(site := profile.labels.get("site"), str) else None for profile in cohort.seekers
    ]
