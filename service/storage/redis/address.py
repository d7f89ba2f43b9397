"""Where a Redis store is: what a URL says, checked, without connecting to anything.

``redis://[user:password@]host[:port][/database]``, ``redis+sentinel://host[:port],…/name[/database]`` (hosts of the
Sentinels, name of the primary they watch) and ``redis+cluster://host[:port],…`` (some nodes; the others are found);
``rediss`` in place of ``redis`` for TLS. Options follow a question mark; each is a row of `_OPTIONS`. No message quotes
the URL: it may hold a password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from service.errors import ConfigurationError

DEFAULT_PORT = 6379
DEFAULT_SENTINEL_PORT = 26379

Node = tuple[str, int]
"""Host and port of a server."""


class Layout(StrEnum):
    """How many servers keep the store, and who knows which."""

    SINGLE = "single"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a store is and how it is to be used.

    Attributes
    ----------
    nodes : the server, the Sentinels, or some nodes of the Cluster.
    service : the primary's name among the Sentinels; empty elsewhere.
    database : number of the database; a Cluster has only 0.
    username, password : empty without; of the servers.
    sentinel_password : empty without; of the Sentinels.
    ca_file : the certificates that are trusted with TLS; empty: the system's.
    prefix : how each key begins, so that several stores may share a server.
    min_replicas : how many replicas must have confirmed a write before it is acknowledged.
    answer_seconds : how long an answer may take before it counts as lost.
    """

    layout: Layout
    nodes: tuple[Node, ...]
    service: str = ""
    database: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    sentinel_password: str = field(default="", repr=False)
    is_tls: bool = False
    ca_file: str = ""
    prefix: str = "alongside"
    min_replicas: int = 0
    answer_seconds: float = 5.0

    @classmethod
    def from_url(cls, scheme: str, rest: str) -> Address:
        """Read scheme and what follows ``://``; ConfigurationError says what is allowed."""
        before, _, options = rest.partition("?")
        authority, _, path = before.partition("/")
        credentials, _, hosts = authority.rpartition("@")
        username, _, password = credentials.partition(":")
        protocol, _, layout_name = scheme.partition("+")
        layout = Layout(layout_name or "single")
        service, database = _path(layout, path)
        return cls(
            layout=layout,
            nodes=_nodes(layout, hosts),
            service=service,
            database=database,
            username=unquote(username),
            password=unquote(password),
            is_tls=protocol == "rediss",
            **{"min_replicas": 0 if layout is Layout.SINGLE else 1, **_options(options)},
        )


_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_FORMS = {
    Layout.SINGLE: "redis://host:6379/0",
    Layout.SENTINEL: "redis+sentinel://host-a:26379,host-b:26379,host-c:26379/name-of-the-primary",
    Layout.CLUSTER: "redis+cluster://host-a:6379,host-b:6379",
}


def _nodes(layout: Layout, hosts: str) -> tuple[Node, ...]:
    found = [_HOST.fullmatch(host) for host in hosts.split(",")]
    default = DEFAULT_SENTINEL_PORT if layout is Layout.SENTINEL else DEFAULT_PORT
    nodes = tuple((each[1].strip("[]"), int(each[2] or default)) for each in found if each is not None)
    is_one = layout is not Layout.SINGLE or len(found) == 1
    if None in found or not is_one or not all(1 <= port <= 65535 for _, port in nodes):
        raise _not_understood(layout)
    return nodes


def _path(layout: Layout, path: str) -> tuple[str, int]:
    """Give name of the primary and number of the database."""
    service, _, database = path.partition("/") if layout is Layout.SENTINEL else ("", "", path)
    is_named = (layout is Layout.SENTINEL) == bool(re.fullmatch(r"[A-Za-z0-9._-]+", service))
    is_number = re.fullmatch(r"[0-9]{0,5}", database) is not None
    if not is_named or not is_number or (layout is Layout.CLUSTER and int(database or 0)):
        raise _not_understood(layout)
    return service, int(database or 0)


def _not_understood(layout: Layout) -> ConfigurationError:
    return ConfigurationError(f"ALONGSIDE_STORE must be of the form {_FORMS[layout]}")


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", text):
        raise ValueError
    return text


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text):
        raise ValueError
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text) or not float(text):
        raise ValueError
    return float(text)


_OPTIONS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "prefix": ("prefix", _prefix),
    "min_replicas": ("min_replicas", _count),
    "timeout": ("answer_seconds", _seconds),
    "ca_file": ("ca_file", str),
    "sentinel_password": ("sentinel_password", str),
}
"""Name in the URL → attribute of an address, and how its text is read (ValueError: it cannot be)."""


def _options(text: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for part in text.split("&") if text else ():
        name, _, value = part.partition("=")
        try:
            attribute, read = _OPTIONS[name]
            options[attribute] = read(unquote(value))
        except (KeyError, ValueError):
            allowed = ", ".join(sorted(_OPTIONS))
            raise ConfigurationError(
                f"ALONGSIDE_STORE has an option that is not known, or a value it cannot have (options: {allowed})"
            ) from None
    return options
