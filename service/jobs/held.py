"""A job in hand: kept while it is at work, by whichever thread looks, and given back once.

Every change goes through one lock, since each is a compare-and-set on the version that the one before left. Once the
job is given back, or turns out to be somebody else's, nothing here writes any more.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Event, RLock
from typing import Final

import structlog

from service import metrics
from service.clock import Clock
from service.errors import Conflict, StoreUnavailable
from service.jobs.claims import TTL, Claim
from service.jobs.registry import JobTask
from service.jobs.work import Work
from service.storage.operated import OperatedStore

TIME_LIMIT_CODE: Final = "time_limit"

_log = structlog.get_logger(__name__)


class Held:
    """A claimed job and its task, from taking it to giving it back."""

    def __init__(self, task: JobTask, claim: Claim, clock: Clock, is_stopping: Event) -> None:
        self.task = task
        self._claim = claim
        self._clock = clock
        self._is_stopping = is_stopping
        self._taken_at = clock.now()
        self._is_over = False
        self._lock = RLock()

    @property
    def work(self) -> Work:
        """What the task gets to work with."""
        claim = self._claim
        return Work(
            claim.store,
            claim.platform_id,
            claim.job,
            self._clock,
            claim.fence,
            is_stopping=self.is_to_stop,
        )

    @property
    def store(self) -> OperatedStore:
        """Where the job is."""
        return self._claim.store

    @property
    def is_over(self) -> bool:
        """Whether it was given back or lost: whatever still works on it works for nobody."""
        return self._is_over

    @property
    def has_attempts_left(self) -> bool:
        """Whether there is another try after this one."""
        return self._claim.job.attempt < self.task.attempts

    @property
    def is_one_too_many(self) -> bool:
        """Whether all attempts have been begun already, and nobody lived to say what became of the last one."""
        return self._claim.job.attempt > self.task.attempts

    def is_to_stop(self) -> bool:
        """Whether to end early."""
        return self._is_stopping.is_set() or self._is_over

    def keep(self) -> None:
        """Renew what will soon run out, and take away what has had its time; call it every second."""
        with self._lock:
            now = self._clock.now()
            if self._is_over:
                return
            if self.task.limit is not None and now - self._taken_at > self.task.limit:
                self.fail_or_retry(TIME_LIMIT_CODE)
            elif self._claim.job.due_at - now < TTL * 3 / 4:
                # While the store is gone nobody else can take the job either.
                with suppress(StoreUnavailable):
                    self._renew(now)

    def finish(self) -> None:
        """Say that it is done."""
        self._end(self._claim.finish, "done")

    def put_off(self, until: datetime, *, task: str | None = None) -> None:
        """Say that it is done for now; with a `task`, it is of that one when it is due again."""
        self._end(lambda now: self._claim.put_off(now, until=until, task=task), "again")

    def hand_back(self) -> None:
        """Leave it to whoever comes next."""

        def end(now: datetime) -> None:
            if self.task.put_back is not None:
                self.task.put_back(self.work)
            self._claim.hand_back(now)

        self._end(end, "handed_back")

    def fail_or_retry(self, code: str) -> None:
        """Say that this attempt failed: the next one comes, unless it was the last."""
        if not self.has_attempts_left:
            self.give_up(code)
            return

        def end(now: datetime) -> None:
            if self.task.put_back is not None:
                self.task.put_back(self.work)
            self._claim.retry(now, delay=self.task.delay_after(self._claim.job.attempt), code=code)

        self._end(end, "retry")

    def give_up(self, code: str) -> None:
        """Say that it cannot be done."""

        def end(now: datetime) -> None:
            if self.task.give_up is not None:
                self.task.give_up(self.work, code)
            self._claim.fail(now, code=code)

        self._end(end, "failed")

    def _end(self, end: Callable[[datetime], None], result: str) -> None:
        with self._lock:
            if self._is_over:
                return
            try:
                end(self._clock.now())
            finally:
                self._is_over = True
        metrics.job_ended(self.task.name, result)

    def _renew(self, now: datetime) -> None:
        try:
            self._claim = self._claim.renew(now)
        except Conflict:
            self._is_over = True
            _log.warning("job lost to another worker", task=self.task.name, attempt=self._claim.job.attempt)
