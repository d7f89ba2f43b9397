"""How soon work is begun, what a worker costs while nothing is due, and what it keeps in memory.

``python -m benchmarks.waking [STORE] [PLATFORMS] [JOBS]`` starts a worker in a process of its own on a store it makes
(a file in a temporary folder unless a URL is given; a store that is not empty is refused), and prints one JSON line for
each question. The worker's tasks do nothing, so that what is timed is the way to them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from service.clock import SystemClock
from service.jobs.registry import Lane, Registry, chore, declared, task
from service.jobs.work import Work
from service.records.codec import instant_to_json, put_of
from service.records.job import Job, JobState
from service.storage import open_store
from service.storage.store import Changes, Put, Store
from service.usecases.platforms import create_platform, platform_ids
from service.usecases.queueing import enqueue, new_job

BEGUN = "begun"
SETTLING_SECONDS = 150
"""Until every platform has been looked at twice: what is made the first time is made."""
IDLE_SECONDS = 60
MANY = 100
"""Fewer platforms cost nothing to speak of: then idling is not measured."""


@task("begin", lane=Lane.SHORT)
def begin(work: Work) -> None:
    """Note when it was begun."""
    put = Put(BEGUN, work.job.subject, {"at": instant_to_json(work.now)})
    work.store.commit(work.platform_id, Changes(puts=(put,), fence=work.fence))


@chore("hear", lane=Lane.SAFETY, when_heard=True)
def hear(_store: Store, _platform_id: str, _now: datetime) -> datetime | None:
    """Do nothing, as sealing does where nothing is new."""
    return None


def main(url: str, platforms: int, jobs: int) -> None:
    """Measure and print."""
    store = open_store(url)
    if next(platform_ids(store), None) is not None:
        sys.exit("the store is not empty")
    clock = SystemClock()
    ids = [f"p{number:04}" for number in range(platforms)]
    for platform_id in ids:
        create_platform(store, platform_id=platform_id, name=platform_id, now=clock.now(), signposting="112")
    worker = subprocess.Popen([sys.executable, "-m", __spec__.name, "--work", url])
    try:
        _measure(store, worker.pid, ids, jobs)
    finally:
        worker.terminate()
        worker.wait()
        store.close()


def _measure(store: Store, pid: int, ids: list[str], jobs: int) -> None:
    _asked(store, ids[0])
    _print("first look at all platforms", seconds=_settle(store, ids))
    if len(ids) >= MANY:
        _idle(pid, ids)
    waits = sorted(_asked(store, ids[number % len(ids)]) for number in range(200))
    _print("one job at a time", jobs=200, median_ms=_ms(waits[100]), p99_ms=_ms(waits[197]), worst_ms=_ms(waits[-1]))
    for share in range(5):
        began = time.monotonic()
        count = jobs // 5
        _burst(store, ids, count)
        _print(
            "many jobs",
            done=(share + 1) * count,
            jobs_a_second=round(count / (time.monotonic() - began)),
            memory_mb=round(_memory_mb(pid), 1),
        )


def _idle(pid: int, ids: list[str]) -> None:
    time.sleep(SETTLING_SECONDS)
    before, began = _cpu_seconds(pid), time.monotonic()
    time.sleep(IDLE_SECONDS)
    _print("idle", platforms=len(ids), cpu_share=round((_cpu_seconds(pid) - before) / (time.monotonic() - began), 4))


def _asked(store: Store, platform_id: str) -> float:
    """Ask for a job, wait until it is done, and give how long it waited to be begun."""
    now = SystemClock().now()
    job = new_job("begin", subject=fresh_id(), due_at=now, now=now)
    enqueue(store, platform_id, Changes(puts=(put_of(job, expected_version=0),)), now=now)
    while (found := store.get(platform_id, BEGUN, job.subject)) is None:
        time.sleep(0.001)
    return (datetime.fromisoformat(found.body["at"]) - now).total_seconds()


def _burst(store: Store, ids: list[str], count: int) -> None:
    now = SystemClock().now()
    for number in range(0, count, 100):
        new = (new_job("begin", subject=fresh_id(), due_at=now, now=now) for _ in range(100))
        puts = tuple(put_of(job, expected_version=0) for job in new)
        enqueue(store, ids[number // 100 % len(ids)], Changes(puts=puts), now=now)
    _settle(store, ids)


def _settle(store: Store, ids: list[str]) -> float:
    began = time.monotonic()
    while any(store.count(each, Job.KIND, index="state", value=state) for each in ids for state in _OPEN):
        time.sleep(0.05)
    return round(time.monotonic() - began, 2)


_OPEN = (JobState.QUEUED.value, JobState.RUNNING.value)


def fresh_id() -> str:
    """Give an id nobody has."""
    return os.urandom(8).hex()


def _work(url: str) -> None:
    import signal

    from service.jobs.processes import Children
    from service.jobs.worker import Worker

    tasks = {**declared().tasks, begin.name: begin}
    registry = Registry(tasks, {**declared().chores, hear.name: hear})
    store = open_store(url)
    worker = Worker(store, SystemClock(), start_child=Children(url).start, registry=registry)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run_forever()
    store.close()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell a process's memory")


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _print(what: str, **numbers: float) -> None:
    print(json.dumps({"what": what, **numbers}), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        _work(sys.argv[2])
    else:
        with tempfile.TemporaryDirectory() as folder:
            given = sys.argv[1:]
            main(
                given[0] if given else f"sqlite:///{folder}/store.sqlite3",
                int(given[1]) if len(given) > 1 else 1000,
                int(given[2]) if len(given) > 2 else 5000,
            )
