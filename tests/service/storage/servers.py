"""Redis servers that tests start for themselves: on free ports, in folders of their own, ended by their ids.

`single()`, `watched()` and `cluster()` give servers that the tests of one process share; a test takes a prefix of its
own on them, so that nothing needs to be emptied. A test that stops, kills or fills a server starts one for itself with
`RedisServer`. When the tests end `stop_all` ends whatever is still running, and removes every folder (tests/conftest.py
calls it); where a parent is killed the kernel ends its servers.
"""

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

DURABLE = {"appendonly": "yes", "appendfsync": "always", "save": "", "repl-diskless-sync-delay": "0"}
SERVICE = "alongside-primary"
_PATIENCE_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1

_made = []
"""Every server of this process that was not removed, whether it runs or not."""


class RedisServer:
    """One redis-server; `settings` are lines of its configuration beside those that every server here has."""

    def __init__(self, *, folder=None, is_sentinel=False, **settings):
        self.folder = folder or Path(tempfile.mkdtemp(prefix="alongside-redis-"))
        self.port = free_port()
        self._is_sentinel = is_sentinel
        self._settings = settings if is_sentinel else {**DURABLE, **settings}
        self._process = None
        _made.append(self)
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self):
        return self._process.pid

    def start(self, *, is_waited_for=True):
        """Start it, with what its folder holds, and wait until it answers."""
        configuration = self.folder / "redis.conf"
        if not configuration.exists():
            # A file, which Sentinel and Cluster write to, and which is found again after a restart.
            lines = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "daemonize": "no", **self._settings}
            configuration.write_text(
                "".join(f"{name.replace('_', '-')} {value or chr(34) * 2}\n" for name, value in lines.items())
            )
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["redis-server", str(configuration), *(["--sentinel"] if self._is_sentinel else [])],
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - nothing else runs in the child
            )
        if is_waited_for:
            wait_until(self._is_ready, lambda: (self.folder / "log").read_text()[-2000:])

    def client(self):
        """Give a client that sends everything once."""
        password = self._settings.get("requirepass")
        return redis.Redis(
            port=self.port, password=password, retry=Retry(NoBackoff(), 0), socket_timeout=10, decode_responses=True
        )

    def ask(self, *command):
        with self.client() as client:
            return client.execute_command(*command)

    def fact(self, name):
        """Give what INFO says; None while it cannot be asked, as when Sentinel gives it another role."""
        with suppress(redis.exceptions.ConnectionError), self.client() as client:
            return client.info("everything").get(name)
        return None

    def stop(self):
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def is_running(self):
        return self._process.poll() is None

    def remove(self):
        """End it and remove its folder."""
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(ValueError):
            _made.remove(self)

    def _end(self, number):
        self._process.send_signal(number)
        if number != signal.SIGKILL:
            # A paused one hears of it only when it goes on.
            self._process.send_signal(signal.SIGCONT)
        self._process.wait(_PATIENCE_SECONDS)

    def _is_ready(self):
        assert self.is_running(), (self.folder / "log").read_text()[-2000:]
        with suppress(redis.exceptions.ConnectionError):
            return bool(self.ask("PING"))
        return False


class WatchedServers:
    """A primary, one replica, and Sentinels that watch them; most of these must agree that a primary is gone."""

    def __init__(self, *, sentinels=3, **settings):
        self.servers = [RedisServer(**settings)]
        self.servers.append(RedisServer(replicaof=f"127.0.0.1 {self.servers[0].port}", **settings))
        wait_until(lambda: self.servers[0].ask("WAIT", 1, 1000) == 1)
        self.sentinels = [
            RedisServer(
                is_sentinel=True,
                **{
                    "sentinel monitor": f"{SERVICE} 127.0.0.1 {self.servers[0].port} {sentinels // 2 + 1}",
                    "sentinel down-after-milliseconds": f"{SERVICE} 500",
                    "sentinel failover-timeout": f"{SERVICE} 3000",
                },
            )
            for _ in range(sentinels)
        ]
        wait_until(self._know_each_other)

    @property
    def url(self):
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{hosts}/{SERVICE}"

    def remove(self):
        for server in (*self.sentinels, *self.servers):
            server.remove()

    def _know_each_other(self):
        states = [sentinel.client().sentinel_master(SERVICE) for sentinel in self.sentinels]
        return all((state["num-slaves"], state["num-other-sentinels"]) == (1, len(states) - 1) for state in states)


class Cluster:
    """Three primaries that share the slots, each with so many replicas."""

    def __init__(self, *, replicas=0, **settings):
        settings = {"cluster-enabled": "yes", "cluster-node-timeout": "1000", **settings}
        self.servers = [RedisServer(**settings) for _ in range(3 + 3 * replicas)]
        nodes = [f"127.0.0.1:{server.port}" for server in self.servers]
        made = subprocess.run(
            ["redis-cli", "--cluster", "create", *nodes, "--cluster-replicas", str(replicas), "--cluster-yes"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stdout + made.stderr
        wait_until(lambda: all(server.ask("CLUSTER INFO")["cluster_state"] == "ok" for server in self.servers))

    @property
    def url(self):
        return "redis+cluster://" + ",".join(f"127.0.0.1:{server.port}" for server in self.servers)

    def server_of(self, slot):
        """Give the primary that serves a slot now."""
        asked = next(server for server in self.servers if server.is_running())
        for first, last, (_, port, *_), *_ in asked.ask("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(server for server in self.servers if server.port == port)
        return None

    @contextmanager
    def moving(self, slot, source, target):
        """Move a slot; gives what moves its keys, to be called in between."""
        source_id, target_id = source.ask("CLUSTER", "MYID"), target.ask("CLUSTER", "MYID")
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source_id)
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target_id)

        def move_keys():
            while keys := source.ask("CLUSTER", "GETKEYSINSLOT", slot, 100):
                source.ask("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)

        yield move_keys
        for server in (target, source, *self.servers):
            server.ask("CLUSTER", "SETSLOT", slot, "NODE", target_id)

    def remove(self):
        for server in self.servers:
            server.remove()


@cache
def single():
    """Give the one server that tests of this process share."""
    return RedisServer()


@cache
def watched():
    """Give the watched servers that tests of this process share; one Sentinel, since several take time to meet."""
    return WatchedServers(sentinels=1)


@cache
def cluster():
    """Give the Cluster that tests of this process share."""
    return Cluster()


def fresh_prefix():
    """Give a prefix that no other test has."""
    return f"test-{secrets.token_hex(6)}"


def stop_all():
    """End every server that is running still, and remove the folders."""
    for server in tuple(_made):
        server.remove()


def free_port():
    """Find a port that is free, with the one of a Cluster's own talk, 10,000 above.

    Both are below those that systems take for connections of their own, which come and go.
    """
    while True:
        port = secrets.randbelow(12_000) + 10_000
        with socket.socket() as first, socket.socket() as second, suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 10_000))
            return port


def wait_until(is_true, say=lambda: ""):
    """Wait until something becomes true; fail, saying why, when it does not in time."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, say()
        time.sleep(0.02)


def _die_with_parent():
    """Be killed when whoever started it is gone, however that ended."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
