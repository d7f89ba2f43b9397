"""A coordinator's own pair, and the best one for somebody at once, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

import pytest

from service.records import Scope
from service.usecases import next_best
from service.usecases.warm import cohorts
from tests.service.api.conftest import SEEKER, SUPPORTER


def propose(caller, seeker_id="seeker-1", supporter_id="supporter-1"):
    return caller.post("/v1/matches", {"seeker_id": seeker_id, "supporter_id": supporter_id})


def test_a_pair_of_ones_own_is_proposed_with_its_reasons_and_waits_for_approval(harbour, pair):
    made = propose(harbour)

    assert (made.status_code, made.json["state"], made.json["run_id"]) == (201, "proposed", "")
    assert made.json["score"] == made.json["explanation"]["score"] > 0
    assert made.json["history"][0]["by"]["role"] == "platform"
    assert harbour.get(made.headers["Location"]).json == made.json
    assert harbour.post(f"{made.headers['Location']}/actions", {"action": "approve"}).json["state"] == "offered"


@pytest.mark.parametrize(
    ("who", "changed", "code"),
    [
        ("seeker-1", {**SEEKER, "languages": ["pl"]}, "rule_broken"),
        ("seeker-1", {**SEEKER, "avoid_topics": ["bereavement"]}, "rule_broken"),
        ("seeker-1", {**SEEKER, "status": "paused"}, "not_taking_part"),
        ("seeker-1", SUPPORTER, "not_a_seeker"),
        ("supporter-1", SEEKER, "rule_broken"),
        ("supporter-1", {**SUPPORTER, "supporter": {"topics": [], "capacity": 0}}, "no_place_left"),
    ],
)
def test_a_pair_that_may_not_be_is_refused(harbour, pair, who, changed, code):
    harbour.put(f"/v1/members/{who}", changed)

    refused = propose(harbour)

    assert (refused.status_code, refused.json["code"]) == (409, code)
    assert harbour.get("/v1/matches").json["matches"] == []


def test_a_pair_is_refused_in_the_words_of_the_rule(harbour, pair):
    harbour.put("/v1/members/seeker-1", {**SEEKER, "languages": ["pl"]})

    assert propose(harbour).json["detail"] == "a hard rule keeps the two apart: no language in common"


def test_a_seeker_has_one_proposal_and_a_place_is_promised_once(harbour, pair):
    harbour.put("/v1/members/seeker-2", SEEKER)
    harbour.put("/v1/members/supporter-2", SUPPORTER)
    assert propose(harbour).status_code == 201

    assert propose(harbour, supporter_id="supporter-2").json["code"] == "seeker_has_match"
    assert propose(harbour, seeker_id="seeker-2").json["code"] == "no_place_left"
    assert propose(harbour, "seeker-2", "supporter-2").status_code == 201


def test_a_pair_that_rests_or_is_kept_apart_stays_apart(harbour, pair):
    made = propose(harbour)
    harbour.post(f"{made.headers['Location']}/actions", {"action": "reject", "reason": "not_now"})
    assert propose(harbour).json["code"] == "kept_apart"

    harbour.put("/v1/members/supporter-2", SUPPORTER)
    harbour.call("PUT", "/v1/blocks/seeker-1/supporter-2")
    assert propose(harbour, supporter_id="supporter-2").json["code"] == "kept_apart"


def test_somebody_whose_match_has_ended_is_left_in_peace_and_asked_first(harbour, pair, clock):
    path = f"{propose(harbour).headers['Location']}/actions"
    harbour.post(path, {"action": "approve"})
    for side in ("supporter", "seeker"):
        harbour.post(path, {"action": "accept", "on_behalf_of": side})
    harbour.post(path, {"action": "end", "reason": "supporter_left"})
    harbour.put("/v1/members/supporter-2", SUPPORTER)

    assert propose(harbour, supporter_id="supporter-2").json["code"] == "in_recovery"
    clock.advance(timedelta(days=14))
    assert propose(harbour, supporter_id="supporter-2").json["code"] == "not_looking"
    harbour.put("/v1/members/seeker-1/looking", {"looking": True})
    assert propose(harbour, supporter_id="supporter-2").status_code == 201


def test_nobody_is_proposed_to_themselves_or_to_a_stranger(harbour, outsider, pair):
    same = propose(harbour, supporter_id="seeker-1").json
    assert (same["code"], same["errors"][0]["pointer"]) == ("same_person", "#/supporter_id")
    assert propose(harbour, supporter_id="supporter-9").json["code"] == "member_not_found"
    assert propose(outsider).json["code"] == "member_not_found"
    assert harbour.post("/v1/matches", {"seeker_id": "a/b"}).status_code == 422


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"supporter_id": "supporter-9"}, ["#/supporter_id"]),
        ({"seeker_id": "seeker-9"}, ["#/seeker_id"]),
        ({"seeker_id": "seeker-9", "supporter_id": "supporter-9"}, ["#/seeker_id", "#/supporter_id"]),
    ],
)
def test_whoever_of_the_two_is_not_there_is_named(harbour, pair, wrong, named):
    refused = propose(harbour, **wrong)

    assert (refused.status_code, refused.json["code"]) == (404, "member_not_found")
    said = "there is no member with this id"
    assert refused.json["errors"] == [{"pointer": pointer, "detail": said} for pointer in named]


@pytest.mark.parametrize(("member_id", "side"), [("seeker-1", "seeker"), ("supporter-1", "supporter")])
def test_whoever_of_the_two_takes_a_pause_is_named(harbour, pair, member_id, side):
    harbour.call("PATCH", f"/v1/members/{member_id}", json={"status": "paused"})

    refused = propose(harbour)

    assert (refused.status_code, refused.json["code"]) == (409, "not_taking_part")
    assert refused.json["detail"] == f"the {side} does not take part just now"


def test_the_best_free_supporter_is_proposed_at_once(harbour, pair):
    harbour.put("/v1/members/supporter-0", {**SUPPORTER, "supporter": {"topics": []}})

    made = harbour.post("/v1/members/seeker-1/match")

    assert (made.status_code, made.json["supporter_id"], made.json["state"]) == (201, "supporter-1", "proposed")
    assert made.json["history"][0]["by"]["role"] == "platform"
    assert harbour.post("/v1/members/seeker-1/match").json["code"] == "seeker_has_match"


def test_where_nobody_suits_this_is_said_and_nothing_changes(harbour, pair):
    harbour.put("/v1/members/supporter-1", {**SUPPORTER, "languages": ["pl"]})
    before = harbour.get("/v1/members/seeker-1").json["version"]

    assert harbour.post("/v1/members/seeker-1/match").json["code"] == "nobody_yet"
    assert harbour.get("/v1/members/seeker-1").json["version"] == before
    assert harbour.post("/v1/members/supporter-1/match").json["code"] == "not_a_seeker"
    assert harbour.post("/v1/members/seeker-9/match").status_code == 404


@pytest.mark.parametrize("is_too_large", [True, False])
def test_where_members_must_be_read_first_the_best_one_is_found_in_the_background(
    app, harbour, pair, clock, is_too_large, monkeypatch
):
    kept, is_over = app.extensions["alongside_warm"]._kept, Event()
    kept._most_bytes, kept._patience = (0, 60) if is_too_large else (1 << 30, 0)
    monkeypatch.setattr(cohorts, "read_warm", lambda *_: is_over.wait(60))

    asked = harbour.post("/v1/members/seeker-1/match")
    assert (asked.status_code, asked.data) == (202, b"")
    assert harbour.get(asked.headers["Location"]).json["matches"] == []
    is_over.set()
    next_best.propose_for_all(app.extensions["alongside"], "harbour", now=clock.now())

    assert [match["supporter_id"] for match in harbour.get(asked.headers["Location"]).json["matches"]] == [
        "supporter-1"
    ]


def test_candidates_come_with_reasons_the_best_first(harbour, pair):
    harbour.put("/v1/members/supporter-0", {**SUPPORTER, "supporter": {"topics": [], "capacity": 2}})
    harbour.put("/v1/members/supporter-2", {**SUPPORTER, "languages": ["pl"]})

    told = harbour.get("/v1/members/seeker-1/candidates").json["candidates"]

    assert [each["supporter_id"] for each in told] == ["supporter-1", "supporter-0"]
    assert told[0]["score"] == told[0]["explanation"]["score"] > told[1]["score"]
    assert (told[0]["places_left"], told[1]["places_left"]) == (1, 2)
    assert len(harbour.get("/v1/members/seeker-1/candidates?limit=1").json["candidates"]) == 1
    made = propose(harbour)
    assert made.json["explanation"] == told[0]["explanation"]
    assert [each["supporter_id"] for each in harbour.get("/v1/members/seeker-1/candidates").json["candidates"]] == [
        "supporter-0"
    ]


def test_who_has_no_candidates_is_told_why(app, harbour, outsider, caller_with, pair):
    assert harbour.get("/v1/members/supporter-1/candidates").json["code"] == "not_a_seeker"
    assert outsider.get("/v1/members/seeker-1/candidates").json["code"] == "member_not_found"
    assert harbour.get("/v1/members/seeker-1/candidates?limit=51").status_code == 422
    others = caller_with("harbour", [scope for scope in Scope if scope is not Scope.REVIEW])
    assert others.get("/v1/members/seeker-1/candidates").status_code == 403
    harbour.put("/v1/members/seeker-1", {**SEEKER, "languages": ["pl"]})
    assert harbour.get("/v1/members/seeker-1/candidates").json["candidates"] == []
    app.extensions["alongside_warm"]._kept._most_bytes = 0
    assert harbour.get("/v1/members/seeker-1/candidates").json["code"] == "too_large"


@pytest.mark.parametrize("path", ["/v1/matches", "/v1/members/seeker-1/match"])
def test_only_reviewers_propose(caller_with, pair, path):
    others = caller_with("harbour", [scope for scope in Scope if scope is not Scope.REVIEW])

    assert others.post(path, {}).status_code == 403
