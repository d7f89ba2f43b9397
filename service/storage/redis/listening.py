"""Hearing of commits: a channel that `lua/commit.lua` publishes on, so that nobody hears of what was refused.

What is published while the connection is away is lost, which the interface allows; it is made anew at the next call.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

from service.errors import StoreUnavailable

_PAUSE_SECONDS = 1.0


class RedisListener:
    """See `service.storage.store.Listener`."""

    def __init__(self, subscribe: Callable[[], Any]) -> None:
        """Begin to listen; StoreUnavailable when the server cannot be reached."""
        self._subscribe = subscribe
        self._connection: Any | None = subscribe()

    def wait(self, seconds: float) -> frozenset[str]:
        """See `Listener.wait`; while the server is away it hears nothing."""
        try:
            if self._connection is None:
                self._connection = self._subscribe()
            return self._heard(self._connection, max(seconds, 0))
        except (RedisError, StoreUnavailable):
            self.close()
            time.sleep(min(max(seconds, 0), _PAUSE_SECONDS))
            return frozenset()

    def close(self) -> None:
        """See `Listener.close`."""
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None

    def _heard(self, connection: Any, seconds: float) -> frozenset[str]:
        heard: set[str] = set()
        while connection.can_read(timeout=0 if heard else seconds):
            what, _channel, said = connection.read_response()
            if what == b"message":
                heard.add(said.decode())
        return frozenset(heard)
