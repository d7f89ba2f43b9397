"""Another client, all the time: ``python -m benchmarks.flow.meter STORE PLATFORM OTHER``.

Reads and writes, one call after the other with a breath between, on the platform that is rematched and on another one,
and measures how long each call takes, and how much of that it stood in the queue for a processor, where the system
tells (Linux). Ends when its standard input does, and then prints what it measured as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import numpy as np

from matching.profile import Profile
from service.storage import open_store
from service.storage.store import Store
from service.usecases.matches import list_matches
from service.usecases.members import get_member, list_members, put_member
from service.usecases.runs import current_run

BREATH_SECONDS: Final = 0.005
"""Between two calls: a client that never waits would be a measurement of the processor."""

GUEST: Final = Profile.from_mapping(
    "guest",
    {
        "languages": ["en"],
        "timezone": "Europe/London",
        "modes": ["text"],
        "age_band": "25-34",
        "status": "paused",
        "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z"},
        "seeker": {},
    },
)
"""Somebody who takes no part, so that writing about them changes no run."""

Call = Callable[[], object]


def calls_of(store: Store, platform_id: str, name: str) -> Iterator[tuple[str, Call]]:
    """Give the calls of one round on a platform, each with its kind."""
    interests = cycle(("chess", "walking"))

    def write() -> object:
        profile = replace(GUEST, interests=frozenset((next(interests),)))
        return put_member(store, platform_id, profile=profile, now=datetime.now(UTC))

    yield f"write, {name}", write
    yield f"read, {name}", lambda: get_member(store, platform_id, member_id=GUEST.member_id)
    yield f"list members, {name}", lambda: list_members(store, platform_id, limit=50)
    yield f"list matches, {name}", lambda: list_matches(store, platform_id, limit=50)
    yield f"current run, {name}", lambda: current_run(store, platform_id)


Took = tuple[float, float]
"""Seconds of a call, and of them those in which it could have gone on but other programs had the processors."""


def measure(store: Store, platforms: Mapping[str, str], ended: Event) -> dict[str, list[Took]]:
    """Call until the end; give how long each call took, by kind."""
    calls = [call for platform_id, name in platforms.items() for call in calls_of(store, platform_id, name)]
    took: defaultdict[str, list[Took]] = defaultdict(list)
    while not ended.is_set():
        for kind, call in calls:
            begun, queued = time.monotonic(), _queued_seconds()
            call()
            took[kind].append((time.monotonic() - begun, _queued_seconds() - queued))
            time.sleep(BREATH_SECONDS)
    return took


def summed_up(took: Mapping[str, list[Took]]) -> dict[str, dict[str, Any]]:
    """Give count, median, 99th percentile and worst of each kind, in milliseconds; of the worst also what it queued."""

    def told(calls: list[Took]) -> dict[str, Any]:
        seconds = [each for each, _ in calls]
        median, late, worst = (float(each) * 1000 for each in np.percentile(seconds, (50, 99, 100)))
        return {
            "calls": len(calls),
            "median_ms": round(median, 1),
            "p99_ms": round(late, 1),
            "worst_ms": round(worst, 1),
            "worst_queued_ms": round(max(calls)[1] * 1000, 1),
        }

    return {kind: told(calls) for kind, calls in sorted(took.items()) if calls}


def _queued_seconds() -> float:
    """Give how long this thread has waited for a processor since it began; 0 where the system does not tell."""
    place = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    return int(place.read_text().split()[1]) / 1e9 if place.exists() else 0.0


def main() -> None:
    """Measure until standard input ends."""
    url, platform_id, other_id = sys.argv[1:]
    store, ended = open_store(url), Event()
    platforms = {platform_id: "same platform", other_id: "other platform"}
    for each in platforms:
        put_member(store, each, profile=GUEST, now=datetime.now(UTC))
    Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    print("ready", flush=True)
    took = measure(store, platforms, ended)
    store.close()
    print(json.dumps(summed_up(took)), flush=True)


if __name__ == "__main__":
    main()
