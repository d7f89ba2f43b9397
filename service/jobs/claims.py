"""Taking jobs and giving them back: every step is a compare-and-set on the job's record under the lease of its holder.

A running job's `due_at` is when its lease ends; a job that is due is therefore either waiting or abandoned, and taken
in the same way. Nothing here does a job.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from operator import attrgetter
from typing import Final

from service.errors import Conflict, LeaseHeld, StaleVersion, StoreUnavailable
from service.records import kinds
from service.records.codec import put_of, read_as
from service.records.job import Job, JobState
from service.storage.operated import OperatedStore
from service.storage.store import Changes, Fence, Lease
from service.usecases.queueing import enqueue

TTL: Final = timedelta(seconds=60)
"""How long a job waits for a worker that has died."""

_LOOK_AT: Final = 20
"""Due jobs of one task that are looked at before going on; others may be taking the first ones."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in hand."""

    store: OperatedStore
    platform_id: str
    job: Job
    lease: Lease
    waited_seconds: float = 0.0
    """How long it had been due when it was taken."""

    @property
    def fence(self) -> Fence:
        """What a commit carries that only the holder of this job may make."""
        return Fence(self.lease.name, self.lease.token)

    def renew(self, now: datetime) -> Claim:
        """Hold it for another while; StaleVersion or FenceLost when somebody else has it."""
        return self._saved(replace(self.job, due_at=now + TTL))

    def finish(self, now: datetime) -> None:
        """Say that it is done."""
        self._give_back(replace(self.job, state=JobState.DONE, finished_at=now, error_code=""), now)

    def fail(self, now: datetime, *, code: str) -> None:
        """Say that it cannot be done."""
        self._give_back(replace(self.job, state=JobState.FAILED, finished_at=now, error_code=code), now)

    def retry(self, now: datetime, *, delay: timedelta, code: str) -> None:
        """Put it back after a failure that may pass."""
        self._give_back(replace(self.job, state=JobState.QUEUED, due_at=now + delay, error_code=code), now)

    def put_off(self, now: datetime, *, until: datetime, task: str | None = None) -> None:
        """Put it back as good as new: it is done for now, and due again later, perhaps as a job of another task."""
        again = replace(self.job, state=JobState.QUEUED, due_at=until, attempt=0, error_code="")
        self._give_back(replace(again, task=task or again.task), now)

    def hand_back(self, now: datetime) -> None:
        """Put it back untouched, for whoever comes next."""
        attempt = self.job.attempt - 1
        self._give_back(replace(self.job, state=JobState.QUEUED, due_at=now, attempt=attempt), now)

    def _give_back(self, job: Job, now: datetime) -> None:
        put = put_of(replace(job, fence=0), expected_version=self.job.version)
        enqueue(self.store, self.platform_id, Changes(puts=(put,), fence=self.fence), now=now)
        with suppress(StoreUnavailable):
            self.store.release_lease(self.lease)

    def _saved(self, job: Job) -> Claim:
        put = put_of(job, expected_version=job.version)
        committed = self.store.commit(self.platform_id, Changes(puts=(put,), fence=self.fence))
        return replace(self, job=replace(job, version=committed.versions[Job.KIND, job.job_id]))


def claim_next(
    store: OperatedStore, platform_id: str, *, tasks: Iterable[str], owner: str, now: datetime
) -> Claim | None:
    """Take that job of these tasks which has been due longest.

    None when none is due, or others were quicker with all of them.
    """
    heads = (_due_jobs(store, platform_id, task, now) for task in tasks)
    for job in merge(*heads, key=attrgetter("due_at")):
        with suppress(Conflict, LeaseHeld):
            return _claim(store, platform_id, job, owner=owner, now=now)
    return None


def _due_jobs(store: OperatedStore, platform_id: str, task: str, now: datetime) -> Iterator[Job]:
    page = store.page(platform_id, Job.KIND, index=kinds.due_of(task), limit=_LOOK_AT)
    for stored in page.records:
        job = read_as(Job, stored)
        if job.due_at > now:
            return
        yield job


def _claim(store: OperatedStore, platform_id: str, job: Job, *, owner: str, now: datetime) -> Claim:
    lease = store.acquire_lease(platform_id, f"job {job.job_id}", owner=owner, ttl=TTL, now=now)
    taken = replace(job, state=JobState.RUNNING, due_at=now + TTL, attempt=job.attempt + 1, fence=lease.token)
    claim = Claim(store, platform_id, job, lease, (now - job.due_at).total_seconds())
    try:
        return claim._saved(taken)
    except StaleVersion:
        store.release_lease(lease)
        raise
