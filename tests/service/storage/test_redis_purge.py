"""Erasure down to the files of Redis servers."""

import secrets
import time
from datetime import timedelta

import pytest

from service.storage import open_store
from service.storage.operated import State
from service.storage.store import Changes, Delete, NewEvent, Put
from tests.service.storage.making import NOW
from tests.service.storage.servers import RedisServer, WatchedServers

pytestmark = pytest.mark.redis

SOON = timedelta(seconds=30)


def holds(server, text):
    """Whether any file of a server holds a text."""
    return any(text.encode() in file.read_bytes() for file in server.folder.rglob("*") if file.is_file())


def remember_and_erase(store):
    said = secrets.token_hex(12)
    body = {"said": said}
    put = Put("member", "m-1", body, index=(("by", said),), unique=(("k", said),))
    store.commit("harbour", Changes(puts=(put,), events=(NewEvent("e", "x-1", NOW, body, mentions=("m-1",)),)))
    store.commit("harbour", Changes(deletes=(Delete("member", "m-1"),), forget=("m-1",)))
    return said


def test_nothing_deleted_can_be_read_from_the_files_of_a_server_after_a_purge():
    server = RedisServer(save="3600 1", **{"slowlog-log-slower-than": "0"})
    store = open_store(server.url)
    said = remember_and_erase(store)
    server.ask("BGSAVE")
    store.commit("harbour", Changes(puts=(Put("member", "m-2", {"kept": 1}),)))
    assert holds(server, said)
    assert any(said in str(entry) for entry in server.ask("SLOWLOG", "GET", 200))

    assert store.purge(patience=SOON) is True

    assert not holds(server, said)
    assert not any(said in str(entry) for entry in server.ask("SLOWLOG", "GET", 200))
    assert store.get("harbour", "member", "m-2").body == {"kept": 1}
    store.close()
    server.remove()


def test_replicas_are_purged_with_their_primary():
    watched = WatchedServers(sentinels=1)
    store = open_store(watched.url)
    said = remember_and_erase(store)
    deadline = time.monotonic() + 20
    while not all(holds(server, said) for server in watched.servers):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert store.purge(patience=SOON) is True

    assert not any(holds(server, said) for server in watched.servers)
    store.close()
    for server in (*watched.servers, *watched.sentinels):
        server.remove()


def test_a_server_that_cannot_be_asked_is_not_purged():
    server = RedisServer()
    store = open_store(f"{server.url}?timeout=0.5")
    server.kill()

    assert store.purge(patience=timedelta(seconds=1)) is False
    store.close()
    server.remove()


def test_what_is_wrong_with_a_server_is_told_with_what_to_do():
    server = RedisServer(**{"appendfsync": "everysec", "maxmemory": "100mb", "maxmemory-policy": "volatile-lru"})
    store = open_store(server.url)

    found = {finding.name: finding for finding in store.examine()}

    assert (found["durability"].state, found["durability"].advice) == (State.WRONG, "set: appendfsync always")
    assert (found["memory"].state, found["memory"].advice) == (State.WRONG, "set: maxmemory-policy noeviction")
    server.ask("CONFIG", "SET", "appendonly", "no")
    assert {finding.name: finding for finding in store.examine()}["durability"].advice == "set: appendonly yes"
    store.close()
    server.remove()
