"""Taking jobs and giving them back: every step is a compare-and-set on the job's record under the lease of its holder.

A running job's `due_at` is when its lease ends; a job that is due is therefore either waiting or abandoned, and taken
in the same way. Nothing here does a job.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from service.errors import Conflict, LeaseHeld, StaleVersion, StoreUnavailable
from service.records import kinds
from service.records.codec import put_of, read_as
from service.records.job import Job, JobState
from service.storage.store import Changes, Fence, Lease, Store

TTL: Final = timedelta(seconds=60)
"""How long a job waits for a worker that has died."""

MAX_ATTEMPTS: Final = 3
FIRST_DELAY: Final = timedelta(seconds=5)
"""Before the second attempt; doubled before each further one."""

_LOOK_AT: Final = 20
"""Due jobs of one platform that are looked at before going on; others may be taking the first ones."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in hand."""

    store: Store
    platform_id: str
    job: Job
    lease: Lease

    def renew(self, now: datetime) -> Claim:
        """Hold it for another while; StaleVersion or FenceLost when somebody else has it."""
        return self._saved(replace(self.job, due_at=now + TTL))

    def finish(self, now: datetime) -> None:
        """Say that it is done."""
        self._give_back(replace(self.job, state=JobState.DONE, finished_at=now, error_code=""))

    def fail(self, now: datetime, *, code: str) -> None:
        """Say that it cannot be done."""
        self._give_back(replace(self.job, state=JobState.FAILED, finished_at=now, error_code=code))

    def retry(self, now: datetime, *, code: str) -> None:
        """Put it back after a failure that may pass, for later and later."""
        delay = FIRST_DELAY * 2 ** (self.job.attempt - 1)
        self._give_back(replace(self.job, state=JobState.QUEUED, due_at=now + delay, error_code=code))

    def hand_back(self, now: datetime) -> None:
        """Put it back untouched, for whoever comes next."""
        attempt = self.job.attempt - 1
        self._give_back(replace(self.job, state=JobState.QUEUED, due_at=now, attempt=attempt))

    @property
    def is_last_attempt(self) -> bool:
        """After a failure there is no other try."""
        return self.job.attempt >= MAX_ATTEMPTS

    def _give_back(self, job: Job) -> None:
        self._saved(replace(job, fence=0))
        with suppress(StoreUnavailable):
            self.store.release_lease(self.lease)

    def _saved(self, job: Job) -> Claim:
        put = put_of(job, expected_version=self.job.version)
        fence = Fence(self.lease.name, self.lease.token)
        committed = self.store.commit(self.platform_id, Changes(puts=(put,), fence=fence))
        return replace(self, job=replace(job, version=committed.versions[Job.KIND, job.job_id]))


def claim_next(store: Store, platform_id: str, *, owner: str, now: datetime) -> Claim | None:
    """Take the platform's job that has been due longest; None when none is, or others were quicker with all of them."""
    for job in _due_jobs(store, platform_id, now):
        with suppress(Conflict, LeaseHeld):
            return _claim(store, platform_id, job, owner=owner, now=now)
    return None


def _due_jobs(store: Store, platform_id: str, now: datetime) -> Iterator[Job]:
    page = store.page(platform_id, Job.KIND, index=kinds.BY_DUE, limit=_LOOK_AT)
    for stored in page.records:
        job = read_as(Job, stored)
        if job.due_at > now:
            return
        yield job


def _claim(store: Store, platform_id: str, job: Job, *, owner: str, now: datetime) -> Claim:
    lease = store.acquire_lease(platform_id, f"job {job.job_id}", owner=owner, ttl=TTL, now=now)
    taken = replace(job, state=JobState.RUNNING, due_at=now + TTL, attempt=job.attempt + 1, fence=lease.token)
    claim = Claim(store, platform_id, job, lease)
    try:
        return claim._saved(taken)
    except StaleVersion:
        store.release_lease(lease)
        raise
