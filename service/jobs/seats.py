"""The seats of a worker's lanes: how many there are, who sits there, and which platforms' runs are large."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from types import MappingProxyType
from typing import Final

from service.jobs.held import Held
from service.jobs.registry import Lane
from service.records import kinds
from service.records.member import MemberRole
from service.storage.store import Store

GRACE_SECONDS: Final = 10.0
"""How long a job may go on after the worker was asked to stop."""
THREADS: Final[Mapping[Lane, int]] = MappingProxyType(
    {
        Lane.SAFETY: 2,
        Lane.SHORT: 2,
        Lane.DELIVERIES: 16,
        Lane.SLOW_DELIVERIES: 16,
        Lane.UPKEEP: 1,
        Lane.IMPORTS: 1,
        Lane.RUNS: 1,
        Lane.LARGE_RUNS: 1,
    }
)
"""How many jobs of a lane are at work at once; of runs the setting says how many."""
PLACES: Final[Mapping[Lane, int]] = MappingProxyType({Lane.DELIVERIES: 4, Lane.SLOW_DELIVERIES: 4})
"""How many of a lane's seats one platform may have at once, where it is more than one."""
LARGE_PAIRS: Final = 25_000_000
"""From so many pairs of a seeker and a supporter on, a platform is large: its runs take long."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a worker is set up.

    Attributes
    ----------
    threads : by lane; one that is missing takes its number from `THREADS`.
    grace_seconds : how long a job may go on after the worker was asked to stop.
    """

    threads: Mapping[Lane, int] = field(default_factory=dict)
    grace_seconds: float = GRACE_SECONDS

    def threads_of(self, lane: Lane) -> int:
        """Give how many jobs of a lane are at work at once."""
        return self.threads.get(lane, THREADS[lane])


DEFAULT_SETUP: Final = Setup()


class Seat:
    """A thread of a lane, and what it has in hand."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        # Part of who holds a job's lease: two seats of a worker may look at one job at once, as two workers may.
        self.mark = secrets.token_hex(4)
        self.thread: Thread | None = None
        self.held: Held | None = None
        self.platform_id = ""
        self.is_replaced = False

    @contextmanager
    def holding(self, held: Held, platform_id: str) -> Iterator[None]:
        """Have a job in hand for the length of the block."""
        self.held, self.platform_id = held, platform_id
        try:
            yield
        finally:
            self.held = None


def is_large(store: Store, platform_id: str) -> bool:
    """Whether the platform's runs take long, so that small platforms should not wait for them."""
    seekers, supporters = (
        store.count(platform_id, kinds.MEMBER, index=kinds.BY_ROLE, value=role)
        for role in (MemberRole.SEEKER, MemberRole.SUPPORTER)
    )
    return seekers * supporters >= LARGE_PAIRS
