"""`alongside webhooks`: made, listed, paused and deleted by hand, and what was given up tried anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.records.codec import put_of, read_as
from service.records.delivery import Delivery, DeliveryState
from service.records.job import Job
from service.records.webhook import Webhook, WebhookState
from service.storage import open_store
from service.storage.store import Changes

NOW = datetime.now(UTC)
URL = "https://example.org/hook"
OF_HARBOUR = ("--platform", "harbour")


@pytest.fixture
def store(cli, harbour, tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/data/alongside.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def webhook(cli, store):
    assert cli("webhooks", "create", URL, *OF_HARBOUR, "--name", "site", "--type", "match.offered").code == 0
    return one_of(cli)["webhook_id"]


def one_of(cli):
    (found,) = cli("webhooks", "list", *OF_HARBOUR, "--json").document
    return found


def set_state(store, webhook_id, state):
    found = read_as(Webhook, store.get("harbour", Webhook.KIND, webhook_id))
    store.commit("harbour", Changes(puts=(put_of(replace(found, state=state)),)))


def keep_dead(store, webhook_id, count):
    dead = [
        Delivery(webhook_id, number + 1, f"evt_{number}", "match.offered", DeliveryState.DEAD, NOW, None, 20, NOW)
        for number in range(count)
    ]
    store.commit("harbour", Changes(puts=tuple(put_of(replace(each, failure="too_slow")) for each in dead)))


def test_a_secret_is_printed_alone_and_once(cli, harbour):
    made = cli("webhooks", "create", URL, *OF_HARBOUR)

    assert made.code == 0
    assert made.out.startswith("whsec_")
    assert made.out.count("\n") == 1
    assert "verify" in made.err
    assert made.out.strip() not in cli("webhooks", "list", *OF_HARBOUR).out


@pytest.mark.parametrize(
    "arguments", [("http://example.org/",), ("https://10.0.0.1/",), (URL, "--type", "member.promoted")]
)
def test_what_cannot_be_used_is_refused(cli, harbour, arguments):
    refused = cli("webhooks", "create", *arguments, *OF_HARBOUR)

    assert (refused.code, refused.out) == (65, "")
    assert cli("webhooks", "list", *OF_HARBOUR).out == "No webhook.\n"


def test_a_webhook_is_listed_with_how_it_does(cli, webhook):
    listed = cli("webhooks", "list", *OF_HARBOUR)

    assert webhook in listed.out
    assert "unverified" in listed.out
    assert one_of(cli)["state"] == "unverified"


def test_a_webhook_is_sent_its_challenge_by_a_worker(cli, store, webhook):
    assert cli("webhooks", "verify", webhook, *OF_HARBOUR).code == 0

    job = read_as(Job, store.get("harbour", Job.KIND, f"job_verify_{webhook}"))
    assert (job.task, job.subject) == ("verify_webhook", webhook)


def test_a_webhook_is_paused_resumed_rotated_and_deleted(cli, store, webhook):
    set_state(store, webhook, WebhookState.ACTIVE)

    assert cli("webhooks", "pause", webhook, *OF_HARBOUR).code == 0
    assert one_of(cli)["state"] == "paused"
    assert cli("webhooks", "resume", webhook, *OF_HARBOUR, "--skip-missed").code == 0
    assert one_of(cli)["state"] == "active"
    assert cli("webhooks", "rotate", webhook, *OF_HARBOUR, "--overlap-hours", 1).out.startswith("whsec_")
    assert cli("webhooks", "delete", webhook, *OF_HARBOUR).code == 0
    assert cli("webhooks", "list", *OF_HARBOUR).out == "No webhook.\n"


def test_everything_that_was_given_up_is_tried_anew(cli, store, webhook):
    keep_dead(store, webhook, 450)
    listed = cli("webhooks", "deliveries", webhook, *OF_HARBOUR, "--state", "dead", "--limit", 1)

    replayed = cli("webhooks", "replay", webhook, *OF_HARBOUR)

    assert "too_slow" in listed.out
    assert replayed.out == "Tried anew: 450.\n"
    waiting = [read_as(Delivery, stored) for stored in store.each("harbour", Delivery.KIND)]
    assert {(each.state, each.attempts) for each in waiting} == {(DeliveryState.WAITING, 0)}
    assert max(each.due_at for each in waiting) < datetime.now(UTC) + timedelta(minutes=5)
    assert cli("webhooks", "replay", webhook, *OF_HARBOUR).out == "Tried anew: 0.\n"


def test_one_delivery_is_tried_anew(cli, store, webhook):
    keep_dead(store, webhook, 2)
    first = cli("webhooks", "deliveries", webhook, *OF_HARBOUR, "--json").document[0]["delivery_id"]

    assert cli("webhooks", "replay", webhook, *OF_HARBOUR, "--delivery", first).code == 0

    states = [each["state"] for each in cli("webhooks", "deliveries", webhook, *OF_HARBOUR, "--json").document]
    assert sorted(states) == ["dead", "waiting"]


@pytest.mark.parametrize(
    "arguments",
    [("verify", "webhook_0"), ("pause", "webhook_0"), ("deliveries", "webhook_0"), ("replay", "webhook_0")],
)
def test_an_unknown_webhook_is_bad_input(cli, harbour, arguments):
    assert cli("webhooks", *arguments, *OF_HARBOUR).code == 65


def test_an_unknown_platform_is_bad_input(cli, harbour):
    assert cli("webhooks", "create", URL, "--platform", "nowhere").code == 65
    assert cli("webhooks", "list", "--platform", "nowhere").code == 65
