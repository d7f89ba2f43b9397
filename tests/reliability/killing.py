"""Killing server, workers, runs and store at random moments of a working day, and looking at what is left."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from service.errors import StoreUnavailable
from service.records import Run, kinds
from service.records.run import RunState
from service.storage import open_store
from service.storage.store import Store
from tests.reliability.deployment import PLATFORM, Deployment, deployed
from tests.reliability.invariants import broken, half_published, is_at_rest
from tests.reliability.ledger import Ledger
from tests.reliability.processes import wait_until
from tests.reliability.workload import Workload

_LONGEST_PAUSE_SECONDS = 2.5
_SHARE_AIMED_AT_RUNS = 0.5
_PATIENCE_SECONDS = 8.0
_SETTLE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Killed:
    """What a bout of killing came to."""

    kills: Counter[str]
    acknowledged: int
    answers: Counter[str]
    published: int
    failed_runs: Counter[str]
    broken: tuple[str, ...]


def kill_at_random(
    folder: Path, store_name: str, *, kills: int, seed: int, tell: Callable[[str], None] = lambda _: None
) -> Killed:
    """Let clients work, kill somebody `kills` times, let everything come to rest, and say what is broken."""
    choose, ledger, counted = random.Random(seed), Ledger(), Counter[str]()
    with deployed(folder, store_name) as (deployment, key):
        store = open_store(deployment.store.url)
        try:
            with Workload(deployment.port, key, ledger, seed=seed):
                wait_until(lambda: _published(store) > 0, what="a first run is published", seconds=120)
                while counted.total() < kills:
                    if choose.random() < _SHARE_AIMED_AT_RUNS:
                        _wait_for_a_run(store)
                    time.sleep(choose.random() * _LONGEST_PAUSE_SECONDS)
                    kill = deployment.kill_somebody(choose)
                    counted[kill.victim] += kill.is_done
                    for surprise in _seen(store):
                        ledger.found(surprise)
                    tell(f"{counted.total()} of {kills} kills, {ledger.acknowledged_writes} writes acknowledged")
            _settle(deployment, store)
            runs = [_run(stored) for stored in store.each(PLATFORM, Run.KIND)]
            return Killed(
                kills=counted,
                acknowledged=ledger.acknowledged_writes,
                answers=ledger.answers,
                published=sum(run.state is RunState.DONE for run in runs),
                failed_runs=Counter(run.error_code for run in runs if run.state is RunState.FAILED),
                broken=tuple(broken(store, ledger)),
            )
        finally:
            store.close()


def _settle(deployment: Deployment, store: Store) -> None:
    """Wait until nothing is at work any more, with everything running."""
    deployment.wait_until_ready()
    wait_until(lambda: is_at_rest(store), what="every run and job is finished", seconds=_SETTLE_SECONDS)


def _wait_for_a_run(store: Store) -> None:
    """Let a run begin, so that the next kill may hit it; not for long, for the last one may still be waiting."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        with suppress(StoreUnavailable):
            if store.count(PLATFORM, Run.KIND, index=kinds.BY_STATE, value=RunState.RUNNING.value):
                return
        time.sleep(0.02)


def _published(store: Store) -> int:
    return store.count(PLATFORM, Run.KIND, index=kinds.BY_STATE, value=RunState.DONE.value)


def _seen(store: Store) -> list[str]:
    try:
        return half_published(store)
    except StoreUnavailable:
        return []


def _run(stored):  # type: ignore[no-untyped-def]
    from service.records import read_as

    return read_as(Run, stored)
