"""How soon it is there: ``python -m benchmarks.starting [TIMES]``.

From the start of gunicorn, as it is shipped, to the first answer of `/readyz` and to the first member read (bar: 2 s);
and the whole of ``alongside rematch`` on a platform of 300 people, from the shell's start of the process to its end
(bar: 2 s), each time after some profiles have changed. Each in a fresh process on a file, the median of a few; the time
of all its processors is told, too. Ends with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.communities import SEED
from matching.community import generate
from matching.profile import Profile
from service.clock import SystemClock
from service.records import Scope
from service.storage import open_store
from service.usecases.keys import create_key
from service.usecases.members import put_members
from service.usecases.platforms import create_platform

PLATFORM, SEEKERS, SUPPORTERS = "harbour", 200, 100
MOST_SECONDS = 2.0
PATIENCE_SECONDS = 60.0


def main() -> int:
    """Fill a store, start things, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("times", nargs="?", type=int, default=7)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.sqlite3"
        key, profiles = _filled(url)
        environment = {**os.environ, "ALONGSIDE_STORE": url}
        held = [
            _told("first /readyz", [_served(environment, "/readyz", key) for _ in range(times)]),
            _told(
                "first member read",
                [_served(environment, f"/v1/members/{profiles[0].member_id}", key) for _ in range(times)],
            ),
            _told(
                "rematch of 300 people",
                [_rematched(environment, Path(folder), url, profiles[each::times]) for each in range(times)],
            ),
        ]
    return 0 if all(held) else 1


def _filled(url: str) -> tuple[str, tuple[Profile, ...]]:
    store, now = open_store(url), SystemClock().now()
    create_platform(store, platform_id=PLATFORM, name=PLATFORM, now=now, signposting="Call 112.")
    profiles = generate(seed=SEED, seekers=SEEKERS, supporters=SUPPORTERS, today=now.date()).profiles
    put_members(store, PLATFORM, profiles=profiles, now=now)
    _, key = create_key(store, PLATFORM, name="bench", scopes=tuple(Scope), now=now)
    store.close()
    return key, tuple(profiles)


def _served(environment: dict[str, str], path: str, key: str) -> tuple[float, float]:
    """Start a server, ask until it answers, stop it; give seconds until then, and of all its processes together."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    before, began = _processor(), time.monotonic()
    server = subprocess.Popen(
        [
            *_python("-m", "gunicorn"),
            "-c",
            "python:service.gunicorn_conf",
            "--bind",
            f"127.0.0.1:{port}",
            "service.app:create_app()",
        ],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        seconds = _first_answer(port, path, key) - began
    finally:
        server.terminate()
        server.wait()
    return seconds, _processor() - before


def _first_answer(port: int, path: str, key: str) -> float:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
            if connection.getresponse().status == 200:
                return time.monotonic()
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    sys.exit("the server does not answer")


def _rematched(
    environment: dict[str, str], folder: Path, url: str, changed: tuple[Profile, ...]
) -> tuple[float, float]:
    """Have some profiles come again, so that the run has work, and match."""
    store = open_store(url)
    put_members(store, PLATFORM, profiles=changed, now=SystemClock().now())
    store.close()
    before, began = _processor(), time.monotonic()
    subprocess.run(
        [*_python("-c", "from service.cli import main; main()"), "rematch", "--platform", PLATFORM],
        env=environment,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - began, _processor() - before


def _python(*words: str) -> list[str]:
    return [sys.executable, *words]


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _told(what: str, seen: list[tuple[float, float]]) -> bool:
    seconds = median(wall for wall, _ in seen)
    numbers = {
        "median_s": round(seconds, 2),
        "worst_s": round(max(wall for wall, _ in seen), 2),
        "processor_s": round(median(used for _, used in seen), 2),
        "times": len(seen),
    }
    print(json.dumps({"what": what, **numbers, "bar_s": MOST_SECONDS}), flush=True)
    return seconds <= MOST_SECONDS


if __name__ == "__main__":
    sys.exit(main())
