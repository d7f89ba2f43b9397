"""Allowances on the Redis that keeps the store, in keys that expire when they are full.

Each write of a Redis that keeps records goes to disk, so calls are not counted one by one: a process takes a handful
from the shared allowance and uses that up first. What it has taken is counted, so all of them together never make more
calls than allowed.
"""

from __future__ import annotations

from threading import Lock
from typing import Final

from service.storage import redis_address
from service.storage.metering import Rate, Verdict, verdict_of
from service.storage.redis.address import Address
from service.storage.redis.calling import Caller
from service.storage.redis.keys import ScopeKeys
from service.storage.redis.words import in_plain_words

_HANDFULS: Final = 50
"""A full allowance has so many."""
_MOST_KEYS: Final = 10_000
"""Keys of which a process has something left; past that it gives all of it up."""


class RedisMeter:
    """See `Meter`."""

    def __init__(self, address: Address) -> None:
        self._prefix = address.prefix
        self._caller = Caller(address)
        self._lock = Lock()
        # (platform, key) → calls that were taken and not made yet, and how far the allowance was from full then.
        self._left: dict[tuple[str, str], tuple[int, int]] = {}

    @classmethod
    def open(cls, url: str) -> RedisMeter:
        """Make one for the store of this URL; it connects when it is first asked."""
        return cls(redis_address(url))

    def take(self, platform_id: str, key_id: str, rate: Rate) -> Verdict:
        """See `Meter.take`."""
        with self._lock:
            left, ahead = self._left.get((platform_id, key_id), (0, 0))
            if left:
                self._left[platform_id, key_id] = (left - 1, ahead)
        if not left:
            left, ahead = self._taken(platform_id, key_id, rate)
            with self._lock:
                if len(self._left) > _MOST_KEYS:
                    self._left.clear()
                before, _ = self._left.get((platform_id, key_id), (0, 0))
                self._left[platform_id, key_id] = (before + max(0, left - 1), ahead)
        return verdict_of(is_allowed=left > 0, ahead=ahead - max(0, left - 1) * rate.interval, rate=rate)

    def close(self) -> None:
        """See `Meter.close`."""
        self._caller.close()

    def _taken(self, platform_id: str, key_id: str, rate: Rate) -> tuple[int, int]:
        keys = (ScopeKeys(self._prefix, platform_id).calls(key_id),)
        handful = max(1, rate.burst // _HANDFULS)
        with in_plain_words():
            # Should it be sent twice, some calls are lost to nobody's harm.
            taken, ahead = self._caller.read_by("take", keys, (rate.interval, rate.burst, handful))
        return int(taken), int(ahead)
