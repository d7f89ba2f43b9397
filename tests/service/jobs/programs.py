"""A worker as a process of its own, with one small task, for tests that kill it: ``python -m … STORE SECONDS``.

The task leaves a mark of each job, under the job's fence; a mark that is there already is left alone, as a task must.
"""

from __future__ import annotations

import signal
import sys
import time
from datetime import timedelta

from service.clock import SystemClock
from service.errors import StaleVersion
from service.jobs.registry import Lane, Registry, task
from service.jobs.seats import Setup
from service.jobs.work import Work
from service.jobs.worker import Worker
from service.storage import open_store
from service.storage.store import Changes, NewEvent, Put

MARK = "mark"
TASK = "leave_mark"


def slow_marker(seconds: float) -> Registry:
    """Give a registry with the one task, which takes so long between beginning and leaving its mark."""

    @task(TASK, lane=Lane.SHORT, attempts=50, first_delay=timedelta(milliseconds=50))
    def leave_mark(work: Work) -> None:
        time.sleep(seconds)
        put = Put(MARK, work.job.subject, {"attempt": work.job.attempt}, expected_version=0)
        event = NewEvent("marked", work.job.subject, work.now)
        try:
            work.store.commit(work.platform_id, Changes(puts=(put,), events=(event,), fence=work.fence))
        except StaleVersion:
            return

    return Registry({TASK: leave_mark}, {})


def main(url: str, seconds: str) -> None:
    """Work until SIGTERM."""
    store = open_store(url)
    worker = Worker(
        store,
        SystemClock(),
        start_child=lambda *_: sys.exit("no job here needs a process"),
        registry=slow_marker(float(seconds)),
        setup=Setup(threads=dict.fromkeys(Lane, 2), grace_seconds=5),
    )
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    print("ready", flush=True)  # noqa: T201 - what the test waits for
    worker.run_forever()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
