"""Servers that die, come back and hand their slots over while somebody writes: nothing acknowledged is lost."""

import threading

import pytest
from redis.crc import key_slot
from redis.exceptions import ReadOnlyError

from service.errors import CommitUnconfirmed, StoreUnavailable
from service.storage import open_store
from service.storage.redis.address import Address
from service.storage.redis.links import Links
from service.storage.store import Changes, NewEvent, Put
from tests.service.storage import servers
from tests.service.storage.making import NOW

pytestmark = pytest.mark.redis

SLOT = key_slot(b"{harbour}")


class Writer:
    """Writes one record after another, and keeps what became of each."""

    def __init__(self, url):
        self._store = open_store(url)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.acknowledged, self.unconfirmed, self.refused = [], [], []
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()
        self._store.close()

    def wait_for(self, more):
        """Wait until so many more were acknowledged."""
        goal = len(self.acknowledged) + more
        servers.wait_until(lambda: len(self.acknowledged) >= goal, lambda: str(self.refused[-3:]))

    def _write(self):
        number = 0
        while not self._is_over.is_set():
            number += 1
            change = Changes(puts=(Put("member", f"m-{number}", {}),), events=(NewEvent("e", f"m-{number}", NOW),))
            try:
                self._store.commit("harbour", change)
                self.acknowledged.append(f"m-{number}")
            except CommitUnconfirmed:
                self.unconfirmed.append(f"m-{number}")
            except StoreUnavailable as error:
                self.refused.append(str(error))
                self._is_over.wait(0.01)


def found(url):
    """Read what is there: ids of records, subjects of events; no event twice, no gap."""
    store = open_store(url)
    try:
        events, after = [], 0
        while page := store.events("harbour", after=after, limit=1000):
            events += page
            after = page[-1].sequence
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        subjects = [event.subject for event in events]
        assert len(set(subjects)) == len(subjects)
        records = {record.record_id for record in store.each("harbour", "member")}
        assert records == set(subjects)
        return records
    finally:
        store.close()


@pytest.fixture
def watched():
    made = servers.WatchedServers()
    yield made
    made.remove()


def test_a_primary_that_dies_while_its_replica_lags_takes_nothing_acknowledged_with_it(watched):
    url = f"{watched.url}?timeout=1&min_replicas=1"
    primary, replica = watched.servers
    with Writer(url) as writer:
        writer.wait_for(20)
        replica.pause()
        servers.wait_until(lambda: writer.unconfirmed)
        before = len(writer.acknowledged)
        primary.kill()
        replica.resume()
        # The replica is alone now: it is the primary soon, and acknowledges nothing before it has a replica of its own.
        servers.wait_until(lambda: replica.fact("role") == "master")
        servers.wait_until(lambda: any("replica" in words for words in writer.refused) or len(writer.unconfirmed) > 1)
        assert len(writer.acknowledged) == before
        primary.start()
        writer.wait_for(20)

    assert found(url) >= set(writer.acknowledged)
    assert found(url) <= {*writer.acknowledged, *writer.unconfirmed}
    assert replica.fact("role") == "master"


def test_a_replica_is_never_taken_for_the_primary_it_was():
    primary, replica = servers.watched().servers
    address = Address.from_url(*servers.watched().url.split("://"))
    links = Links(address, must_be_primary=True)

    with links.lend(("127.0.0.1", primary.port)) as link:
        assert link.ask(("PING",)) == [b"PONG"]
    with pytest.raises(ReadOnlyError), links.lend(("127.0.0.1", replica.port)):
        pass
    links.close()


@pytest.fixture
def cluster():
    made = servers.Cluster(replicas=1)
    yield made
    made.remove()


def test_a_lost_primary_of_a_cluster_is_replaced_and_nothing_acknowledged_is_lost(cluster):
    url = f"{cluster.url}?timeout=1&min_replicas=1"
    with Writer(url) as writer:
        writer.wait_for(20)
        primary = cluster.server_of(SLOT)
        primary.kill()
        servers.wait_until(lambda: cluster.server_of(SLOT) is not primary)
        primary.start()
        writer.wait_for(20)

    assert found(url) >= set(writer.acknowledged)
    assert found(url) <= {*writer.acknowledged, *writer.unconfirmed}


def test_a_slot_moves_to_another_node_while_it_is_written_to():
    cluster = servers.cluster()
    url = f"{cluster.url}?min_replicas=0&prefix={servers.fresh_prefix()}"
    source = cluster.server_of(SLOT)
    target = next(server for server in cluster.servers if server is not source)
    with Writer(url) as writer:
        writer.wait_for(20)
        with cluster.moving(SLOT, source, target) as move_keys:
            # Of a platform that is on both nodes nothing can be changed for as long as it is.
            servers.wait_until(lambda: any("moving" in words for words in writer.refused))
            move_keys()
        writer.wait_for(20)
        reading = open_store(url)
        with cluster.moving(SLOT, target, source) as move_keys:
            move_keys()
            # All is at the other node, and the slot is not yet its own: reads are sent there with ASKING.
            assert reading.get("harbour", "member", "m-1").version == 1
            assert reading.count("harbour", "member") > 0
            assert len(reading.page("harbour", "member", limit=5).records) == 5
        reading.close()
        writer.wait_for(20)

    assert writer.unconfirmed == []
    assert found(url) == set(writer.acknowledged)
