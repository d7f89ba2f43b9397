"""What cannot be used is refused with the name of the field and what is allowed, and nothing is stored."""

from __future__ import annotations

import json

import pytest

from service.api.body import MAX_BODY_BYTES
from tests.service.api.conftest import SEEKER

WINDOW = {"day": "mon", "start": "18:00", "end": "21:00"}


@pytest.mark.parametrize(
    ("changed", "pointer", "said"),
    [
        ({"favourite_colour": "blue"}, "#/favourite_colour", "is not a known field"),
        ({"timezones": "Europe/London"}, "#/timezones", "did you mean timezone?"),
        ({"version": 3}, "#/version", "is set by the service; leave it out"),
        ({"languages": "en"}, "#/languages", "must be a list"),
        ({"languages": ["en", 7]}, "#/languages/1", "must be text"),
        ({"languages": ["xx"]}, "#/languages/0", "known language"),
        ({"languages": ["klingon"]}, "#/languages/0", "known language"),
        ({"languages": ["eng"]}, "#/languages/0", "known language"),
        ({"languages": []}, "#/languages", "1 to 10 entries"),
        ({"timezone": "Mars/Olympus"}, "#/timezone", "IANA time zone"),
        ({"timezone": "europe/london"}, "#/timezone", "did you mean Europe/London?"),
        ({"availability": [{**WINDOW, "start": "25:00"}]}, "#/availability/0/start", "from 00:00 to 23:59"),
        ({"availability": [WINDOW, {**WINDOW, "end": "24:01"}]}, "#/availability/1/end", "from 00:00 to 24:00"),
        ({"availability": [{**WINDOW, "end": "18:00"}]}, "#/availability/0/end", "must differ from start"),
        ({"availability": [{"day": "mon", "start": "18:00"}]}, "#/availability/0/end", "is missing"),
        ({"availability": [{**WINDOW, "day": "moonday"}]}, "#/availability/0/day", "must be one of: mon"),
        ({"modes": ["pigeon"]}, "#/modes/0", "must be one of: text"),
        ({"age_band": 30}, "#/age_band", "must be one of: 13-15"),
        ({"consent": {"matching": "yes", "given_at": "2026-09-01T10:00:00Z"}}, "#/consent/matching", "true or false"),
        ({"consent": {"matching": True, "given_at": "2026-09-01"}}, "#/consent/given_at", "with an offset"),
        ({"location": {"latitude": 91, "longitude": 0, "radius_km": 1}}, "#/location/latitude", "from -90 to 90"),
        ({"interests": ["Chess Club"]}, "#/interests/0", "a-z"),
        ({"labels": {"site": "north"}}, "#/labels/site", "no label that the policy declares"),
        ({"paused_until": "2026-02-30"}, "#/paused_until", "YYYY-MM-DD"),
        ({"paused_until": "2026-12-24"}, "#/paused_until", "only with status paused"),
        ({"seeker": None}, "#/seeker", "must have seeker, supporter, or both"),
        ({"seeker": {"session_minutes": 20}}, "#/seeker/session_minutes", "must be one of: 15, 30, 45, 60, 90"),
        ({"seeker": {"measures": {"ucla3": [1, 2], "taken_at": "2026-09-01"}}}, "#/seeker/measures/ucla3", "three"),
        ({"supporter": {"capacity": -1}}, "#/supporter/capacity", "from 0 to 100"),
        ({"supporter": {"capacity": "2"}}, "#/supporter/capacity", "whole number"),
    ],
)
def test_a_bad_field_is_named_with_what_is_allowed_and_nothing_is_stored(harbour, changed, pointer, said):
    refused = harbour.put("/v1/members/m-1", {**SEEKER, **changed})

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_input")
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert said in refused.json["errors"][0]["detail"]
    assert harbour.get("/v1/members/m-1").status_code == 404


def test_all_bad_fields_are_named_at_once(harbour):
    refused = harbour.put("/v1/members/a+b", {"languages": ["xx"], "timezone": 1, "seeker": {}, "labels": {"a": 1}})

    assert {error["pointer"] for error in refused.json["errors"]} == {
        "#/member_id",
        "#/languages/0",
        "#/timezone",
        "#/modes",
        "#/age_band",
        "#/consent",
        "#/labels/a",
    }


@pytest.mark.parametrize("body", [None, [], "text", 3, True])
def test_a_body_that_is_no_object_is_refused_as_a_whole(harbour, body):
    refused = harbour.call(
        "PUT", "/v1/members/m-1", data=json.dumps(body), headers={"Content-Type": "application/json"}
    )

    assert refused.status_code == 422
    assert refused.json["errors"] == [{"pointer": "#", "detail": "must be an object"}]


@pytest.mark.parametrize("member_id", ["a b", "a+b", "é", "x" * 129, "<script>", "%00", "a%25b"])
def test_an_odd_id_is_refused_on_put_and_unknown_elsewhere(harbour, member_id):
    refused = harbour.put(f"/v1/members/{member_id}", SEEKER)

    assert refused.status_code == 422
    assert refused.json["errors"] == [{"pointer": "#/member_id", "detail": "must be 1 to 128 of A-Z a-z 0-9 . _ : -"}]
    assert harbour.get(f"/v1/members/{member_id}").status_code == 404
    assert harbour.delete(f"/v1/members/{member_id}").status_code == 404
    assert harbour.get("/v1/members").json["members"] == []


def test_an_id_with_a_slash_is_no_address(harbour):
    refused = harbour.put("/v1/members/a%2Fb", SEEKER)

    assert (refused.status_code, refused.json["code"]) == (404, "not_found")
    assert "no slash" in refused.json["detail"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"languages": ["en"', "line 1, column 20"),
        (b"", "line 1, column 1"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'{"a": NaN}', "NaN and Infinity are not JSON"),
        (b'{"a": 1, "a": 2}', "a name comes twice"),
        (b'{"a": "\\ud800"}', "half a character"),
        (b'{"a": "\xff"}', "not UTF-8"),
        ('{"a": "é"}'.encode("utf-16"), "not UTF-8"),
        ('{"a": 1}'.encode("utf-8-sig"), "byte order mark"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
        (b"[" * 100 + b"]" * 100, "nests deeper"),
        (b"[" * 100_000 + b"]" * 100_000, "nests deeper than 32"),
    ],
)
def test_a_body_that_is_not_json_is_refused_with_the_place(harbour, text, said):
    refused = harbour.call("PUT", "/v1/members/m-1", data=text, headers={"Content-Type": "application/json"})

    assert (refused.status_code, refused.json["code"]) == (400, "invalid_json")
    assert said in refused.json["detail"]
    assert harbour.get("/v1/members/m-1").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_a_body_of_another_type_is_refused(harbour, headers):
    refused = harbour.call("PUT", "/v1/members/m-1", data=json.dumps(SEEKER), headers=headers)

    assert (refused.status_code, refused.json["code"]) == (415, "unsupported_media_type")
    assert harbour.get("/v1/members/m-1").status_code == 404


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/json; charset=utf-8"])
def test_a_body_over_the_limit_is_refused_whatever_its_type(harbour, content_type):
    body = b'{"a": "' + b"x" * MAX_BODY_BYTES + b'"}'

    refused = harbour.call("PUT", "/v1/members/m-1", data=body, headers={"Content-Type": content_type})

    assert (refused.status_code, refused.json["code"]) == (413, "body_too_large")
    assert "1,048,576 bytes" in refused.json["detail"]


def test_a_json_type_with_a_suffix_is_taken(harbour):
    created = harbour.call(
        "PUT", "/v1/members/m-1", data=json.dumps(SEEKER), headers={"Content-Type": "application/merge-patch+json"}
    )

    assert created.status_code == 201


@pytest.mark.parametrize("body", [{"seeker_id": "m-1"}, {"seeker_id": "m-1", "supporter_id": None}])
def test_plain_fields_speak_as_all_others_do(harbour, body):
    refused = harbour.post("/v1/matches", body)

    told = "must not be null" if "supporter_id" in body else "is missing"
    assert refused.json["errors"] == [{"pointer": "#/supporter_id", "detail": told}]


def test_an_answer_names_a_hundred_bad_fields_at_most_in_an_order_that_stays(harbour):
    refused = harbour.put("/v1/members/m-1", {**SEEKER, **{f"colour_{number:04}": 1 for number in range(5000)}})

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [f"#/colour_{number:04}" for number in range(100)]
    assert "the first 100" in refused.json["detail"]
