"""How soon it is there: ``python -m benchmarks.starting [TIMES]``.

From the start of gunicorn, as it is shipped, to the first answer of `/readyz` and to the first member read (bar: 2 s);
and the whole of ``alongside rematch`` on a platform of 300 people, from the shell's start of the process to its end
(bar: 2 s), each time after some profiles have changed. Each in a fresh process on a file, the median of a few; the time
of all its processors is told, too. Ends with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median

from benchmarks.asking import Connection
from benchmarks.served import PLATFORM, Filled, Profiles, filled, say, served, with_store
from matching.profile_json import profile_from_mapping
from service.clock import SystemClock
from service.storage import open_store
from service.usecases.members import put_members

MEMBERS = 300
MOST_SECONDS = 2.0


def main() -> int:
    """Fill a store, start things, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("times", nargs="?", type=int, default=7)
    times = parser.parse_args().times
    with with_store([]) as url:
        platform = filled(url, MEMBERS)
        member_path = f"/v1/members/{platform.profiles[0][0]}"
        held = [
            _told("first /readyz", [_served(platform, "/readyz") for _ in range(times)]),
            _told("first member read", [_served(platform, member_path) for _ in range(times)]),
            _told(
                f"rematch of {MEMBERS} people",
                [_rematched(platform, platform.profiles[each::times]) for each in range(times)],
            ),
        ]
    return 0 if all(held) else 1


def _served(platform: Filled, path: str) -> tuple[float, float]:
    """Start a server, ask once it answers, stop it; give seconds until then, and of all its processes together."""
    before, began = _processor(), time.monotonic()
    with served("service.app:create_app()", platform.environment) as (port, _), Connection(port) as connection:
        status = connection.ask(platform.request("GET", path)).status
        seconds = time.monotonic() - began
    if status != 200:
        sys.exit(f"{path} answered {status}")
    return seconds, _processor() - before


def _rematched(platform: Filled, changed: Profiles) -> tuple[float, float]:
    """Have some profiles come again, so that the run has work, and match."""
    store = open_store(platform.url)
    profiles = [profile_from_mapping(member_id, profile) for member_id, profile in changed]
    put_members(store, PLATFORM, profiles=profiles, now=SystemClock().now())
    store.close()
    before, began = _processor(), time.monotonic()
    subprocess.run(
        [sys.executable, "-c", "from service.cli import main; main()", "rematch", "--platform", PLATFORM],
        env={**os.environ, **platform.environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - began, _processor() - before


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _told(what: str, seen: Sequence[tuple[float, float]]) -> bool:
    seconds = median(wall for wall, _ in seen)
    numbers = {
        "median_s": round(seconds, 2),
        "worst_s": round(max(wall for wall, _ in seen), 2),
        "processor_s": round(median(used for _, used in seen), 2),
        "times": len(seen),
    }
    say(what, **numbers, bar_s=MOST_SECONDS)
    return seconds <= MOST_SECONDS


if __name__ == "__main__":
    sys.exit(main())
