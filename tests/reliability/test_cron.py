"""Ten machines whose cron fires in the same second, and a slow one: one run, and nothing that looks like an error."""

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from service.clock import SystemClock
from service.records import kinds
from service.records.match import Match
from service.records.run import Run, RunState
from service.storage import open_store
from service.usecases import platforms
from service.usecases.members import put_members
from tests.reliability.stores import EVERY_STORE, STORES
from tests.service.usecases.cast import CAST

ALONGSIDE = [sys.executable, "-c", "from service.cli import main; main()"]
PLATFORMS = ("harbour", "quay")
PATIENCE_SECONDS = 300
"""Ten start-ups share two cores, perhaps with other tests."""


@pytest.fixture(params=EVERY_STORE)
def place(request, tmp_path):
    store = STORES[request.param](tmp_path)
    store.start()
    yield store
    store.stop()


@pytest.fixture
def store(place):
    opened = open_store(place.url)
    for platform_id in PLATFORMS:
        platforms.create_platform(
            opened, platform_id=platform_id, name=platform_id, now=SystemClock().now(), signposting="Call 112."
        )
        put_members(opened, platform_id, profiles=CAST, now=SystemClock().now())
    yield opened
    opened.close()


def started(place, tmp_path, *arguments):
    """Start `alongside rematch` as cron would: nobody at a terminal, settings from the environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALONGSIDE_")}
    return subprocess.Popen(
        [*ALONGSIDE, "rematch", "--slot", "1440", *arguments],
        env={**kept, "ALONGSIDE_STORE": place.url, "ALONGSIDE_SECRET_KEY_FILE": str(tmp_path / "secret.key")},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(processes):
    """Give exit code, output and errors of each."""
    told = [process.communicate(timeout=PATIENCE_SECONDS) for process in processes]
    return [(process.returncode, *each) for process, each in zip(processes, told, strict=True)]


def published(store, platform_id):
    return [Run.from_body(stored) for stored in store.each(platform_id, Run.KIND)]


def test_of_ten_at_once_and_one_that_starts_after_the_end_one_makes_the_run_and_ten_say_75(place, store, tmp_path):
    told = ended([started(place, tmp_path, "--platform", "harbour") for _ in range(10)])
    told += ended([started(place, tmp_path, "--platform", "harbour")])

    assert sorted(code for code, _, _ in told) == [0] + [75] * 10
    assert {err for _, _, err in told} == {b""}
    # One line each: who made it says what was done, the others say who did.
    assert {out.count(b"\n") for _, out, _ in told} == {1}
    assert told[-1][1].startswith(b"harbour: this slot was done already by run_")
    (run,) = published(store, "harbour")
    assert run.state is RunState.DONE
    assert store.count("harbour", Match.KIND, index=kinds.BY_RUN, value=run.run_id) == run.counts.new > 0


def test_ten_that_go_through_all_platforms_make_one_run_of_each_and_none_fails(place, store, tmp_path):
    told = ended([started(place, tmp_path, "--all", "--json") for _ in range(10)])

    documents = [json.loads(out) for _, out, _ in told]
    made = Counter(run["platform_id"] for document in documents for run in document["runs"])
    assert made == dict.fromkeys(PLATFORMS, 1)
    assert [code for code, _, _ in told] == [0 if document["runs"] else 75 for document in documents]
    assert [document["failed"] for document in documents] == [[]] * 10
    assert {err for _, _, err in told} == {b""}
    assert [len(published(store, platform_id)) for platform_id in PLATFORMS] == [1, 1]
