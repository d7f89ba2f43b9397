"""GET and PUT of the policy, and the lists of factors and rules."""

from __future__ import annotations

import pytest

from matching.factors import FACTORS
from matching.rules import RULES
from service.api.examples import POLICY
from tests.service.api.conftest import SEEKER


def test_a_platform_begins_with_the_default_policy_and_all_its_weights(harbour):
    policy = harbour.get("/v1/policy")

    assert policy.headers["ETag"] == '"v1"'
    assert policy.json["version"] == 1
    assert policy.json["objective"] == "coverage"
    assert policy.json["weights"] == {factor.key: factor.weight for factor in FACTORS}
    assert policy.json["timings"]["proposal_days"] == 14


def test_a_policy_is_replaced_as_a_whole(harbour):
    saved = harbour.put("/v1/policy", {"weights": {"topics": 10}}, headers={"If-Match": '"v1"'})

    assert (saved.status_code, saved.headers["ETag"]) == (200, '"v2"')
    assert saved.json["weights"]["topics"] == 10
    assert harbour.get("/v1/policy").json == saved.json


def test_a_policy_may_be_sent_back_as_it_was_read(harbour):
    read = harbour.get("/v1/policy")

    saved = harbour.put("/v1/policy", {**read.json, "keep_margin": 300}, headers={"If-Match": read.headers["ETag"]})

    assert saved.json == {**read.json, "keep_margin": 300, "version": 2}


def test_a_put_without_the_version_it_read_is_refused(harbour):
    refused = harbour.put("/v1/policy", {})

    assert (refused.status_code, refused.json["code"]) == (428, "if_match_required")


def test_the_second_of_two_who_read_the_same_version_loses(harbour):
    harbour.put("/v1/policy", {"keep_margin": 1}, headers={"If-Match": '"v1"'})

    lost = harbour.put("/v1/policy", {"keep_margin": 2}, headers={"If-Match": '"v1"'})

    assert (lost.status_code, lost.json["code"]) == (412, "stale_version")
    assert harbour.get("/v1/policy").json["keep_margin"] == 1


@pytest.mark.parametrize(
    ("policy", "pointer", "said"),
    [
        ({"weights": {"topic": 1}}, "#/weights/topic", "did you mean topics?"),
        ({"weights": {"topics": -1}}, "#/weights/topics", "from 0 to 1000000"),
        ({"objective": "speed"}, "#/objective", "coverage, score"),
        (
            {"label_rules": [{"key": "a", "label": "b", "op": "equal", "reason": "c"}]},
            "#/label_rules/0/label",
            "declared",
        ),
        ({"labels": [{"name": "a", "type": "integer", "allowed": ["x"]}]}, "#/labels/0/allowed/0", "label's type"),
        ({"clearances": {"pets": ["basic"]}}, "#/clearances/pets", "is not a known field"),
        ({"surprise": True}, "#/surprise", "is not a known field"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_field(harbour, policy, pointer, said):
    refused = harbour.put("/v1/policy", policy, headers={"If-Match": '"v1"'})

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert said in refused.json["errors"][0]["detail"]
    assert harbour.get("/v1/policy").json["version"] == 1


def test_labels_are_taken_once_the_policy_declares_them(harbour):
    labelled = {**SEEKER, "labels": {"site": "north", "level": 4}}
    assert harbour.put("/v1/members/m-1", labelled).status_code == 422

    harbour.put("/v1/policy", POLICY, headers={"If-Match": '"v1"'})

    assert harbour.put("/v1/members/m-1", labelled).json["labels"] == {"level": 4, "site": "north"}
    wrong = harbour.put("/v1/members/m-1", {**SEEKER, "labels": {"site": "west", "level": "4"}})
    assert {error["pointer"]: error["detail"] for error in wrong.json["errors"]} == {
        "#/labels/site": "must be one of: north, south",
        "#/labels/level": "must be a whole number: the policy declares it as integer",
    }


def test_another_platform_has_a_policy_of_its_own(harbour, outsider):
    harbour.put("/v1/policy", {"keep_margin": 1}, headers={"If-Match": '"v1"'})

    assert outsider.get("/v1/policy").json["keep_margin"] == 200


def test_the_factors_are_those_the_engine_declares(harbour):
    factors = harbour.get("/v1/factors").json["factors"]

    assert [factor["key"] for factor in factors] == [factor.key for factor in FACTORS]
    assert factors[0] == {
        "key": "topics",
        "title": "Topics",
        "weight": 3000,
        "unit": "share of what the seeker asked for",
        "phrase": "has lived experience of {evidence}",
    }


def test_the_rules_are_those_the_engine_declares(harbour):
    rules = harbour.get("/v1/rules").json["rules"]

    assert [rule["key"] for rule in rules] == [rule.key for rule in RULES]
    assert all(rule["title"] and rule["reason"] for rule in rules)
