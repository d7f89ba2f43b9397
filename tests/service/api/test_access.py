"""Who may call what: every route, with no key, a wrong one, one without the scope, and one of another platform."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.records import Scope
from service.usecases import keys
from tests.service.api.conftest import NOW, Caller

OPEN = {"health.get_livez", "health.get_readyz", "home"}
"""Endpoints that answer anybody; the console has a sign-in of its own, and its own test."""


def routes(app):
    """Give (method, path, endpoint) of every route of the API, with ids filled in."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN or rule.endpoint.startswith("console."):
            continue
        path = rule.rule
        for argument in rule.arguments:
            path = path.replace(f"<{argument}>", f"some-{argument}")
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            yield method, path, rule.endpoint


def test_every_route_needs_a_key(app, stranger):
    checked = 0
    for method, path, _ in routes(app):
        refused = stranger.call(method, path, json={})

        assert (method, path, refused.status_code) == (method, path, 401)
        assert refused.json["code"] == "unauthorized"
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        checked += 1
    assert checked >= 14


def test_every_route_refuses_a_wrong_key(app, harbour):
    wrong = Caller(app.test_client(), harbour.key[:-4] + "0000")
    for method, path, _ in routes(app):
        assert (method, path, wrong.call(method, path, json={}).status_code) == (method, path, 401)


def test_every_route_but_the_lists_of_factors_and_rules_needs_a_scope(app, caller_with):
    powerless = caller_with("harbour", scopes=())
    for method, path, endpoint in routes(app):
        expected = 200 if endpoint in {"policy.list_factors", "policy.list_rules"} else 403

        assert (method, path, powerless.call(method, path, json={}).status_code) == (method, path, expected)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/members", Scope.MEMBERS_READ),
        ("GET", "/v1/members/m-1", Scope.MEMBERS_READ),
        ("PUT", "/v1/members/m-1", Scope.MEMBERS_WRITE),
        ("DELETE", "/v1/members/m-1", Scope.MEMBERS_WRITE),
        ("GET", "/v1/runs", Scope.RUNS),
        ("POST", "/v1/runs", Scope.RUNS),
        ("GET", "/v1/runs/r-1", Scope.RUNS),
        ("GET", "/v1/matches", Scope.MATCHES_READ),
        ("GET", "/v1/matches/x-1", Scope.MATCHES_READ),
        ("GET", "/v1/policy", Scope.POLICY),
        ("PUT", "/v1/policy", Scope.POLICY),
        ("GET", "/v1/audit", Scope.ADMIN),
        ("GET", "/v1/erasures/erasure_1", Scope.MEMBERS_WRITE),
    ],
)
def test_a_call_takes_its_own_scope_and_no_other(caller_with, method, path, scope):
    without = caller_with("harbour", scopes=[other for other in Scope if other is not scope])
    alone = caller_with("harbour", scopes=[scope])

    refused = without.call(method, path, json={})

    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert scope.value in refused.json["detail"]
    assert alone.call(method, path, json={}).status_code not in (401, 403)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x", "Bearer alk_harbour_1_2_3", "Bearer \xff", "alk_x"]
)
def test_a_header_that_is_no_key_is_refused_alike(stranger, harbour, header):
    assert stranger.get("/v1/members", headers={"Authorization": header}).status_code == 401


def test_a_key_in_the_address_is_no_key(stranger, harbour):
    assert stranger.get(f"/v1/factors?key={harbour.key}").status_code == 401


def test_a_key_counts_until_it_is_revoked_or_out_of_date(app, store, harbour, clock):
    key_id = harbour.key.split("_")[2]
    _, new = keys.rotate_key(store, "harbour", key_id=key_id, now=NOW, overlap=timedelta(hours=1))

    assert harbour.get("/v1/factors").status_code == 200
    clock.advance(timedelta(hours=2))
    assert harbour.get("/v1/factors").status_code == 401
    assert Caller(app.test_client(), new).get("/v1/factors").status_code == 200
    keys.revoke_key(store, "harbour", key_id=new.split("_")[2])
    assert Caller(app.test_client(), new).get("/v1/factors").status_code == 401
