"""Problem details: one shape for every error, and a status for every error of the service."""

from __future__ import annotations

import pytest

from service import errors as service_errors
from service.api.errors import CODE_OF, PROBLEM_TYPE, STATUS_OF, TITLE_OF
from service.errors import ServiceError, StoreUnavailable
from tests.service.api.conftest import SEEKER


def test_an_unknown_address_is_a_problem(harbour):
    missing = harbour.get("/v1/nothing")

    assert missing.status_code == 404
    assert missing.content_type == PROBLEM_TYPE
    assert missing.json == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "not_found",
        "detail": missing.json["detail"],
        "request_id": missing.headers["X-Request-ID"],
    }


@pytest.mark.parametrize(
    "path",
    ["/v1//members", "/v1/members//m-1", "//v1//members", "/v1/members/m-1//match", "/v1//", "//v1/members/"],
)
def test_two_slashes_in_a_row_are_a_problem_like_every_other_and_lead_nowhere(harbour, path):
    missing = harbour.get("/", environ_overrides={"PATH_INFO": path})

    assert (missing.status_code, missing.content_type) == (404, PROBLEM_TYPE)
    assert missing.json["code"] == "not_found"
    assert "Location" not in missing.headers


def test_a_method_that_is_not_taken_lists_those_that_are(harbour):
    refused = harbour.call("TRACE", "/v1/members/m-1")

    assert (refused.status_code, refused.json["code"]) == (405, "method_not_allowed")
    assert {"GET", "PUT", "DELETE"} <= set(refused.headers["Allow"].split(", "))


def test_options_answers_with_the_methods(harbour):
    answered = harbour.call("OPTIONS", "/v1/members/m-1")

    assert answered.status_code == 200
    assert {"GET", "HEAD", "PUT", "DELETE"} <= set(answered.headers["Allow"].split(", "))


def test_options_names_no_method_of_another_address_that_the_path_would_fit_too(harbour):
    answered = harbour.call("OPTIONS", "/v1/matches/bulk-actions")

    assert set(answered.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_a_fault_of_ours_tells_nothing_but_the_request_id(app, harbour, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("secret words")

    monkeypatch.setattr("service.usecases.members.show_members", broken)

    failed = harbour.get("/v1/members")

    assert (failed.status_code, failed.json["code"]) == (500, "internal_error")
    assert "secret" not in failed.text
    assert failed.json["request_id"] == failed.headers["X-Request-ID"]


def test_a_store_that_cannot_be_reached_says_when_to_come_back(harbour, monkeypatch):
    def unreachable(*_args, **_kwargs):
        raise StoreUnavailable("the store cannot be read just now", retry_after_seconds=7)

    monkeypatch.setattr("service.usecases.members.show_members", unreachable)

    failed = harbour.get("/v1/members")

    assert (failed.status_code, failed.json["code"]) == (503, "store_unavailable")
    assert failed.headers["Retry-After"] == "7"


def test_a_request_id_of_the_callers_is_kept_and_a_bad_one_replaced(harbour):
    assert harbour.get("/livez", headers={"X-Request-ID": "abcd-1234"}).headers["X-Request-ID"] == "abcd-1234"
    assert "\n" not in harbour.get("/livez", headers={"X-Request-ID": "<b>"}).headers["X-Request-ID"]
    assert harbour.get("/livez", headers={"X-Request-ID": "<b>"}).headers["X-Request-ID"] != "<b>"


def test_every_answer_is_closed_to_other_sites_and_kept_out_of_caches(harbour):
    for answer in (harbour.put("/v1/members/m-1", SEEKER), harbour.get("/v1/members/m-2")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    "error",
    [found for found in vars(service_errors).values() if isinstance(found, type) and issubclass(found, ServiceError)],
)
def test_every_error_of_the_service_has_a_status_with_a_title(error):
    status = next(STATUS_OF[ancestor] for ancestor in error.__mro__ if ancestor in STATUS_OF)

    assert status in TITLE_OF


def test_the_shape_for_too_many_requests_is_ready():
    assert CODE_OF[429][0] == "too_many_requests"
    assert TITLE_OF[429] == "Too Many Requests"


def test_no_answer_of_the_api_depends_on_a_cookie(harbour, stranger):
    for answer in (harbour.get("/v1/members"), stranger.get("/v1/members"), stranger.get("/livez")):
        assert "cookie" not in answer.headers.get("Vary", "").lower()
        assert "Set-Cookie" not in answer.headers
