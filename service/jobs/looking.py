"""Finding the platforms that have something due, and saying so to the lanes.

A look at a platform reads the head of its due jobs and moves its line in the global list of agendas on. Of several
workers who want to look at a due platform at once, the one who moves the line looks after its chores; jobs are safe
with all of them. What is heard (`Store.listen`) is looked at whatever its line says. Nothing here does anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from service.errors import StaleVersion
from service.jobs.registry import Lane, Registry
from service.records import kinds
from service.records.agenda import Agenda
from service.records.codec import put_of, read_as
from service.records.job import Job
from service.storage.store import GLOBAL_SCOPE, Changes, Store
from service.usecases.platforms import platform_ids
from service.usecases.queueing import SETTLED_AFTER
from service.usecases.reading import maybe_found

LONGEST_REST: Final = timedelta(minutes=2)
"""How long a platform in which nothing is due is left alone at most."""
BUSY_REST: Final = timedelta(seconds=2)
"""The same where jobs are due: those who were offered them may all be busy, or dead."""
HEARD_WITHIN: Final = (0.1, 0.6)
"""Seconds: when what was heard is looked after; a moment of each worker's own, so that one does it for all."""

_HEAD: Final = 50
_AT_ONCE: Final = 10

Offer = Callable[[Lane, str, str | None], None]
"""(lane, platform id, chore or None for its jobs)."""


class Looks:
    """One worker's looks at platforms."""

    def __init__(self, store: Store, registry: Registry, offer: Offer, *, random: Random) -> None:
        self._store = store
        self._registry = registry
        self._offer = offer
        self._random = random
        # Chores that are to be looked after since something was heard, and when.
        self._heard: dict[tuple[str, str], float] = {}

    def enlist(self, now: datetime) -> None:
        """See that every platform has a line: one that was made by an older program, or half made, has none."""
        for platform_id in tuple(platform_ids(self._store)):
            if maybe_found(self._store, GLOBAL_SCOPE, Agenda, platform_id) is None:
                put = put_of(Agenda(platform_id, look_at=now, announced_at=now), expected_version=0)
                with suppress(StaleVersion):
                    self._store.commit(GLOBAL_SCOPE, Changes(puts=(put,)))

    def look_at_due(self, now: datetime) -> bool:
        """Look at platforms whose line says so, some at a time; tell whether there may be more of them."""
        page = self._store.page(GLOBAL_SCOPE, Agenda.KIND, index=kinds.BY_DUE, limit=_AT_ONCE)
        due = [line for line in (read_as(Agenda, stored) for stored in page.records) if line.look_at <= now]
        for line in due:
            self._look(line, now)
        return len(due) == _AT_ONCE

    def look_at_heard(self, platform_ids: Iterable[str], now: datetime, moment: float) -> None:
        """Look at the jobs of platforms that were called out, and soon after what should be when they are.

        `moment` is of the monotonic clock.
        """
        for platform_id in platform_ids:
            if platform_id == GLOBAL_SCOPE:
                continue
            self._offer_due(platform_id, now)
            for chore in self._registry.chores.values():
                if chore.when_heard:
                    self._heard.setdefault((platform_id, chore.name), moment + self._random.uniform(*HEARD_WITHIN))

    def offer_heard(self, moment: float) -> None:
        """Have looked after what was heard a little before this moment of the monotonic clock."""
        for (platform_id, name), at in tuple(self._heard.items()):
            if at <= moment:
                del self._heard[platform_id, name]
                self._offer(self._registry.chores[name].lane, platform_id, name)

    def seconds_until_heard(self, moment: float) -> float | None:
        """Give how long until `offer_heard` has something to do; None while nothing was heard."""
        return min(self._heard.values()) - moment if self._heard else None

    def _look(self, line: Agenda, now: datetime) -> None:
        next_due = self._offer_due(line.platform_id, now)
        # Each platform at another moment, or all that were made together would be looked at together for ever.
        rest = now + LONGEST_REST * self._random.uniform(0.7, 1.0)
        look_at = min(rest, next_due or rest)
        if now < line.announced_at + SETTLED_AFTER:
            look_at = min(look_at, line.announced_at + SETTLED_AFTER)
        put = put_of(replace(line, look_at=look_at), expected_version=line.version)
        try:
            self._store.commit(GLOBAL_SCOPE, Changes(puts=(put,)))
        except StaleVersion:
            # Somebody else looks, or has just announced something: then the line is due again.
            return
        for chore in self._registry.chores.values():
            self._offer(chore.lane, line.platform_id, chore.name)

    def _offer_due(self, platform_id: str, now: datetime) -> datetime | None:
        """Offer a platform to the lanes of its due jobs; give when to look again, None when it has no jobs."""
        page = self._store.page(platform_id, Job.KIND, index=kinds.BY_DUE, limit=_HEAD)
        jobs = [read_as(Job, stored) for stored in page.records]
        due = [job for job in jobs if job.due_at <= now]
        tasks = self._registry.tasks
        lanes = {tasks[job.task].lane for job in due if job.task in tasks}
        if len(due) == _HEAD:
            # There are more, and what they are is not known: ask in every lane.
            lanes = {task.lane for task in tasks.values()}
        for lane in lanes:
            self._offer(lane, platform_id, None)
        later = jobs[len(due)].due_at if len(jobs) > len(due) else None
        return now + BUSY_REST if due else later
