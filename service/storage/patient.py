"""A store that may be away when the service starts: what needs it is refused until it is there, and then works.

Servers and workers start through here, so that they outlive whatever happens to the store; commands that a person waits
for call `open_store` and are told at once.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, cast

from service.errors import StoreUnavailable
from service.storage.operated import OperatedStore


def opened_patiently(open_store: Callable[[], OperatedStore]) -> OperatedStore:
    """Open a store now, or, while it is away, at the first call that finds it there.

    Until then every call raises StoreUnavailable with what was wrong. ConfigurationError comes at once, since no
    waiting mends it; one that shows only once the store is reached comes out of the call that reached it.
    """
    try:
        return open_store()
    except StoreUnavailable:
        return cast("OperatedStore", _Patient(open_store))


class _Patient:
    """Stands for a store that could not be opened yet; hands everything on once it can."""

    def __init__(self, open_store: Callable[[], OperatedStore]) -> None:
        self._open_store = open_store
        self._opening = Lock()
        self._opened: OperatedStore | None = None

    def close(self) -> None:
        """Close the store, if it was ever there."""
        if self._opened is not None:
            self._opened.close()

    def __getattr__(self, name: str) -> Any:
        """Give a method of the store; it is opened first, by one thread while the others wait."""
        with self._opening:
            if self._opened is None:
                self._opened = self._open_store()
        return getattr(self._opened, name)
