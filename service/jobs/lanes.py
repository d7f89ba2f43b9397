"""Who comes next: platforms that have something to do in a lane, in turn, each at a few places at a time, mostly one.

One platform's thousand jobs are in the queue as one entry, which goes to the end after each job. Nothing here knows
what is done.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from threading import Condition


class Turns:
    """The platforms waiting in one lane; safe to share between threads."""

    def __init__(self, *, places: int = 1) -> None:
        self._places = places
        # What each waiting platform is to have looked after; its jobs are always looked for.
        self._waiting: OrderedDict[str, set[str]] = OrderedDict()
        self._served: Counter[str] = Counter()
        self._changed = Condition()
        self._is_closed = False

    def offer(self, platform_id: str, chore: str | None = None) -> None:
        """Say that a platform has something to do; nothing changes when it waits for that already."""
        with self._changed:
            chores = self._waiting.setdefault(platform_id, set())
            if chore is not None:
                chores.add(chore)
            self._changed.notify()

    def take(self, *, seconds: float | None = None) -> tuple[str, frozenset[str]] | None:
        """Give the next platform and the chores to look after, waiting for one; end with `served`.

        None when none came in so many seconds, or the queue is closed. Nobody else gets this platform meanwhile, but
        where a platform may have several places and is offered again.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._next() is not None, seconds)
            platform_id = None if self._is_closed else self._next()
            if platform_id is None:
                return None
            self._served[platform_id] += 1
            return platform_id, frozenset(self._waiting.pop(platform_id))

    def served(self, platform_id: str, *, has_more: bool) -> None:
        """Say that a platform had its turn; if it may have more to do, it queues up again behind the others."""
        with self._changed:
            self._served[platform_id] -= 1
            if not self._served[platform_id]:
                del self._served[platform_id]
            if has_more:
                self._waiting.setdefault(platform_id, set())
            self._changed.notify()

    def close(self) -> None:
        """Let everybody who waits go."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _next(self) -> str | None:
        return next((each for each in self._waiting if self._served[each] < self._places), None)
