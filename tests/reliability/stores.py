"""The stores that failure tests run on: how each is named, started, killed and brought back."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tests.reliability.processes import Program


class StoreUnderTest(Protocol):
    """A store in a folder of the test's own."""

    name: str

    @property
    def url(self) -> str:
        """What ALONGSIDE_STORE says."""
        ...

    @property
    def program(self) -> Program | None:
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
    program: Program | None = None

    def __init__(self, folder: Path) -> None:
        self._path = folder / "data" / "alongside.sqlite3"

    @property
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    def start(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)

    def stop(self) -> None:
        """Nothing to end."""


STORES = {SqliteFile.name: SqliteFile}
"""The stores by name; a new engine is a row here."""
