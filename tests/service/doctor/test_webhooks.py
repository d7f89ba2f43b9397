"""What the doctor finds in webhooks: told nothing any more, nothing arriving, given up, told late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from service.clock import FixedClock
from service.doctor.look import Look
from service.doctor.webhooks import webhooks
from service.records.codec import put_of
from service.records.delivery import Delivery, DeliveryState
from service.records.webhook import WebhookState
from service.settings import Settings
from service.storage import open_store
from service.storage.operated import State
from service.storage.store import Changes
from service.usecases.platforms import create_platform
from tests.service.usecases.cast import NOW, OTHER, P
from tests.service.usecases.webhooks.posts import made, progress_of, something_happens, verified, webhook_as_it_is


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    for platform_id in (P, OTHER):
        create_platform(opened, platform_id=platform_id, name=platform_id, now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def clock():
    return FixedClock(NOW)


@pytest.fixture
def look(store, tmp_path):
    settings = Settings(store="", is_embedded=True, secret_key_file=tmp_path / "k", may_make_secret_key=True)
    return lambda **later: Look(settings, store, NOW + timedelta(**later), (OTHER, P))


def change(store, record, **fields):
    store.commit(P, Changes(puts=(put_of(replace(record, **fields)),)))


def one(findings):
    (finding,) = findings
    assert bool(finding.advice) == (finding.state is not State.OK)
    return finding


def test_nobody_has_any(look):
    assert one(webhooks(look())).says == "no platform has any"


def test_all_is_well(store, clock, look):
    verified(store, clock, types=("member.created",))

    assert one(webhooks(look(days=1))).says == "1 webhook; 0 deliveries to be tried again"


def test_one_that_is_disabled_is_told_with_how_to_go_on(store, clock, look):
    webhook = verified(store, clock)
    change(store, webhook_as_it_is(store, webhook), state=WebhookState.DISABLED, disabled_because="gone")

    found = one(webhooks(look(days=1)))

    assert (found.state, "gone" in found.says, P in found.says) == (State.WARNING, True, True)
    assert f"alongside webhooks resume {webhook.webhook_id} --platform {P}" in found.advice


def test_one_where_nothing_arrives_is_told_after_half_an_hour(store, clock, look):
    webhook = verified(store, clock)
    change(store, progress_of(store, webhook), failures=3, failing_since=NOW, last_failure="no_tls")

    assert one(webhooks(look(minutes=30))).state is State.OK
    found = one(webhooks(look(hours=2)))
    assert (found.state, "2 hours" in found.says, "no_tls" in found.says) == (State.WARNING, True, True)


def test_what_was_given_up_is_told_with_how_to_try_it_anew(store, clock, look):
    webhook = verified(store, clock, types=("member.created",))
    dead = [Delivery(webhook.webhook_id, number, "evt", "x", DeliveryState.DEAD, NOW, None) for number in (1, 2)]
    store.commit(P, Changes(puts=tuple(put_of(each) for each in dead)))

    found = one(webhooks(look()))

    assert found.says == f"2 deliveries given up after three days ({P})"
    assert "alongside webhooks replay" in found.advice


def test_one_that_is_told_late_is_told(store, clock, look):
    verified(store, clock, types=("member.created",))
    made(store, clock)
    something_happens(store, clock)

    assert one(webhooks(look(minutes=10))).state is State.OK
    found = one(webhooks(look(hours=3)))
    assert (found.state, "3 hours" in found.says) == (State.WARNING, True)
