"""Things that take long to make, made once in a thread of their own and kept while they are asked for.

Whoever asks first has it made; whoever asks meanwhile waits for the same. The least recently asked go first where
together they would take more memory than they may. Never here: what is kept, and whether it is still right.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock
from typing import Final, Generic, TypeVar

from service.errors import StillPreparing, TooLarge

T = TypeVar("T")

PATIENCE_SECONDS: Final = 5.0
"""How long somebody waits for what is being made; then they are to ask again."""


class Kept(Generic[T]):
    """Some things by key; safe to share between threads.

    Parameters
    ----------
    most_bytes : about what they may take together. setting : the name of the variable that says so.
    patience : seconds that somebody waits who does not say how long.
    """

    def __init__(self, most_bytes: int, *, setting: str, patience: float = PATIENCE_SECONDS) -> None:
        self._most_bytes = most_bytes
        self._setting = setting
        self._patience = patience
        self._lock = Lock()
        self._known: OrderedDict[Hashable, tuple[int, Future[T]]] = OrderedDict()
        # Two at most, so that a large one does not keep all small ones waiting, and few take the processor.
        self._makers = ThreadPoolExecutor(2, thread_name_prefix="kept")

    def __len__(self) -> int:
        """How many there are, those that are being made included."""
        return len(self._known)

    def of(self, key: Hashable, size: int, make: Callable[[], T], *, patience: float | None = None) -> T:
        """Give what is kept under a key, having it made where there is none; whatever `make` raises comes out.

        TooLarge for one that would take more than there is; StillPreparing while it is being made.
        """
        making = self._making(key, size, make)
        wait([making], self._patience if patience is None else patience)
        if not making.done():
            raise StillPreparing("this is being made ready; ask again in a moment")
        if making.exception() is not None:
            self.forget(key)
        return making.result()

    def forget(self, key: Hashable) -> None:
        """Let one go; the next who asks has it made anew."""
        with self._lock:
            self._known.pop(key, None)

    def _making(self, key: Hashable, size: int, make: Callable[[], T]) -> Future[T]:
        if size > self._most_bytes:
            raise TooLarge(
                f"cannot do this with so many people: it would take about {size >> 20:,} MiB of memory "
                f"(allowed: {self._most_bytes >> 20:,}; the setting {self._setting})"
            )
        with self._lock:
            if key not in self._known:
                while self._known and size + sum(each for each, _ in self._known.values()) > self._most_bytes:
                    self._known.popitem(last=False)
                self._known[key] = size, self._makers.submit(make)
            self._known.move_to_end(key)
            return self._known[key][1]
