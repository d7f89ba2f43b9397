"""The lease of a run: one run of a platform writes at a time, and one that was thought dead can write no more.

The owner of the lease is the run itself: whoever takes a dead run up again has it at once, with a new token, and
everything that the old process may still try to save is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread
from typing import Final

from service.clock import Clock
from service.errors import FenceLost, StoreUnavailable, TemporaryError
from service.storage.store import Fence, Lease, Store

RUN_LEASE: Final = "run"
TTL: Final = timedelta(seconds=60)
"""How long a process that was killed keeps others waiting."""

_RENEWALS_A_TTL = 4


class HeldLease:
    """A lease that a thread renews until the block ends."""

    def __init__(self, store: Store, lease: Lease, clock: Clock) -> None:
        self._store = store
        self._lease = lease
        self._clock = clock
        self._ended = Event()
        self._lost = Event()
        self._thread = Thread(target=self._renew, name="run lease", daemon=True)

    @property
    def fence(self) -> Fence:
        """What every commit of the run must carry."""
        return Fence(self._lease.name, self._lease.token)

    def is_lost(self) -> bool:
        """Whether somebody else has taken the run over, so that going on is of no use."""
        return self._lost.is_set()

    def _renew(self) -> None:
        while not self._ended.wait(TTL.total_seconds() / _RENEWALS_A_TTL):
            try:
                self._store.renew_lease(self._lease, ttl=TTL, now=self._clock.now())
            except FenceLost:
                self._lost.set()
                return
            except StoreUnavailable:
                # An expired lease that nobody took still counts, so the next try may save it.
                continue

    def __enter__(self) -> HeldLease:
        """Begin to renew."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop renewing."""
        self._ended.set()
        self._thread.join()


@contextmanager
def run_lease(store: Store, platform_id: str, *, run_id: str, clock: Clock) -> Iterator[HeldLease]:
    """Hold the platform's run lease for this run; raise LeaseHeld while another run has it.

    It is given back at the end, whatever happens, unless the store is gone: then it runs out by itself.
    """
    lease = _acquired(store, platform_id, run_id, clock)
    try:
        with HeldLease(store, lease, clock) as held:
            yield held
    finally:
        with suppress(StoreUnavailable):
            store.release_lease(lease)


def _acquired(store: Store, platform_id: str, run_id: str, clock: Clock) -> Lease:
    def acquire() -> Lease:
        return store.acquire_lease(platform_id, RUN_LEASE, owner=run_id, ttl=TTL, now=clock.now())

    try:
        return acquire()
    except (KeyboardInterrupt, SystemExit):
        # Told to stop between the commit and its answer: its owner may take it again, and so give it back.
        with suppress(TemporaryError):
            store.release_lease(acquire())
        raise
