"""Restarting API and workers one after the other while clients work, as an operator does at every update."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from service.records import Job, Run, kinds, read_as
from service.records.job import JobState
from service.records.run import RunState
from service.storage import open_store
from service.storage.store import Store
from tests.reliability.deployment import PLATFORM, Deployment, deployed
from tests.reliability.invariants import broken, is_at_rest
from tests.reliability.ledger import Ledger
from tests.reliability.processes import Program, children, is_alive, wait_until
from tests.reliability.workload import Workload

_WORK_BETWEEN_SECONDS = 1.5
_SETTLE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Rolled:
    """What some rolling restarts came to.

    Attributes
    ----------
    failed : calls that were not answered, or answered that something of ours is wrong, by what they were.
    exits : how the workers that were asked to stop ended. attempts : of every job, how often it was begun.
    """

    restarts: int
    answered: int
    failed: dict[str, int]
    exits: tuple[int, ...]
    published: int
    attempts: Counter[int]
    broken: tuple[str, ...]


def restart_in_turns(folder: Path, store_name: str, *, rounds: int, seed: int) -> Rolled:
    """Let clients work, restart gunicorn's processes and the worker so often, and look at every answer and job."""
    ledger, exits = Ledger(), []
    with deployed(folder, store_name) as (deployment, key):
        store = open_store(deployment.store.url)
        try:
            with Workload(deployment.port, key, ledger, seed=seed):
                wait_until(lambda: _published(store) > 0, what="a first run is published", seconds=120)
                for number in range(rounds):
                    _restart_server(deployment)
                    exits.append(_replace_worker(deployment, folder / f"worker-{number}.log"))
                    time.sleep(_WORK_BETWEEN_SECONDS)
            wait_until(lambda: is_at_rest(store), what="every run and job is finished", seconds=_SETTLE_SECONDS)
            jobs = [read_as(Job, stored) for stored in store.each(PLATFORM, Job.KIND)]
            return Rolled(
                restarts=rounds,
                answered=ledger.answers.total(),
                failed={call: count for call, count in ledger.answers.items() if _is_failure(call)},
                exits=tuple(exits),
                published=_published(store),
                attempts=Counter(job.attempt for job in jobs if job.state is JobState.DONE),
                broken=tuple(broken(store, ledger)),
            )
        finally:
            store.close()


def _restart_server(deployment: Deployment) -> None:
    """Have gunicorn replace its processes, new ones first; they have ended when this returns."""
    before = children(deployment.server.pid)
    os.kill(deployment.server.pid, signal.SIGHUP)
    wait_until(lambda: not any(map(is_alive, before)), what="the old server processes have ended")
    deployment.wait_until_ready()


def _replace_worker(deployment: Deployment, log: Path) -> int:
    """Start another worker, then ask the first one to stop; give how that ended."""
    leaving = deployment.worker
    environment = {"ALONGSIDE_STORE": deployment.store.url, "ALONGSIDE_LOG_FORMAT": "json"}
    work = [sys.executable, "-c", "from service.cli import main; main()", "worker"]
    coming = Program("worker", work, environment, log)
    coming.start()
    deployment.worker = coming
    return leaving.stop()


def _published(store: Store) -> int:
    return store.count(PLATFORM, Run.KIND, index=kinds.BY_STATE, value=RunState.DONE.value)


def _is_failure(call: str) -> bool:
    return call.endswith("without an answer") or call.rsplit(" ", 1)[-1].startswith("5")
