"""A store with a platform, gunicorn as it is shipped and a worker: what benchmarks of the served API stand on."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.asking import Connection
from matching.community import generate
from matching.profile_json import profile_to_mapping
from service.clock import SystemClock
from service.records import Scope
from service.storage import open_store
from service.storage.operated import State
from service.usecases.keys import create_key
from service.usecases.members import put_members
from service.usecases.platforms import create_platform, platform_ids

PLATFORM = "bench"
UP_SECONDS = 60

Profiles = list[tuple[str, dict[str, Any]]]
"""Member ids, and profiles as PUT takes them."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A platform with members in a store: a key with every scope, and who they are."""

    url: str
    key: str
    profiles: Profiles

    @property
    def environment(self) -> dict[str, str]:
        """Give the environment of the programs that serve it; calls are not rationed."""
        return {**os.environ, "ALONGSIDE_STORE": self.url, "ALONGSIDE_REQUESTS_PER_SECOND": "100000"}

    @property
    def head(self) -> str:
        """Give the header lines of every request."""
        return f"Host: bench\r\nAuthorization: Bearer {self.key}\r\nAccept-Encoding: gzip\r\n"

    def request(self, method: str, path: str, body: object = None, *, more: str = "") -> bytes:
        """Write a request; `more` are further header lines."""
        if body is None:
            return f"{method} {path} HTTP/1.1\r\n{self.head}{more}\r\n".encode()
        text = json.dumps(body)
        typed = f"Content-Type: application/json\r\nContent-Length: {len(text.encode())}\r\n"
        return f"{method} {path} HTTP/1.1\r\n{self.head}{typed}{more}\r\n{text}".encode()


def filled(url: str, members: int) -> Filled:
    """Make a platform of so many members, two thirds of them seekers; a store that is not empty ends the program."""
    store, now = open_store(url), SystemClock().now()
    if next(platform_ids(store), None) is not None:
        sys.exit("the store is not empty")
    create_platform(store, platform_id=PLATFORM, name="Bench", now=now, signposting="Call 112.")
    seekers = members * 2 // 3
    profiles = generate(seed=1, seekers=seekers, supporters=members - seekers, today=now.date()).profiles
    put_members(store, PLATFORM, profiles=profiles, now=now)
    _, key = create_key(store, PLATFORM, name="bench", scopes=tuple(Scope), now=now)
    store.close()
    return Filled(url, key, [(profile.member_id, dict(profile_to_mapping(profile))) for profile in profiles])


@contextmanager
def served(app: str, environment: Mapping[str, str]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve an app by gunicorn as it is shipped; give the port and the process."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", "python:service.gunicorn_conf"]
    command += ["--bind", f"127.0.0.1:{port}", app]
    with _running(command, environment) as process:
        _wait_for(port, process)
        yield port, process


@contextmanager
def working(environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Have a background worker; give its process."""
    with _running([sys.executable, "-c", "from service.cli import main; main()", "worker"], environment) as process:
        yield process


@contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env={**environment, "ALONGSIDE_LOG_FORMAT": "json"}, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + UP_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("the server does not answer")


def check_middleware(port: int, platform: Filled) -> None:
    """Make sure that what is measured is what is shipped."""
    with Connection(port) as connection:
        head = connection.ask(platform.request("GET", "/v1/members")).head.lower()
    for needed in (b"RateLimit:", b"X-Request-ID:", b"Content-Encoding: gzip", b"X-Content-Type-Options: nosniff"):
        if needed.lower() not in head:
            sys.exit(f"the server does not send {needed.decode()}")
    store = open_store(platform.url)
    durability = [finding for finding in store.examine() if finding.name == "durability"]
    store.close()
    if [finding.state for finding in durability] != [State.OK]:
        sys.exit(f"what is answered might not last: {durability}")


@contextmanager
def with_store(given: list[str]) -> Iterator[str]:
    """Give the store's URL: the first argument, else a file in a folder that goes again; with a secret key there."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("ALONGSIDE_SECRET_KEY_FILE", f"{folder}/secret.key")
        if not Path(os.environ["ALONGSIDE_SECRET_KEY_FILE"]).exists():
            Path(os.environ["ALONGSIDE_SECRET_KEY_FILE"]).write_text(f"k1:{os.urandom(32).hex()}\n")
        yield given[0] if given else f"sqlite:///{Path(folder)}/store.sqlite3"


def say(what: str, **told: object) -> None:
    """Print a line of JSON."""
    print(json.dumps({"what": what, **told}), flush=True)
