"""Allowances in a file that the processes of one machine map into memory.

Of each key it holds one number: the moment at which its allowance would be full again (the generic cell rate algorithm,
ITU-T I.371). A key has one of eight places, found by its digest; a place whose moment has passed says nothing any
longer and is free. Should all eight be in use, keys share the one that is free soonest.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock

from service.storage.metering import MICROSECONDS, Rate, Verdict, verdict_of

_PLACE = struct.Struct("<QQ")  # digest of the key, microseconds since 1970
_GROUPS = 1024
_PLACES = 8
_GROUP_BYTES = _PLACES * _PLACE.size
_FILE_BYTES = _GROUPS * _GROUP_BYTES


class SharedFileMeter:
    """See `Meter`."""

    def __init__(self, path: Path, *, seconds: Callable[[], float] = time.time) -> None:
        self._path = path
        self._seconds = seconds
        # The kernel's locks are between processes, this one between the threads of ours.
        self._lock = Lock()
        self._descriptor = -1
        self._map: mmap.mmap | None = None

    def take(self, platform_id: str, key_id: str, rate: Rate) -> Verdict:
        """See `Meter.take`."""
        digest = _digest_of(platform_id, key_id)
        start = digest % _GROUPS * _GROUP_BYTES
        with self._lock:
            shared = self._map or self._opened()
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX, _GROUP_BYTES, start)
            try:
                return self._taken(shared, start, digest, rate)
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN, _GROUP_BYTES, start)

    def close(self) -> None:
        """See `Meter.close`."""
        with self._lock:
            if self._map is not None:
                self._map.close()
                os.close(self._descriptor)
                self._map = None

    def _taken(self, shared: mmap.mmap, start: int, digest: int, rate: Rate) -> Verdict:
        now = int(self._seconds() * MICROSECONDS)
        place, full_at = _found(shared, start, digest, now)
        whole = rate.interval * rate.burst
        # A moment beyond what the rate allows was written under another rate, or by a clock that was put back.
        ahead = min(max(full_at - now, 0), whole)
        is_allowed = ahead + rate.interval <= whole
        if is_allowed:
            ahead += rate.interval
        if is_allowed or full_at > now + whole:
            _PLACE.pack_into(shared, place, digest, now + ahead)
        return verdict_of(is_allowed=is_allowed, ahead=ahead, rate=rate)

    def _opened(self) -> mmap.mmap:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(self._descriptor).st_size < _FILE_BYTES:
                # Allocated, not only promised: writing into a hole of a full disk would kill the process.
                os.posix_fallocate(self._descriptor, 0, _FILE_BYTES)
            self._map = mmap.mmap(self._descriptor, _FILE_BYTES)
        except BaseException:
            os.close(self._descriptor)
            raise
        return self._map


@lru_cache(maxsize=1024)
def _digest_of(platform_id: str, key_id: str) -> int:
    return int.from_bytes(blake2b(f"{platform_id}/{key_id}".encode(), digest_size=8).digest(), "big") or 1


def _found(shared: mmap.mmap, start: int, digest: int, now: int) -> tuple[int, int]:
    """Give a key's place, and its moment; 0 for a place that says nothing of it."""
    soonest, soonest_at = start, 1 << 64
    for place in range(start, start + _GROUP_BYTES, _PLACE.size):
        whose, full_at = _PLACE.unpack_from(shared, place)
        if whose == digest:
            return place, full_at
        if full_at < soonest_at:
            soonest, soonest_at = place, full_at
    return soonest, soonest_at if soonest_at > now else 0
