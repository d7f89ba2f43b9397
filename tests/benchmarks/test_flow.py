"""Measuring imports and rematches: small, on the embedded store, and the numbers it would say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Event, Timer

from benchmarks.flow.__main__ import measure, told
from benchmarks.flow.meter import GUEST, summed_up
from benchmarks.flow.meter import measure as call_all_the_time
from benchmarks.flow.stores import sqlite
from service.clock import SystemClock
from service.storage import open_store
from service.usecases.members import put_member
from service.usecases.platforms import create_platform


def test_everything_is_measured_on_a_small_community(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("benchmarks.flow.__main__._IDLE_SECONDS", 0.1)
    command = [sys.executable, "-m", "benchmarks.flow.people", str(tmp_path), "60", "30", "50"]
    subprocess.run(command, check=True, timeout=120)

    with sqlite(tmp_path) as url:
        measured = measure(url, tmp_path)

    assert {kind: each["members"] for kind, each in measured["imports"].items()} == {"JSON lines": 50, "CSV": 50}
    assert measured["whole import"]["members"] == 90
    assert (measured["rematch"]["seekers"], measured["rematch"]["supporters"]) == (60, 30)
    assert measured["rematch"]["new"] == measured["rematch"]["matched"] > 0
    assert measured["rematch"]["peak_mib"] > 30
    assert {kind for kind in measured["meanwhile"] if kind.startswith("write")} == {
        "write, same platform",
        "write, other platform",
    }
    words = "\n".join(told("sqlite", measured))
    assert "import JSON lines: 50 members" in words
    assert "rematch within 180 s: yes" in words


def test_a_call_that_waits_is_seen(tmp_path: Path) -> None:
    now = SystemClock().now()
    with sqlite(tmp_path) as url:
        store = open_store(url)
        create_platform(store, platform_id="here", name="Here", now=now, signposting="Call 112.")
        put_member(store, "here", profile=GUEST, now=now)
        ended = Event()
        Timer(0.5, ended.set).start()
        took = call_all_the_time(store, {"here": "here"}, ended)
        store.close()

    took["read, here"].append((0.9, 0.7))
    told_of = summed_up(took)["read, here"]
    assert told_of["worst_ms"] == 900.0
    assert told_of["worst_queued_ms"] == 700.0
    assert told_of["median_ms"] < 900.0
