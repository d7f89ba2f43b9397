"""The work that is measured, as anyone would start it: the command line in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from service.records.run import Run
from service.storage import open_store
from service.usecases.runs import list_runs

MOST_SECONDS = 900.0
"""Whatever takes longer is ended, and the measurement fails."""

_LOOK_SECONDS = 0.2

Measured = dict[str, Any]


def alongside(url: str, *arguments: str) -> Measured:
    """Run a command to its end; give its wall and processor seconds, its peak memory, and what it printed as JSON."""
    environment = {**os.environ, "ALONGSIDE_STORE": url}
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("alongside")), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    with _peak_of(process.pid) as peak:
        printed, _ = process.communicate(timeout=MOST_SECONDS)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise RuntimeError(f"alongside {arguments[0]} ended with {process.returncode}")
    return {
        "seconds": round(time.monotonic() - begun, 1),
        "processor_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_mib": max(peak, default=0) >> 10,
        "printed": json.loads(printed) if printed.startswith(("{", "[")) else None,
    }


def import_file(url: str, platform_id: str, file: Path, *options: str) -> Measured:
    """Make a platform and import a file into it; give what it took, from file to last acknowledged commit."""
    alongside(url, "platforms", "create", platform_id, "--name", platform_id, "--signposting", "Call 112.")
    measured = alongside(url, "import", str(file), "--platform", platform_id, "--json", *options)
    report = measured.pop("printed")
    return {**measured, "members": report["created"], "refused": report["refused"]}


def rematch(url: str, platform_id: str) -> Measured:
    """Rematch a platform; give what it took, and how long each stage was seen in the run's record."""
    with _stages_of(url, platform_id) as stages:
        measured = alongside(url, "rematch", "--platform", platform_id, "--json")
    run = measured.pop("printed")["runs"][0]
    counted = {name: run["counts"][name] for name in ("seekers", "supporters", "matched", "new", "dropped")}
    return {**measured, **counted, "stages": stages}


@contextmanager
def metered(url: str, platform_id: str, other_id: str) -> Iterator[Measured]:
    """Have another client at work during the block; it gets what the client measured when the block has ended."""
    command = [sys.executable, "-m", "benchmarks.flow.meter", url, platform_id, other_id]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    measured: Measured = {}
    try:
        if client.stdout is None or client.stdout.readline() != "ready\n":
            raise RuntimeError("the other client could not begin")
        yield measured
        printed, _ = client.communicate(timeout=60)
        measured.update(json.loads(printed))
    finally:
        client.kill()
        client.wait()


@contextmanager
def computing() -> Iterator[None]:
    """Keep every processor busy during the block, as an engine does, without a store."""
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for each in busy:
            each.kill()
            each.wait()


@contextmanager
def _peak_of(process_id: int) -> Iterator[list[int]]:
    """Watch the most memory that a process held, in KiB."""
    peaks: list[int] = []

    def look() -> None:
        with suppress(OSError):
            lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
            peaks.extend(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))

    with _often(look):
        yield peaks


@contextmanager
def _stages_of(url: str, platform_id: str) -> Iterator[dict[str, float]]:
    """Watch the run's record as a page would; give the seconds in which each stage was seen."""
    stages: dict[str, float] = {}
    store = open_store(url)

    def look() -> None:
        runs: tuple[Run, ...] = list_runs(store, platform_id, limit=1).records
        if runs and runs[0].progress is not None:
            stage = runs[0].progress.stage
            stages[stage] = round(stages.get(stage, 0.0) + _LOOK_SECONDS, 1)

    with _often(look):
        yield stages
    store.close()


@contextmanager
def _often(look: Any) -> Iterator[None]:
    ended = Event()

    def watch() -> None:
        while not ended.wait(_LOOK_SECONDS):
            look()

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
