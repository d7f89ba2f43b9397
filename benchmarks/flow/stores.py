"""Stores for a measurement: a fresh one each, set up as docs/operations.md says, and gone afterwards."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

_PATIENCE_SECONDS = 20.0


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    """Give the URL of an embedded store."""
    yield f"sqlite:///{folder / 'alongside.sqlite3'}"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Start a redis-server that writes every command to disk before it answers, and give its URL."""
    port = _free_port()
    options = {
        "port": port,
        "bind": "127.0.0.1",
        "dir": folder,
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
    }
    command = ["redis-server", *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
    with (folder / "redis.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(_PATIENCE_SECONDS)


STORES: Mapping[str, Callable[[Path], AbstractContextManager[str]]] = {"sqlite": sqlite, "redis": redis}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            if connection.recv(64).startswith(b"+PONG"):
                return
        time.sleep(0.02)
    raise TimeoutError("redis-server does not answer")
