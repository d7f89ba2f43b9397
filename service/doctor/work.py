"""What is looked at in the platforms: is what is due being done, and has anything failed or been left lying."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from service.doctor.look import Look, among, counted, lasting
from service.records import kinds
from service.records.codec import read_as
from service.records.erasure import Erasure, ErasureState
from service.records.job import Job, JobState
from service.storage.operated import Finding, State
from service.usecases.heartbeats import workers_missed, workers_seen
from service.usecases.renewing import older_left
from service.usecases.running.opening import open_run
from service.usecases.scheduling import schedule_since
from service.usecases.slots import latest_slot, next_slot
from service.usecases.standby import standing_by_since
from service.usecases.wording import is_ready_to_publish

OVERDUE: Final = timedelta(minutes=1)
"""A worker begins what is due within seconds, unless it has much to do."""
LONG_RUN: Final = timedelta(hours=2)
LONG_ERASURE: Final = timedelta(hours=1)
MISSED: Final = timedelta(minutes=5)


def workers(look: Look) -> Iterator[Finding]:
    """See that workers live, by their own word, and that they keep up: of each platform the oldest job that is due."""
    late: dict[str, timedelta] = {}
    for platform_id in look.platforms:
        page = look.store.page(platform_id, Job.KIND, index=kinds.BY_DUE, limit=1)
        for job in (read_as(Job, stored) for stored in page.records):
            if look.now - job.due_at > OVERDUE:
                late[platform_id] = look.now - job.due_at
    if late:
        says = f"work has been due for up to {lasting(max(late.values()))} and nobody takes it ({among([*late])})"
        yield Finding("workers", State.WRONG, says, "start one, or one more: alongside worker")
        return
    alive, missed = workers_seen(look.store, now=look.now), workers_missed(look.store, now=look.now)
    if alive:
        says = f"{counted(len(alive), 'worker')} at work, and no work is overdue"
        yield Finding("workers", State.OK, says)
    elif missed:
        says = (
            f"no worker lives; one was last seen {lasting(look.now - missed[0].seen_at)} ago, and did not end in order"
        )
        yield Finding("workers", State.WRONG, says, "see its log, and start one: alongside worker")
    else:
        says = "no worker runs: nothing is done that nobody waits for (timers, seals, erasures, runs by schedule)"
        yield Finding("workers", State.WARNING, says, "start one: alongside worker")


def failed_jobs(look: Look) -> Iterator[Finding]:
    """See whether jobs were given up, or fail again and again."""
    failed = {
        platform_id: count
        for platform_id in look.platforms
        if (count := look.store.count(platform_id, Job.KIND, index=kinds.BY_STATE, value=JobState.FAILED))
    }
    if failed:
        says = f"{counted(sum(failed.values()), 'job')} failed in the last week ({among([*failed])})"
        advice = f"see why: alongside jobs list --platform {next(iter(failed))} --state failed"
        yield Finding("jobs", State.WARNING, says, advice)
        return
    failing = [each for each in look.platforms if _is_failing(look, each)]
    if failing:
        says = f"jobs fail and are tried again ({among(failing)})"
        yield Finding("jobs", State.WARNING, says, f"see why: alongside jobs list --platform {failing[0]}")
        return
    yield Finding("jobs", State.OK, "none has failed")


def readiness(look: Look) -> Iterator[Finding]:
    """See that every platform may publish; one that may not is passed over by cron and by its schedule."""
    missing = [each for each in look.platforms if not is_ready_to_publish(look.store, each)]
    if missing:
        says = f"nothing is proposed before it is said where help is to be found ({among(missing)})"
        yield Finding("ready", State.WARNING, says, f"alongside wording help TEXT --platform {missing[0]}")
    else:
        yield Finding("ready", State.OK, "every platform may publish" if look.platforms else "no platform yet")


def schedule(look: Look) -> Iterator[Finding]:
    """See that runs which the policies ask for are made in time; tell when the next is, in a store that is in use."""
    if standing_by_since(look.store) is not None:
        return
    missed: dict[str, datetime] = {}
    coming: dict[str, datetime] = {}
    for platform_id in look.platforms:
        state = schedule_since(look.store, platform_id)
        if state is None:
            continue
        slot = latest_slot(state.schedule, after=state.since, until=look.now - MISSED)
        following = next_slot(state.schedule, after=look.now)
        if slot is not None:
            missed[platform_id] = slot
        if following is not None:
            coming[platform_id] = following
    if missed:
        says = f"no run was made for {min(missed.values()):%Y-%m-%d %H:%M} UTC ({among([*missed])})"
        yield Finding("schedule", State.WRONG, says, "start a worker: alongside worker; it makes up for one run")
    elif coming:
        soonest = min(coming, key=lambda platform_id: coming[platform_id])
        yield Finding("schedule", State.OK, f"next run: {coming[soonest]:%Y-%m-%d %H:%M} UTC, {soonest}")
    else:
        yield Finding("schedule", State.OK, "no policy asks for runs by itself")


def open_runs(look: Look) -> Iterator[Finding]:
    """See whether a run takes so long that something must be wrong with it."""
    found = [(each, open_run(look.store, each)) for each in look.platforms]
    long = {each: look.now - run.created_at for each, run in found if run and look.now - run.created_at > LONG_RUN}
    if long:
        says = f"a run has been open for {lasting(max(long.values()))} ({among([*long])})"
        advice = "look at the worker's log; ALONGSIDE_ENGINE_SECONDS bounds how long a run may take"
        yield Finding("runs", State.WARNING, says, advice)
        return
    count = sum(run is not None for _, run in found)
    yield Finding("runs", State.OK, f"{counted(count, 'run')} at work or waiting" if count else "none is open")


def erasures(look: Look) -> Iterator[Finding]:
    """See that whoever was deleted is erased down to the files, and soon."""
    waiting = [each for platform_id in look.platforms for each in _pending(look, platform_id)]
    oldest = max((look.now - erasure.requested_at for _, erasure in waiting), default=timedelta())
    if oldest > LONG_ERASURE:
        says = f"a deleted member waits for {lasting(oldest)} to be erased ({among([each for each, _ in waiting])})"
        advice = "see that a worker runs, and that no backup or other reader holds the store open"
        yield Finding("erasures", State.WRONG, says, advice)
    elif waiting:
        yield Finding("erasures", State.OK, f"under way, for {lasting(oldest)} at most")
    else:
        yield Finding("erasures", State.OK, "none is pending")


def older_formats(look: Look) -> Iterator[Finding]:
    """Tell whether records of an older program are still being rewritten; they are read all the same."""
    left = sum(older_left(look.store, platform_id) for platform_id in look.platforms)
    says = f"in {counted(left, 'platform')} a worker has yet to look for older records; they are read all the same"
    yield Finding("formats", State.OK, says if left else "every record is in the format of today")


def _is_failing(look: Look, platform_id: str) -> bool:
    page = look.store.page(platform_id, Job.KIND, index=kinds.BY_STATE, value=JobState.QUEUED, limit=100)
    return any(job.error_code and job.attempt > 1 for job in (read_as(Job, stored) for stored in page.records))


def _pending(look: Look, platform_id: str) -> Iterator[tuple[str, Erasure]]:
    """Give the oldest erasures of each state that is not the last one: ids are in the order of making."""
    for state in (ErasureState.REQUESTED, ErasureState.EMPTIED):
        page = look.store.page(platform_id, Erasure.KIND, index=kinds.BY_STATE, value=state, limit=1)
        yield from ((platform_id, read_as(Erasure, stored)) for stored in page.records)
