"""API keys over HTTP: told once, rotated with an overlap, revoked at once, and when they were last used."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.records import Scope
from service.usecases.keys import MOST_KEYS
from tests.service.api.conftest import NOW, Caller

NEW = {"name": "our website", "scopes": ["runs", "members:read", "runs"]}


def caller(app, made):
    return Caller(app.test_client(), made.json["key"])


def id_of(a_caller):
    return a_caller.key.split("_")[2]


def test_a_key_is_told_once_and_works_with_its_scopes(app, harbour):
    made = harbour.post("/v1/keys", NEW)

    assert (made.status_code, made.json["scopes"]) == (201, ["members:read", "runs"])
    assert made.json["last_used_at"] is made.json["valid_until"] is None
    read = harbour.get(made.headers["Location"])
    assert read.json == {name: value for name, value in made.json.items() if name != "key"}
    secret = made.json["key"].rsplit("_", 1)[1]
    assert secret not in harbour.get("/v1/keys").get_data(as_text=True)
    assert caller(app, made).get("/v1/members").status_code == 200
    assert caller(app, made).get("/v1/policy").status_code == 403


def test_a_rotated_key_counts_beside_the_new_one_for_a_while(app, harbour, clock):
    old = harbour.post("/v1/keys", NEW)

    new = harbour.post(f"/v1/keys/{old.json['key_id']}/rotate", {"overlap_hours": 48})

    assert (new.status_code, new.json["name"], new.json["scopes"]) == (201, "our website", old.json["scopes"])
    assert harbour.get(old.headers["Location"]).json["valid_until"] == "2026-11-25T09:00:00Z"
    assert [caller(app, made).get("/v1/members").status_code for made in (old, new)] == [200, 200]
    clock.advance(timedelta(hours=48))
    assert [caller(app, made).get("/v1/members").status_code for made in (old, new)] == [401, 200]


def test_a_key_without_overlap_ends_at_once_and_a_week_is_usual(app, harbour):
    first = harbour.post("/v1/keys", NEW)
    second = harbour.post(f"/v1/keys/{first.json['key_id']}/rotate")
    assert harbour.get(first.headers["Location"]).json["valid_until"] == "2026-11-30T09:00:00Z"

    harbour.post(f"/v1/keys/{second.json['key_id']}/rotate", {"overlap_hours": 0})

    assert caller(app, second).get("/v1/members").status_code == 401
    assert harbour.get(second.headers["Location"]).status_code == 404


def test_a_revoked_key_counts_no_longer(app, harbour):
    made = harbour.post("/v1/keys", NEW)

    assert harbour.delete(made.headers["Location"]).status_code == 204
    assert caller(app, made).get("/v1/members").status_code == 401
    assert harbour.delete(made.headers["Location"]).status_code == 404


def test_a_key_counts_until_its_day(app, harbour, clock):
    made = harbour.post("/v1/keys", {**NEW, "valid_until": "2026-11-24T09:00:00Z"})

    assert caller(app, made).get("/v1/members").status_code == 200
    clock.advance(timedelta(days=1))
    assert caller(app, made).get("/v1/members").status_code == 401


def test_nobody_gives_more_than_they_have(app, harbour, caller_with):
    admin = caller_with("harbour", scopes=[Scope.ADMIN, Scope.RUNS])
    stronger = harbour.post("/v1/keys", {"name": "care", "scopes": ["safety"]})

    made = admin.post("/v1/keys", {"name": "x", "scopes": ["runs", "safety"]})
    rotated = admin.post(f"/v1/keys/{stronger.json['key_id']}/rotate")

    for refused in (made, rotated):
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
        assert "safety" in refused.json["detail"]
    assert admin.post("/v1/keys", {"name": "x", "scopes": ["runs"]}).status_code == 201


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"name": ""}, "#/name"),
        ({"scopes": []}, "#/scopes"),
        ({"scopes": ["everything"]}, "#/scopes/0"),
        ({"valid_until": "2026-11-23T09:00:00Z"}, "#/valid_until"),
        ({"valid_until": "2027-01-01"}, "#/valid_until"),
        ({"key": "alk_x"}, "#/key"),
    ],
)
def test_a_key_that_cannot_be_is_refused_by_field(harbour, changed, pointer):
    refused = harbour.post("/v1/keys", {**NEW, **changed})

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert len(harbour.get("/v1/keys").json["keys"]) == 1


def test_the_last_use_is_told_to_the_hour_and_written_once_an_hour(app, harbour, store, clock, monkeypatch):
    commits = []
    commit = store.commit
    monkeypatch.setattr(store, "commit", lambda scope, changes: commits.append(changes) or commit(scope, changes))
    for _ in range(5):
        harbour.get("/v1/factors")
    clock.advance(timedelta(minutes=59))
    harbour.get("/v1/factors")
    assert len(commits) == 1
    assert harbour.get(f"/v1/keys/{id_of(harbour)}").json["last_used_at"] == "2026-11-23T09:00:00Z"

    clock.advance(timedelta(minutes=1))
    harbour.get("/v1/factors")

    assert len(commits) == 2
    assert harbour.get(f"/v1/keys/{id_of(harbour)}").json["last_used_at"] == "2026-11-23T10:00:00Z"


def test_keys_of_others_are_not_there(harbour, outsider):
    theirs = id_of(outsider)

    assert harbour.get(f"/v1/keys/{theirs}").status_code == 404
    assert harbour.post(f"/v1/keys/{theirs}/rotate").status_code == 404
    assert harbour.delete(f"/v1/keys/{theirs}").status_code == 404
    assert outsider.get("/v1/factors").status_code == 200


def test_keys_come_in_pages_and_are_not_without_number(harbour):
    for number in range(MOST_KEYS - 1):
        assert harbour.post("/v1/keys", {**NEW, "name": f"key {number}"}).status_code == 201

    refused = harbour.post("/v1/keys", NEW)
    page = harbour.get("/v1/keys?limit=60")
    rest = harbour.get(page.headers["Link"].split(">")[0].strip("<"))

    assert (refused.status_code, refused.json["code"]) == (409, "too_many_keys")
    ids = [key["key_id"] for key in (*page.json["keys"], *rest.json["keys"])]
    assert (len(ids), ids, rest.json["next"]) == (MOST_KEYS, sorted(set(ids)), None)
    assert NOW.isoformat()[:10] in page.json["keys"][0]["created_at"]
