"""Rules and factors over a platform's own labels: tables, and what a policy may not say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matching.errors import PolicyError
from matching.labels import DIFFERENT, EQUAL, GAP, OVERLAP, labels_allow, points_for_labels
from matching.policy import LabelFactor, LabelField, LabelOp, LabelRule, LabelType, Policy, PriorityWeights
from matching.reference import points_of, rule_that_forbids, score_of
from tests.matching.people import cohort_of, seeker, supporter
from tests.matching.tables import LABEL_FACTOR, LABEL_RULE, LABELS, Case


@pytest.mark.parametrize("case", LABEL_RULE, ids=lambda case: case.name)
def test_label_rule_answers_as_worked_out_by_hand(case: Case):
    assert labels_allow(*case.pair) is case.expected


@pytest.mark.parametrize("case", LABEL_FACTOR, ids=lambda case: case.name)
def test_label_factor_answers_as_worked_out_by_hand(case: Case):
    assert points_for_labels(*case.pair) == case.expected


def test_op_codes_are_in_the_order_of_the_ops():
    ops = list(LabelOp)
    assert [ops.index(op) for op in (LabelOp.EQUAL, LabelOp.DIFFERENT, LabelOp.OVERLAP, LabelOp.GAP)] == [
        EQUAL,
        DIFFERENT,
        OVERLAP,
        GAP,
    ]


# A spreadsheet programme: not the same organisation, one or two grades up; points for grade, profession, identity.
PROGRAMME = Policy(
    weights={
        key: 0
        for key in (
            "topics",
            "availability",
            "pace",
            "interests",
            "language_preference",
            "distance",
            "age_closeness",
        )
    },
    labels=(
        LabelField("organisation", LabelType.STRING),
        LabelField("grade", LabelType.INTEGER),
        LabelField("profession", LabelType.STRING),
        LabelField("identities", LabelType.LIST),
    ),
    label_rules=(
        LabelRule("other_organisation", "organisation", LabelOp.DIFFERENT, "the same organisation"),
        LabelRule("one_or_two_up", "grade", LabelOp.GAP, "another grade", (1, 2)),
    ),
    label_factors=(
        LabelFactor("grade_gap", "grade", LabelOp.GAP, table=((1, 9), (2, 12))),
        LabelFactor("same_profession", "profession", LabelOp.EQUAL, 10),
        LabelFactor("shared_identity", "identities", LabelOp.OVERLAP, 6),
    ),
)


def _programme(mentee: dict[str, object], mentor: dict[str, object]):
    return cohort_of(seeker(labels=mentee), supporter(labels=mentor), policy=PROGRAMME)


def test_another_programmes_spreadsheet_is_expressed_in_labels_alone():
    cohort = _programme(
        {"organisation": "peace", "grade": 3, "profession": "policy", "identities": ("carer",)},
        {"organisation": "joy", "grade": 5, "profession": "policy", "identities": ("carer", "gay")},
    )

    assert score_of(cohort, 0, 0) == 12 + 10 + 6
    assert points_of(cohort, 0, 0)[-3:] == (("grade_gap", 12), ("same_profession", 10), ("shared_identity", 6))


@pytest.mark.parametrize(
    ("mentee", "mentor", "key"),
    [
        ({"organisation": "joy", "grade": 3}, {"organisation": "joy", "grade": 4}, "other_organisation"),
        ({"organisation": "joy", "grade": 3}, {"organisation": "peace", "grade": 6}, "one_or_two_up"),
        ({"organisation": "joy"}, {"organisation": "peace", "grade": 6}, "one_or_two_up"),
        ({"organisation": "joy", "grade": 3}, {"organisation": "peace", "grade": 4}, None),
    ],
)
def test_the_first_label_rule_that_does_not_hold_is_named(mentee, mentor, key):
    cohort = _programme(mentee, mentor)

    assert rule_that_forbids(cohort, 0, 0) == key
    assert (score_of(cohort, 0, 0) is None) is (key is not None)


RULE = LabelRule("r", "site", LabelOp.EQUAL, "a reason")
FACTOR = LabelFactor("f", "level", LabelOp.EQUAL, 5)
GAP_RULE = LabelRule("r", "level", LabelOp.GAP, "a reason", (1,))
GAP_FACTOR = LabelFactor("f", "level", LabelOp.GAP, table=((1, 9),))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("weights.topicz", {"weights": {"topicz": 1}}),
        ("weights.topics", {"weights": {"topics": -1}}),
        ("weights.topics", {"weights": {"topics": 1_000_001}}),
        ("weights.topics", {"weights": {"topics": 0.5}}),
        ("weights.topics", {"weights": {"topics": True}}),
        ("priority.boost", {"priority": PriorityWeights(boost=-1)}),
        ("priority.waiting_week", {"priority": PriorityWeights(waiting_week=1001)}),
        ("minimum_score", {"minimum_score": 10**9 + 1}),
        ("minimum_score", {"minimum_score": 0.5}),
        ("labels", {"labels": (LABELS[0], LABELS[0])}),
        ("label_rules.0.label", {"label_rules": (replace(RULE, label="size"),)}),
        ("label_rules.0.key", {"label_rules": (replace(RULE, key="language"),)}),
        ("label_rules.1.key", {"label_rules": (RULE, RULE)}),
        ("label_rules.0.op", {"label_rules": (replace(RULE, op=LabelOp.OVERLAP),)}),
        ("label_rules.0.op", {"label_rules": (replace(GAP_RULE, label="site"),)}),
        ("label_rules.0.op", {"label_rules": (replace(RULE, label="groups"),)}),
        ("label_rules.0.gaps", {"label_rules": (replace(GAP_RULE, gaps=()),)}),
        ("label_rules.0.gaps", {"label_rules": (replace(GAP_RULE, gaps=(1, 1)),)}),
        ("label_rules.0.gaps", {"label_rules": (replace(GAP_RULE, gaps=(0.5,)),)}),
        ("label_rules.0.gaps", {"label_rules": (replace(RULE, gaps=(1,)),)}),
        ("label_factors.0.label", {"label_factors": (replace(FACTOR, label="size"),)}),
        ("label_factors.0.key", {"label_factors": (replace(FACTOR, key="topics"),)}),
        ("label_factors.0.op", {"label_factors": (replace(FACTOR, label="site", op=LabelOp.GAP),)}),
        ("label_factors.0.points", {"label_factors": (replace(FACTOR, points=1_000_001),)}),
        ("label_factors.0.points", {"label_factors": (replace(GAP_FACTOR, points=3),)}),
        ("label_factors.0.table", {"label_factors": (replace(GAP_FACTOR, table=()),)}),
        ("label_factors.0.table", {"label_factors": (replace(GAP_FACTOR, table=((1, 2), (1, 3))),)}),
        ("label_factors.0.table", {"label_factors": (replace(GAP_FACTOR, table=((1, -1_000_001),)),)}),
        ("label_factors.0.table", {"label_factors": (replace(FACTOR, table=((1, 2),)),)}),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_the_path_of_its_bad_part(field, change):
    with pytest.raises(PolicyError) as refused:
        cohort_of(policy=replace(Policy(labels=LABELS), **change))

    assert refused.value.field == field
    assert "cannot" in str(refused.value)


def test_a_refused_op_names_what_is_allowed():
    with pytest.raises(PolicyError, match=r"type list .* by equal \(allowed: overlap\)"):
        cohort_of(policy=Policy(labels=LABELS, label_rules=(replace(RULE, label="groups"),)))


def test_a_valid_policy_with_every_op_is_accepted():
    cohort_of(policy=Policy(labels=LABELS, label_rules=(RULE,), label_factors=(FACTOR, replace(GAP_FACTOR, key="g"))))


@pytest.mark.parametrize(
    ("level", "points"), [(2**53, 5), (-(2**53), 5), (2**53 + 1, 0), (-(2**53) - 1, 0), (2**70, 0)]
)
def test_a_number_beyond_what_any_json_reader_keeps_counts_as_missing(level, points):
    policy = Policy(labels=LABELS, label_factors=(FACTOR,))
    cohort = cohort_of(seeker(labels={"level": level}), supporter(labels={"level": level}), policy=policy)

    assert points_of(cohort, 0, 0)[-1] == ("f", points)


def test_labels_nobody_declared_are_left_alone():
    assert score_of(cohort_of(seeker(labels={"shoe": 44}), supporter()), 0, 0) is not None
