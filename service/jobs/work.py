"""What a task works with, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.clock import Clock
from service.records.job import Job
from service.storage.operated import OperatedStore
from service.storage.store import Fence


def never() -> bool:
    """Answer that nobody has asked to stop."""
    return False


@dataclass(frozen=True, slots=True)
class Work:
    """One job in hand.

    Attributes
    ----------
    job : as it was taken.
    fence : for the task's own commits where the versions they expect do not already keep a second worker out: a worker
        that was thought dead can write no more under it.
    is_stopping : whether the worker was asked to stop or the time is up; a long task looks now and then and raises
        `Interrupted`.
    """

    store: OperatedStore
    platform_id: str
    job: Job
    clock: Clock
    fence: Fence
    is_stopping: Callable[[], bool] = never

    @property
    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        return self.clock.now()


@dataclass(frozen=True, slots=True)
class Again:
    """The answer of a task that is done for now: the same job is due again at this moment, with all its attempts.

    With a `task`, the job is one of that task from then on.
    """

    at: datetime
    task: str | None = None


class Interrupted(Exception):  # noqa: N818 - it is no error
    """Raised by a task that ends early because `Work.is_stopping`; it will be begun again and has lost no attempt."""
