"""Every acknowledged write of the served API comes after an fsync, and a server without fsync is found out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from service.storage import open_store
from service.storage.store import Changes, Put
from tests.reliability import people
from tests.reliability.calls import Client
from tests.reliability.deployment import GUNICORN, deployed
from tests.reliability.ledger import Ledger
from tests.reliability.processes import children
from tests.reliability.stores import RedisAlone, RedisWithoutFsync
from tests.reliability.syncing import OF_REDIS, OF_SQLITE_BEHIND_HTTP, Tracer, Verdict, calls_in, judge

WRITES = 40
WITHOUT_FSYNC = (
    "-c",
    "import service.storage.sqlite.connections as c;"
    "c._SETUP = tuple(each.replace('FULL', 'OFF') for each in c._SETUP);"
    "from gunicorn.app.wsgiapp import run; run()",
)

TWO_THREADS = """\
11 recvfrom(7<TCP:[127.0.0.1:80->127.0.0.1:9]>, "PUT /v1/members/a HTTP/1.1"..., 8192, 0, NULL, NULL) = 400
12 recvfrom(8<TCP:[127.0.0.1:80->127.0.0.1:8]>, "PUT /v1/members/b HTTP/1.1"..., 8192, 0, NULL, NULL) = 400
11 fdatasync(5</data/a.sqlite3-wal> <unfinished ...>
12 sendto(8<TCP:[127.0.0.1:80->127.0.0.1:8]>, "HTTP/1.1 201 CREATED"..., 900, 0, NULL, 0) = 900
11 <... fdatasync resumed>) = 0
11 sendto(7<TCP:[127.0.0.1:80->127.0.0.1:9]>, "HTTP/1.1 201 CREATED"..., 900, 0, NULL, 0) = 900
"""


def test_an_answer_before_the_end_of_its_own_fsync_is_too_early():
    assert judge(calls_in(TWO_THREADS.splitlines()), OF_SQLITE_BEHIND_HTTP) == Verdict(acknowledged=2, too_early=1)


def test_a_call_that_others_interrupt_is_told_as_begun_and_as_done():
    syncs = [call for call in calls_in(TWO_THREADS.splitlines()) if call.name == "fdatasync"]

    assert [(call.fd, call.file, call.is_done) for call in syncs] == [
        (5, "/data/a.sqlite3-wal", False),
        (5, "/data/a.sqlite3-wal", True),
    ]


@pytest.mark.strace
def test_the_served_api_acknowledges_after_the_fsync(tmp_path):
    verdict = _of_the_api(tmp_path)

    assert verdict == Verdict(acknowledged=WRITES, too_early=0)


@pytest.mark.strace
def test_a_server_without_fsync_is_found_out(tmp_path):
    verdict = _of_the_api(tmp_path, gunicorn=WITHOUT_FSYNC)

    assert verdict == Verdict(acknowledged=WRITES, too_early=WRITES)


@pytest.mark.strace
@pytest.mark.redis
def test_redis_acknowledges_after_the_fsync(tmp_path):
    verdict = _of_redis(RedisAlone(tmp_path), tmp_path)

    assert verdict == Verdict(acknowledged=WRITES, too_early=0)


@pytest.mark.strace
@pytest.mark.redis
def test_redis_without_fsync_is_found_out(tmp_path):
    verdict = _of_redis(RedisWithoutFsync(tmp_path), tmp_path)

    assert verdict == Verdict(acknowledged=WRITES, too_early=WRITES)


def _of_the_api(folder: Path, *, gunicorn: Sequence[str] = GUNICORN) -> Verdict:
    with (
        deployed(folder, "sqlite", gunicorn=gunicorn) as (deployment, key),
        Client(deployment.port, key, Ledger()) as client,
    ):
        tracer = Tracer(children(deployment.server.pid), folder / "calls")
        with tracer:
            for note in range(WRITES):
                member_id, profile = people.seeker(1, note=note)
                assert client.call("PUT", f"/v1/members/{member_id}", profile).is_good
    return judge(tracer.calls(), OF_SQLITE_BEHIND_HTTP)


def _of_redis(server: RedisAlone, folder: Path) -> Verdict:
    server.start()
    store = open_store(server.url)
    try:
        # The scripts are there already: what follows are commits and nothing else.
        store.commit("harbour", Changes(puts=(Put("member", "m-0", {}),)))
        tracer = Tracer([server.program.pid], folder / "calls")
        with tracer:
            for number in range(WRITES):
                store.commit("harbour", Changes(puts=(Put("member", "m-1", {"n": number}),)))
    finally:
        store.close()
        server.stop()
    return judge(tracer.calls(), OF_REDIS)
