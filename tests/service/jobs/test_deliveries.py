"""Workers that deliver to real receivers: killed half-way, beside receivers that never answer, many at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from service.backups.moving import finish_restore, restore_backup, write_backup
from service.clock import SystemClock
from service.records.codec import read_as
from service.records.delivery import Delivery, DeliveryState
from service.records.job import Job
from service.records.webhook import Webhook
from service.secret_keys import load_secret_keys
from service.settings import Settings
from service.storage import open_store
from service.usecases.members import put_member
from service.usecases.platforms import create_platform
from service.usecases.queueing import enqueue
from service.usecases.standby import go_live
from service.usecases.webhooks.managing import Wanted, ask_for_verification, create_webhook
from service.usecases.webhooks.messages import Signer
from service.usecases.webhooks.waking import have_delivered, have_verified
from service.usecases.work import Work
from tests.service.storage.engines import ENGINES, PROCESS_ENGINES
from tests.service.usecases.cast import seeker
from tests.service.webhooks.receiver import LOOPBACK, receiving, wait_until, welcoming

P = "harbour"


@pytest.fixture(params=PROCESS_ENGINES)
def url(request, tmp_path):
    return ENGINES[request.param](tmp_path)


@pytest.fixture
def on_file(tmp_path):
    return ENGINES["sqlite"](tmp_path)


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """Give the environment of a worker on a store."""

    def of(url):
        own = {
            "ALONGSIDE_STORE": url,
            "ALONGSIDE_SECRET_KEY_FILE": str(tmp_path / "secret.key"),
            "ALONGSIDE_WEBHOOK_HTTP": "true",
            "ALONGSIDE_WEBHOOK_NETWORKS": "127.0.0.0/8",
        }
        (tmp_path / "secret.key").write_text("k1:" + "a" * 64, encoding="utf-8")
        for name, value in own.items():
            monkeypatch.setenv(name, value)
        return {**os.environ, **own}

    return of


@contextmanager
def worker(environment, *arguments):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.service.jobs.deliverers", *arguments],
        env=environment,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def opened(url, *platforms):
    store = open_store(url)
    for platform_id in platforms:
        create_platform(store, platform_id=platform_id, name=platform_id, now=SystemClock().now())
    try:
        yield store
    finally:
        store.close()


def make_webhook(store, url, *, platform_id=P):
    """A webhook that waits for its challenge."""
    now = SystemClock().now()
    signer = Signer(load_secret_keys(Settings.from_environment()), platform_id)
    wanted = Wanted(url, "", ("member.created",))
    view, _ = create_webhook(store, platform_id, wanted=wanted, reach=LOOPBACK, signer=signer, now=now)
    ask_for_verification(store, platform_id, webhook_id=view.webhook.webhook_id, now=now)
    return view.webhook.webhook_id


def is_active(store, webhook_id, *, platform_id=P):
    return read_as(Webhook, store.get(platform_id, Webhook.KIND, webhook_id)).is_active


def happen(store, count, *, platform_id=P, name="m"):
    for number in range(count):
        put_member(store, platform_id, profile=seeker(f"{name}-{number}"), now=SystemClock().now())


def delivered(store, *, platform_id=P):
    found = (read_as(Delivery, stored) for stored in store.each(platform_id, Delivery.KIND))
    return sum(delivery.state is DeliveryState.DELIVERED for delivery in found)


def test_what_was_on_its_way_when_its_worker_was_killed_arrives_again_under_the_same_id(url, environment):
    let_go = threading.Event()

    def holding(handler, received):
        if received.document["type"] != "endpoint.verification":
            let_go.wait(60)
        welcoming(handler, received)

    own = environment(url)
    with receiving(holding) as receiver, opened(url, P) as store:
        with worker(own, "short_leases") as dying:
            webhook_id = make_webhook(store, receiver.url)
            wait_until(lambda: is_active(store, webhook_id), said="not verified")
            happen(store, 1)
            wait_until(lambda: receiver.events, said="nothing was sent")
            dying.send_signal(signal.SIGKILL)
            dying.wait()
        let_go.set()
        assert delivered(store) == 0
        with worker(own, "short_leases"):
            wait_until(lambda: delivered(store) == 1, said="it did not arrive")

    assert len(receiver.events) >= 2
    assert len({each.message_id for each in receiver.events}) == 1
    assert len({each.body for each in receiver.events}) == 1


def test_what_was_answered_before_its_worker_died_is_sent_again_and_then_noted(url, environment):
    own = environment(url)
    with receiving() as receiver, opened(url, P) as store:
        with worker(own, "short_leases"):
            webhook_id = make_webhook(store, receiver.url)
            wait_until(lambda: is_active(store, webhook_id), said="not verified")
        happen(store, 3)
        with worker(own, "short_leases", "before_saving") as dying:
            assert dying.wait(60) == -signal.SIGKILL
        first = [each.message_id for each in receiver.events]
        assert delivered(store) == 0
        with worker(own, "short_leases"):
            wait_until(lambda: delivered(store) == 3, said="they did not arrive")

    assert sorted(first) == sorted(set(first))
    assert {each.message_id for each in receiver.events} == set(first)
    assert len(receiver.events) >= 6


def test_workers_killed_again_and_again_lose_no_message(on_file, environment):
    own = environment(on_file)
    with receiving() as receiver, opened(on_file, P) as store:
        with worker(own, "short_leases"):
            webhook_id = make_webhook(store, receiver.url)
            wait_until(lambda: is_active(store, webhook_id), said="not verified")
        for number in range(4):
            with worker(own, "short_leases") as dying:
                enough = len(receiver.events) + 5
                happen(store, 25, name=f"m{number}")
                wait_until(lambda enough=enough: len(receiver.events) >= enough, said="nothing arrives")
                dying.send_signal(signal.SIGKILL)
        with worker(own, "short_leases"):
            wait_until(lambda: delivered(store) == 100, said="not all have arrived")

    told = {each.document["data"]["member_id"] for each in receiver.events}
    assert len(told) == 100
    assert len({each.message_id for each in receiver.events}) == 100


def test_two_workers_at_once_send_each_message_once(on_file, environment):
    own = environment(on_file)
    with receiving() as receiver, opened(on_file, P) as store, worker(own), worker(own):
        webhook_id = make_webhook(store, receiver.url)
        wait_until(lambda: is_active(store, webhook_id), said="not verified")
        happen(store, 60)
        wait_until(lambda: delivered(store) == 60, said="not all have arrived")

    assert len(receiver.events) == 60


def test_receivers_that_never_answer_hold_up_no_other_platform(on_file, environment):
    slow = [f"slow-{number}" for number in range(6)]
    let_go = threading.Event()

    def silent(handler, received):
        if received.document["type"] != "endpoint.verification":
            let_go.wait(150)
        welcoming(handler, received)

    own = environment(on_file)
    with receiving(silent) as dead, receiving() as well, opened(on_file, P, *slow) as store, worker(own, "patient"):
        webhook_id = make_webhook(store, well.url)
        others = {each: make_webhook(store, dead.url, platform_id=each) for each in slow}
        wait_until(lambda: is_active(store, webhook_id), said="not verified")
        for platform_id, other in others.items():
            wait_until(lambda p=platform_id, w=other: is_active(store, w, platform_id=p), said="not verified")
            happen(store, 5, platform_id=platform_id)
        wait_until(lambda: len(dead.events) >= len(slow), said="nobody is waited for")
        happen(store, 20)
        # Nobody gives the silent ones up within the time that is waited here: held up by them, it would fail.
        wait_until(lambda: delivered(store) == 20, said="held up")
        waiting = dead.at_once
        let_go.set()

    assert waiting >= len(slow)


def test_a_receiver_that_never_answers_holds_up_no_other_of_its_platform(on_file, environment):
    let_go = threading.Event()

    def silent(handler, received):
        if received.document["type"] != "endpoint.verification":
            let_go.wait(150)
        welcoming(handler, received)

    own = environment(on_file)
    with receiving(silent) as dead, receiving() as well, opened(on_file, P) as store, worker(own, "patient"):
        webhooks = [make_webhook(store, each.url) for each in (dead, dead, well)]
        for webhook_id in webhooks:
            wait_until(lambda w=webhook_id: is_active(store, w), said="not verified")
        happen(store, 1, name="first")
        wait_until(lambda: len(dead.events) >= 2, said="nobody is waited for")
        happen(store, 20)
        # As above.
        wait_until(lambda: len(well.events) >= 21, said="held up")
        let_go.set()

    assert dead.most_at_once <= 8


def test_a_restored_store_calls_nobody_before_it_is_said_to_be_in_use(on_file, environment, tmp_path):
    own = environment(on_file)
    copied = f"sqlite:///{tmp_path}/copy/alongside.sqlite3"
    with receiving() as receiver, opened(on_file, P) as store, opened(copied) as copy:
        # Its leases are short: what it has in hand when it is killed is soon somebody else's, in the copy, too.
        with worker(own, "short_leases"):
            webhook_id = make_webhook(store, receiver.url)
            wait_until(lambda: is_active(store, webhook_id), said="not verified")
        happen(store, 1)
        now = SystemClock().now()
        write_backup(store, tmp_path / "a.backup", key=None, now=now)
        keys = load_secret_keys(Settings.from_environment())
        restore_backup(copy, tmp_path / "a.backup", keys, is_replacing=False)
        finish_restore(copy, (), now=SystemClock().now)
        # Jobs of both kinds, due now, as a backup may hold them.
        deed = Work(copy, P, SystemClock().now())
        have_delivered(deed, webhook_id)
        have_verified(deed, webhook_id)
        enqueue(copy, P, deed.changes(), now=deed.now)
        asked = len(receiver.received)
        jobs = [stored.record_id for stored in copy.each(P, Job.KIND) if webhook_id in stored.record_id]
        first = {each: copy.get(P, Job.KIND, each).version for each in jobs}

        with worker({**own, "ALONGSIDE_STORE": copied}, "short_leases", "short_standby"):
            # Each was taken and given back twice at least.
            wait_until(
                lambda: all(copy.get(P, Job.KIND, each).version >= first[each] + 4 for each in jobs),
                said="the jobs are not looked at",
            )
            assert (len(jobs), len(receiver.received)) == (2, asked)
            assert go_live(copy)
            wait_until(lambda: delivered(copy) == 1, said="what waited was not told")

    assert len(receiver.events) == 1
