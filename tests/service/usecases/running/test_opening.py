"""Closing runs that seem dead: one that is published in the same moment keeps every pair."""

import pytest

from service.records.job import Job
from service.records.match import Match
from service.records.run import RunState
from service.storage.store import Changes, Delete
from service.usecases.running.opening import close_dead_run, give_up_run, job_id_of
from service.usecases.runs import execute_run, get_run, request_run
from tests.service.usecases.cast import NOW, P


class JustBeforeTheLease:
    """A store in which something happens between looking at a run and getting its lease."""

    def __init__(self, store, happen):
        self._store, self._happen = store, happen

    def __getattr__(self, name):
        return getattr(self._store, name)

    def acquire_lease(self, *arguments, **named):
        self._happen()
        return self._store.acquire_lease(*arguments, **named)


@pytest.fixture
def published_meanwhile(cast, clock):
    """An open run that looks dead, and the store in which its process publishes it at the last moment."""
    run = request_run(cast, P, requested_by="cli", now=NOW)
    cast.commit(P, Changes(deletes=(Delete(Job.KIND, job_id_of(run.run_id)),)))
    return run, JustBeforeTheLease(cast, lambda: execute_run(cast, P, run_id=run.run_id, clock=clock))


def test_a_run_that_is_published_while_it_is_taken_for_dead_keeps_its_pairs(cast, published_meanwhile):
    run, store = published_meanwhile

    assert close_dead_run(store, P, now=NOW) is None

    assert get_run(cast, P, run_id=run.run_id).state is RunState.DONE
    assert cast.count(P, Match.KIND) == 2


def test_a_run_that_is_published_while_it_is_given_up_keeps_its_pairs(cast, published_meanwhile):
    run, store = published_meanwhile

    give_up_run(store, P, run_id=run.run_id, code="run_died", now=NOW)

    assert get_run(cast, P, run_id=run.run_id).state is RunState.DONE
    assert cast.count(P, Match.KIND) == 2


def test_a_run_that_is_dead_is_closed(cast):
    run = request_run(cast, P, requested_by="cli", now=NOW)
    cast.commit(P, Changes(deletes=(Delete(Job.KIND, job_id_of(run.run_id)),)))

    assert close_dead_run(cast, P, now=NOW).run_id == run.run_id

    assert get_run(cast, P, run_id=run.run_id).state is RunState.FAILED
