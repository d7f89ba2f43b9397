"""Seeing that a job stands for each webhook that has something to be told, and for no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from service.records.codec import put_of, read_as
from service.records.job import Job, JobState
from service.storage.store import Changes
from service.usecases.webhooks.managing import pause_webhook
from service.usecases.webhooks.waking import job_id_of, wake
from tests.service.usecases.cast import OTHER, P
from tests.service.usecases.webhooks.posts import (
    BROKEN,
    Post,
    made,
    progress_of,
    something_happens,
    turn,
    verified,
)


def job_of(store, webhook):
    stored = store.get(P, Job.KIND, job_id_of(webhook.webhook_id))
    return None if stored is None else read_as(Job, stored)


def set_job(store, webhook, **fields):
    job = job_of(store, webhook)
    store.commit(P, Changes(puts=(put_of(replace(job, **fields), expected_version=job.version),)))


@pytest.fixture
def idle(store, clock):
    """A webhook that has been told everything, and whose job is done."""
    webhook = verified(store, clock, types=("member.created",))
    turn(store, clock, webhook, Post())
    set_job(store, webhook, state=JobState.DONE)
    return webhook


def test_a_webhook_that_has_something_to_be_told_gets_its_job(store, clock, idle):
    something_happens(store, clock)

    assert wake(store, P, now=clock.now()) is None

    job = job_of(store, idle)
    assert (job.task, job.subject, job.state, job.due_at) == (
        "deliver",
        idle.webhook_id,
        JobState.QUEUED,
        clock.now(),
    )


def test_one_that_has_nothing_gets_none(store, clock, idle):
    assert wake(store, P, now=clock.now()) is None
    assert wake(store, OTHER, now=clock.now()) is None
    assert job_of(store, idle).state is JobState.DONE


def test_events_of_other_types_wake_nobody_until_there_are_many(store, clock, idle):
    verified(store, clock, types=("run.published",))
    assert job_of(store, idle).state is JobState.DONE
    wake(store, P, now=clock.now())
    assert job_of(store, idle).state is JobState.DONE


@pytest.mark.parametrize("is_verified", [True, False])
def test_one_that_is_paused_or_not_verified_gets_none(store, clock, is_verified):
    webhook = verified(store, clock) if is_verified else made(store, clock)
    if is_verified:
        pause_webhook(store, P, webhook_id=webhook.webhook_id, now=clock.now())
        set_job(store, webhook, state=JobState.DONE)
    something_happens(store, clock)

    wake(store, P, now=clock.now())

    job = job_of(store, webhook)
    assert job is None or job.state is JobState.DONE


def test_a_job_that_is_due_is_left_alone(store, clock, idle):
    something_happens(store, clock)
    wake(store, P, now=clock.now())
    before = job_of(store, idle)

    wake(store, P, now=clock.now())

    assert job_of(store, idle) == before


def test_a_job_in_somebodys_hand_is_looked_at_again_soon(store, clock, idle):
    set_job(store, idle, state=JobState.RUNNING)
    something_happens(store, clock)
    before = job_of(store, idle)

    again = wake(store, P, now=clock.now())

    assert again == clock.now() + timedelta(seconds=1)
    assert job_of(store, idle) == before


def test_a_new_event_comes_before_an_attempt_that_is_due_later(store, clock, idle):
    something_happens(store, clock)
    left = turn(store, clock, idle, Post(say=lambda _document: BROKEN))
    set_job(store, idle, state=JobState.QUEUED, due_at=left.next_at)
    something_happens(store, clock, 1, name="new")

    wake(store, P, now=clock.now())

    assert job_of(store, idle).due_at == clock.now()


def test_a_webhook_that_is_down_is_left_alone_whatever_happens(store, clock, idle):
    something_happens(store, clock, 5)
    left = turn(store, clock, idle, Post(say=lambda _document: BROKEN))
    rest = progress_of(store, idle).retry_at
    assert rest is not None
    set_job(store, idle, state=JobState.QUEUED, due_at=max(rest, left.next_at or rest))
    something_happens(store, clock, 1, name="new")

    wake(store, P, now=clock.now())

    assert job_of(store, idle).due_at >= rest


def test_an_attempt_that_is_due_has_its_job_though_that_was_lost(store, clock, idle):
    something_happens(store, clock)
    left = turn(store, clock, idle, Post(say=lambda _document: BROKEN))

    assert wake(store, P, now=clock.now()) == left.next_at
    clock.advance(left.next_at - clock.now())
    wake(store, P, now=clock.now())

    assert (job_of(store, idle).state, job_of(store, idle).due_at) == (JobState.QUEUED, clock.now())


def test_a_slow_webhook_wakes_among_the_slow(store, clock, idle):
    progress = replace(progress_of(store, idle), is_slow=True)
    store.commit(P, Changes(puts=(put_of(progress, expected_version=progress.version),)))
    something_happens(store, clock)

    wake(store, P, now=clock.now())

    assert job_of(store, idle).task == "deliver_slowly"
