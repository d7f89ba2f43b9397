"""A policy as it crosses the wire and as it stands in a file."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from marshmallow import ValidationError

from matching.factors import FACTORS
from matching.policy import LabelFactor, LabelField, LabelOp, LabelRule, LabelType, Objective, Policy
from matching.profile import ClearanceScope
from schemas.policy import PolicyIn, PolicyOut, dump_policy, effective_weights, load_policy

LABELLED = {
    "objective": "score",
    "weights": {"topics": 0, "pace": 1},
    "labels": [
        {"name": "grade", "type": "integer"},
        {"name": "organisation", "type": "string", "allowed": ["harbour", "pier"]},
        {"name": "identities", "type": "list"},
    ],
    "label_rules": [
        {"key": "grade_gap", "label": "grade", "op": "gap", "reason": "the grade", "gaps": [1, 2]},
        {"key": "same_organisation", "label": "organisation", "op": "different", "reason": "the same organisation"},
    ],
    "label_factors": [
        {"key": "grade", "label": "grade", "op": "gap", "table": {"1": 9, "2": 12, "-1": -3}},
        {"key": "identity", "label": "identities", "op": "overlap", "points": 6},
    ],
    "minimum_score": 5,
    "thin_below": 10,
    "keep_margin": 0,
    "accepts_minors": True,
    "clearances": {"adults": ["basic"], "in_person": ["basic", "enhanced"], "minors": []},
    "priority": {"boost": 3},
    "timings": {"proposal_days": 7},
}


def messages_of(json):
    with pytest.raises(ValidationError) as caught:
        load_policy(json)
    return caught.value.messages


def test_an_empty_object_is_the_default_policy():
    assert load_policy({}) == Policy()


@pytest.mark.parametrize("objective", Objective)
def test_every_objective_of_the_engine_can_be_asked_for(objective):
    assert load_policy({"objective": objective.value}).objective is objective


def test_every_part_reaches_the_engines_value():
    policy = load_policy(LABELLED)

    assert policy.objective is Objective.SCORE
    assert policy.weights == {"topics": 0, "pace": 1}
    assert policy.labels[1] == LabelField("organisation", LabelType.STRING, ("harbour", "pier"))
    assert policy.label_rules[0] == LabelRule("grade_gap", "grade", LabelOp.GAP, "the grade", (1, 2))
    assert policy.label_factors == (
        LabelFactor("grade", "grade", LabelOp.GAP, table=((-1, -3), (1, 9), (2, 12))),
        LabelFactor("identity", "identities", LabelOp.OVERLAP, points=6),
    )
    assert policy.clearances == {
        ClearanceScope.ADULTS: ("basic",),
        ClearanceScope.IN_PERSON: ("basic", "enhanced"),
    }
    assert policy.accepts_minors
    assert (policy.minimum_score, policy.thin_below, policy.keep_margin) == (5, 10, 0)
    assert (policy.priority.boost, policy.priority.waiting_week) == (3, 1)
    assert (policy.timings.proposal_days, policy.timings.rest_poor_fit_days) == (7, 365)


@pytest.mark.parametrize("json", [{}, LABELLED], ids=["default", "labelled"])
def test_what_is_written_is_read_as_the_same_value(json):
    policy = replace(load_policy(json), version=7)

    assert load_policy(dump_policy(policy)) == policy


def test_no_field_of_a_policy_is_forgotten_on_the_wire():
    assert set(PolicyIn().fields) == {field.name for field in fields(Policy)} == set(PolicyOut().fields)


def test_an_answer_shows_every_weight_that_applies():
    answer = PolicyOut().dump(load_policy(LABELLED))

    assert answer["weights"] == effective_weights(load_policy(LABELLED))
    assert list(answer["weights"]) == [factor.key for factor in FACTORS]
    assert (answer["weights"]["topics"], answer["weights"]["availability"]) == (0, 2500)
    assert answer["label_factors"][0]["table"] == {"-1": -3, "1": 9, "2": 12}
    assert answer["objective"] == "score"


def test_every_factor_of_the_registry_may_be_weighted():
    weights = {factor.key: 1 for factor in FACTORS}

    assert load_policy({"weights": weights}).weights == weights


@pytest.mark.parametrize(
    ("json", "found"),
    [
        ({"weights": {"topic": 1}}, {"weights": {"topic": ["is not a known field; did you mean topics?"]}}),
        ({"weights": {"pace": 1_000_001}}, {"weights": {"pace": ["must be a whole number from 0 to 1000000"]}}),
        ({"keep_margin": "200"}, {"keep_margin": ["must be a whole number from 0 to 1000000"]}),
        ({"timings": {"proposal_days": 0}}, {"timings": {"proposal_days": ["must be a whole number from 1 to 3660"]}}),
        (
            {"label_factors": [{"key": "a", "label": "a", "op": "gap", "table": {"x": 1}}]},
            {"label_factors": {0: {"table": {"x": ["must be a whole number, supporter - seeker"]}}}},
        ),
        (
            {"labels": [{"name": "a", "type": "string", "allowed": ["b", 1]}]},
            {"labels": {0: {"allowed": {1: ["must be of the label's type"]}}}},
        ),
        (
            {"labels": [{"name": "a", "type": "string", "allowed": [True]}]},
            {"labels": {0: {"allowed": {0: ["must be text"]}}}},
        ),
        (None, {"_schema": ["must be an object"]}),
    ],
)
def test_what_cannot_be_used_is_named(json, found):
    assert messages_of(json) == found


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"label": "unknown", "op": "equal"}, "label"),
        ({"label": "grade", "op": "overlap"}, "op"),
        ({"label": "grade", "op": "gap"}, "gaps"),
        ({"label": "grade", "op": "equal", "gaps": [1]}, "gaps"),
        ({"label": "grade", "op": "equal", "key": "language"}, "key"),
    ],
)
def test_a_rule_that_fits_no_label_is_refused_by_its_field(rule, field):
    labels = [{"name": "grade", "type": "integer"}]

    found = messages_of({"labels": labels, "label_rules": [{"key": "mine", "reason": "because", **rule}]})

    assert list(found["label_rules"]["0"]) == [field]
