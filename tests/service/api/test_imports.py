"""Imports over HTTP: what comes in, what is refused at once, and how one follows it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from service.records import Scope
from service.records.import_ import Import
from service.records.member import Member
from service.storage.store import Fence
from service.usecases.importing.storing import Storing, store_lines
from tests.service.api.conftest import NOW, SEEKER, SUPPORTER
from tests.service.usecases.importing.mappings import MAPPING as SHORT

NDJSON = "application/x-ndjson"
MAPPING = {**SHORT, "fields": {**SHORT["fields"], "age_band": {"constant": "25-34"}}}
CSV = "Name,Member,Languages\nRobin,m-1,en\nKim,m-2,xx-bad-language-tag-that-is-none\n"


def with_field(path, source):
    return {**MAPPING, "fields": {**MAPPING["fields"], path: source}}


def without_field(path):
    return {**MAPPING, "fields": {name: source for name, source in MAPPING["fields"].items() if name != path}}


def lines(**members):
    return "\n".join(json.dumps({"member_id": name, **profile}) for name, profile in members.items())


def send(caller, body, content_type=NDJSON, query="", **kwargs):
    return caller.call("POST", f"/v1/imports{query}", data=body, content_type=content_type, **kwargs)


def worked_off(store, import_id):
    lease = store.acquire_lease("harbour", "x", owner="w", ttl=timedelta(minutes=5), now=NOW)
    storing = Storing(store, "harbour", Fence(lease.name, lease.token), lambda: NOW, lambda: False)
    assert store_lines(storing, import_id=import_id)
    store.release_lease(lease)


def test_lines_are_kept_and_then_stored(harbour, store):
    asked = send(harbour, lines(a=SEEKER, b=SUPPORTER) + "\n{}\n")
    assert (asked.status_code, asked.json["state"], asked.json["lines"]) == (202, "queued", 3)
    assert asked.headers["Location"] == f"/v1/imports/{asked.json['import_id']}"
    assert harbour.get("/v1/members").json["members"] == []

    worked_off(store, asked.json["import_id"])

    done = harbour.get(asked.headers["Location"]).json
    assert (done["state"], done["created"], done["refused"], done["lines_done"]) == ("done", 2, 1, 3)
    assert done["requested_by"].startswith("key:")
    told = harbour.get(asked.headers["Location"] + "/errors").json
    assert told["errors"][0]["line"] == 3
    assert told["next"] is None
    assert [each["member_id"] for each in harbour.get("/v1/members").json["members"]] == ["a", "b"]
    assert harbour.get("/v1/imports").json["imports"] == [done]


def test_a_spreadsheet_comes_in_by_a_mapping(harbour, store):
    made = harbour.put("/v1/mappings/sign_up", MAPPING)
    assert (made.status_code, made.json["document"]) == (201, MAPPING)
    assert harbour.put("/v1/mappings/sign_up", MAPPING).status_code == 200
    assert harbour.get("/v1/mappings").json["mappings"] == [made.json]

    asked = send(harbour, CSV, "text/csv; charset=utf-8", "?mapping=sign_up")
    worked_off(store, asked.json["import_id"])

    done = harbour.get(asked.headers["Location"]).json
    assert (asked.status_code, done["created"], done["refused"]) == (202, 1, 1)
    assert harbour.get(asked.headers["Location"] + "/errors").json["errors"][0]["column"] == "Languages"
    assert harbour.delete("/v1/mappings/sign_up").status_code == 204
    assert harbour.get("/v1/mappings/sign_up").json["code"] == "mapping_not_found"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (("{}", "application/json"), 415, "unsupported_media_type"),
        ((CSV, "text/csv"), 422, "invalid_input"),
        ((CSV, "text/csv", "?mapping=nowhere"), 404, "mapping_not_found"),
        (("{}", NDJSON, "?mapping=sign_up"), 422, "invalid_input"),
        ((CSV, "text/csv; charset=windows-1252", "?mapping=sign_up"), 415, "unsupported_media_type"),
        ((CSV, NDJSON), 422, "invalid_sheet"),
        ((b"\xff\xfe{", NDJSON), 422, "invalid_sheet"),
        (("{}", NDJSON, "?maping=x"), 422, "invalid_input"),
    ],
)
def test_what_cannot_be_read_as_a_whole_is_refused_at_once(harbour, store, sent, status, code):
    refused = send(harbour, *sent)

    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert store.count("harbour", Import.KIND) == 0


def test_a_body_too_large_or_encoded_is_refused(harbour, monkeypatch):
    monkeypatch.setattr("service.api.uploads.MAX_UPLOAD_BYTES", 100)

    assert send(harbour, "x" * 101).status_code == 413
    assert send(harbour, b"x", headers={"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({**MAPPING, "id": None}, "#/id"),
        ({**MAPPING, "recognise_by": ["Name"]}, "#/recognise_by"),
        ({**MAPPING, "fields": {"language": {"constant": "en"}}}, "#/fields/language"),
        ([], "#"),
        ({**MAPPING, "rows": ["seekers"]}, "#/rows"),
        (with_field("labels.site", {"column": "Site"}), "#/fields/labels.site"),
        (with_field("modes", {"constant": ["telepathy"]}), "#/fields/modes/constant"),
        (with_field("consent.matching", {"constant": "yes"}), "#/fields/consent.matching/constant"),
        (with_field("languages", {"column": "Languages"}), "#/fields/languages/split"),
        (with_field("pace", {"column": "Pace", "table": {"now and then": "sometimes"}}), "#/fields/pace/table"),
        (with_field("pace", {"column": "Pace", "when_empty": "never"}), "#/fields/pace/when_empty"),
        (with_field("pace", {"column": "Pace", "as": []}), "#/fields/pace/as"),
        (with_field("location.latitude", {"column": "Lat", "as": "decimal"}), "#/fields/location.longitude"),
        (without_field("consent.given_at"), "#/fields/consent.given_at"),
        (without_field("timezone"), "#/fields/timezone"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_by_its_key(harbour, document, pointer):
    refused = harbour.put("/v1/mappings/sign_up", document)

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_mapping")
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert harbour.get("/v1/mappings/sign_up").status_code == 404


def test_a_mapping_may_name_a_label_that_the_policy_declares(harbour):
    labels = [{"name": "site", "type": "string", "allowed": ["north", "south"]}]
    harbour.put("/v1/policy", {"labels": labels}, headers={"If-Match": "*"})
    north = {"column": "Site", "table": {"N": "north"}, "otherwise": None}

    taken = harbour.put("/v1/mappings/sign_up", with_field("labels.site", north))
    refused = harbour.put("/v1/mappings/other", with_field("labels.site", {"constant": "east"}))

    assert taken.status_code == 201
    assert refused.json["errors"] == [
        {"pointer": "#/fields/labels.site/constant", "detail": "must be one of: north, south"}
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"status": {"column": "State", "table": {"away": "paused"}}, "paused_until": {"column": "Back", "as": "date"}},
        {"interests": {"column": "Likes", "split": ";", "table": {"chess club": ["chess", "clubs"], "none": None}}},
        {"interests": {"column": "Likes", "table": {"outdoors": ["walking", "gardening"]}, "otherwise": []}},
    ],
)
def test_what_only_a_cell_can_get_wrong_is_not_held_against_a_mapping(harbour, more):
    fields = {**MAPPING["fields"], **more}

    assert harbour.put("/v1/mappings/sign_up", {**MAPPING, "fields": fields}).status_code == 201


def test_an_import_is_cancelled_once(harbour, store):
    asked = send(harbour, lines(a=SEEKER))

    cancelled = harbour.delete(asked.headers["Location"])
    worked_off(store, asked.json["import_id"])

    assert (cancelled.status_code, cancelled.json["state"], cancelled.json["finished_at"]) == (202, "cancelled", None)
    assert harbour.get(asked.headers["Location"]).json["finished_at"] is not None
    assert harbour.delete(asked.headers["Location"]).json["code"] == "import_not_open"
    assert store.count("harbour", Member.KIND) == 0


def test_another_platforms_import_and_mapping_are_not_found(harbour, outsider):
    here = send(harbour, lines(a=SEEKER)).headers["Location"]
    harbour.put("/v1/mappings/sign_up", MAPPING)

    for method, path in [("GET", here), ("DELETE", here), ("GET", f"{here}/errors")]:
        assert outsider.call(method, path).json["code"] == "import_not_found"
    assert outsider.get("/v1/imports").json["imports"] == []
    assert outsider.get("/v1/mappings/sign_up").json["code"] == "mapping_not_found"
    assert send(outsider, CSV, "text/csv", "?mapping=sign_up").json["code"] == "mapping_not_found"


def test_only_those_who_may_write_members_import(caller_with):
    others = caller_with("harbour", [scope for scope in Scope if scope is not Scope.MEMBERS_WRITE])

    assert send(others, lines(a=SEEKER)).status_code == 403
