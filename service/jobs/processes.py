"""Child processes that do runs: starting one, and watching it while the claim on its job is kept alive."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import Final, Protocol

from service.clock import Clock
from service.errors import StoreUnavailable
from service.jobs import child
from service.jobs.claims import TTL, Claim

_LOOK_SECONDS: Final = 0.5
"""How long a stop or a renewal may wait while a child is at work."""
_END_SECONDS: Final = 5.0


class Child(Protocol):
    """A process that does a run."""

    def wait(self, timeout: float | None = None) -> int:
        """Give the exit code, negative after a signal; raise subprocess.TimeoutExpired while it goes on."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """End it."""
        ...


StartChild = Callable[[str, str], Child]
"""(platform id, run id) → the process that does the run."""


class Watched:
    """A child at work, and the claim on its job, kept alive while it goes on."""

    def __init__(self, process: Child, claim: Claim, clock: Clock, is_stopping: Event, grace_seconds: float) -> None:
        self.claim = claim
        self._process = process
        self._clock = clock
        self._is_stopping = is_stopping
        self._grace_seconds = grace_seconds

    def exit_code(self) -> int | None:
        """Wait for the end; None when the worker was asked to stop and the grace is over.

        Conflict when somebody else has the job.
        """
        while not self._is_stopping.is_set():
            with suppress(subprocess.TimeoutExpired):
                return self._process.wait(_LOOK_SECONDS)
            self._renew()
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(self._grace_seconds)
        return None

    def end(self) -> None:
        """See that the process is gone."""
        for ask in (self._process.terminate, self._process.kill):
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0)
                return
            ask()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)

    def _renew(self) -> None:
        now = self._clock.now()
        if self.claim.job.due_at - now < TTL * 3 / 4:
            # While the store is gone nobody else can take the job either.
            with suppress(StoreUnavailable):
                self.claim = self.claim.renew(now)


def start_child_for(store_url: str) -> StartChild:
    """Give what starts a run's process on a store; the URL goes by the environment, as it may hold a password."""

    def start(platform_id: str, run_id: str) -> Child:
        return subprocess.Popen(
            [sys.executable, "-m", child.__name__, platform_id, run_id],
            env={**os.environ, "ALONGSIDE_STORE": store_url},
            stdin=subprocess.DEVNULL,
            # Ctrl-C is for the worker, which ends the child in its own time.
            start_new_session=True,
        )

    return start
