"""Stores: where the service keeps its records.

`store.py` is the interface, `limits.py` what every engine refuses, one module beside them each engine. `open_store` is
the only way in; a new engine is one row of its table. Nothing here knows what a record means, and no use case or front
is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from service.errors import ConfigurationError
from service.storage.operated import OperatedStore

if TYPE_CHECKING:
    from service.storage.redis.address import Address


def open_store(url: str) -> OperatedStore:
    """Open the store that a URL names, making it where that is possible.

    ``sqlite:///`` is followed by the path of a file: relative as it stands, ``sqlite:////srv/…`` absolute. A relative
    one is taken from the present working folder, once. `redis/address.py` tells the forms for Redis. Raises
    ConfigurationError for a URL that no engine takes, and StoreUnavailable when the store cannot be reached.
    """
    scheme, rest = _parted(url)
    return ENGINES[scheme](scheme, rest)


def embedded_path(url: str) -> Path | None:
    """Give the absolute path of the file that a URL names; None when the store is a server of its own.

    Raises ConfigurationError as `open_store` does, but opens nothing.
    """
    scheme, rest = _parted(url)
    if scheme == SQLITE:
        return _sqlite_path(rest)
    _redis_address(scheme, rest)
    return None


def is_on_this_machine(url: str) -> bool:
    """Whether nobody on another machine can have this store: it is a file, or a server that is reached by loopback.

    Raises ConfigurationError as `open_store` does, but opens nothing.
    """
    scheme, rest = _parted(url)
    return scheme == SQLITE or all(host in _LOOPBACK for host, _ in _redis_address(scheme, rest).nodes)


def with_min_replicas(url: str, count: int | None) -> str:
    """Give the URL of the same store that acknowledges what so many replicas have; None: the URL as it is.

    Raises ConfigurationError where the URL asks for another number, or names a store that has no replicas.
    """
    if count is None:
        return url
    scheme, rest = _parted(url)
    if scheme == SQLITE:
        raise ConfigurationError("ALONGSIDE_MIN_REPLICAS is for stores on Redis: a file has no replicas")
    if "min_replicas=" not in rest:
        url = f"{url}{'&' if '?' in url else '?'}min_replicas={count}"
    elif _redis_address(scheme, rest).min_replicas != count:
        raise ConfigurationError("ALONGSIDE_MIN_REPLICAS and ALONGSIDE_STORE ask for different numbers of replicas")
    return url


def redis_address(url: str) -> Address:
    """Give the address of a store on Redis; raises ConfigurationError as `open_store` does, but opens nothing."""
    return _redis_address(*_parted(url))


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


def _open_sqlite(_: str, rest: str) -> OperatedStore:
    from service.storage.sqlite import SqliteStore

    return SqliteStore.open(_sqlite_path(rest))


def _redis_address(scheme: str, rest: str) -> Address:
    from service.storage.redis.address import Address

    return Address.from_url(scheme, rest)


def _open_redis(scheme: str, rest: str) -> OperatedStore:
    from service.storage.redis.engine import RedisStore

    return RedisStore.open(_redis_address(scheme, rest))


_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

SQLITE = "sqlite"
ENGINES: Mapping[str, Callable[[str, str], OperatedStore]] = {
    SQLITE: _open_sqlite,
    "redis": _open_redis,
    "rediss": _open_redis,
    "redis+sentinel": _open_redis,
    "rediss+sentinel": _open_redis,
    "redis+cluster": _open_redis,
    "rediss+cluster": _open_redis,
}
"""Scheme → how its store is opened, from the scheme and what follows ``://``."""
