"""How gunicorn's settings serve: ``python -m benchmarks.serving [SECONDS]``; a few seconds for each choice.

Clients in processes of their own keep connections and call as platforms do (mostly reads, some profiles) on a
file. One JSON line a choice: answers a second, median, p99 and worst.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from matching.community import generate
from matching.profile_json import profile_to_mapping
from service.clock import SystemClock
from service.records.api_key import Scope
from service.storage import open_store
from service.usecases.keys import create_key
from service.usecases.members import put_members
from service.usecases.platforms import create_platform
from service.usecases.runs import run_now

P = "harbour"
CLIENTS = 8
CHOICES = ((1, 8), (2, 4), (2, 8), (2, 16), (3, 8))
"""Workers and threads."""


def main(seconds: float) -> None:
    """Measure and print."""
    for workers, threads in CHOICES:
        with tempfile.TemporaryDirectory() as folder:
            _choice(Path(folder), workers, threads, seconds)


def _choice(folder: Path, workers: int, threads: int, seconds: float) -> None:
    url, port = f"sqlite:///{folder}/alongside.sqlite3", _free_port()
    key = _filled(url)
    environment = {
        **os.environ,
        "ALONGSIDE_STORE": url,
        "ALONGSIDE_SECRET_KEY_FILE": str(folder / "secret.key"),
        "ALONGSIDE_LOG_LEVEL": "warning",
    }
    (folder / "secret.key").write_text(f"k1:{'s' * 64}\n")
    options = ["--config", "python:service.gunicorn_conf", "--workers", str(workers), "--threads", str(threads)]
    command = [sys.executable, "-m", "gunicorn", *options, "--bind", f"127.0.0.1:{port}", "service.app:create_app()"]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        while not _is_up(port):
            time.sleep(0.05)
        with multiprocessing.get_context("spawn").Pool(CLIENTS) as pool:
            told = pool.starmap(_client, [(port, key, number, seconds) for number in range(CLIENTS)])
        waits = sorted(wait for each in told for wait in each)
    finally:
        server.terminate()
        server.wait()
    _print(
        "serving",
        workers=workers,
        threads=threads,
        clients=CLIENTS,
        answers_a_second=round(len(waits) / seconds),
        median_ms=_ms(waits[len(waits) // 2]),
        p99_ms=_ms(waits[len(waits) * 99 // 100]),
        worst_ms=_ms(waits[-1]),
    )


def _filled(url: str) -> str:
    store, now = open_store(url), SystemClock().now()
    create_platform(store, platform_id=P, name=P, now=now)
    put_members(store, P, profiles=generate(seed=1, seekers=300, supporters=150, today=now.date()).profiles, now=now)
    run_now(store, P, clock=SystemClock())
    _, key = create_key(store, P, name="x", scopes=tuple(Scope), now=now)
    store.close()
    return key


def _client(port: int, key: str, number: int, seconds: float) -> list[float]:
    """Call for so long; give how long each call took. One call in ten writes."""
    profiles = generate(seed=number + 10, seekers=50, supporters=5, today=SystemClock().now().date()).profiles
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    waits, until, turn = [], time.monotonic() + seconds, 0
    while time.monotonic() < until:
        turn += 1
        began = time.monotonic()
        if turn % 10 == 0:
            profile = profiles[turn // 10 % len(profiles)]
            body = {**profile_to_mapping(profile), "interests": [f"i{turn}"]}
            _call(connection, key, "PUT", f"/v1/members/{profile.member_id}", body)
        else:
            path = ("/v1/matches?state=proposed&limit=20", "/v1/members?limit=20", "/v1/runs?limit=1")[turn % 3]
            _call(connection, key, "GET", path)
        waits.append(time.monotonic() - began)
    return waits


def _call(connection: http.client.HTTPConnection, key: str, method: str, path: str, body: object = None) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status >= 500:
        raise RuntimeError(f"{method} {path} was answered {answer.status}")


def _is_up(port: int) -> bool:
    """Whether it answers; while clients start, the other processes come up, too."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _print(what: str, **numbers: object) -> None:
    print(json.dumps({"what": what, **numbers}), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
