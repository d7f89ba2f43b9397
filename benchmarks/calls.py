"""How many calls a second the API answers beside an empty Flask view, both served by gunicorn as it is shipped.

``python -m benchmarks.calls [STORE] [MEMBERS] [SECONDS]`` makes a platform of 20,000 members (a file in a temporary
folder unless a URL is given; a store that is not empty is refused), starts both servers, and asks them in turns, three
times: an empty view, GET of a member, PUT of a member with a changed profile. One JSON line for each question; the
shares are of the medians. Durability and every middleware are on, which the run makes sure of.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from flask import Flask

from matching.community import generate
from matching.profile_json import profile_to_mapping
from service.clock import SystemClock
from service.records import Scope
from service.storage import open_store
from service.usecases.keys import create_key
from service.usecases.members import put_members
from service.usecases.platforms import create_platform, platform_ids

CONNECTIONS = 8
ROUNDS = 3
WARM_SECONDS = 2.0

Request = Callable[[Random], bytes]


def empty_app() -> Flask:
    """Make an app with one view that answers nothing."""
    app = Flask("empty")
    app.add_url_rule("/empty", "empty", lambda: "")
    return app


def main(url: str, members: int, seconds: float) -> None:
    """Measure and print."""
    key, profiles = _filled(url, members)
    environment = {**os.environ, "ALONGSIDE_STORE": url, "ALONGSIDE_REQUESTS_PER_SECOND": "100000"}
    with (
        _served("benchmarks.calls:empty_app()", {**os.environ}) as empty,
        _served("service.app:create_app()", environment) as served,
    ):
        _check_middleware(served, key)
        questions = _questions(key, profiles)
        rates: dict[str, list[float]] = {}
        for number in range(ROUNDS):
            for name, port, request in (
                ("empty view", empty, questions["empty view"]),
                ("GET member", served, questions["GET member"]),
                ("PUT member", served, questions["PUT member"]),
            ):
                rate, waits = _asked(port, request, seconds)
                rates.setdefault(name, []).append(rate)
                _print(name, round=number + 1, calls_a_second=round(rate), **_percentiles(waits))
        base = median(rates["empty view"])
        for name in ("GET member", "PUT member"):
            _print(f"{name}, share of the empty view", share=round(median(rates[name]) / base, 3))


def _filled(url: str, members: int) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    store, now = open_store(url), SystemClock().now()
    if next(platform_ids(store), None) is not None:
        sys.exit("the store is not empty")
    create_platform(store, platform_id="bench", name="Bench", now=now)
    seekers = members * 2 // 3
    profiles = generate(seed=1, seekers=seekers, supporters=members - seekers, today=now.date()).profiles
    put_members(store, "bench", profiles=profiles, now=now)
    _, key = create_key(store, "bench", name="bench", scopes=tuple(Scope), now=now)
    store.close()
    return key, [(profile.member_id, dict(profile_to_mapping(profile))) for profile in profiles]


@contextmanager
def _served(app: str, environment: dict[str, str]) -> Iterator[int]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "python:service.gunicorn_conf",
        "--bind",
        f"127.0.0.1:{port}",
        app,
    ]
    quiet = {**environment, "ALONGSIDE_LOG_FORMAT": "json"}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=quiet, stdout=log, stderr=log)
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("the server does not answer")


def _questions(key: str, profiles: list[tuple[str, dict[str, Any]]]) -> dict[str, Request]:
    head = f"Host: bench\r\nAuthorization: Bearer {key}\r\nAccept-Encoding: gzip\r\n"

    def get(chance: Random) -> bytes:
        member_id, _ = chance.choice(profiles)
        return f"GET /v1/members/{member_id} HTTP/1.1\r\n{head}\r\n".encode()

    def put(chance: Random) -> bytes:
        member_id, profile = chance.choice(profiles)
        body = json.dumps({**profile, "interests": [f"interest-{chance.randrange(10**9)}"]})
        typed = f"Content-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n"
        return f"PUT /v1/members/{member_id} HTTP/1.1\r\n{head}{typed}\r\n{body}".encode()

    return {"empty view": lambda _: f"GET /empty HTTP/1.1\r\n{head}\r\n".encode(), "GET member": get, "PUT member": put}


def _check_middleware(port: int, key: str) -> None:
    """Make sure that what is measured is what is shipped."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head, _ = _answer(
            connection,
            f"GET /v1/members HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
            "Accept-Encoding: gzip\r\n\r\n".encode(),
        )
    for needed in (b"RateLimit:", b"X-Request-ID:", b"Content-Encoding: gzip", b"X-Content-Type-Options: nosniff"):
        if needed.lower() not in head.lower():
            sys.exit(f"the server does not send {needed.decode()}")


def _asked(port: int, request: Request, seconds: float) -> tuple[float, list[float]]:
    """Ask from several connections for so long; give answers a second, and how long each took."""
    waits: list[list[float]] = [[] for _ in range(CONNECTIONS)]
    began = time.monotonic() + WARM_SECONDS
    threads = [
        threading.Thread(target=_ask, args=(port, request, number, (began, began + seconds), waits[number]))
        for number in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = [wait for each in waits for wait in each]
    return len(counted) / seconds, counted


def _ask(port: int, request: Request, number: int, between: tuple[float, float], waits: list[float]) -> None:
    chance, (first, last) = Random(number), between
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (before := time.monotonic()) < last:
            head, _ = _answer(connection, request(chance))
            if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
                raise RuntimeError(head.decode("latin-1"))
            if before >= first:
                waits.append(time.monotonic() - before)


def _answer(connection: socket.socket, request: bytes) -> tuple[bytes, bytes]:
    connection.sendall(request)
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        piece = connection.recv(65536)
        if not piece:
            raise RuntimeError("the server hung up")
        data += piece
    head, body = data[:end], data[end + 4 :]
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head, body


def _percentiles(waits: list[float]) -> dict[str, float]:
    ordered = sorted(waits)
    return {
        "median_ms": round(ordered[len(ordered) // 2] * 1000, 1),
        "p99_ms": round(ordered[len(ordered) * 99 // 100] * 1000, 1),
        "worst_ms": round(ordered[-1] * 1000, 1),
    }


def _print(what: str, **numbers: float) -> None:
    print(json.dumps({"what": what, **numbers}), flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        given = sys.argv[1:]
        store_url = given[0] if given else f"sqlite:///{Path(folder)}/store.sqlite3"
        os.environ.setdefault("ALONGSIDE_SECRET_KEY_FILE", f"{folder}/secret.key")
        Path(os.environ["ALONGSIDE_SECRET_KEY_FILE"]).write_text(f"k1:{os.urandom(32).hex()}\n")
        main(store_url, int(given[1]) if len(given) > 1 else 20_000, float(given[2]) if len(given) > 2 else 10.0)
