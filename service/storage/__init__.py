"""Stores: where the service keeps its records.

`store.py` is the interface, `limits.py` what every engine refuses, one module beside them each engine. `open_store` is
the only way in; a new engine is one row of its table. Nothing here knows what a record means, and no use case or front
is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from service.errors import ConfigurationError
from service.storage.store import Store


def open_store(url: str) -> Store:
    """Open the store that a URL names, making it where that is possible.

    ``sqlite:///`` is followed by the path of a file: relative as it stands, ``sqlite:////srv/…`` absolute. A relative
    one is taken from the present working folder, once. Raises ConfigurationError for a URL that no engine takes, and
    StoreUnavailable when the store cannot be reached.
    """
    scheme, rest = _parted(url)
    return ENGINES[scheme](rest)


def embedded_path(url: str) -> Path | None:
    """Give the absolute path of the file that a URL names; None when the store is a server of its own.

    Raises ConfigurationError as `open_store` does, but opens nothing.
    """
    scheme, rest = _parted(url)
    return _sqlite_path(rest) if scheme == SQLITE else None


def _parted(url: str) -> tuple[str, str]:
    scheme, parted, rest = url.partition("://")
    if not parted or scheme not in ENGINES:
        # The URL is not quoted: one of a server may hold a password.
        allowed = ", ".join(f"{name}://" for name in sorted(ENGINES))
        raise ConfigurationError(f"ALONGSIDE_STORE must begin with one of: {allowed}")
    return scheme, rest


def _sqlite_path(rest: str) -> Path:
    path = rest.removeprefix("/")
    is_file = rest.startswith("/") and path and not path.endswith("/") and not set(path) & set("?#\0")
    if not is_file or path == ":memory:":
        raise ConfigurationError("ALONGSIDE_STORE must name a file, as in sqlite:///./data/alongside.sqlite3")
    return Path(path).expanduser().absolute()


def _open_sqlite(rest: str) -> Store:
    from service.storage.sqlite import SqliteStore

    return SqliteStore.open(_sqlite_path(rest))


SQLITE = "sqlite"
ENGINES: Mapping[str, Callable[[str], Store]] = {SQLITE: _open_sqlite}
"""Scheme → how its store is opened, from what follows ``://``."""
