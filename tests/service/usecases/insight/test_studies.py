"""Runs made ready for questions: once, within their memory, and never of what may not be read any longer."""

from __future__ import annotations

from dataclasses import replace
from threading import Event, Thread

import pytest

from service.errors import Conflict, RunRefused, StillPreparing
from service.records.codec import put_of
from service.records.run import Run
from service.storage.store import Changes
from service.usecases.insight import shortages
from service.usecases.insight import studies as module
from service.usecases.insight.studies import Studies
from service.usecases.reading import found
from service.usecases.running.parts import delete_parts
from service.usecases.runs import run_now
from tests.service.usecases.cast import NOW, OTHER, P
from tests.service.usecases.insight.communities import people, published


def marked(store, run, **changes):
    store.commit(P, Changes(puts=(put_of(replace(found(store, P, Run, run.run_id), **changes)),)))
    return found(store, P, Run, run.run_id)


def test_a_run_is_read_once_however_many_ask_at_once(cast, clock, monkeypatch):
    run, read, may_go = run_now(cast, P, clock=clock), [], Event()
    real = module.read_study

    def slowly(*asked):
        read.append(asked)
        may_go.wait(30)
        return real(*asked)

    monkeypatch.setattr(module, "read_study", slowly)
    studies, got = Studies(patience=30), []
    threads = [Thread(target=lambda: got.append(studies.of(cast, P, run))) for _ in range(4)]
    for thread in threads:
        thread.start()
    with pytest.raises(StillPreparing):
        Studies(patience=0.01).of(cast, P, run)
    may_go.set()
    for thread in threads:
        thread.join()

    assert len(read) == 2
    assert len({id(study) for study in got}) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"erased_at": NOW}, "not_replayable_after_erasure"), ({"snapshot_removed_at": NOW}, "run_snapshot_removed")],
)
def test_what_may_not_be_read_any_longer_is_let_go(cast, clock, changes, code):
    studies, run = Studies(patience=30), run_now(cast, P, clock=clock)
    studies.of(cast, P, run)

    with pytest.raises(Conflict) as refused:
        studies.of(cast, P, marked(cast, run, **changes))

    assert refused.value.code == code
    assert len(studies._kept) == 0


def test_a_dry_run_leaves_nothing_to_ask(cast, clock):
    run = run_now(cast, P, clock=clock, is_dry_run=True)

    with pytest.raises(Conflict) as refused:
        Studies().of(cast, P, run)

    assert refused.value.code == "run_not_published"


def test_the_least_recently_asked_goes_first_and_one_too_large_is_refused(store, clock):
    first = published(store, P, people(1), clock)
    second = published(store, OTHER, people(2), clock)
    size = module._bytes_of(first)
    studies = Studies(max(size, module._bytes_of(second)) + 1, patience=30)

    kept = studies.of(store, P, first)
    assert studies.of(store, P, first) is kept
    studies.of(store, OTHER, second)
    assert studies.of(store, P, first) is not kept
    with pytest.raises(Conflict) as refused:
        Studies(size - 1).of(store, P, first)
    assert refused.value.code == "too_large"
    assert "ALONGSIDE_INSIGHT_MEMORY_MB" in str(refused.value)


def test_a_run_whose_parts_are_gone_is_refused_and_asked_anew_next_time(cast, clock):
    studies, run = Studies(patience=30), run_now(cast, P, clock=clock)
    delete_parts(cast, P, run_id=run.run_id)

    with pytest.raises(RunRefused):
        studies.of(cast, P, run)

    assert len(studies._kept) == 0


def test_of_a_run_whose_pairs_do_not_fit_a_job_nothing_is_worked_out_that_needs_them(cast, clock, monkeypatch):
    study = Studies(patience=30).of(cast, P, run_now(cast, P, clock=clock))
    told = shortages.answer(study, {}, None)
    assert study.may_try_changes
    assert told["shortages"] is not None
    assert told["places"] is not None

    monkeypatch.setattr(module, "MOST_PAIRS_IN_A_JOB", 0)
    few = shortages.answer(study, {}, None)

    assert not study.may_try_changes
    assert (few["shortages"], few["places"], few["ready"]) == (None, None, told["ready"])


def test_what_a_study_of_a_large_run_may_take_is_told_by_what_is_kept(cast, clock, monkeypatch):
    run = run_now(cast, P, clock=clock)
    large = replace(run, counts=replace(run.counts, seekers=64_694, supporters=32_326, pairs_feasible=192_853_928))

    assert module._bytes_of(large) < module.DEFAULT_BYTES
    assert module._bytes_of(run) < 100_000
