"""The servers behind a store, each by itself: what they say of themselves, and erasing what they have logged.

Primaries and their replicas are asked. Nothing here reads or writes a record.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis.exceptions import RedisError

from service.errors import StoreUnavailable
from service.storage.redis.address import Address, Node
from service.storage.redis.calling import Caller
from service.storage.redis.links import Command, Links
from service.storage.redis.words import AnswerLostError, NotSentError, in_plain_words

_NAP_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Server:
    """One server: its address, and its own account of itself (INFO)."""

    node: Node
    facts: Mapping[str, str]

    @property
    def name(self) -> str:
        """Host and port."""
        return f"{self.node[0]}:{self.node[1]}"

    @property
    def replicas(self) -> tuple[Node, ...]:
        """The servers that follow it and can be reached, as it says."""
        found = (
            re.fullmatch(r"ip=(.*),port=([0-9]+),state=online.*", self.facts.get(f"slave{n}", "")) for n in range(64)
        )
        return tuple((each[1], int(each[2])) for each in found if each is not None)


class Servers:
    """All servers of a store."""

    def __init__(self, address: Address, caller: Caller) -> None:
        self._caller = caller
        # Replicas are asked, too, so connections of their own.
        self._links = Links(address)

    def primaries(self) -> tuple[Server, ...]:
        """Look at every server that keeps records; StoreUnavailable when one cannot be reached."""
        return tuple(map(self.look_at, self._caller.primaries()))

    def look_at(self, node: Node) -> Server:
        """Look at one server."""
        with in_plain_words():
            (answer,) = self.ask(node, ("INFO", "everything"))
        return Server(node, dict(re.findall(r"^([A-Za-z0-9_]+):(.*?)\r?$", answer.decode(), re.MULTILINE)))

    def ask(self, node: Node, *commands: Command) -> list[Any]:
        """Send commands to a server."""
        with self._links.lend(node) as link:
            return link.ask(*commands)

    def clocks(self) -> tuple[datetime, ...]:
        """Ask every server that keeps records what time it is."""
        with in_plain_words():
            answers = [self.ask(node, ("TIME",))[0] for node in self._caller.primaries()]
        return tuple(datetime.fromtimestamp(int(seconds), UTC) for seconds, _ in answers)

    def setting(self, node: Node, name: str) -> str | None:
        """Read a setting of a server; None where this account may not."""
        try:
            (answer,) = self.ask(node, ("CONFIG", "GET", name))
        except RedisError:
            return None
        return answer[1].decode() if answer else None

    def purge(self, patience: timedelta) -> bool:
        """Have every server write its files anew, and forget the commands it noted as slow."""
        deadline = time.monotonic() + patience.total_seconds()
        try:
            primaries = self.primaries()
            # Replicas first: they write anew what the primaries have deleted already.
            nodes = [node for primary in primaries for node in (*primary.replicas, primary.node)]
            return all([self._purge(node, deadline) for node in nodes])
        except (StoreUnavailable, NotSentError, AnswerLostError):
            return False

    def close(self) -> None:
        """Let go of this process's connections."""
        self._links.close()

    def _purge(self, node: Node, deadline: float) -> bool:
        self.ask(node, ("SLOWLOG", "RESET"))
        is_logging = self.look_at(node).facts.get("aof_enabled") == "1"
        if is_logging and not self._write_anew(node, ("BGREWRITEAOF",), _is_rewriting, _is_rewritten, deadline):
            return False
        return not self.setting(node, "save") or self._write_anew(node, ("BGSAVE",), _is_saving, _is_saved, deadline)

    def _write_anew(
        self,
        node: Node,
        command: Command,
        is_busy: Callable[[Mapping[str, str]], bool],
        is_well: Callable[[Mapping[str, str]], bool],
        deadline: float,
    ) -> bool:
        """Have a file written anew, after what is being written just now: it may hold what was there before."""
        if not self._wait(node, is_busy, deadline):
            return False
        try:
            self.ask(node, command)
        except RedisError:
            # Somebody else began meanwhile, or another file is being written.
            return False
        return self._wait(node, is_busy, deadline) and is_well(self.look_at(node).facts)

    def _wait(self, node: Node, is_busy: Callable[[Mapping[str, str]], bool], deadline: float) -> bool:
        while is_busy(self.look_at(node).facts):
            if time.monotonic() > deadline:
                return False
            time.sleep(_NAP_SECONDS)
        return True


def _is_rewriting(facts: Mapping[str, str]) -> bool:
    return "1" in (facts.get("aof_rewrite_in_progress"), facts.get("aof_rewrite_scheduled"))


def _is_rewritten(facts: Mapping[str, str]) -> bool:
    return facts.get("aof_last_bgrewrite_status") == "ok"


def _is_saving(facts: Mapping[str, str]) -> bool:
    return facts.get("rdb_bgsave_in_progress") == "1"


def _is_saved(facts: Mapping[str, str]) -> bool:
    return facts.get("rdb_last_bgsave_status") == "ok"
