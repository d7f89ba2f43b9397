"""Whose turn it is to write: a first-come-first-served queue of all threads and processes that share a database.

SQLite lets one writer in at a time, and its own busy timeout lets the others sleep and try again, in no order: under
load one of eight writers waited for 4 s. Here every writer draws the next ticket number from a file beside the
database, locks the byte of that number, and waits until no lower byte is locked. The kernel drops the locks of a
process that dies, so nobody waits for the dead. The queue only orders; SQLite's lock still excludes.

The locks belong to open file descriptions (Linux), so threads queue like processes. Where there are none, writers share
one lock file without an order. Nothing here knows SQLite.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from service.errors import StoreUnavailable

_FIRST_TICKET = 1
# Drawing a ticket is a turn of its own, short, at a byte no ticket number reaches.
_DRAWING = 1 << 62
# struct flock: type, whence, start, length, pid; padded to its full size.
_FLOCK = "hhqqi0q"
_SHORTEST_NAP_SECONDS = 50e-6
_LONGEST_NAP_SECONDS = 1e-3
_HAS_ORDERED_LOCKS = hasattr(fcntl, "F_OFD_SETLK")


@contextmanager
def turn_to_write(queue_file: Path, *, patience_seconds: float) -> Iterator[None]:
    """Wait for the turn, hold it for the `with` block, pass it on.

    Raises StoreUnavailable when it does not come within `patience_seconds`, or the file cannot be used.
    """
    deadline = time.monotonic() + patience_seconds
    descriptor = _open(queue_file)
    try:
        if _HAS_ORDERED_LOCKS:
            _queue_up(descriptor, deadline)
        else:
            _wait(lambda: _try_whole_file(descriptor), deadline)
        yield
    finally:
        _leave(descriptor)


def _open(queue_file: Path) -> int:
    try:
        return os.open(queue_file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise StoreUnavailable(
            f"cannot write in the data folder ({reason}): check that it is there and writable"
        ) from error


def _queue_up(descriptor: int, deadline: float) -> None:
    _wait(lambda: _try_lock(descriptor, fcntl.F_WRLCK, _DRAWING, 1), deadline)
    ticket = max(int.from_bytes(os.pread(descriptor, 8, 0), "big"), _FIRST_TICKET)
    _try_lock(descriptor, fcntl.F_WRLCK, ticket, 1)
    _draw_next(descriptor, ticket + 1)
    _try_lock(descriptor, fcntl.F_UNLCK, _DRAWING, 1)
    # First until only the predecessor is left, unhurried; then closely, since the hand-over is what others wait for.
    _wait(lambda: _try_lock(descriptor, fcntl.F_RDLCK, 0, ticket - 1), deadline, shortest=_LONGEST_NAP_SECONDS / 2)
    _wait(lambda: _try_lock(descriptor, fcntl.F_RDLCK, 0, ticket), deadline)


def _draw_next(descriptor: int, ticket: int) -> None:
    try:
        os.pwrite(descriptor, ticket.to_bytes(8, "big"), 0)
    except OSError as error:
        raise StoreUnavailable("cannot write in the data folder: the disk is full or read-only") from error


def _wait(is_granted: Callable[[], bool], deadline: float, shortest: float = _SHORTEST_NAP_SECONDS) -> None:
    nap = shortest
    while not is_granted():
        if time.monotonic() > deadline:
            raise StoreUnavailable("the database is busy: other writers did not finish in time")
        time.sleep(nap)
        nap = min(nap * 1.5, _LONGEST_NAP_SECONDS)


def _try_lock(descriptor: int, kind: int, start: int, length: int) -> bool:
    if length == 0:
        # To the kernel a length of 0 means "to the end of the file".
        return True
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, kind, os.SEEK_SET, start, length, 0))
    except (BlockingIOError, PermissionError):
        return False
    return True


def _try_whole_file(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _leave(descriptor: int) -> None:
    try:
        # Said aloud and not left to close(): a child forked meanwhile has a copy that would keep the lock.
        if _HAS_ORDERED_LOCKS:
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, fcntl.F_UNLCK, os.SEEK_SET, 0, 0, 0))
        else:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)
