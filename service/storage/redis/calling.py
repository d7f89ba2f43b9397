"""Calls to the server that keeps a key: reads, which may be asked twice, and writes, which are sent once.

A write carries the key of its own operation, and the script that does it remembers the outcome there. When its answer
is lost, nothing is sent again: `settle.lua` asks what became of it and, if it has not come, forbids it to come later,
in one step. So a caller learns that the write stands, or that it does not and never will; only when nobody answers this
question either is it left open, as CommitUnconfirmed; then it is asked again before the store's next call to the scope.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from redis.exceptions import (
    AskError,
    BusyLoadingError,
    ClusterDownError,
    MovedError,
    ReadOnlyError,
    RedisError,
    TimeoutError,
    TryAgainError,
)

from service.errors import CommitUnconfirmed, StoreUnavailable
from service.storage.redis.address import Address, Layout, Node
from service.storage.redis.keys import OPERATION_SECONDS, PING_SECONDS
from service.storage.redis.links import Command, Link, Links
from service.storage.redis.nodes import Nodes, nodes_of
from service.storage.redis.scripts import Script, script
from service.storage.redis.words import AnswerLostError, NotSentError, in_plain_words

FOLLOW_SECONDS = 2.0
"""How long a call follows a primary or a slot that moves, where there is more than one server."""

_PAUSE_SECONDS = 0.05

_OPERATION_MS = OPERATION_SECONDS * 1000

# Nothing was done: the server is not, or not yet, the one that can.
_ELSEWHERE = (NotSentError, ReadOnlyError, BusyLoadingError, ClusterDownError, TryAgainError)

T = TypeVar("T")


class Caller:
    """Makes the calls of one store."""

    def __init__(self, address: Address) -> None:
        self._links = Links(address, must_be_primary=address.layout is Layout.SENTINEL)
        self._nodes: Nodes = nodes_of(address, self._links)
        self._prefix = address.prefix
        self._min_replicas = address.min_replicas
        self._replicas_ms = int(min(2.0, address.answer_seconds / 2) * 1000)
        self._settle_seconds = address.answer_seconds
        # Operations that nobody could tell of: they are asked about again before the next call to their scope.
        self._left_open: set[str] = set()
        self._follow_seconds = 0.0 if address.layout is Layout.SINGLE else FOLLOW_SECONDS

    def read(self, key: str, *commands: Command) -> list[Any]:
        """Ask the server that keeps `key`; the commands may name other keys of the same scope."""
        return self._read(key, lambda link, is_asking: _asked(link, commands, is_asking=is_asking))

    def read_by(self, name: str, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:
        """Run a script that writes nothing, or may run twice."""
        return self._read(keys[0], lambda link, is_asking: link.run(script(name), keys, arguments, is_asking=is_asking))

    def write(self, name: str, keys: Sequence[str], arguments: Sequence[str | int]) -> list[Any]:
        """Run a script that writes, once; the first of `keys` is that of its operation.

        Gives what the script gives. Raises StoreUnavailable when it was not done and will not be, CommitUnconfirmed
        when nobody can tell, or when too few replicas have it.
        """
        with in_plain_words():
            self._settle_left_open(keys[0])
            try:
                return self._write(script(name), keys, (_OPERATION_MS, *arguments))
            except AnswerLostError as lost:
                return [b"done", self._outcome(keys[0], lost)]

    def ping(self) -> None:
        """Write something on every server that keeps records; StoreUnavailable says what is wrong."""
        with in_plain_words():
            for key in self._nodes.ping_keys(self._prefix):
                self._ping(key)

    def subscribed(self, key: str, channel: str) -> Any:
        """Open a connection to the server that keeps `key`, on which a channel is heard."""
        with in_plain_words():
            try:
                return self._links.subscribed(self._nodes.primary_of(key), channel)
            except BaseException:
                self._nodes.forget()
                raise

    def primaries(self) -> tuple[Node, ...]:
        """Give every server that keeps records."""
        with in_plain_words():
            return tuple(dict.fromkeys(map(self._nodes.primary_of, self._nodes.ping_keys(self._prefix))))

    def close(self) -> None:
        """Let go of this process's connections."""
        self._links.close()
        self._nodes.close()

    def _read(self, key: str, call: Callable[[Link, bool], T]) -> T:
        with in_plain_words():
            self._settle_left_open(key)
            try:
                return self._at_primary(key, call)
            except AnswerLostError as lost:
                if isinstance(lost.cause, TimeoutError):
                    raise
                self._nodes.forget()
            return self._at_primary(key, call)

    def _write(self, write: Script, keys: Sequence[str], arguments: Sequence[str | int]) -> list[Any]:
        def call(link: Link, is_asking: bool) -> list[Any]:
            answer: list[Any] = link.run(write, keys, arguments, is_asking=is_asking)
            if answer[0] == b"done":
                self._require_replicas(link)
            return answer

        return self._at_primary(keys[0], call)

    def _outcome(self, operation_key: str, lost: AnswerLostError) -> bytes:
        """Find out what became of a write whose answer was lost."""

        def call(link: Link, is_asking: bool) -> bytes | None:
            answer: bytes | None = link.run(settle, (operation_key,), (_OPERATION_MS,), is_asking=is_asking)
            if answer is not None:
                self._require_replicas(link)
            return answer

        settle, deadline = script("settle"), time.monotonic() + self._settle_seconds
        self._nodes.forget()
        while True:
            try:
                outcome = self._at_primary(operation_key, call)
                break
            except (NotSentError, AnswerLostError, RedisError) as error:
                if time.monotonic() > deadline:
                    self._left_open.add(operation_key)
                    raise CommitUnconfirmed(
                        "Redis went away while a change was saved: it may be saved or not"
                    ) from error
                self._nodes.forget()
                time.sleep(_PAUSE_SECONDS)
        if outcome is None:
            raise StoreUnavailable("the way to Redis broke: nothing was changed; try again") from lost.cause
        return outcome

    def _settle_left_open(self, key: str) -> None:
        """See that what was left open has come or never will: so a read after it tells for good."""
        for operation_key in tuple(self._left_open):
            if operation_key.partition("}")[0] == key.partition("}")[0]:
                self._at_primary(
                    operation_key,
                    lambda link, is_asking: link.run(
                        script("settle"),
                        (operation_key,),  # noqa: B023 - called before the loop goes on
                        (_OPERATION_MS,),
                        is_asking=is_asking,
                    ),
                )
                self._left_open.discard(operation_key)

    def _ping(self, key: str) -> None:
        def call(link: Link, is_asking: bool) -> None:
            link.run(script("ping"), (key,), (PING_SECONDS,), is_asking=is_asking)
            self._require_replicas(link, "too few replicas of Redis confirm what is written: see which one is missing")

        self._at_primary(key, call)

    def _require_replicas(self, link: Link, words: str = "") -> None:
        """Wait until enough replicas have what this connection wrote."""
        if not self._min_replicas:
            return
        (confirmed,) = link.ask(("WAIT", self._min_replicas, self._replicas_ms))
        if confirmed < self._min_replicas:
            # Perhaps this is a primary that was replaced and has not heard of it.
            self._nodes.forget()
            if words:
                raise StoreUnavailable(words)
            raise CommitUnconfirmed(
                f"a change was saved, but {confirmed} of {self._min_replicas} replicas have confirmed it: "
                "it may be lost if Redis fails over now"
            )

    def _at_primary(self, key: str, call: Callable[[Link, bool], T]) -> T:
        """Make a call at the server that keeps a key, going where it is told to."""
        deadline = time.monotonic() + self._follow_seconds
        told: Node | None = None
        is_asking = False
        while True:
            try:
                node = told or self._nodes.primary_of(key)
                with self._links.lend(node) as link:
                    return call(link, is_asking)
            except AskError as redirection:
                if time.monotonic() > deadline:
                    raise
                if told is not None:
                    # Sent on twice: two nodes do not agree yet.
                    time.sleep(_PAUSE_SECONDS)
                told, is_asking = _node_told(redirection, node), not isinstance(redirection, MovedError)
                if not is_asking:
                    self._nodes.forget()
            except _ELSEWHERE:
                self._nodes.forget()
                if time.monotonic() > deadline:
                    raise
                told, is_asking = None, False
                time.sleep(_PAUSE_SECONDS)


def _asked(link: Link, commands: Sequence[Command], *, is_asking: bool) -> list[Any]:
    if not is_asking:
        return link.ask(*commands)
    return [link.ask(("ASKING",), command)[-1] for command in commands]


def _node_told(redirection: AskError, asked: Node) -> Node:
    host, port = redirection.node_addr
    return host or asked[0], port
