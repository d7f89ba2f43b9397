"""Answers that are lost between the store and Redis: nothing is done twice, and what is not known is said to be so."""

import random
import threading

import pytest

from service.errors import CommitUnconfirmed, StoreUnavailable
from service.storage import open_store
from service.storage.store import Changes, NewEvent, Put
from tests.service.storage import servers
from tests.service.storage.making import NOW, TTL
from tests.service.storage.proxy import Break, Fault, Proxy

pytestmark = pytest.mark.redis

WRITE, ASK = b"$7\r\nEVALSHA\r\n", b"GET"
LOST = [
    Fault(Break.DROP_ANSWER),
    Fault(Break.DELAY_ANSWER, seconds=0.8),
    Fault(Break.TRUNCATE_ANSWER, size=0),
    Fault(Break.TRUNCATE_ANSWER, size=3),
    Fault(Break.RESET_ANSWER),
]
NEVER_CAME = [Fault(Break.LOSE_REQUEST), Fault(Break.HOLD_REQUEST, seconds=0.8)]


@pytest.fixture
def proxy():
    with Proxy(servers.single().port) as made:
        yield made


@pytest.fixture
def prefix():
    return servers.fresh_prefix()


@pytest.fixture
def store(proxy, prefix):
    """The store behind the proxy; it has run each script once, so that the servers know them."""
    opened = open_store(f"redis://127.0.0.1:{proxy.port}/0?prefix={prefix}&timeout=0.4")
    lease = opened.acquire_lease("meadow", "run", owner="a", ttl=TTL, now=NOW)
    opened.release_lease(opened.renew_lease(lease, ttl=TTL, now=NOW))
    opened.commit("meadow", Changes())
    yield opened
    opened.close()


@pytest.fixture
def plain(prefix):
    """The same store without a proxy between."""
    opened = open_store(f"{servers.single().url}?prefix={prefix}")
    yield opened
    opened.close()


def change(name="m-1"):
    return Changes(puts=(Put("member", name, {}),), events=(NewEvent("e", name, NOW),))


def times_done(plain, name="m-1"):
    record = plain.get("harbour", "member", name)
    told = [event for event in plain.events("harbour", limit=1000) if event.subject == name]
    assert len(told) == (record.version if record else 0)
    return len(told)


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault.how.name} {fault.size}")
def test_a_write_whose_answer_is_lost_is_found_to_stand(proxy, store, plain, fault):
    proxy.inject(fault, matching=WRITE)

    committed = store.commit("harbour", change())

    assert proxy.faults == 1
    assert (committed.versions, committed.last_event) == ({("member", "m-1"): 1}, 1)
    assert times_done(plain) == 1


@pytest.mark.parametrize("fault", NEVER_CAME, ids=lambda fault: fault.how.name)
def test_a_write_that_did_not_come_is_told_as_not_done_and_never_comes_later(proxy, store, plain, fault):
    proxy.inject(fault, matching=WRITE)

    with pytest.raises(StoreUnavailable) as caught:
        store.commit("harbour", change())
    assert proxy.held == (fault.how is Break.HOLD_REQUEST)
    servers.wait_until(lambda: not proxy.held)
    plain.ping()

    assert not isinstance(caught.value, CommitUnconfirmed)
    assert times_done(plain) == 0


@pytest.mark.parametrize("fault", [*LOST, *NEVER_CAME], ids=lambda fault: f"{fault.how.name} {fault.size}")
def test_when_nobody_can_tell_it_is_unconfirmed_and_done_once_at_most(proxy, store, plain, fault):
    proxy.inject(fault, matching=WRITE)
    # Every later script is the question what became of it.
    proxy.inject(Fault(Break.LOSE_REQUEST), matching=b"EVAL", times=1000)

    with pytest.raises(CommitUnconfirmed):
        store.commit("harbour", change())
    servers.wait_until(lambda: not proxy.held)
    plain.ping()

    assert times_done(plain) == (0 if fault.how is Break.LOSE_REQUEST else 1)


def test_a_read_after_an_unconfirmed_write_tells_for_good(proxy, store, plain):
    proxy.inject(Fault(Break.HOLD_REQUEST, seconds=2.0), matching=WRITE)
    proxy.inject(Fault(Break.LOSE_REQUEST), matching=b"EVAL", times=1000)

    with pytest.raises(CommitUnconfirmed):
        store.commit("harbour", change())
    proxy.heal()
    assert proxy.held == 1
    assert store.get("harbour", "member", "m-1") is None
    servers.wait_until(lambda: not proxy.held)
    plain.ping()

    assert times_done(plain) == 0


def test_a_refusal_whose_answer_is_lost_is_told_as_not_done(proxy, store, plain):
    store.commit("harbour", change())
    proxy.inject(Fault(Break.RESET_ANSWER), matching=WRITE)

    with pytest.raises(StoreUnavailable) as caught:
        store.commit("harbour", Changes(puts=(Put("member", "m-1", {}, expected_version=7),)))

    assert not isinstance(caught.value, CommitUnconfirmed)
    assert times_done(plain) == 1


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault.how.name} {fault.size}")
def test_a_lease_whose_answer_is_lost_is_taken_once(proxy, store, fault):
    proxy.inject(fault, matching=WRITE)
    first = store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)
    proxy.inject(fault, matching=WRITE)
    renewed = store.renew_lease(first, ttl=2 * TTL, now=NOW)
    proxy.inject(fault, matching=WRITE)
    store.release_lease(renewed)
    second = store.acquire_lease("harbour", "run", owner="b", ttl=TTL, now=NOW)

    assert proxy.faults == 3
    assert (first.token, renewed.token, second.token) == (1, 1, 2)


@pytest.mark.parametrize(
    "fault", [Fault(Break.RESET_ANSWER), Fault(Break.LOSE_REQUEST)], ids=lambda fault: fault.how.name
)
def test_a_read_whose_answer_is_lost_is_asked_again(proxy, store, fault):
    store.commit("harbour", change())
    proxy.inject(fault, matching=b"HMGET")

    assert store.get("harbour", "member", "m-1").version == 1
    assert proxy.faults == 1


def test_a_read_that_is_never_answered_ends_in_time(proxy, store):
    proxy.inject(Fault(Break.DROP_ANSWER), matching=b"HMGET", times=9)

    with pytest.raises(StoreUnavailable, match="in time"):
        store.get("harbour", "member", "m-1")


def test_a_late_answer_is_never_taken_for_that_of_another_call(proxy, store):
    store.commit("harbour", change("m-1"))
    store.commit("harbour", change("m-2"))
    proxy.inject(Fault(Break.DELAY_ANSWER, seconds=0.6), matching=b"HMGET")

    with pytest.raises(StoreUnavailable):
        store.get("harbour", "member", "m-1")

    for _ in range(20):
        assert store.get("harbour", "member", "m-2").record_id == "m-2"


def test_without_any_way_to_the_server_nothing_is_done_and_it_works_again_with_one(proxy, store, plain):
    proxy.cut()
    # A connection that was open may break only when it is used, and then nobody can tell.
    store.close()

    with pytest.raises(StoreUnavailable) as caught:
        store.commit("harbour", change())
    with pytest.raises(StoreUnavailable):
        store.ping()
    proxy.heal()
    store.commit("harbour", change())

    assert not isinstance(caught.value, CommitUnconfirmed)
    assert times_done(plain) == 1


def test_in_a_storm_of_faults_every_write_is_done_once_or_known_not_to_be(proxy, store, plain):
    chance = random.Random(7)
    faults = [*LOST, Fault(Break.DELAY_ANSWER, seconds=0.05), *NEVER_CAME]
    proxy.choose = lambda request: chance.choice(faults) if chance.random() < 0.15 else None
    outcomes = {}

    def write(writer):
        for turn in range(12):
            name = f"m-{writer}-{turn}"
            try:
                store.commit("harbour", change(name))
                outcomes[name] = {1}
            except CommitUnconfirmed:
                outcomes[name] = {0, 1}
            except StoreUnavailable:
                outcomes[name] = {0}

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    servers.wait_until(lambda: not proxy.held)
    plain.ping()

    done = {name: times_done(plain, name) for name in outcomes}
    assert len(done) == 96
    assert proxy.faults > 10
    assert {name for name, times in done.items() if times not in outcomes[name]} == set()
    assert [event.sequence for event in plain.events("harbour", limit=1000)] == list(range(1, sum(done.values()) + 1))
