"""The process that waits for a job with the engine loaded: taken, replaced, missed, and gone with its worker."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from service.jobs.processes import Children
from service.records.run import RunState
from service.usecases.runs import get_run, request_run
from tests.reliability.processes import is_alive
from tests.service.jobs.test_worker import job_of, worker_with
from tests.service.usecases.cast import NOW, P


def process_ids(children):
    """The process that waits, if there is one."""
    return [] if children._waiting is None else [children._waiting.pid]


def test_the_process_that_waits_does_the_next_run_and_another_one_waits_afterwards(cast, clock, store_url):
    asked = request_run(cast, P, requested_by="key:1", now=NOW)
    with closing(Children(store_url)) as children:
        children.get_ready()
        (ready,) = process_ids(children)
        started = []

        def start(platform_id, job_id):
            started.append(children.start(platform_id, job_id))
            return started[-1]

        assert worker_with(cast, clock, start).run_once()
        until = time.monotonic() + 30
        while not process_ids(children):
            assert time.monotonic() < until, "nobody waits for the next job"
            time.sleep(0.01)
        (following,) = process_ids(children)

    assert [child.pid for child in started] == [ready]
    assert following != ready
    assert get_run(cast, P, run_id=asked.run_id).state is RunState.DONE
    assert not any(Path(f"/proc/{pid}/stat").exists() for pid in (ready, following))


def test_a_process_that_died_while_it_waited_is_noticed_and_a_new_one_does_the_run(cast, clock, store_url):
    asked = request_run(cast, P, requested_by="key:1", now=NOW)
    with closing(Children(store_url)) as children:
        children.get_ready()
        (ready,) = process_ids(children)
        os.kill(ready, signal.SIGKILL)
        while children._waiting.is_running:
            time.sleep(0.01)

        assert worker_with(cast, clock, children.start).run_once()

    assert get_run(cast, P, run_id=asked.run_id).state is RunState.DONE
    assert job_of(cast).attempt == 1


def test_a_process_that_waits_ends_with_its_worker(store_url):
    code = (
        "import sys, os; from service.jobs.processes import Children; children = Children(sys.argv[1]); "
        "children.get_ready(); print(children._waiting.pid, flush=True); sys.stdin.read()"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, store_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    waiting = int(worker.stdout.readline())
    worker.kill()
    worker.wait()
    worker.stdin.close()
    worker.stdout.close()

    until = time.monotonic() + 30
    while is_alive(waiting):
        assert time.monotonic() < until, "it waits for nobody"
        time.sleep(0.01)
