"""Holds, concerns and blocks over HTTP."""

from __future__ import annotations

import pytest

from service.records import Scope


def test_a_crisis_holds_somebody_and_safeguarding_releases_them(harbour, pair):
    seeker_id, _ = pair

    held = harbour.post(f"/v1/members/{seeker_id}/hold", {"cause": "crisis"})
    listed = harbour.get("/v1/holds").json["holds"]
    seen = harbour.post(f"/v1/holds/{held.json['hold_id']}/seen")
    released = harbour.post(f"/v1/members/{seeker_id}/release")

    assert (held.status_code, held.json["escalates_at"]) == (201, "2026-11-23T10:00:00Z")
    assert [each["member_id"] for each in listed] == [seeker_id]
    assert (seen.json["seen_at"], seen.json["escalates_at"]) == ("2026-11-23T09:00:00Z", None)
    assert released.json == {"member_id": seeker_id, "on_hold": False}
    assert harbour.get("/v1/holds").json["holds"] == []
    assert harbour.post(f"/v1/members/{seeker_id}/release").json["code"] == "not_held"


def test_a_concern_is_kept_without_a_story(harbour, pair):
    seeker_id, supporter_id = pair
    told = {"about_id": supporter_id, "reporter_id": seeker_id, "category": "boundaries", "severity": "low"}

    kept = harbour.post("/v1/concerns", {**told, "case_number": "2026-117"})

    assert kept.status_code == 201
    assert harbour.get("/v1/concerns").json["concerns"] == [kept.json]
    assert harbour.get("/v1/holds").json["holds"][0]["concern_id"] == kept.json["concern_id"]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"story": "what happened"}, "#/story"),
        ({"case_number": "what happened to me"}, "#/case_number"),
        ({"category": "gossip"}, "#/category"),
        ({"about_id": "a/b"}, "#/about_id"),
    ],
)
def test_a_concern_takes_closed_words_only(harbour, pair, changed, pointer):
    told = {"about_id": pair[1], "category": "other", "severity": "low", **changed}

    refused = harbour.post("/v1/concerns", told)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_a_block_is_put_and_taken_back_by_either_order(harbour, pair):
    seeker_id, supporter_id = pair

    put = harbour.call("PUT", f"/v1/blocks/{supporter_id}/{seeker_id}")
    taken_back = harbour.delete(f"/v1/blocks/{seeker_id}/{supporter_id}")

    assert put.json == {"first_id": seeker_id, "second_id": supporter_id, "since": "2026-11-23T09:00:00Z"}
    assert taken_back.status_code == 204
    assert harbour.delete(f"/v1/blocks/{seeker_id}/{supporter_id}").json["code"] == "block_not_found"
    assert harbour.call("PUT", f"/v1/blocks/{seeker_id}/{seeker_id}").json["code"] == "same_person"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/concerns", None),
        ("GET", "/v1/holds", None),
        ("POST", "/v1/concerns", {}),
        ("POST", "/v1/members/seeker-1/hold", {"cause": "crisis"}),
        ("POST", "/v1/members/seeker-1/release", None),
        ("POST", "/v1/holds/hold_1/seen", None),
    ],
)
def test_only_safeguarding_reads_concerns_and_releases(caller_with, pair, method, path, body):
    everything_else = [scope for scope in Scope if scope is not Scope.SAFETY]

    assert caller_with("harbour", scopes=everything_else).call(method, path, json=body).status_code == 403


def test_an_outsider_holds_blocks_and_sees_nobody(harbour, outsider, pair):
    seeker_id, supporter_id = pair
    harbour.post(f"/v1/members/{seeker_id}/hold", {"cause": "coordinator"})
    harbour.post("/v1/concerns", {"about_id": supporter_id, "category": "other", "severity": "low"})

    assert outsider.get("/v1/holds").json["holds"] == []
    assert outsider.get("/v1/concerns").json["concerns"] == []
    assert outsider.post(f"/v1/members/{seeker_id}/hold", {"cause": "crisis"}).status_code == 404
    assert outsider.post(f"/v1/members/{seeker_id}/release").status_code == 404
    assert outsider.call("PUT", f"/v1/blocks/{seeker_id}/{supporter_id}").status_code == 404
