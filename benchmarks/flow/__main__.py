"""Measure imports and a whole stored rematch, and what another client waits meanwhile, on both stores.

``python -m benchmarks.flow`` takes some ten minutes and 2 GB of disk; ``--seekers 2000 --supporters 1000 --rows 2000``
a minute. It says of each bar whether it is reached, and writes everything as JSON to build/bench/flow.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.flow.people import COMMUNITY, FIRST, MAPPING, SIGN_UPS
from benchmarks.flow.stores import STORES
from benchmarks.flow.work import MOST_SECONDS, Measured, computing, import_file, metered, rematch
from benchmarks.machine import machine

WRITTEN = Path("build/bench/flow.json")
IMPORT_SECONDS, REMATCH_SECONDS, PEAK_MIB, STALL_MS = 60, 180, 3 * 1024, 250
"""The bars, for 100,000 members imported and 100,000 × 50,000 rematched."""

_IDLE_SECONDS = 10.0
_COMMUNITY, _FIRST, _SIGN_UPS = "community", "first", "sign-ups"


def main() -> None:
    """Read the options, measure, write and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flow", description=__doc__)
    parser.add_argument("--seekers", type=int, default=100_000)
    parser.add_argument("--supporters", type=int, default=50_000)
    parser.add_argument("--rows", type=int, default=100_000, help="members of each import that is measured")
    parser.add_argument("--stores", nargs="+", choices=sorted(STORES), default=sorted(STORES, reverse=True))
    options = parser.parse_args()
    results: Measured = {
        "when": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "seekers": options.seekers,
        "supporters": options.supporters,
        "rows": options.rows,
        "stores": {},
    }
    with TemporaryDirectory(prefix="flow-") as folder:
        sizes = (str(options.seekers), str(options.supporters), str(options.rows))
        command = [sys.executable, "-m", "benchmarks.flow.people", folder, *sizes]
        subprocess.run(command, check=True, timeout=MOST_SECONDS)
        for name in options.stores:
            place = Path(folder) / name
            place.mkdir()
            with STORES[name](place) as url:
                results["stores"][name] = measure(url, Path(folder))
            print("\n".join(told(name, results["stores"][name])), flush=True)
    WRITTEN.parent.mkdir(parents=True, exist_ok=True)
    WRITTEN.write_text(json.dumps(results, indent=1) + "\n")
    print(f"Written: {WRITTEN}")


def measure(url: str, folder: Path) -> Measured:
    """Measure everything on one store."""
    mapping = ("--mapping", str(folder / MAPPING))
    imports = {
        "JSON lines": import_file(url, _FIRST, folder / FIRST),
        "CSV": import_file(url, _SIGN_UPS, folder / SIGN_UPS, *mapping),
    }
    whole = import_file(url, _COMMUNITY, folder / COMMUNITY)
    with metered(url, _COMMUNITY, _FIRST) as idle:
        time.sleep(_IDLE_SECONDS)
    # What is as bad here is the scheduler's doing, and not the store's.
    with metered(url, _COMMUNITY, _FIRST) as computed, computing():
        time.sleep(_IDLE_SECONDS)
    with metered(url, _COMMUNITY, _FIRST) as meanwhile:
        run = rematch(url, _COMMUNITY)
    others = {"idle": idle, "computing": computed, "meanwhile": meanwhile}
    return {"imports": imports, "whole import": whole, "rematch": run, **others}


def told(name: str, measured: Measured) -> Iterator[str]:
    """Say what was measured on one store, and which bars that reaches."""
    run, worst = measured["rematch"], max(each["worst_ms"] for each in measured["meanwhile"].values())
    yield f"{name}"
    for kind, each in (*measured["imports"].items(), ("community", measured["whole import"])):
        yield (
            f"  import {kind}: {each['members']:,} members in {each['seconds']} s ({each['processor_seconds']} s of "
            f"processor, {each['peak_mib']:,} MiB)"
        )
    yield (
        f"  rematch: {run['seekers']:,} x {run['supporters']:,} in {run['seconds']} s ({run['processor_seconds']} s of "
        f"processor, {run['peak_mib']:,} MiB), {run['new']:,} proposals"
    )
    yield "    seen: " + ", ".join(f"{stage} {seconds:g} s" for stage, seconds in run["stages"].items())
    for kind, each in measured["meanwhile"].items():
        nothing = {"p99_ms": 0.0, "worst_ms": 0.0}
        before, computed = measured["idle"].get(kind, nothing), measured["computing"].get(kind, nothing)
        yield (
            f"  {kind}: {each['calls']:,} calls, median {each['median_ms']} ms, p99 {each['p99_ms']} ms, worst "
            f"{each['worst_ms']} ms, of which {each['worst_queued_ms']} ms for a processor (idle: p99 "
            f"{before['p99_ms']} ms, worst {before['worst_ms']} ms; beside plain computing: p99 "
            f"{computed['p99_ms']} ms, worst {computed['worst_ms']} ms)"
        )
    bars = {
        f"imports within {IMPORT_SECONDS} s": max(each["seconds"] for each in measured["imports"].values())
        <= IMPORT_SECONDS,
        f"rematch within {REMATCH_SECONDS} s": run["seconds"] <= REMATCH_SECONDS,
        f"within {PEAK_MIB:,} MiB": run["peak_mib"] <= PEAK_MIB,
        f"nobody waits more than {STALL_MS} ms": worst <= STALL_MS,
    }
    yield "  " + "; ".join(f"{bar}: {'yes' if is_reached else 'NO'}" for bar, is_reached in bars.items())


if __name__ == "__main__":
    main()
