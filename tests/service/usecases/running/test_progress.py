"""Telling how far a run has come: at most so often, never in the way, and gone when the run is final."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from service.clock import FixedClock
from service.errors import StoreUnavailable
from service.records.run import RunState
from service.records.run_progress import RunProgress
from service.storage.store import Fence
from service.usecases.running.lease import TTL
from service.usecases.running.opening import save_run
from service.usecases.running.progress import ProgressNotes
from service.usecases.runs import get_run, list_runs, request_run
from tests.service.usecases.cast import NOW, P

DEADLINE = 20.0


@contextmanager
def notes_on(store, fence, run_id="run_1", **told):
    with ProgressNotes(
        store, P, run_id=run_id, fence=fence, clock=FixedClock(NOW), every_seconds=0.01, **told
    ) as notes:
        yield notes


def until(is_so):
    deadline = time.monotonic() + DEADLINE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def note_of(store, run_id="run_1"):
    stored = store.get(P, RunProgress.KIND, run_id)
    return None if stored is None else RunProgress.from_body(stored)


def test_the_stage_and_its_share_are_written_while_it_goes_on(store, fence):
    with notes_on(store, fence) as notes:
        notes.begins("verify")
        until(lambda: note_of(store) is not None)
        first = note_of(store)
        notes.goes_on(30, 120)
        until(lambda: note_of(store).version == 2)

    assert (first.stage, first.share, first.at) == ("verify", None, NOW)
    assert (note_of(store).stage, note_of(store).share) == ("verify", 0.25)


def test_nothing_is_written_while_nothing_changes_and_nothing_after_the_end(store, fence):
    with notes_on(store, fence) as notes:
        notes.begins("read")
        until(lambda: note_of(store) is not None)
        notes.end()
        notes.begins("save")

    assert (note_of(store).stage, note_of(store).version) == ("read", 1)


def test_whoever_else_wants_to_know_is_told_too(store, fence):
    told = []
    with notes_on(store, fence, on_stage=told.append, on_progress=lambda *some: told.append(some)) as notes:
        notes.begins("read")
        notes.goes_on(1, 2)

    assert told == ["read", (1, 2)]


def test_a_run_that_was_taken_over_writes_nothing(store, fence):
    with notes_on(store, Fence(fence.name, fence.token + 1)) as notes:
        notes.begins("read")
        until(lambda: "run progress" not in {thread.name for thread in threading.enumerate()})

    assert note_of(store) is None


def test_a_store_that_is_gone_for_a_moment_costs_a_note_and_no_run(store, fence, monkeypatch):
    commit, failures = store.commit, []

    def unreliable(scope, changes):
        if len(failures) < 2:
            failures.append(changes)
            raise StoreUnavailable("gone")
        return commit(scope, changes)

    monkeypatch.setattr(store, "commit", unreliable)
    with notes_on(store, fence) as notes:
        notes.begins("read")
        until(lambda: note_of(store) is not None)

    assert len(failures) == 2


@pytest.mark.parametrize(("state", "is_told"), [(RunState.RUNNING, True), (RunState.QUEUED, False)])
def test_progress_is_read_with_a_run_at_work(cast, state, is_told):
    run = request_run(cast, P, requested_by="cli", now=NOW)
    run = save_run(cast, P, run=replace(run, state=state))
    lease = cast.acquire_lease(P, "run", owner=run.run_id, ttl=TTL, now=NOW)
    with notes_on(cast, Fence(lease.name, lease.token), run_id=run.run_id) as notes:
        notes.begins("save")
        notes.goes_on(1, 4)
        until(lambda: note_of(cast, run.run_id) is not None)

    seen = get_run(cast, P, run_id=run.run_id).progress
    assert (seen is not None) is is_told
    assert list_runs(cast, P).records[0].progress == seen
    if is_told:
        assert (seen.stage, seen.share) == ("save", 0.25)


def test_progress_goes_with_the_commit_that_makes_the_run_final(cast):
    run = request_run(cast, P, requested_by="cli", now=NOW)
    run = save_run(cast, P, run=replace(run, state=RunState.RUNNING))
    lease = cast.acquire_lease(P, "run", owner=run.run_id, ttl=TTL, now=NOW)
    fence = Fence(lease.name, lease.token)
    with notes_on(cast, fence, run_id=run.run_id) as notes:
        notes.begins("save")
        until(lambda: note_of(cast, run.run_id) is not None)

    save_run(cast, P, run=replace(run, state=RunState.FAILED, finished_at=NOW), fence=fence)

    assert note_of(cast, run.run_id) is None
