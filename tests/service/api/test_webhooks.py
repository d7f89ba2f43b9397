"""Webhooks over HTTP, with a worker and a real receiver behind them."""

from __future__ import annotations

import pytest
import yaml
from standardwebhooks import Webhook as Verifier

from service.api.document import openapi_yaml
from service.jobs.worker import Worker
from service.records import Scope
from service.secret_keys import load_secret_keys
from tests.service.api.conftest import SEEKER
from tests.service.webhooks.receiver import LOOPBACK, answering, receiving, welcoming

URL = "https://example.org/hook"
CHOSEN = {"url": URL, "name": "our website", "types": ["member.created", "member.updated"]}


@pytest.fixture
def worker(store, clock, settings, monkeypatch):
    """Do everything that is due now."""
    monkeypatch.setenv("ALONGSIDE_STORE", settings.store)
    monkeypatch.setenv("ALONGSIDE_SECRET_KEY_FILE", str(settings.secret_key_file))
    monkeypatch.setenv("ALONGSIDE_WEBHOOK_HTTP", "true")
    monkeypatch.setenv("ALONGSIDE_WEBHOOK_NETWORKS", "127.0.0.0/8")
    load_secret_keys(settings)

    def work():
        Worker(store, clock, start_child=lambda *_: None).run_once()

    return work


@pytest.fixture
def inside(app):
    """An app that may call receivers on this machine."""
    app.extensions["alongside_webhook_reach"] = LOOPBACK


def made(caller, **changes):
    answer = caller.post("/v1/webhooks", {**CHOSEN, **changes})
    assert answer.status_code == 201, answer.json
    return answer.json


def test_a_webhook_is_made_with_a_secret_that_is_shown_once(harbour):
    answer = harbour.post("/v1/webhooks", CHOSEN)

    webhook = answer.json
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/webhooks/{webhook['webhook_id']}"
    assert answer.headers["ETag"] == '"v1"'
    assert webhook["secret"].startswith("whsec_")
    assert (webhook["url"], webhook["name"], webhook["types"], webhook["state"]) == (
        URL,
        "our website",
        ["member.created", "member.updated"],
        "unverified",
    )
    read = harbour.get(answer.headers["Location"])
    assert read.json == {name: value for name, value in webhook.items() if name != "secret"}
    assert harbour.get("/v1/webhooks").json == {"webhooks": [read.json]}
    assert webhook["secret"] not in read.get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "http://example.org/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://user@example.org/"}, "url"),
        ({"url": 7}, "url"),
        ({"url": URL, "types": []}, "types"),
        ({"url": URL, "types": ["member.promoted"]}, "types/0"),
        ({"url": URL, "types": "member.created"}, "types"),
        ({"url": URL, "name": ""}, "name"),
        ({"url": URL, "secret": "whsec_x"}, "secret"),
    ],
)
def test_what_cannot_be_used_is_named(harbour, body, field):
    refused = harbour.post("/v1/webhooks", body)

    assert refused.status_code == 422
    assert field in [error["pointer"].removeprefix("#/") for error in refused.json["errors"]]
    assert harbour.get("/v1/webhooks").json == {"webhooks": []}


def test_from_the_key_to_the_first_message(harbour, inside, worker, clock):
    with receiving() as receiver:
        webhook = made(harbour, url=receiver.url)
        path = f"/v1/webhooks/{webhook['webhook_id']}"
        asked = harbour.post(f"{path}/verify")
        worker()
        assert harbour.get(path).json["state"] == "active"
        harbour.put("/v1/members/m-1", SEEKER)
        worker()

    assert (asked.status_code, asked.headers["Location"]) == (202, path)
    (message,) = receiver.events
    (event,) = [each for each in harbour.get("/v1/events").json["events"] if each["type"] == "member.created"]
    assert message.document == event
    assert message.message_id == event["event_id"]
    assert message.headers["webhook-signature"] == Verifier(webhook["secret"]).sign(
        event["event_id"], clock.now(), message.body.decode()
    )
    (delivery,) = harbour.get(f"{path}/deliveries").json["deliveries"]
    assert (delivery["state"], delivery["event_id"], delivery["status"], delivery["attempts"]) == (
        "delivered",
        event["event_id"],
        200,
        1,
    )
    health = harbour.get(path).json["health"]
    assert (health["waiting"], health["dead"], health["failures"]) == (0, 0, 0)


def test_a_receiver_that_does_not_send_the_challenge_back_is_told_nothing(harbour, inside, worker):
    with receiving(answering(200, b"hello")) as receiver:
        webhook = made(harbour, url=receiver.url)
        path = f"/v1/webhooks/{webhook['webhook_id']}"
        harbour.post(f"{path}/verify")
        worker()
        harbour.put("/v1/members/m-1", SEEKER)
        worker()

    told = harbour.get(path).json
    assert receiver.events == []
    assert (told["state"], told["health"]["last_failure"]) == ("unverified", "no_challenge")
    refused = harbour.post(f"{path}/resume")
    assert (refused.status_code, refused.json["code"]) == (409, "webhook_not_verified")


def test_a_message_that_did_not_arrive_is_listed_with_why_and_replayed(harbour, inside, worker, clock):
    with receiving() as receiver:
        webhook = made(harbour, url=receiver.url)
        path = f"/v1/webhooks/{webhook['webhook_id']}"
        harbour.post(f"{path}/verify")
        worker()
        receiver.behave = answering(500)
        harbour.put("/v1/members/m-1", SEEKER)
        worker()
        (failed,) = harbour.get(f"{path}/deliveries?state=waiting").json["deliveries"]
        receiver.behave = welcoming
        again = harbour.post(f"{path}/deliveries/{failed['delivery_id']}/replay")
        worker()

    assert (failed["failure"], failed["status"]) == ("status", 500)
    assert (again.status_code, again.json["attempts"]) == (202, 0)
    assert [message.message_id for message in receiver.events] == [failed["event_id"]] * 2
    assert harbour.get(f"{path}/deliveries?state=waiting").json == {"deliveries": [], "next": None}
    assert harbour.post(f"{path}/replay").json == {"replayed": 0, "left": 0}


def test_deliveries_come_in_pages_of_the_latest_events_first(harbour, inside, worker):
    with receiving() as receiver:
        webhook = made(harbour, url=receiver.url)
        path = f"/v1/webhooks/{webhook['webhook_id']}"
        harbour.post(f"{path}/verify")
        worker()
        for number in range(5):
            harbour.put(f"/v1/members/m-{number}", SEEKER)
        worker()

    first = harbour.get(f"{path}/deliveries?limit=3&state=delivered")
    second = harbour.get(first.headers["Link"].split(">")[0][1:])

    sequences = [each["sequence"] for each in first.json["deliveries"] + second.json["deliveries"]]
    assert len(sequences) == 5
    assert sequences == sorted(sequences, reverse=True)
    assert second.json["next"] is None


def test_a_webhook_is_changed_paused_resumed_rotated_and_deleted(harbour):
    webhook = made(harbour)
    path = f"/v1/webhooks/{webhook['webhook_id']}"

    changed = harbour.call("PATCH", path, json={"types": None, "name": "other"})
    stale = harbour.call("PATCH", path, json={"name": "third"}, headers={"If-Match": '"v1"'})
    rotated = harbour.post(f"{path}/rotate", {"overlap_hours": 1})
    default = harbour.post(f"{path}/rotate")
    paused = harbour.post(f"{path}/pause")
    deleted = harbour.delete(path)

    assert (changed.json["types"], changed.json["name"], changed.json["url"]) == (None, "other", URL)
    assert changed.headers["ETag"] == '"v2"'
    assert (stale.status_code, stale.json["code"]) == (412, "stale_version")
    assert len({webhook["secret"], rotated.json["secret"], default.json["secret"]}) == 3
    assert [each["valid_until"] is None for each in default.json["secrets"]] == [True, False, False]
    assert (paused.status_code, paused.json["code"]) == (409, "webhook_not_active")
    assert deleted.status_code == 204
    assert harbour.get(path).json["code"] == "webhook_not_found"
    types = [each["type"] for each in harbour.get("/v1/events").json["events"]]
    assert types == [
        "key.created",
        "webhook.created",
        "webhook.changed",
        "webhook.secret_rotated",
        "webhook.secret_rotated",
        "webhook.deleted",
    ]


def test_another_platforms_webhooks_answer_like_none(harbour, outsider):
    webhook = made(harbour)
    path = f"/v1/webhooks/{webhook['webhook_id']}"
    for method, each in (
        ("GET", path),
        ("PATCH", path),
        ("DELETE", path),
        ("POST", f"{path}/verify"),
        ("POST", f"{path}/rotate"),
        ("POST", f"{path}/pause"),
        ("POST", f"{path}/resume"),
        ("POST", f"{path}/replay"),
        ("GET", f"{path}/deliveries"),
        ("POST", f"{path}/deliveries/{webhook['webhook_id']}.000000000001/replay"),
    ):
        theirs = outsider.call(method, each, json={})
        nobodys = outsider.call(method, each.replace(webhook["webhook_id"], "webhook_0"), json={})

        assert (method, each, theirs.status_code) == (method, each, 404)
        assert {**theirs.json, "request_id": ""} == {**nobodys.json, "request_id": ""}
    assert outsider.get("/v1/webhooks").json == {"webhooks": []}
    assert harbour.get(path).json["state"] == "unverified"


def test_a_key_for_events_reads_and_replays_and_one_for_administration_changes(harbour, caller_with):
    webhook = made(harbour)
    path = f"/v1/webhooks/{webhook['webhook_id']}"
    reader = caller_with("harbour", scopes=[Scope.EVENTS])
    administrator = caller_with("harbour", scopes=[Scope.ADMIN])

    assert reader.get(path).status_code == reader.get(f"{path}/deliveries").status_code == 200
    assert reader.post(f"{path}/replay").status_code == 202
    for method, each in (
        ("POST", "/v1/webhooks"),
        ("PATCH", path),
        ("DELETE", path),
        ("POST", f"{path}/verify"),
        ("POST", f"{path}/rotate"),
        ("POST", f"{path}/pause"),
        ("POST", f"{path}/resume"),
    ):
        assert (method, each, reader.call(method, each, json={}).status_code) == (method, each, 403)
    assert administrator.post(f"{path}/rotate").status_code == 200
    assert administrator.get(f"{path}/deliveries").status_code == 403


def test_the_example_of_the_document_works(harbour):
    document = yaml.safe_load(openapi_yaml())
    body = document["paths"]["/v1/webhooks"]["post"]["requestBody"]["content"]["application/json"]["example"]

    assert harbour.post("/v1/webhooks", body).status_code == 201
