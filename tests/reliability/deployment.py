"""A whole installation in a folder: store, API server and worker, as an operator would start them on one machine."""

from __future__ import annotations

import http.client
import random
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.clock import SystemClock
from service.records import Scope
from service.storage import open_store
from service.usecases import keys, platforms
from tests.reliability.processes import Program, children, descendants, kill, wait_until
from tests.reliability.stores import STORES, StoreUnderTest

PLATFORM = "harbour"
GUNICORN = ("-m", "gunicorn")

CHANCES = {"run process": 8, "server process": 4, "store": 4, "server": 2, "worker": 1}
"""How often each is killed, of those that are there. A worker's job waits a minute for the next worker, so few of them:
else no run would ever get far."""


@dataclass(frozen=True, slots=True)
class Kill:
    """Who was killed."""

    victim: str
    is_done: bool


class Deployment:
    """The processes of one installation; `kill_somebody` ends one at random and sees that it comes back."""

    def __init__(self, folder: Path, store: StoreUnderTest, *, gunicorn: Sequence[str] = GUNICORN) -> None:
        self.store = store
        store.start()
        self.port = _free_port()
        environment = {
            "ALONGSIDE_STORE": store.url,
            "ALONGSIDE_SECRET_KEY_FILE": str(folder / "secret.key"),
            "ALONGSIDE_LOG_FORMAT": "json",
        }
        serve = [*gunicorn, "--config", "python:service.gunicorn_conf"]
        serve += ["--bind", f"127.0.0.1:{self.port}", "service.app:create_app()"]
        self.server = Program("server", [sys.executable, *serve], environment, folder / "server.log")
        work = ["-c", "from service.cli import main; main()", "worker"]
        self.worker = Program("worker", [sys.executable, *work], environment, folder / "worker.log")
        _make_secret_key(folder / "secret.key")

    @property
    def victims(self) -> dict[str, int]:
        """Who may be killed just now, by name."""
        named = {"worker": self.worker.pid, "server": self.server.pid}
        for number, pid in enumerate(children(self.server.pid)):
            named[f"server process {number}"] = pid
        for number, pid in enumerate(descendants(self.worker.pid)):
            named[f"run process {number}"] = pid
        if self.store.program is not None:
            named["store"] = self.store.program.pid
        return named

    def start(self) -> str:
        """Start server and worker on an empty store; give an API key that may do all."""
        opened = open_store(self.store.url)
        try:
            now = SystemClock().now()
            platforms.create_platform(opened, platform_id=PLATFORM, name="Harbour", now=now, signposting="Call 112.")
            _, key = keys.create_key(opened, PLATFORM, name="test", scopes=tuple(Scope), now=now)
        finally:
            opened.close()
        self.server.start()
        self.worker.start()
        self.wait_until_ready()
        return key

    def wait_until_ready(self) -> None:
        wait_until(self._is_ready, what="the server is ready")

    def kill_somebody(self, choose: random.Random) -> Kill:
        """Kill one process with SIGKILL; start it again where nobody else does."""
        victims = self.victims
        present = {_sort_of(name) for name in victims}
        sorts = [sort for sort in CHANCES if sort in present]
        sort = choose.choices(sorts, [CHANCES[each] for each in sorts])[0]
        name = choose.choice([name for name in victims if _sort_of(name) == sort])
        programs = {"worker": self.worker, "server": self.server, "store": self.store.program}
        program = programs.get(sort)
        if program is None:
            return Kill(sort, is_done=kill(victims[name]))
        program.kill()
        if sort == "store":
            self.store.start()
        else:
            program.start()
        return Kill(sort, is_done=True)

    def stop(self) -> None:
        for program in (self.worker, self.server):
            program.stop()
        self.store.stop()

    def _is_ready(self) -> bool:
        assert self.server.is_running, self.server.log()
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


@contextmanager
def deployed(folder: Path, store_name: str, *, gunicorn: Sequence[str] = GUNICORN) -> Iterator[tuple[Deployment, str]]:
    """Give a running installation and a key; everything is ended afterwards, whatever happens.

    `gunicorn` are the arguments of Python that start it.
    """
    store = STORES[store_name](folder)
    try:
        deployment = Deployment(folder, store, gunicorn=gunicorn)
        try:
            yield deployment, deployment.start()
        finally:
            for program in (deployment.worker, deployment.server):
                if program.is_running:
                    program.kill()
    finally:
        store.stop()


def _make_secret_key(path: Path) -> None:
    from service.secret_keys import load_secret_keys
    from service.settings import Settings

    load_secret_keys(Settings("sqlite:////nowhere", is_embedded=True, secret_key_file=path, may_make_secret_key=True))


def _sort_of(name: str) -> str:
    return name.rstrip(" 0123456789")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
