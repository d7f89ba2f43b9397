"""What work there is: every task and chore, declared once, where its function is.

A task does one job:

    @task("retention", lane=Lane.SHORT, attempts=5, limit=timedelta(minutes=10))
    def retention(work: Work) -> None:
        \"\"\"Remove what was kept long enough.\"\"\"

in a module of its own in `service/jobs/tasks/`. It returns None when it is done, or `Again` to be done once more later.
It raises a TemporaryError or a Conflict to be tried again (later and later, `attempts` times), another PermanentError
to be given up at once; anything else is logged as a fault of ours and tried again. A job may be begun twice (its worker
was killed) but is finished once: whatever it writes must be the same when it is written again, or stand under
`work.fence`.

A chore looks after something in every platform, without a job:

    @chore("timers", lane=Lane.SHORT)
    def timers(store: Store, platform_id: str, now: datetime) -> datetime | None:
        \"\"\"Expire proposals that nobody answered; give when the next one is due.\"\"\"

in a module of its own in `service/jobs/chores/`. It is called when it last said that it would be due, and otherwise
every few minutes (`looking.LONGEST_REST`); with `when_heard`, also within a second of every commit with events. So its
first step is a cheap read that finds nothing to do; and since two workers may call it at once, all it writes expects
versions or stands under a lease of its own.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType, ModuleType
from typing import TypeVar

from service.jobs.work import Again, Work
from service.storage.store import Store

Do = Callable[[Work], Again | None]
GiveUp = Callable[[Work, str], None]
"""(work, error code): leave what the work was about as something that has failed."""
PutBack = Callable[[Work], None]
"""(work): leave what the work was about as something that waits for its turn."""
LookAfter = Callable[[Store, str, datetime], datetime | None]


class Lane(StrEnum):
    """Who waits for whom: work of one lane never waits for work of another; inside a lane platforms take turns."""

    SAFETY = "safety"  # holds, crises, the seals of the audit: nothing may stand in front of these
    SHORT = "short"  # some seconds at most: expiries, reminders, clearing up
    DELIVERIES = "deliveries"  # waits for other people's servers
    SLOW_DELIVERIES = "slow_deliveries"  # the same for servers that take long, so that they wait for each other only
    UPKEEP = "upkeep"  # may wait for long: erasing down to files and logs
    IMPORTS = "imports"  # many lines at once: each in a process of its own, so that it takes nobody else's time
    RUNS = "runs"  # heavy: each in a process of its own, with a bound on its memory
    LARGE_RUNS = "large_runs"  # the same for large platforms, so that they wait for each other only; no task names it

    @property
    def is_in_child(self) -> bool:
        """Whether its jobs are done in processes of their own."""
        return self in (Lane.IMPORTS, Lane.RUNS, Lane.LARGE_RUNS)


@dataclass(frozen=True, slots=True)
class JobTask:
    """How jobs of a name are done; see `task`. What coordinators are asked to look at is a `CoordinatorTask`."""

    name: str
    lane: Lane
    do: Do
    attempts: int
    first_delay: timedelta
    longest_delay: timedelta
    limit: timedelta | None
    give_up: GiveUp | None
    put_back: PutBack | None

    def delay_after(self, attempt: int) -> timedelta:
        """Give how long to wait after this attempt (1 is the first) has failed."""
        # Beyond 2^20 every delay is the longest.
        return min(self.first_delay * (1 << min(attempt - 1, 20)), self.longest_delay)


@dataclass(frozen=True, slots=True)
class Chore:
    """How something is looked after; see `chore`."""

    name: str
    lane: Lane
    look_after: LookAfter
    when_heard: bool


def task(  # noqa: PLR0913 - one declaration, described by names
    name: str,
    *,
    lane: Lane,
    attempts: int = 5,
    first_delay: timedelta = timedelta(seconds=5),
    longest_delay: timedelta = timedelta(hours=1),
    limit: timedelta | None = timedelta(minutes=5),
    give_up: GiveUp | None = None,
    put_back: PutBack | None = None,
) -> Callable[[Do], JobTask]:
    """Declare that the function does the jobs of this name.

    Parameters
    ----------
    name : kept in every job record: never rename one.
    attempts : how often it is begun; a worker that is told to stop has not begun.
    first_delay, longest_delay : after a failure; the delay doubles each time.
    limit : a job that takes longer is taken away from whoever does it, and counts as failed. None: as long as it takes.
    give_up : called when the job has failed for good, before that is saved.
    put_back : called when a worker was told to stop, before the job is given back.
    """

    def declare(do: Do) -> JobTask:
        return JobTask(name, lane, do, attempts, first_delay, longest_delay, limit, give_up, put_back)

    return declare


def chore(name: str, *, lane: Lane, when_heard: bool = False) -> Callable[[LookAfter], Chore]:
    """Declare that the function looks after something in every platform."""

    def declare(look_after: LookAfter) -> Chore:
        return Chore(name, lane, look_after, when_heard)

    return declare


@dataclass(frozen=True, slots=True)
class Registry:
    """Tasks and chores by name."""

    tasks: Mapping[str, JobTask]
    chores: Mapping[str, Chore]

    def tasks_of(self, lane: Lane) -> tuple[str, ...]:
        """Name the tasks of a lane."""
        declared_as = Lane.RUNS if lane is Lane.LARGE_RUNS else lane
        return tuple(name for name, each in self.tasks.items() if each.lane is declared_as)


@cache
def declared() -> Registry:
    """Give everything that is declared in `tasks/` and `chores/`."""
    from service.jobs import chores, tasks

    return Registry(_by_name(tasks, JobTask), _by_name(chores, Chore))


Declared = TypeVar("Declared", JobTask, Chore)


def _by_name(package: ModuleType, kind: type[Declared]) -> Mapping[str, Declared]:
    named: dict[str, Declared] = {}
    for each in _in_modules(package, kind):
        if named.setdefault(each.name, each) is not each:
            raise ValueError(f"two are declared as {each.name!r} in {package.__name__}")
    return MappingProxyType(named)


def _in_modules(package: ModuleType, kind: type[Declared]) -> Iterator[Declared]:
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        yield from (each for each in vars(module).values() if isinstance(each, kind))
