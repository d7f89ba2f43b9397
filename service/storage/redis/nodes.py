"""Which server keeps a key: always the only one, the one the Sentinels name, or the one a Cluster's slots name.

What was found out is kept until somebody says that it is not true any longer (`forget`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import ConnectionError, RedisError

from service.storage.redis.address import Address, Layout, Node
from service.storage.redis.keys import PING_KEY
from service.storage.redis.links import Links
from service.storage.redis.words import AnswerLostError, NoPrimaryError, NotSentError


class Nodes(Protocol):
    """Knows the servers of a store."""

    def primary_of(self, key: str) -> Node:
        """Give the server that keeps a key; NotSentError when it cannot be found out."""
        ...

    def ping_keys(self, prefix: str) -> tuple[str, ...]:
        """Give one key for each server that keeps records."""
        ...

    def forget(self) -> None:
        """Find out anew, next time."""
        ...

    def close(self) -> None:
        """Let go of this process's connections."""
        ...


class OneServer:
    """The server of the address."""

    def __init__(self, address: Address) -> None:
        self._node = address.nodes[0]

    def primary_of(self, key: str) -> Node:  # noqa: ARG002 - it has them all
        """See `Nodes.primary_of`."""
        return self._node

    def ping_keys(self, prefix: str) -> tuple[str, ...]:
        """See `Nodes.ping_keys`."""
        return (PING_KEY.format(prefix=prefix, tag="ping"),)

    def forget(self) -> None:
        """See `Nodes.forget`; there is nothing to find out."""

    def close(self) -> None:
        """See `Nodes.close`; it has none."""


class Watched:
    """The primary that Sentinels watch."""

    def __init__(self, address: Address) -> None:
        self._sentinels = address.nodes
        self._service = address.service
        self._links = Links(address, is_sentinel=True)
        self._primary: Node | None = None

    def primary_of(self, key: str) -> Node:  # noqa: ARG002 - it has them all
        """See `Nodes.primary_of`."""
        primary = self._primary
        if primary is None:
            primary = self._primary = self._ask_sentinels()
        return primary

    def ping_keys(self, prefix: str) -> tuple[str, ...]:
        """See `Nodes.ping_keys`."""
        return (PING_KEY.format(prefix=prefix, tag="ping"),)

    def forget(self) -> None:
        """See `Nodes.forget`."""
        self._primary = None

    def close(self) -> None:
        """See `Nodes.close`."""
        self._links.close()

    def _ask_sentinels(self) -> Node:
        for sentinel in self._sentinels:
            try:
                with self._links.lend(sentinel) as link:
                    (found,) = link.ask(("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._service))
            except (NotSentError, AnswerLostError, RedisError):
                # It is down, or no Sentinel: the others may know.
                continue
            if found:
                return found[0].decode(), int(found[1])
        raise NotSentError(NoPrimaryError())


class Slots:
    """The primaries of a Cluster, by the slots they serve."""

    def __init__(self, address: Address, links: Links) -> None:
        self._first = address.nodes
        self._links = links
        self._primaries: Mapping[int, Node] = {}
        # Every node ever seen: one of them may be there when those of the address are not.
        self._known: tuple[Node, ...] = address.nodes

    def primary_of(self, key: str) -> Node:
        """See `Nodes.primary_of`."""
        slot = key_slot(key.encode())
        primaries = self._primaries or self._read_slots()
        if slot not in primaries:
            self.forget()
            raise NotSentError(ConnectionError("no node serves this slot"))
        return primaries[slot]

    def ping_keys(self, prefix: str) -> tuple[str, ...]:
        """See `Nodes.ping_keys`."""
        primaries = self._primaries or self._read_slots()
        keys: dict[Node, str] = {}
        missing = set(primaries.values())
        for number in range(REDIS_CLUSTER_HASH_SLOTS):
            key = PING_KEY.format(prefix=prefix, tag=f"ping-{number}")
            node = primaries.get(key_slot(key.encode()))
            if node in missing:
                missing.remove(node)
                keys[node] = key
            if not missing:
                break
        return tuple(keys.values())

    def forget(self) -> None:
        """See `Nodes.forget`."""
        self._primaries = {}

    def close(self) -> None:
        """See `Nodes.close`; the connections are the store's."""

    def _read_slots(self) -> Mapping[int, Node]:
        trouble: NotSentError | None = None
        for node in self._known:
            try:
                with self._links.lend(node) as link:
                    (ranges,) = link.ask(("CLUSTER", "SLOTS"))
            except NotSentError as error:
                trouble = error
                continue
            except AnswerLostError as error:
                trouble = NotSentError(error.cause)
                continue
            self._primaries = _by_slot(ranges, node)
            self._known = tuple(dict.fromkeys((*self._primaries.values(), *self._known, *self._first)))
            return self._primaries
        raise trouble or NotSentError(NoPrimaryError())


def nodes_of(address: Address, links: Links) -> Nodes:
    """Give what knows the servers of an address."""
    if address.layout is Layout.CLUSTER:
        return Slots(address, links)
    return Watched(address) if address.layout is Layout.SENTINEL else OneServer(address)


def _by_slot(ranges: list[Any], asked: Node) -> dict[int, Node]:
    """Read what CLUSTER SLOTS answers; a node without an address is the one that was asked."""
    found = {}
    for first, last, primary, *_ in ranges:
        host = (primary[0] or b"").decode()
        node = (host if host not in ("", "?") else asked[0], int(primary[1]))
        found.update(dict.fromkeys(range(first, last + 1), node))
    return found
