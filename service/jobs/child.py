"""The process in which a run is done: ``python -m service.jobs.child PLATFORM RUN``.

It has a process of its own so that whatever happens to it (a crash, too much memory, a stop) happens to no one else.
What became of the run is in its record; the exit code only tells the worker whether to look after it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from service.clock import Clock, SystemClock
from service.errors import ServiceError, TemporaryError
from service.storage.store import Store
from service.usecases.runs import NO_LIMITS, EngineLimits, execute_run

DONE = 0
FAILED = 1
"""Permanently: the run's record says why."""
TRY_AGAIN = 75


def do_run(store: Store, platform_id: str, *, run_id: str, clock: Clock, limits: EngineLimits = NO_LIMITS) -> int:
    """Do a run and give the exit code."""
    from matching.errors import MatchingError

    try:
        execute_run(store, platform_id, run_id=run_id, clock=clock, limits=limits)
    except TemporaryError:
        return TRY_AGAIN
    except (ServiceError, MatchingError):
        return FAILED
    return DONE


def main(arguments: Sequence[str]) -> int:
    """Do the run that the arguments name, in the store of the environment."""
    from service.settings import Settings
    from service.storage import open_store

    platform_id, run_id = arguments
    settings = Settings.from_environment()
    limits = EngineLimits(settings.engine_memory_mb << 20, settings.engine_seconds)
    store = open_store(settings.store)
    try:
        return do_run(store, platform_id, run_id=run_id, clock=SystemClock(), limits=limits)
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
