"""Reads and writes of several clients for minutes, with a rematch inside: is anything refused, slow, or does it grow?

``python -m benchmarks.mixed [STORE] [MINUTES] [MEMBERS]`` makes a platform of 20,000 members with a published run (a
file in a temporary folder unless a URL is given; a store that is not empty is refused), serves it by gunicorn as it is
shipped with a worker beside it, and calls for ten minutes from eight connections without a pause. In the middle it
asks for runs, one after the other until they have taken 30 seconds. One JSON line for each figure and bar; ends with 1
where a bar is missed: no error, memory that does not grow, p99 during the rematch at most three times that before.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median
from threading import Event, Thread
from typing import Any, Final

from benchmarks.asking import Answer, Connection, at_once, percentiles
from benchmarks.served import PLATFORM, Filled, check_middleware, filled, say, served, with_store, working
from service.clock import SystemClock
from service.storage import open_store
from service.usecases.runs import run_now

CONNECTIONS: Final = 8
WARM_SHARE: Final = 1 / 6
REMATCH_AT_SHARE: Final = 1 / 3
REMATCH_SECONDS: Final = 30.0
MOST_TIMES: Final = 3.0
"""p99 during a rematch, of that before."""
MOST_GROWTH: Final = 1.1
GROWTH_MB: Final = 16.0
"""What the last fifth may hold more than the second one: a tenth and so much, which is what an allocator breathes."""

_SHARES: Final[Mapping[str, tuple[int, tuple[int, ...]]]] = {
    "read_member": (50, (200,)),
    "list_members": (4, (200,)),
    "list_proposals": (8, (200,)),
    "read_match": (8, (200,)),
    "read_events": (4, (200,)),
    "put_member": (16, (200,)),
    "patch_member": (8, (200,)),
    # Somebody else, or the rematch, may have been quicker.
    "approve": (2, (200, 409)),
}
"""Call → how many in a hundred, and the statuses that are right."""


@dataclass
class Visitor:
    """A client on a connection of its own: what it asks for, and what it noted."""

    platform: Filled
    connection: Connection
    chance: Random
    match_ids: deque[str] = field(default_factory=lambda: deque(maxlen=100))
    cursor: str = "0"

    def read_member(self) -> Answer:
        """Read one member."""
        return self._get(f"/v1/members/{self._member_id()}")

    def list_members(self) -> Answer:
        """Read a page of members from somewhere on."""
        return self._get(f"/v1/members?limit=50&after={self._member_id()}")

    def list_proposals(self) -> Answer:
        """Read the first proposals, and keep their ids for later."""
        answer = self._get("/v1/matches?state=proposed&limit=50")
        if answer.status == 200:
            self.match_ids.extend(match["match_id"] for match in _json(answer)["matches"])
        return answer

    def read_match(self) -> Answer:
        """Read a proposal that was seen before."""
        match_id = self._match_id()
        return self.list_proposals() if match_id is None else self._get(f"/v1/matches/{match_id}")

    def read_events(self) -> Answer:
        """Go on with the events."""
        answer = self._get(f"/v1/events?after={self.cursor}&limit=100")
        if answer.status == 200:
            self.cursor = _json(answer)["next"]
        return answer

    def put_member(self) -> Answer:
        """Send a whole profile with another interest."""
        member_id, profile = self.chance.choice(self.platform.profiles)
        changed = {**profile, "interests": [f"interest-{self.chance.randrange(500)}"]}
        return self._ask("PUT", f"/v1/members/{member_id}", changed)

    def patch_member(self) -> Answer:
        """Change the pace of somebody."""
        paces = ("weekly", "fortnightly", "monthly", "flexible")
        return self._ask("PATCH", f"/v1/members/{self._member_id()}", {"pace": self.chance.choice(paces)})

    def approve(self) -> Answer:
        """Approve a proposal that was seen before."""
        match_id = self._match_id()
        if match_id is None:
            return self.list_proposals()
        return self._ask("POST", f"/v1/matches/{match_id}/actions", {"action": "approve"})

    def _member_id(self) -> str:
        return self.chance.choice(self.platform.profiles)[0]

    def _match_id(self) -> str | None:
        return self.chance.choice(self.match_ids) if self.match_ids else None

    def _get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, body: object = None) -> Answer:
        # A key of its own for each call, so that one that is sent again is done once.
        more = f'Idempotency-Key: "{self.chance.getrandbits(64):x}"\r\n' if method == "POST" else ""
        return self.connection.ask(self.platform.request(method, path, body, more=more))


@dataclass
class Load:
    """What the clients saw: (call, when it began, seconds), and what was answered that should not be."""

    calls: list[tuple[str, float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def waits(self, begin: float, end: float, name: str | None = None) -> list[float]:
        """Give the seconds of all calls that were under way in a stretch of time, or of those of one name."""
        return [took for what, at, took in self.calls if at < end and at + took > begin and name in (None, what)]


@dataclass
class Memory:
    """What processes held, in MB, a sample a second: when, each API worker by pid, the worker, its children."""

    samples: list[tuple[float, dict[int, float], float, float]] = field(default_factory=list)

    def watch(self, server: int, worker: int, is_over: Event) -> None:
        """Note what is held until it is over."""
        while not is_over.wait(1.0):
            serving = {pid: _held_mb(pid) for pid in _children(server)}
            self.samples.append((time.monotonic(), serving, _held_mb(worker), sum(map(_held_mb, _children(worker)))))


def main(url: str, minutes: float, members: int) -> bool:
    """Measure and print; tell whether every bar is reached."""
    platform = filled(url, members)
    store = open_store(url)
    first = run_now(store, PLATFORM, clock=SystemClock())
    store.close()
    say("first run", matched=first.counts.matched if first.counts else None)
    load, memory, is_over = Load(), Memory(), Event()
    with (
        served("service.app:create_app()", platform.environment) as (port, server),
        working(platform.environment) as worker,
    ):
        check_middleware(port, platform)
        watching = Thread(target=memory.watch, args=(server.pid, worker.pid, is_over))
        began, seconds = time.monotonic(), minutes * 60
        calling = Thread(target=_call_for, args=(port, platform, load, began + seconds))
        watching.start()
        calling.start()
        time.sleep(seconds * REMATCH_AT_SHARE)
        runs = list(_rematches(port, platform, began + seconds))
        calling.join()
        is_over.set()
        watching.join()
    _tell_calls(load, began, seconds)
    return all([*_bars(load, memory, runs, began=began, seconds=seconds)])


def _call_for(port: int, platform: Filled, load: Load, until: float) -> None:
    names, weights = list(_SHARES), [share for share, _ in _SHARES.values()]

    def call(_number: int, chance: Random) -> None:
        with Connection(port) as connection:
            visitor = Visitor(platform, connection, chance)
            while (began := time.monotonic()) < until:
                [name] = chance.choices(names, weights)
                try:
                    answer = getattr(visitor, name)()
                except OSError as error:
                    load.errors.append(f"{name}: {error!r}")
                    continue
                load.calls.append((name, began, time.monotonic() - began))
                if answer.status not in (*_SHARES[name][1], 200):
                    load.errors.append(f"{name}: {answer.status} {answer.body[:300]!r}")

    at_once(CONNECTIONS, call)


def _rematches(port: int, platform: Filled, until: float) -> Iterator[tuple[float, float]]:
    """Ask for runs until they have taken long enough together; give when each was at work."""
    taken = 0.0
    with Connection(port) as connection:
        while taken < REMATCH_SECONDS and time.monotonic() < until:
            answer = connection.ask(platform.request("POST", "/v1/runs", {}))
            if answer.status != 202:
                sys.exit(f"no run: {answer.status} {answer.body!r}")
            run_id, begin = _json(answer)["run_id"], None
            while (state := _run(connection, platform, run_id)["state"]) in ("queued", "running"):
                begin = time.monotonic() if begin is None and state == "running" else begin
                time.sleep(0.1)
            end = time.monotonic()
            if state != "done":
                sys.exit(f"the run is {state}")
            begin = end if begin is None else begin
            taken += end - begin
            say("rematch", seconds=round(end - begin, 1))
            yield begin, end


def _run(connection: Connection, platform: Filled, run_id: str) -> dict[str, Any]:
    return _json(connection.ask(platform.request("GET", f"/v1/runs/{run_id}")))


def _tell_calls(load: Load, began: float, seconds: float) -> None:
    for name in _SHARES:
        waits = load.waits(began, began + seconds, name)
        if waits:
            say(name, calls=len(waits), **percentiles(waits))
    for error in load.errors[:20]:
        say("error", told=error)


def _bars(
    load: Load, memory: Memory, runs: list[tuple[float, float]], *, began: float, seconds: float
) -> Iterator[bool]:
    before = load.waits(began + seconds * WARM_SHARE, runs[0][0])
    during = [wait for begin, end in runs for wait in load.waits(begin, end)]
    after = load.waits(runs[-1][1], began + seconds)
    for name, waits in (("before", before), ("during", during), ("after", after)):
        if waits:
            say(name, calls=len(waits), **percentiles(waits))
    yield _bar("errors", len(load.errors), 0)
    times = percentiles(during)["p99_ms"] / percentiles(before)["p99_ms"]
    yield _bar("p99 during the rematch, times that before", round(times, 2), MOST_TIMES)
    taken = sum(end - begin for begin, end in runs)
    yield _bar("seconds that are missing of the rematch", round(max(REMATCH_SECONDS - taken, 0.0), 1), 0)
    yield from _memory_bars(memory, began, seconds)


def _memory_bars(memory: Memory, began: float, seconds: float) -> Iterator[bool]:
    fifths = [
        [sample for sample in memory.samples if begin <= sample[0] < end]
        for begin, end in pairwise(began + seconds * number / 5 for number in range(6))
    ]
    say("processes of runs", most_mb=round(max(children for *_, children in memory.samples)))
    told = {
        "API workers": [median(sum(serving.values()) for _, serving, _, _ in fifth) for fifth in fifths],
        "background worker": [median(worker for _, _, worker, _ in fifth) for fifth in fifths],
    }
    for name, held in told.items():
        say(f"{name}, memory by fifths", mb=[round(each) for each in held])
        allowed = held[1] * MOST_GROWTH + GROWTH_MB
        yield _bar(f"{name}, MB in the last fifth", round(held[-1]), round(allowed))
    # A process that was replaced begins anew, so each is looked at by itself, too.
    for pid in sorted({pid for _, serving, _, _ in memory.samples for pid in serving}):
        held = [serving[pid] for _, serving, _, _ in memory.samples if pid in serving]
        quarters = [round(held[number * (len(held) - 1) // 4]) for number in range(5)]
        say("an API worker by itself", seconds=len(held), mb=quarters)


def _bar(what: str, measured: float, allowed: float) -> bool:
    is_reached = measured <= allowed
    say("bar", told=what, measured=measured, allowed=allowed, reached=is_reached)
    return is_reached


def _json(answer: Answer) -> dict[str, Any]:
    body = gzip.decompress(answer.body) if answer.header("Content-Encoding") == "gzip" else answer.body
    found: dict[str, Any] = json.loads(body)
    return found


def _children(pid: int) -> list[int]:
    """Give the processes that any thread of a process has started."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # A thread, or the process, that has ended.
            found += map(int, listed.read_text().split())
    return found


def _held_mb(pid: int) -> float:
    """Give the resident memory of a process; 0 of one that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    held = next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")), "0")
    return int(held) / 1024


if __name__ == "__main__":
    given = sys.argv[1:]
    with with_store(given) as store_url:
        is_reached = main(
            store_url, float(given[1]) if len(given) > 1 else 10.0, int(given[2]) if len(given) > 2 else 20_000
        )
    sys.exit(0 if is_reached else 1)
