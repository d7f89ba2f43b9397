"""A store that is full, read-only or gone: the service says so, loses nothing, and goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.storage import open_store
from tests.reliability import people
from tests.reliability.calls import Answer, Client
from tests.reliability.deployment import Deployment, deployed
from tests.reliability.invariants import broken
from tests.reliability.ledger import Ledger
from tests.reliability.outages import may_mount, mounted
from tests.reliability.processes import wait_until

needs_mount = pytest.mark.skipif(not may_mount(), reason="only root may mount a small disk for the test")


@contextmanager
def harbour(folder: Path, store_name: str = "sqlite") -> Iterator[tuple[Deployment, Client, Ledger]]:
    """Give an installation with some members, and afterwards see that nothing was lost."""
    ledger = Ledger()
    with deployed(folder, store_name) as (deployment, key), Client(deployment.port, key, ledger) as client:
        for number in range(20):
            assert write(client, ledger, number, note=1).is_good

        yield deployment, client, ledger

        wait_until(lambda: write(client, ledger, 0, note=1000).is_good, what="a write is taken again")
        wait_until(lambda: client.call("GET", "/readyz").status == 200, what="the service is ready again")
        store = open_store(deployment.store.url)
        assert broken(store, ledger) == []
        store.close()


def write(client: Client, ledger: Ledger, number: int, *, note: int) -> Answer:
    member_id, profile = people.seeker(number, note=note)
    answer = client.call("PUT", f"/v1/members/{member_id}", profile)
    if answer.is_good:
        ledger.saved(member_id, note, answer.body["version"])
    elif not answer.is_refused:
        ledger.maybe_saved(member_id, note)
    return answer


def assert_told(client: Client, ledger: Ledger, words: str) -> None:
    """See that writes are refused with when to come back, and that `/readyz` says what is wrong."""
    refused = [write(client, ledger, number, note=2) for number in range(10)]

    assert {answer.status for answer in refused} == {503}
    assert all(int(dict(answer.headers)["Retry-After"]) >= 1 for answer in refused)
    ready = client.call("GET", "/readyz")
    assert ready.status == 503
    assert words in ready.body["detail"]


@needs_mount
def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path):
    with mounted(tmp_path / "data", megabytes=16) as disk, harbour(tmp_path) as (_, client, ledger):
        disk.fill()
        use_up_the_room_inside(client, ledger)

        assert_told(client, ledger, "disk is full")

        disk.empty()


@needs_mount
def test_a_read_only_disk_is_told_and_nothing_is_lost(tmp_path):
    with mounted(tmp_path / "data", megabytes=16) as disk, harbour(tmp_path) as (deployment, client, ledger):
        # The kernel makes a disk read-only while nobody writes to it: so it comes back after a restart.
        deployment.server.kill()
        deployment.worker.kill()
        disk.make_read_only()
        deployment.server.start()
        deployment.worker.start()
        wait_until(lambda: client.call("GET", "/livez").is_good, what="the server answers")

        assert_told(client, ledger, "read-only")

        disk.make_writable()


def test_a_store_that_vanishes_is_told_and_taken_up_again_when_it_is_back(tmp_path):
    with harbour(tmp_path) as (_, client, ledger):
        here, away = tmp_path / "data", tmp_path / "moved-away"
        here.rename(away)

        assert_told(client, ledger, "missing")

        away.rename(here)


@pytest.mark.redis
def test_a_redis_server_that_is_gone_is_told_and_taken_up_again_when_it_is_back(tmp_path):
    with harbour(tmp_path, "redis") as (deployment, client, ledger):
        deployment.store.program.kill()

        assert_told(client, ledger, "Redis")

        deployment.store.start()


@pytest.mark.redis
def test_a_service_that_starts_before_its_redis_server_waits_for_it(tmp_path):
    with harbour(tmp_path, "redis") as (deployment, client, ledger):
        for program in (deployment.server, deployment.worker, deployment.store.program):
            program.kill()
        deployment.server.start()
        deployment.worker.start()
        wait_until(lambda: client.call("GET", "/livez").is_good, what="the server answers")

        assert_told(client, ledger, "Redis")

        deployment.store.start()


def use_up_the_room_inside(client: Client, ledger: Ledger) -> None:
    """Write until the room that the database file still has inside is used up: then only the disk could give more."""
    notes = iter(range(3, 4000))
    wait_until(
        lambda: write(client, ledger, 1, note=next(notes)).status == 503, what="a write is refused on a full disk"
    )
