"""The API as gunicorn serves it, for tests that need a real server: on either store, on a free port."""

from __future__ import annotations

import http.client
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.records import Scope
from service.storage import open_store
from service.usecases import keys, platforms
from tests.service.api.conftest import NOW
from tests.service.storage.servers import free_port


@dataclass(frozen=True)
class Served:
    """A running server, and a key for it."""

    port: int
    key: str
    process: subprocess.Popen
    log: Path
    store_url: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}


@contextmanager
def serving(folder: Path, store_url: str, *, with_worker: bool = False, **settings: str) -> Iterator[Served]:
    """Serve a store that has a platform `harbour`; `settings` are those of the environment, without their prefix."""
    store = open_store(store_url)
    platforms.create_platform(store, platform_id="harbour", name="Harbour", now=NOW, signposting="Call 112.")
    _, key = keys.create_key(store, "harbour", name="test", scopes=tuple(Scope), now=NOW)
    store.close()
    port = free_port()
    environment = {
        **os.environ,
        "ALONGSIDE_STORE": store_url,
        "ALONGSIDE_SECRET_KEY_FILE": str(folder / "secret.key"),
        **{f"ALONGSIDE_{name.upper()}": value for name, value in settings.items()},
    }
    (folder / "secret.key").write_text(f"k1:{secrets.token_hex(32)}\n")
    command = [sys.executable, "-m", "gunicorn", "-c", "python:service.gunicorn_conf"]
    command += ["--bind", f"127.0.0.1:{port}", "service.app:create_app()"]
    running = []
    with (folder / "log").open("w") as log:
        try:
            running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
            if with_worker:
                worker = [sys.executable, "-c", "from service.cli import main; main()", "worker"]
                running.append(subprocess.Popen(worker, env=environment, stdout=log, stderr=log))
            served = Served(port, key, running[0], folder / "log", store_url)
            _wait_until_ready(served)
            yield served
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(timeout=40)


def _wait_until_ready(served: Served) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if served.process.poll() is not None:
            break
        try:
            with closing(served.connect()) as connection:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    pytest.fail(served.log.read_text())
