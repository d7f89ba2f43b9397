"""The process in which a heavy job is done: ``python -m service.jobs.child``, told the job on standard input.

It has a process of its own so that whatever happens to it (a crash, too much memory, a stop) happens to no one else.
It is started before there is a job: it loads the engine, and waits for a line that names platform and job. What became
of it is told by its exit code, and the code of the error in the last line of its standard output. It ends at once when
its standard input does, for then its worker is gone.
"""

from __future__ import annotations

import os
import resource
import sys
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


def main() -> int:
    """Get ready, then do the job that is told, in the store of the environment."""
    from service import metrics
    from service.clock import SystemClock
    from service.settings import Settings
    from service.storage import open_store

    settings = Settings.from_environment()
    _bound_memory(settings.job_memory_mb)
    metrics.begin(settings)
    _get_ready()
    told = _told()
    if told is None:
        return DONE
    Thread(target=_end_with_parent, name="parent", daemon=True).start()
    platform_id, job_id = told
    store = metrics.metered(open_store(settings.store), engine=settings.engine)
    try:
        code, error_code = do_job(store, platform_id, job_id=job_id, clock=SystemClock())
    finally:
        store.close()
    sys.stdout.write(f"{error_code}\n")
    return code


def _get_ready() -> None:
    """Load what a run needs, so that nobody waits for it; what is compiled is read, and nothing compiled anew."""
    from matching.readiness import get_ready
    from service.usecases import executing, runs  # noqa: F401 - loaded for later
    from service.usecases.running import afterwards, evidence, ordering, publishing, result_lines, staging  # noqa: F401

    get_ready()


def _told() -> tuple[str, str] | None:
    """Wait for the line that names platform and job; None when the worker goes without one."""
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(sys.stdin.fileno(), 4096)
        if not piece:
            return None
        line += piece
    platform_id, job_id = line.decode().split()
    return platform_id, job_id


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
    sys.exit(main())
