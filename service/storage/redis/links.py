"""Connections to Redis servers: lent to one thread at a time, never carried over a fork.

Nothing is sent twice here. What goes wrong before a command is sent is a NotSentError; once it is sent, whatever keeps
its answer from coming is an AnswerLostError; an answer that refuses is the library's ResponseError.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from redis.backoff import NoBackoff
from redis.connection import Connection, ConnectionPool, SSLConnection
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

from service.storage.redis.address import Address, Node
from service.storage.redis.scripts import Script
from service.storage.redis.words import AnswerLostError, NotSentError

CONNECT_SECONDS = 2.0
"""How long a server may take to accept a connection."""

MOST_CONNECTIONS = 256
"""Connections of a process to one server; each call in progress has one."""

Command = tuple[str | bytes | int | float, ...]
"""A command and its arguments."""

ASKING: Command = ("ASKING",)


class Link:
    """A connection that is lent just now."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def ask(self, *commands: Command) -> list[Any]:
        """Send commands together and give their answers; raise the first refusal once all answers are in."""
        try:
            packed = self._connection.pack_commands(commands)
            self._connection.send_packed_command(packed, check_health=False)
            answers = [self._answer() for _ in commands]
        except (BusyLoadingError, AuthenticationError):
            raise
        except RedisError as error:
            raise AnswerLostError(error) from error
        for answer in answers:
            if isinstance(answer, ResponseError):
                raise answer
        return answers

    def run(self, script: Script, keys: Sequence[str], arguments: Sequence[str | int], *, is_asking: bool) -> Any:
        """Run a script; its text is sent only to a server that does not know it."""
        rest = (len(keys), *keys, *arguments)
        before = (ASKING,) if is_asking else ()
        try:
            return self.ask(*before, ("EVALSHA", script.digest, *rest))[-1]
        except NoScriptError:
            return self.ask(*before, ("EVAL", script.text, *rest))[-1]

    def _answer(self) -> Any:
        try:
            return self._connection.read_response()
        except ResponseError as refusal:
            return refusal


class Links:
    """The connections of a store to its servers, or to its Sentinels."""

    def __init__(self, address: Address, *, must_be_primary: bool = False, is_sentinel: bool = False) -> None:
        self._class = SSLConnection if address.is_tls else Connection
        self._arguments: dict[str, Any] = {
            # Every connection begins with an answered command, so that a server that takes no more is found out.
            "client_name": "alongside",
            "driver_info": None,
            "protocol": 2,
            "db": 0 if is_sentinel else address.database,
            "username": None if is_sentinel else address.username or None,
            "password": (address.sentinel_password if is_sentinel else address.password) or None,
            "socket_timeout": address.answer_seconds,
            "socket_connect_timeout": min(CONNECT_SECONDS, address.answer_seconds),
            "socket_keepalive": True,
            # The library's own default sends again what may have been done already.
            "retry": Retry(NoBackoff(), 0),
        }
        if address.is_tls and address.ca_file:
            self._arguments["ssl_ca_certs"] = address.ca_file
        if must_be_primary:
            self._arguments["redis_connect_func"] = _connect_to_primary
        # By process id: a child neither uses nor closes what its parent opened.
        self._pools: dict[int, dict[Node, ConnectionPool]] = {}

    @contextmanager
    def lend(self, node: Node) -> Iterator[Link]:
        """Lend a connection to a server."""
        pool = self._pool(node)
        try:
            connection: Any = pool.get_connection()
        except ReadOnlyError:
            raise
        except RedisError as error:
            raise NotSentError(error) from error
        try:
            yield Link(connection)
        except ResponseError:
            raise
        except BaseException:
            # An answer may still be on its way: the next command must not take it for its own.
            connection.disconnect()
            raise
        finally:
            pool.release(connection)

    def subscribed(self, node: Node, channel: str) -> Any:
        """Open a connection of its own on which everything that is published on a channel arrives."""
        host, port = node
        connection: Any = self._class(host=host, port=port, **self._arguments)
        try:
            connection.connect()
            connection.send_command("SUBSCRIBE", channel)
            connection.read_response()
        except BaseException:
            connection.disconnect()
            raise
        return connection

    def close(self) -> None:
        """Close this process's connections."""
        for pool in self._pools.pop(os.getpid(), {}).values():
            pool.disconnect()

    def _pool(self, node: Node) -> ConnectionPool:
        pools = self._pools.setdefault(os.getpid(), {})
        if node not in pools:
            host, port = node
            made = ConnectionPool(
                self._class, max_connections=MOST_CONNECTIONS, host=host, port=port, **self._arguments
            )
            pools.setdefault(node, made)
        return pools[node]


def _connect_to_primary(connection: Any) -> None:
    """Begin a connection only with a primary: after a fail-over, the old one comes back as a replica with old data."""
    connection.on_connect()
    connection.send_command("ROLE")
    if connection.read_response()[0] != b"master":
        raise ReadOnlyError("not the primary any longer")
