"""The stores that failure tests run on: how each is named, started, killed and brought back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from tests.service.storage.servers import RedisServer


class Killable(Protocol):
    """A process of the store."""

    @property
    def pid(self) -> int: ...

    def kill(self) -> None: ...


class StoreUnderTest(Protocol):
    """A store in a folder of the test's own."""

    name: str

    @property
    def url(self) -> str:
        """What ALONGSIDE_STORE says."""
        ...

    @property
    def program(self) -> Killable | None:
        """Its own process; None where the store is a file."""
        ...

    def start(self) -> None:
        """Start it, or start it again over what it kept, and wait until it answers."""
        ...

    def stop(self) -> None:
        """End it for good."""
        ...


class SqliteFile:
    """The embedded store: a file, and no process to kill but those that use it."""

    name = "sqlite"
    program: Killable | None = None

    def __init__(self, folder: Path) -> None:
        self._path = folder / "data" / "alongside.sqlite3"

    @property
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    def start(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)

    def stop(self) -> None:
        """Nothing to end."""


class RedisAlone:
    """One Redis server that keeps every write before it answers; killed and started again over the same folder."""

    name = "redis"

    def __init__(self, folder: Path, **settings: str) -> None:
        self._settings = settings
        self.server: RedisServer | None = None

    @property
    def url(self) -> str:
        return self._running.url

    @property
    def program(self) -> RedisServer:
        return self._running

    def start(self) -> None:
        if self.server is None:
            self.server = RedisServer(**self._settings)
        else:
            self.server.start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.remove()

    @property
    def _running(self) -> RedisServer:
        assert self.server is not None
        return self.server


class RedisWithoutFsync(RedisAlone):
    """Redis set up as it must not be: it answers before anything is on the disk."""

    name = "redis without fsync"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, appendfsync="no")


STORES: dict[str, Callable[[Path], StoreUnderTest]] = {
    store.name: store for store in (SqliteFile, RedisAlone, RedisWithoutFsync)
}
"""The stores by name; a new engine is a row here."""

EVERY_STORE = [SqliteFile.name, pytest.param(RedisAlone.name, marks=pytest.mark.redis)]
"""The stores that must lose nothing, for tests."""
