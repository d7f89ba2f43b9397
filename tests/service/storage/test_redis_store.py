"""What only the store on Redis promises: nothing is thrown away, plain words when Redis cannot, and it comes back."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from service.errors import CommitUnconfirmed, ConfigurationError, StaleVersion, StoreUnavailable
from service.storage import open_store
from service.storage.redis import beginning, keys
from service.storage.store import Changes, Delete, NewEvent, Put
from tests.reliability.outages import may_mount, mounted
from tests.service.storage import servers
from tests.service.storage.making import NOW, TTL, put

pytestmark = pytest.mark.redis

ONE = Changes(puts=(put("m-1", {"a": 1}, index=(("role", "seeker"),), unique=(("login", "a"),)),))


@pytest.fixture
def own():
    """A server that this test may stop, kill and fill."""
    started = []

    def start(**settings):
        started.append(servers.RedisServer(**settings))
        return started[-1]

    yield start
    for server in started:
        server.remove()


@pytest.fixture
def opening():
    opened = []

    def open_one(url):
        opened.append(open_store(url))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


def shared_url(**options):
    return f"{servers.single().url}?prefix={servers.fresh_prefix()}" + "".join(f"&{k}={v}" for k, v in options.items())


class TestWhatIsKept:
    def test_nothing_that_was_committed_expires(self, opening):
        url = shared_url()
        prefix = url.rpartition("=")[2]
        store = opening(url)
        lease = store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)
        store.commit("harbour", Changes(puts=ONE.puts, events=(NewEvent("e", "m-1", NOW),)))

        with servers.single().client() as client:
            lives = {key.removeprefix(f"{prefix}:"): client.ttl(key) for key in client.scan_iter(f"{prefix}:*")}

        expiring = {key for key, seconds in lives.items() if seconds != -1}
        assert expiring == {key for key in lives if key.startswith("{harbour}:operation:")}
        assert len(expiring) == 2
        assert all(0 < lives[key] <= keys.OPERATION_SECONDS for key in expiring)
        assert {key for key in lives if key not in expiring} == {
            "_{alongside}:format",
            "{harbour}:counters",
            "{harbour}:entries:member",
            "{harbour}:events",
            "{harbour}:leases",
            "{harbour}:mentions",
            "{harbour}:records:member",
            "{harbour}:unique",
        }
        assert lease.token == 1

    def test_nothing_of_an_erased_member_stays_in_any_key(self, opening):
        url = shared_url()
        prefix = url.rpartition("=")[2]
        store = opening(url)
        member = Put("member", "anna-7", {"topics": "lighthouses"}, 0, 1, (("by", "anna-7"),), (("k", "anna-7"),))
        told = NewEvent("e", "x-1", NOW, {"seeker": "anna-7"}, mentions=("anna-7",))
        store.commit("harbour", Changes(puts=(member,), events=(told,)))
        assert "anna-7" in everything(prefix)

        store.commit("harbour", Changes(deletes=(Delete("member", "anna-7"),), forget=("anna-7",)))

        assert "anna-7" not in everything(prefix)
        assert "lighthouses" not in everything(prefix)

    def test_a_platform_may_have_the_name_of_what_belongs_to_none(self, opening):
        store = opening(shared_url())

        store.commit("alongside", Changes(puts=(put("m-1", {"of": "a platform"}),)))
        store.commit("_alongside", Changes(puts=(put("m-1", {"of": "all"}),)))

        assert store.get("alongside", "member", "m-1").body == {"of": "a platform"}

    def test_large_records_are_gone_through_in_small_steps(self, opening):
        store = opening(shared_url())
        store.commit("harbour", Changes(puts=tuple(put(f"m-{n:02}", {"long": "x" * 900_000}) for n in range(12))))

        assert [record.record_id for record in store.each("harbour", "member")] == [f"m-{n:02}" for n in range(12)]


class TestOpening:
    def test_a_store_of_a_newer_format_is_refused(self, opening, monkeypatch):
        url = shared_url()
        opening(url)
        monkeypatch.setattr(beginning, "FORMAT", 0)

        with pytest.raises(ConfigurationError, match=r"format 1, this one reads up to 0"):
            opening(url)

    def test_a_server_that_throws_records_away_is_refused(self, own):
        server = own(maxmemory_policy="allkeys-lru")

        with pytest.raises(ConfigurationError, match="noeviction"):
            open_store(server.url)

    def test_a_node_of_a_cluster_is_not_taken_for_a_server_of_its_own(self):
        with pytest.raises(ConfigurationError, match=r"redis\+cluster"):
            open_store(servers.cluster().servers[0].url)

    def test_keys_of_another_program_are_left_alone(self, opening):
        url = shared_url()
        prefix = url.rpartition("=")[2]
        store = opening(url)
        servers.single().ask("SET", f"{prefix}:{{harbour}}:unique", "theirs")

        with pytest.raises(StoreUnavailable, match="something else") as caught:
            store.commit("harbour", ONE)

        assert not isinstance(caught.value, CommitUnconfirmed)
        assert store.get("harbour", "member", "m-1") is None
        assert servers.single().ask("GET", f"{prefix}:{{harbour}}:unique") == "theirs"

    def test_a_wrong_password_is_told_without_quoting_it(self, own):
        server = own(requirepass="right")

        with pytest.raises(StoreUnavailable, match="password") as caught:
            open_store(server.url.replace("//", "//:hunter2@"))

        assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__!r}"
        store = open_store(server.url.replace("//", "//:right@"))
        store.commit("harbour", ONE)
        store.close()

    @pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
    def test_with_tls_only_a_server_with_a_trusted_certificate_is_spoken_to(self, own, tmp_path):
        key, certificate, port = tmp_path / "key.pem", tmp_path / "certificate.pem", servers.free_port()
        asked = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
        named = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run([*asked, *named], check=True, capture_output=True)
        own(
            tls_port=port,
            tls_cert_file=certificate,
            tls_key_file=key,
            tls_ca_cert_file=certificate,
            tls_auth_clients="no",
        )

        store = open_store(f"rediss://127.0.0.1:{port}/0?ca_file={certificate}")
        store.commit("harbour", ONE)
        store.close()

        with pytest.raises(StoreUnavailable):
            open_store(f"rediss://127.0.0.1:{port}/0")


class TestWhenRedisCannot:
    def test_a_server_that_is_gone_is_told_and_works_again_when_it_is_back(self, own, opening):
        server = own()
        store = opening(f"{server.url}?timeout=1")
        store.commit("harbour", ONE)
        server.kill()

        for call in (lambda: store.get("harbour", "member", "m-1"), lambda: store.commit("harbour", ONE), store.ping):
            with pytest.raises(StoreUnavailable, match="cannot be reached") as caught:
                call()
            assert not isinstance(caught.value, CommitUnconfirmed)
        server.start()

        assert store.get("harbour", "member", "m-1").version == 1
        assert store.commit("harbour", ONE).versions == {("member", "m-1"): 2}
        assert store.ping() is None

    def test_a_server_that_reads_its_data_is_waited_for(self, own, opening):
        server = own(key_load_delay="200")
        with server.client() as client, client.pipeline(transaction=False) as filling:
            for number in range(5000):
                filling.set(f"filling-{number}", "x")
            filling.execute()
        store = opening(server.url)
        server.kill()
        server.start(is_waited_for=False)

        told = set()
        servers.wait_until(lambda: not told_unavailable(store.ping, told))

        assert any("still reading" in words for words in told)

        store.commit("harbour", ONE)

    def test_a_replica_is_told_from_a_primary(self, own, opening):
        primary, other = own(), own()
        store = opening(other.url)
        store.commit("harbour", ONE)
        other.ask("REPLICAOF", "127.0.0.1", str(primary.port))

        for call in (lambda: store.commit("harbour", ONE), store.ping, lambda: open_store(other.url)):
            with pytest.raises(StoreUnavailable, match="read-only replica") as caught:
                call()
            assert not isinstance(caught.value, CommitUnconfirmed)

    def test_a_server_without_memory_takes_nothing_new_and_can_still_erase(self, own, opening):
        server = own()
        store = opening(server.url)
        store.commit("harbour", ONE)
        server.ask("CONFIG", "SET", "maxmemory", "1")

        for call in (lambda: store.commit("harbour", Changes(puts=(put("m-2"),))), store.ping):
            with pytest.raises(StoreUnavailable, match="memory") as caught:
                call()
            assert not isinstance(caught.value, CommitUnconfirmed)
        store.commit("harbour", Changes(deletes=(Delete("member", "m-1"),)))

        assert store.count("harbour", "member") == 0
        assert store.find_unique("harbour", "login", "a") is None

    def test_a_server_that_cannot_save_is_told(self, own, opening):
        server = own(save="3600 1")
        store = opening(server.url)
        (server.folder / "dump.rdb").mkdir()
        server.ask("BGSAVE")
        servers.wait_until(lambda: server.fact("rdb_last_bgsave_status") == "err")

        for call in (lambda: store.commit("harbour", ONE), store.ping):
            with pytest.raises(StoreUnavailable, match="disk"):
                call()

        assert store.count("harbour", "member") == 0

    @pytest.mark.skipif(not may_mount(), reason="only root may mount a small disk")
    def test_a_full_disk_ends_redis_and_nothing_acknowledged_is_lost(self, tmp_path, opening):
        with mounted(tmp_path / "disk", megabytes=8) as disk:
            server = servers.RedisServer(folder=disk.folder)
            store = opening(f"{server.url}?timeout=1")
            acknowledged = 0
            disk.fill()
            with suppress(StoreUnavailable):
                while True:
                    store.commit("harbour", Changes(puts=(put(f"m-{acknowledged}", {"long": "x" * 20_000}),)))
                    acknowledged += 1
            servers.wait_until(lambda: not server.is_running())
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                store.ping()
            disk.empty()
            server.start()

            assert store.ping() is None
            found = [record.record_id for record in store.each("harbour", "member")]
            assert set(found) >= {f"m-{n}" for n in range(acknowledged)}
            assert len(found) <= acknowledged + 1
            server.kill()

    def test_too_many_clients_are_told_and_nothing_is_done(self, own, opening):
        server = own(maxclients="10")
        store = opening(server.url)
        store.close()
        clients = [server.client() for _ in range(9)]
        for client in clients:
            client.ping()
        server.ask("CONFIG", "SET", "maxclients", "9")

        with pytest.raises(StoreUnavailable) as caught:
            store.commit("harbour", ONE)
        for client in clients:
            client.close()

        assert not isinstance(caught.value, CommitUnconfirmed)
        servers.wait_until(lambda: not is_unavailable(store.ping))
        assert store.count("harbour", "member") == 0


class TestReplicas:
    def test_a_change_is_acknowledged_when_the_replica_has_it(self, own, opening):
        primary = own()
        replica = own(replicaof=f"127.0.0.1 {primary.port}")
        servers.wait_until(lambda: primary.ask("WAIT", 1, 100) == 1)
        # Half of the time-out is for the replica, which shares this machine with other tests.
        patient = opening(f"{primary.url}?min_replicas=1")
        store = opening(f"{primary.url}?min_replicas=1&timeout=1")
        patient.commit("harbour", ONE)
        assert patient.ping() is None

        replica.pause()
        with pytest.raises(CommitUnconfirmed, match="0 of 1 replicas"):
            store.commit("harbour", ONE)
        with pytest.raises(CommitUnconfirmed):
            store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)
        with pytest.raises(StoreUnavailable, match="replicas") as caught:
            store.ping()
        replica.resume()

        assert not isinstance(caught.value, CommitUnconfirmed)
        servers.wait_until(lambda: not is_unavailable(patient.ping))
        assert patient.commit("harbour", ONE).versions == {("member", "m-1"): 3}

    def test_a_primary_that_wants_replicas_itself_changes_nothing_without(self, own, opening):
        primary = own(min_replicas_to_write="0")
        store = opening(primary.url)
        primary.ask("CONFIG", "SET", "min-replicas-to-write", "1")

        with pytest.raises(StoreUnavailable, match="min-replicas-to-write") as caught:
            store.commit("harbour", ONE)

        assert not isinstance(caught.value, CommitUnconfirmed)
        assert store.count("harbour", "member") == 0


def test_fifty_threads_count_up_one_record_without_losing_a_step(opening):
    store = opening(shared_url())
    store.commit("harbour", Changes(puts=(Put("counter", "c", {"n": 0}),)))

    def count_up(_):
        tries = 0
        while True:
            tries += 1
            found = store.get("harbour", "counter", "c")
            try:
                step = Put("counter", "c", {"n": found.body["n"] + 1}, expected_version=found.version)
                store.commit("harbour", Changes(puts=(step,)))
                return tries
            except StaleVersion:
                continue

    with ThreadPoolExecutor(50) as threads:
        tries = list(threads.map(count_up, range(200)))

    counter = store.get("harbour", "counter", "c")
    assert (counter.body["n"], counter.version) == (200, 201)
    assert max(tries) > 1


def everything(prefix):
    """Give all that the shared server holds under a prefix, as one text."""
    with servers.single().client() as client:
        read = {"string": client.get, "hash": client.hgetall, "zset": lambda key: client.zrange(key, 0, -1)}
        return str({key: read[client.type(key)](key) for key in client.scan_iter(f"{prefix}:*")})


def told_unavailable(call, told):
    """Whether a call says that the store is not available; what it says is added to `told`."""
    try:
        call()
    except StoreUnavailable as error:
        told.add(str(error))
        return True
    return False


def is_unavailable(call):
    return told_unavailable(call, set())
