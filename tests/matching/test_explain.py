"""Explanations: what really matched, in the declared words, and why nobody yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from matching.cohort import Cohort
from matching.community import Community, generate
from matching.errors import MatchingError
from matching.explain import MINIMUM_SCORE, commonest_reasons, explain_matched, explain_pair, why_still_looking
from matching.factors import FACTORS
from matching.kernel import score_pairs
from matching.policy import LabelFactor, LabelField, LabelOp, LabelRule, LabelType, Policy
from matching.profile import Profile
from matching.reference import score_of
from matching.rules import RULES
from matching.week import Week
from tests.matching.test_community import WEEK as WORLD_WEEK

WEEK = Week(date(2026, 11, 22), {"Europe/London": ((0, 0),), "Europe/Berlin": ((0, 60),)})


@dataclass(frozen=True)
class Two:
    seeker_id: str
    supporter_id: str


def seeker(member_id: str = "s-1", **changes: Any) -> Profile:
    return Profile.from_mapping(
        member_id,
        {
            "languages": ["en", "de"],
            "timezone": "Europe/London",
            "availability": [{"day": "mon", "start": "18:00", "end": "20:00"}],
            "modes": ["voice"],
            "pace": "weekly",
            "age_band": "25-34",
            "interests": ["chess", "gardening"],
            "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z"},
            "seeker": {"topics": ["bereavement", "new_parent"], "session_minutes": 30},
            **changes,
        },
    )


def supporter(member_id: str = "p-1", **changes: Any) -> Profile:
    return Profile.from_mapping(
        member_id,
        {
            "languages": ["de", "en"],
            "timezone": "Europe/Berlin",
            "availability": [
                {"day": "mon", "start": "19:00", "end": "22:00"},
                {"day": "wed", "start": "10:00", "end": "12:00"},
            ],
            "modes": ["voice", "text"],
            "pace": "flexible",
            "age_band": "35-44",
            "interests": ["chess"],
            "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z"},
            "supporter": {"topics": ["bereavement", "divorce"]},
            **changes,
        },
    )


def cohort_of(*profiles: Profile, policy: Policy | None = None) -> Cohort:
    return Cohort.from_profiles(profiles, week=WEEK, policy=policy or Policy())


def test_a_pair_is_explained_factor_by_factor_with_what_matched():
    explained = explain_pair(cohort_of(seeker(), supporter()), "s-1", "p-1")

    assert [(each.key, each.points, each.most, each.evidence) for each in explained.factors] == [
        ("topics", 1500, 3000, ("bereavement",)),
        # Starts at 18:00, 18:15 … 19:30 UTC: seven of sixteen.
        ("availability", 1093, 2500, ("Mon 18:00–20:00 UTC",)),
        # Flexible fits weekly, but only one of the two would like that: points, and no reason.
        ("pace", 1125, 1500, ()),
        ("interests", 750, 1500, ("chess",)),
        ("language_preference", 500, 1000, explained.factors[4].evidence),
        ("distance", 0, 500, ()),
    ]
    assert explained.score == 1500 + 1093 + 1125 + 750 + 500
    assert explained.score == score_of(cohort_of(seeker(), supporter()), 0, 0)


def test_reasons_are_the_weightiest_first_and_have_evidence():
    explained = explain_pair(cohort_of(seeker(), supporter()), "s-1", "p-1")

    assert [each.key for each in explained.reasons] == [
        "topics",
        "availability",
        "interests",
        "language_preference",
    ]
    assert explained.reasons[0].text == "has lived experience of bereavement"


def test_points_without_anything_that_matched_are_no_reason():
    # Whoever asks for no topic gets half the points with everybody.
    explained = explain_pair(cohort_of(seeker(seeker={}), supporter()), "s-1", "p-1")

    topics = explained.factors[0]
    assert (topics.key, topics.points, topics.evidence, topics.text) == ("topics", 1500, (), "")
    assert not topics.is_reason
    assert "topics" not in [each.key for each in explained.reasons]


def test_a_factor_that_the_policy_does_not_count_is_left_out():
    policy = Policy(weights={"topics": 0, "age_closeness": 300})

    explained = explain_pair(cohort_of(seeker(), supporter(), policy=policy), "s-1", "p-1")

    assert "topics" not in [each.key for each in explained.factors]
    assert [(each.points, each.most) for each in explained.factors if each.key == "age_closeness"] == [(200, 300)]


def test_every_hard_rule_was_checked():
    policy = Policy(
        labels=(LabelField("site", LabelType.STRING),),
        label_rules=(LabelRule("same_site", "site", LabelOp.EQUAL, "another branch"),),
    )
    profiles = seeker(labels={"site": "north"}), supporter(labels={"site": "north"})

    explained = explain_pair(cohort_of(*profiles, policy=policy), "s-1", "p-1")

    assert explained.rules_checked == (*RULES.keys(), "same_site")


def test_joint_starts_are_where_stretches_begin_in_utc():
    early_and_late = [
        {"day": "mon", "start": "18:00", "end": "20:00"},
        {"day": "wed", "start": "09:00", "end": "10:00"},
    ]

    explained = explain_pair(cohort_of(seeker(availability=early_and_late), supporter()), "s-1", "p-1")

    assert explained.joint_starts == (18 * 4, 2 * 96 + 9 * 4)


def test_a_stretch_over_the_end_of_the_week_begins_on_sunday():
    night = [{"day": "sun", "start": "23:00", "end": "01:00"}]

    explained = explain_pair(
        cohort_of(seeker(availability=night), supporter(availability=night, timezone="Europe/London")), "s-1", "p-1"
    )

    assert explained.joint_starts == (6 * 96 + 23 * 4,)


def test_two_who_are_always_free_may_start_at_any_time():
    always = [
        {"day": day, "start": "00:00", "end": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    ]

    explained = explain_pair(cohort_of(seeker(availability=always), supporter(availability=always)), "s-1", "p-1")

    assert explained.joint_starts == (0,)


def label_policy(**factor: Any) -> Policy:
    return Policy(
        weights=dict.fromkeys(FACTORS.keys(), 0),
        minimum_score=-100,
        labels=(
            LabelField("home_site", LabelType.STRING),
            LabelField("level", LabelType.INTEGER),
            LabelField("identities", LabelType.LIST),
        ),
        label_factors=(LabelFactor(key="custom", **factor),),
    )


@pytest.mark.parametrize(
    ("factor", "points", "text"),
    [
        ({"label": "home_site", "op": LabelOp.EQUAL, "points": 6}, 6, "have the same home site: north"),
        ({"label": "identities", "op": LabelOp.OVERLAP, "points": 7}, 7, "share identities: carer"),
        ({"label": "level", "op": LabelOp.DIFFERENT, "points": 8}, 8, "have a different level: 2, 4"),
        ({"label": "level", "op": LabelOp.GAP, "table": ((2, 9), (3, 12))}, 9, "are 2 apart in level"),
        ({"label": "level", "op": LabelOp.EQUAL, "points": 5}, 0, ""),
        ({"label": "level", "op": LabelOp.DIFFERENT, "points": -8}, -8, "have a different level: 2, 4"),
    ],
)
def test_a_label_factor_says_what_the_two_labels_are(factor: dict[str, Any], points: int, text: str):
    profiles = (
        seeker(labels={"home_site": "north", "level": 2, "identities": ["carer", "veteran"]}),
        supporter(labels={"home_site": "north", "level": 4, "identities": ["carer", "student"]}),
    )

    explained = explain_pair(cohort_of(*profiles, policy=label_policy(**factor)), "s-1", "p-1")

    (custom,) = explained.factors
    assert (custom.points, custom.text) == (points, text)
    assert custom.is_reason == (points > 0)
    assert explained.score == points


def test_a_label_factor_is_not_mistaken_for_a_label_rule():
    policy = Policy(
        weights=dict.fromkeys(FACTORS.keys(), 0),
        labels=(LabelField("home_site", LabelType.STRING), LabelField("level", LabelType.INTEGER)),
        label_rules=(LabelRule("same_site", "home_site", LabelOp.EQUAL, "another branch"),),
        label_factors=(LabelFactor("steps", "level", LabelOp.GAP, table=((2, 9),)),),
    )
    profiles = seeker(labels={"home_site": "north", "level": 2}), supporter(labels={"home_site": "north", "level": 4})

    explained = explain_pair(cohort_of(*profiles, policy=policy), "s-1", "p-1")

    assert [(each.key, each.points) for each in explained.factors] == [("steps", 9)]


def test_the_most_a_gap_can_give_is_the_best_of_its_table():
    profiles = seeker(labels={"level": 2}), supporter(labels={"level": 4})
    policy = label_policy(label="level", op=LabelOp.GAP, table=((2, 9), (3, 12)))

    assert explain_pair(cohort_of(*profiles, policy=policy), "s-1", "p-1").factors[0].most == 12


def test_a_pair_that_a_rule_keeps_apart_is_not_explained():
    with pytest.raises(MatchingError, match="that mode keeps apart"):
        explain_pair(cohort_of(seeker(modes=["video"]), supporter()), "s-1", "p-1")


def test_a_pair_below_the_minimum_score_is_not_explained():
    with pytest.raises(MatchingError, match="that minimum_score keeps apart"):
        explain_pair(cohort_of(seeker(), supporter(), policy=Policy(minimum_score=9000)), "s-1", "p-1")


@pytest.mark.parametrize("ids", [("p-1", "s-1"), ("s-1", "p-2"), ("nobody", "p-1")])
def test_only_members_of_the_cohort_on_their_own_side_are_explained(ids: tuple[str, str]):
    with pytest.raises(MatchingError, match="not in the cohort"):
        explain_pair(cohort_of(seeker(), supporter()), *ids)


def test_who_is_still_looking_hears_which_rule_ruled_out_how_many():
    cohort = cohort_of(
        seeker(),
        supporter("p-1"),
        supporter("p-2", languages=["fr"]),
        supporter("p-3", languages=["fr"], modes=["video"]),
        supporter("p-4", modes=["video"]),
        supporter("p-5", interests=[], supporter={}, pace="monthly", languages=["de"]),
        policy=Policy(minimum_score=2500),
    )

    looking = why_still_looking(cohort, "s-1")

    assert looking.feasible == 1
    assert looking.removed == (
        ("language", "no language in common", 2),
        ("mode", "no way of meeting in common", 1),
        (MINIMUM_SCORE, "too little in common for this programme", 1),
    )


def test_a_score_of_zero_is_feasible_and_not_counted_as_removed():
    cohort = cohort_of(seeker(), supporter(), policy=Policy(weights=dict.fromkeys(FACTORS.keys(), 0)))

    looking = why_still_looking(cohort, "s-1")

    assert (looking.feasible, looking.removed) == (1, ())


def test_an_empty_other_side_removes_nobody():
    cohort = cohort_of(seeker())

    assert why_still_looking(cohort, "s-1").removed == ()


def test_commonest_reasons_count_pairs_with_evidence():
    cohort = cohort_of(seeker("s-1"), seeker("s-2", seeker={}, interests=[]), supporter("p-1"))

    common = commonest_reasons(cohort, [Two("s-1", "p-1"), Two("s-2", "p-1")])

    assert common == (
        ("availability", "Time in common", 2),
        ("language_preference", "Preferred language", 2),
        ("topics", "Topics", 1),
        ("interests", "Interests", 1),
    )


def test_no_pairs_have_no_reasons():
    assert commonest_reasons(cohort_of(seeker(), supporter()), []) == ()


@pytest.fixture(scope="module")
def community() -> Community:
    return generate(seed=5, seekers=60, supporters=60, today=date(2026, 11, 22))


def test_in_a_whole_community_evidence_is_what_both_have_and_points_add_up(community: Community):
    cohort = Cohort.from_profiles(community.profiles, week=WORLD_WEEK)
    scores = score_pairs(cohort).tocoo()
    assert scores.nnz > 100

    for i, j, score in zip(*scores.coords, scores.data, strict=True):
        one, other = cohort.seekers[i], cohort.supporters[j]
        explained = explain_pair(cohort, one.member_id, other.member_id)
        evidence = {each.key: set(each.evidence) for each in explained.factors}
        assert one.seeker is not None
        assert other.supporter is not None
        assert evidence["topics"] == one.seeker.topics & other.supporter.topics
        assert evidence["interests"] == one.interests & other.interests
        assert explained.score == score == sum(each.points for each in explained.factors)
        assert all(0 <= each.points <= each.most for each in explained.factors)


def test_in_a_whole_community_every_supporter_is_accounted_for(community: Community):
    cohort = Cohort.from_profiles(community.profiles, week=WORLD_WEEK)
    scores = score_pairs(cohort)

    for i, member_id in enumerate(cohort.seeker_ids[:20]):
        looking = why_still_looking(cohort, member_id)
        assert looking.feasible == scores.indptr[i + 1] - scores.indptr[i]
        assert looking.feasible + sum(each.supporters for each in looking.removed) == len(cohort.supporters)


def test_matched_pairs_are_explained_as_each_by_itself(community: Community):
    cohort = Cohort.from_profiles(community.profiles, week=WORLD_WEEK)
    scores = score_pairs(cohort).tocoo()
    pairs = [Two(cohort.seeker_ids[i], cohort.supporter_ids[j]) for i, j in zip(*scores.coords, strict=True)]

    assert list(explain_matched(cohort, pairs)) == [
        explain_pair(cohort, pair.seeker_id, pair.supporter_id) for pair in pairs
    ]


@pytest.mark.parametrize("pair", [("s-1", "s-1"), ("p-1", "p-1"), ("x", "p-1")])
def test_who_is_not_on_that_side_is_not_explained(pair: tuple[str, str]):
    with pytest.raises(MatchingError):
        list(explain_matched(cohort_of(seeker(), supporter()), [Two(*pair)]))
