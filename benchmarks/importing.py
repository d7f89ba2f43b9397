"""Import many lines over HTTP, and tell time and memory: `python -m benchmarks.importing [LINES]`.

The body comes from a file, goes through the web app, and is stored as the job does it, in this process, so that its
greatest memory is that of both. Ends with 1 when it grew by more than the bar, whatever the number of lines.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from benchmarks.communities import SEED
from matching.community import generate
from matching.profile_json import profile_to_mapping
from service.app import create_app
from service.clock import FixedClock
from service.records.api_key import Scope
from service.settings import Settings
from service.storage.store import Fence, Store
from service.usecases.importing.receiving import get_import
from service.usecases.importing.storing import Storing, store_lines
from service.usecases.keys import create_key
from service.usecases.platforms import create_platform

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PLATFORM = "bench"
MOST_MIB = 200
_DRAWN = 2000


def main() -> int:
    """Write lines, send, store, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="?", type=int, default=100_000)
    lines = parser.parse_args().lines
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder) / "members.ndjson"
        _write(body, lines)
        app = create_app(
            Settings(f"sqlite:///{folder}/bench.sqlite3", True, Path(folder) / "secret.key", True),
            clock=FixedClock(NOW),
        )
        store: Store = app.extensions["alongside"]
        create_platform(store, platform_id=PLATFORM, name="Bench", now=NOW)
        _, key = create_key(store, PLATFORM, name="bench", scopes=tuple(Scope), now=NOW)
        before, began = _peak_mib(), perf_counter()
        with body.open("rb") as file:
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
            size = body.stat().st_size
            answer = app.test_client().post("/v1/imports", headers=headers, input_stream=file, content_length=size)
        received, taken_in = perf_counter() - began, _peak_mib()
        _store(store, answer.json["import_id"])
        done = get_import(store, PLATFORM, import_id=answer.json["import_id"])
        store.close()
    print(
        f"{lines:,} lines, {size >> 20:,} MiB: answered {answer.status_code} after {received:.1f} s, "
        f"{taken_in - before:,} MiB more; stored {done.counts.created:,} after {perf_counter() - began:.1f} s, "
        f"{_peak_mib() - before:,} MiB more altogether (bar {MOST_MIB})"
    )
    return 0 if done.counts.created == lines and _peak_mib() - before <= MOST_MIB else 1


def _write(path: Path, lines: int) -> None:
    people = generate(seed=SEED, seekers=_DRAWN, supporters=_DRAWN // 2, today=date(2026, 11, 23)).profiles
    shapes = [profile_to_mapping(each) for each in people]
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            file.write(json.dumps({"member_id": f"m-{number}", **shapes[number % len(shapes)]}) + "\n")


def _store(store: Store, import_id: str) -> None:
    lease = store.acquire_lease(PLATFORM, "bench", owner="bench", ttl=timedelta(hours=1), now=NOW)
    storing = Storing(store, PLATFORM, Fence(lease.name, lease.token), lambda: NOW, lambda: False)
    store_lines(storing, import_id=import_id)


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    sys.exit(main())
