"""The process in which a heavy job is done: ``python -m service.jobs.child PLATFORM JOB``.

It has a process of its own so that whatever happens to it (a crash, too much memory, a stop) happens to no one else.
What became of it is told by its exit code, and the code of the error in the last line of its standard output. It ends
at once when its standard input does, for then its worker is gone.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from service.errors import Conflict, ServiceError, TemporaryError
from service.jobs.registry import declared
from service.jobs.work import Work

if TYPE_CHECKING:
    from service.clock import Clock
    from service.storage.operated import OperatedStore

DONE = 0
FAILED = 1
"""Permanently: the code of the error says why."""
TRY_AGAIN = 75
ORPHANED = 76
OUT_OF_MEMORY_CODE = "out_of_memory"


def do_job(store: OperatedStore, platform_id: str, *, job_id: str, clock: Clock) -> tuple[int, str]:
    """Do a job that a worker has taken; give the exit code and the code of the error, empty where there was none."""
    from matching.errors import MatchingError
    from service.records.job import Job
    from service.storage.store import Fence
    from service.usecases.reading import found

    job = found(store, platform_id, Job, job_id)
    work = Work(store, platform_id, job, clock, Fence(f"job {job_id}", job.fence))
    try:
        declared().tasks[job.task].do(work)
    except (Conflict, TemporaryError) as error:
        return TRY_AGAIN, error.code
    except (ServiceError, MatchingError) as error:
        return FAILED, error.code
    except MemoryError:
        return FAILED, OUT_OF_MEMORY_CODE
    return DONE, ""


def main(arguments: Sequence[str]) -> int:
    """Do the job that the arguments name, in the store of the environment."""
    from service.clock import SystemClock
    from service.settings import Settings
    from service.storage import open_store

    platform_id, job_id = arguments
    Thread(target=_end_with_parent, name="parent", daemon=True).start()
    settings = Settings.from_environment()
    _bound_memory(settings.job_memory_mb)
    store = open_store(settings.store)
    try:
        code, error_code = do_job(store, platform_id, job_id=job_id, clock=SystemClock())
    finally:
        store.close()
    sys.stdout.write(f"{error_code}\n")
    return code


def _bound_memory(megabytes: int | None) -> None:
    """Refuse more memory of its own than this: it then ends with an error instead of taking others' memory."""
    if megabytes is not None:
        # Not the address space: threads and mapped files reserve much that is never used.
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))


def _end_with_parent() -> None:
    with suppress(OSError):
        while os.read(sys.stdin.fileno(), 1):
            pass
    # Nothing to clean up: the next one begins anew, and what this one may have half done is fenced off.
    os._exit(ORPHANED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
