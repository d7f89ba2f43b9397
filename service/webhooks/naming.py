"""What addresses a name has, asked anew for each call and within a bounded time.

The system's resolver may take as long as it likes and cannot be interrupted: it is asked in a thread of its own, which
is left behind when the time is over. So many may be left behind at once, and no more.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from threading import BoundedSemaphore, Event, Thread
from typing import Final

Resolve = Callable[[str, int], Sequence[str]]
"""(name, port) → its addresses in the order in which to try them; OSError when it has none."""

MOST_AT_ONCE: Final = 64

_asking = BoundedSemaphore(MOST_AT_ONCE)


def system_addresses(name: str, port: int) -> Sequence[str]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return tuple(dict.fromkeys(str(place[0]) for *_, place in found))


def addresses_within(resolve: Resolve, name: str, port: int, *, seconds: float) -> Sequence[str]:
    """Ask for a name's addresses; OSError when there are none, TimeoutError when that is not known in time."""
    if not _asking.acquire(timeout=max(seconds, 0)):
        raise TimeoutError
    found: list[Sequence[str]] = []
    failed: list[OSError] = []
    is_over = Event()

    def ask() -> None:
        try:
            found.append(resolve(name, port))
        except (OSError, UnicodeError) as error:
            failed.append(error if isinstance(error, OSError) else OSError("no name"))
        finally:
            _asking.release()
            is_over.set()

    Thread(target=ask, name="names", daemon=True).start()
    if not is_over.wait(max(seconds, 0)):
        raise TimeoutError
    if failed:
        raise failed[0]
    return found[0]
