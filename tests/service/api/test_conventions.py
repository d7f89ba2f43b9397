"""What every call keeps to: HEAD as GET, OPTIONS, compression, and problems wherever an error comes from."""

from __future__ import annotations

import gzip
import json

import pytest

from service.api.waiting import MOST_SECONDS, patience
from tests.service.api.conftest import SEEKER
from tests.service.api.test_access import routes

TAKES_GZIP = {"Accept-Encoding": "gzip"}


def many_interests():
    return {**SEEKER, "interests": [f"interest-number-{number}" for number in range(50)]}


def test_head_is_get_without_its_body(app, harbour, pair):
    harbour.post("/v1/runs", {})
    checked = 0
    paths = [path for method, path, _ in routes(app) if method == "GET"]
    for path in (each.replace("some-member_id", "seeker-1") for each in paths):
        got, head = harbour.get(path), harbour.call("HEAD", path)

        assert (head.status_code, head.get_data()) == (got.status_code, b""), path
        for name in ("Content-Type", "Content-Length", "ETag", "Link"):
            assert head.headers.get(name) == got.headers.get(name), (path, name)
        checked += 1
    assert checked >= 20


def test_options_tells_the_methods_without_a_key_and_nothing_else(app, stranger):
    by_path = {}
    for method, path, _ in routes(app):
        by_path.setdefault(path, set()).add(method)
    for path, methods in by_path.items():
        told = stranger.call("OPTIONS", path)

        allowed = methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
        assert (told.status_code, told.get_data()) == (200, b""), path
        # An address may also be that of a record with such an id.
        assert allowed <= set(told.allow), path
        assert ("Accept-Patch" in told.headers) == ("PATCH" in methods), path


def test_a_long_answer_is_compressed_for_who_takes_it(harbour):
    harbour.put("/v1/members/m-1", many_interests())
    plain = harbour.get("/v1/members/m-1")

    compressed = harbour.get("/v1/members/m-1", headers=TAKES_GZIP)

    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.vary
    assert "Accept-Encoding" in compressed.vary
    assert json.loads(gzip.decompress(compressed.get_data())) == plain.json
    assert len(compressed.get_data()) == int(compressed.headers["Content-Length"]) < len(plain.get_data()) / 2
    assert compressed.headers["Content-Type"] == plain.headers["Content-Type"]


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", ""])
def test_nobody_is_given_gzip_who_does_not_take_it(harbour, accepted):
    harbour.put("/v1/members/m-1", many_interests())

    assert "Content-Encoding" not in harbour.get("/v1/members/m-1", headers={"Accept-Encoding": accepted}).headers


def test_a_short_answer_is_not_compressed(harbour):
    assert "Content-Encoding" not in harbour.get("/v1/runs", headers=TAKES_GZIP).headers


def test_the_tag_of_a_compressed_answer_names_the_version_too(harbour):
    harbour.put("/v1/members/m-1", many_interests())
    tag = harbour.get("/v1/members/m-1", headers=TAKES_GZIP).headers["ETag"]

    unchanged = harbour.get("/v1/members/m-1", headers={**TAKES_GZIP, "If-None-Match": tag})
    replaced = harbour.put("/v1/members/m-1", SEEKER, headers={"If-Match": tag})
    stale = harbour.put("/v1/members/m-1", many_interests(), headers={"If-Match": tag})

    assert tag == 'W/"v1"'
    assert (unchanged.status_code, unchanged.get_data()) == (304, b"")
    assert (replaced.status_code, stale.status_code) == (200, 412)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/", 404),
        ("GET", "/v1/nothing", 404),
        ("POST", "/livez", 405),
        ("PUT", "/v1/members", 405),
        ("TRACE", "/v1/members", 405),
        ("BREW", "/v1/members", 405),
        ("GET", "/v1/members/m-1", 401),
    ],
)
def test_every_error_is_a_problem_in_the_same_form(stranger, method, path, status):
    refused = stranger.call(method, path)

    assert (refused.status_code, refused.content_type) == (status, "application/problem+json")
    assert refused.json["status"] == status
    assert set(refused.json) >= {"type", "title", "status", "code", "detail", "request_id"}
    assert (status != 405) or refused.headers["Allow"]


def test_a_fault_of_ours_is_a_problem_that_tells_nothing(app, harbour, monkeypatch):
    monkeypatch.setattr("service.usecases.members.show_member", lambda *_, **__: 1 / 0)

    refused = harbour.get("/v1/members/anna")

    assert (refused.status_code, refused.json["code"]) == (500, "internal_error")
    assert "anna" not in refused.get_data(as_text=True)
    assert "division" not in refused.get_data(as_text=True)


def test_no_call_passes_over_a_query_that_it_does_not_take(app, harbour, pair):
    for method, path, _ in routes(app):
        refused = harbour.call(method, f"{path}?dry_run=true", json={})

        assert refused.status_code == (422 if path.startswith("/v1") else 200), (method, path, refused.json)
        if path.startswith("/v1"):
            assert "dry_run" in [each.get("parameter") for each in refused.json["errors"]], (method, path)
    assert harbour.get("/v1/runs").json["runs"] == []


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=5", 5),
        ('wait="5"', 5),
        ("WAIT = 5", 5),
        ("respond-async, wait=5", 5),
        ("handling=strict; wait=5", 5),
        ("wait=999999", MOST_SECONDS),
        ("wait=0", None),
        ("wait=-1", None),
        ("wait=soon", None),
        ("await=5", None),
        ("wait", None),
    ],
)
def test_how_long_a_caller_would_wait_is_read_as_it_may_be_written(app, prefer, seconds):
    with app.test_request_context(headers={"Prefer": prefer}):
        assert patience() == seconds


def test_a_read_may_name_the_version_it_is_for(harbour):
    harbour.put("/v1/members/m-1", SEEKER)
    tag = harbour.get("/v1/members/m-1").headers["ETag"]

    assert harbour.get("/v1/members/m-1", headers={"If-Match": tag}).status_code == 200
    assert harbour.get("/v1/members/m-1", headers={"If-Match": '"v9"'}).status_code == 412
    assert harbour.get("/v1/members/m-1", headers={"If-None-Match": tag}).status_code == 304
