"""A POST with an Idempotency-Key: sent twice it is done once, and both times answered alike."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from service.errors import StoreUnavailable
from service.records import Scope
from service.records.kept_answer import BUSY_FOR, KeptAnswer
from service.usecases.once import forget_answers
from tests.service.api.conftest import SEEKER, Caller
from tests.service.api.test_access import routes

KEY = {"Idempotency-Key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"'}
PAIR = {"seeker_id": "seeker-1", "supporter_id": "supporter-1"}


def told(answer):
    """Give what must be the same of two answers."""
    kept = ("Content-Type", "Location", "ETag")
    return answer.status_code, answer.get_data(), {name: answer.headers.get(name) for name in kept}


def test_the_same_call_gives_the_first_answer_again_and_changes_nothing(harbour, pair):
    first = harbour.post("/v1/matches", PAIR, headers=KEY)
    harbour.post(first.headers["Location"] + "/actions", {"action": "approve"})

    again = harbour.post("/v1/matches", dict(reversed(PAIR.items())), headers=KEY)

    assert first.status_code == 201
    assert told(again) == told(first)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert len(harbour.get("/v1/matches").json["matches"]) == 1


def test_without_a_key_a_call_is_a_call(harbour):
    assert harbour.post("/v1/members/m-1/hold", {"cause": "crisis"}).status_code == 404
    harbour.put("/v1/members/m-1", SEEKER)
    for _ in range(2):
        assert harbour.post("/v1/members/m-1/hold", {"cause": "crisis"}).status_code == 201
    assert len(harbour.get("/v1/holds").json["holds"]) == 2


@pytest.mark.parametrize("bare", [KEY["Idempotency-Key"].strip('"'), "order-1", "a" * 255])
def test_a_key_without_quotes_is_the_same_key(harbour, pair, bare):
    first = harbour.post("/v1/matches", PAIR, headers={"Idempotency-Key": f'"{bare}"'})

    assert told(harbour.post("/v1/matches", PAIR, headers={"Idempotency-Key": bare})) == told(first)


@pytest.mark.parametrize("bad", ["", '""', '"', 'a"b', "a b", "é", "x" * 256, '"' + "x" * 256 + '"', '"a\tb"'])
def test_what_is_no_key_is_refused(harbour, pair, bad):
    refused = harbour.post("/v1/matches", PAIR, headers={"Idempotency-Key": bad})

    assert (refused.status_code, refused.json["code"]) == (400, "invalid_idempotency_key")
    assert harbour.get("/v1/matches").json["matches"] == []


def test_another_call_with_the_key_is_refused(harbour, pair):
    harbour.post("/v1/members/seeker-1/hold", {"cause": "crisis"}, headers=KEY)

    other_body = harbour.post("/v1/members/seeker-1/hold", {"cause": "coordinator"}, headers=KEY)
    other_path = harbour.post("/v1/members/supporter-1/hold", {"cause": "crisis"}, headers=KEY)

    for refused in (other_body, other_path):
        assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_reused")
    assert len(harbour.get("/v1/holds").json["holds"]) == 1
    # Keys are counted by route: another one may use the same.
    assert harbour.post("/v1/runs", {}, headers=KEY).status_code == 202


def test_a_refused_call_may_be_sent_again_with_its_key(harbour, pair):
    missing = harbour.post("/v1/matches", {**PAIR, "seeker_id": "m-9"}, headers=KEY)
    invalid = harbour.post("/v1/matches", {}, headers=KEY)

    assert (missing.status_code, invalid.status_code) == (404, 422)
    assert harbour.post("/v1/matches", PAIR, headers=KEY).status_code == 201


def test_another_platform_has_keys_of_its_own(harbour, outsider):
    first = harbour.post("/v1/runs", {}, headers=KEY)

    theirs = outsider.post("/v1/runs", {}, headers=KEY)

    assert theirs.status_code == 202
    assert theirs.json["run_id"] != first.json["run_id"]


def test_who_may_not_make_the_call_does_not_read_its_answer(harbour, caller_with, pair):
    approved = harbour.post("/v1/matches", PAIR)
    path, body = approved.headers["Location"] + "/actions", {"action": "approve"}
    assert harbour.post(path, body, headers=KEY).status_code == 200

    without = caller_with("harbour", scopes=[Scope.MATCHES_READ]).post(path, body, headers=KEY)
    with_others = caller_with("harbour", scopes=[Scope.MATCHES_RESPOND]).post(path, body, headers=KEY)
    after_rotation = caller_with("harbour").post(path, body, headers=KEY)

    assert (without.status_code, with_others.status_code) == (403, 422)
    assert "match_id" not in with_others.json
    assert after_rotation.headers["Idempotent-Replayed"] == "true"


def test_a_secret_is_told_once(harbour, store):
    body = {"name": "site", "scopes": ["runs"]}
    first = harbour.post("/v1/keys", body, headers=KEY)

    again = harbour.post("/v1/keys", body, headers=KEY)

    assert again.json == {**first.json, "key": None}
    secret = first.json["key"].rsplit("_", 1)[1]
    kept = [stored.body for stored in store.each("harbour", KeptAnswer.KIND)]
    assert kept
    assert secret not in json.dumps(kept)


def test_a_key_is_forgotten_after_a_day(harbour, store, clock):
    first = harbour.post("/v1/members/x/hold", {"cause": "crisis"}, headers=KEY)
    assert first.status_code == 404
    harbour.put("/v1/members/m-1", SEEKER)
    harbour.post("/v1/members/m-1/hold", {"cause": "crisis"}, headers=KEY)

    clock.advance(timedelta(hours=23))
    assert forget_answers(store, "harbour", now=clock.now()) > clock.now()
    harbour.post("/v1/members/m-1/hold", {"cause": "crisis"}, headers=KEY)
    assert len(harbour.get("/v1/holds").json["holds"]) == 1
    clock.advance(timedelta(hours=1))
    assert harbour.post("/v1/members/m-1/hold", {"cause": "coordinator"}, headers=KEY).status_code == 201
    clock.advance(timedelta(hours=24))
    assert forget_answers(store, "harbour", now=clock.now()) is None
    assert list(store.each("harbour", KeptAnswer.KIND)) == []


def test_while_it_is_being_answered_the_same_call_waits(app, harbour, store, pair, monkeypatch, clock):
    """The second call comes in while the first is at its commit."""
    seen = []
    commit = store.commit

    def slowly(scope, changes):
        if any(put.kind == "match" for put in changes.puts) and not seen:
            seen.append(None)
            other = Caller(app.test_client(), harbour.key)
            with ThreadPoolExecutor(1) as thread:
                seen[0] = thread.submit(other.post, "/v1/matches", PAIR, headers=KEY).result()
        return commit(scope, changes)

    monkeypatch.setattr(store, "commit", slowly)
    first = harbour.post("/v1/matches", PAIR, headers=KEY)

    (second,) = seen
    assert (second.status_code, second.json["code"]) == (409, "call_under_way")
    assert int(second.headers["Retry-After"]) >= 1
    assert first.status_code == 201
    assert told(harbour.post("/v1/matches", PAIR, headers=KEY)) == told(first)


def test_effect_and_answer_are_one_commit(harbour, store, pair, monkeypatch):
    """The process dies right after its commit: nobody heard the answer, and yet it is there."""
    commit = store.commit

    def die_after(scope, changes):
        done = commit(scope, changes)
        if any(put.kind == "match" for put in changes.puts):
            raise StoreUnavailable("as if the process had died")
        return done

    monkeypatch.setattr(store, "commit", die_after)
    assert harbour.post("/v1/matches", PAIR, headers=KEY).status_code == 503
    monkeypatch.undo()

    again = harbour.post("/v1/matches", PAIR, headers=KEY)

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.status_code == 201
    assert [match["match_id"] for match in harbour.get("/v1/matches").json["matches"]] == [again.json["match_id"]]


def test_a_call_that_dies_before_its_commit_may_be_sent_again(harbour, store, pair, monkeypatch, clock):
    commit = store.commit

    def die_before(scope, changes):
        if any(put.kind in ("match", KeptAnswer.KIND) and put.expected_version != 0 for put in changes.puts) or any(
            delete.kind == KeptAnswer.KIND for delete in changes.deletes
        ):
            raise StoreUnavailable("as if the process had died")
        return commit(scope, changes)

    monkeypatch.setattr(store, "commit", die_before)
    assert harbour.post("/v1/matches", PAIR, headers=KEY).status_code == 503
    monkeypatch.undo()

    assert harbour.post("/v1/matches", PAIR, headers=KEY).status_code == 409
    clock.advance(BUSY_FOR)
    assert harbour.post("/v1/matches", PAIR, headers=KEY).status_code == 201


def test_every_post_takes_a_key_and_says_so(app, document):
    posts = [(path, endpoint) for method, path, endpoint in routes(app) if method == "POST"]

    assert len(posts) >= 13
    # An import sent again changes nothing by itself, and is read as a stream.
    for path, entry in document["paths"].items():
        if "post" in entry and path != "/v1/imports":
            named = [parameter["name"] for parameter in entry["post"]["parameters"]]
            assert "Idempotency-Key" in named, path


def test_bulk_actions_of_several_commits_are_done_once(harbour, pair, store, monkeypatch):
    match = harbour.post("/v1/matches", PAIR).json
    body = {"action": "reject", "reason": "poor_fit", "match_ids": [match["match_id"], "match_nobody"]}

    first = harbour.post("/v1/matches/bulk-actions", body, headers=KEY)

    assert told(harbour.post("/v1/matches/bulk-actions", body, headers=KEY)) == told(first)


def test_several_commits_that_die_half_way_are_not_done_again(harbour, pair, store, monkeypatch, clock):
    harbour.put("/v1/members/seeker-2", SEEKER)
    harbour.put("/v1/members/supporter-2", {**SEEKER, "seeker": None, "supporter": {"topics": ["bereavement"]}})
    matches = [
        harbour.post("/v1/matches", {"seeker_id": f"seeker-{n}", "supporter_id": f"supporter-{n}"}).json["match_id"]
        for n in (1, 2)
    ]
    body = {"action": "reject", "reason": "poor_fit", "match_ids": matches}
    commit, done = store.commit, []

    def die_after_the_first(scope, changes):
        if done:
            raise StoreUnavailable("as if the process had died")
        committed = commit(scope, changes)
        if any(put.kind == "match" for put in changes.puts):
            done.append(changes)
        return committed

    monkeypatch.setattr(store, "commit", die_after_the_first)
    harbour.post("/v1/matches/bulk-actions", body, headers=KEY)
    monkeypatch.undo()
    assert harbour.post("/v1/matches/bulk-actions", body, headers=KEY).status_code == 409
    clock.advance(BUSY_FOR)

    again = harbour.post("/v1/matches/bulk-actions", body, headers=KEY)

    assert (again.status_code, again.json["code"]) == (409, "answer_lost")
    states = {match["match_id"]: match["state"] for match in harbour.get("/v1/matches").json["matches"]}
    assert states == {matches[0]: "rejected", matches[1]: "proposed"}
