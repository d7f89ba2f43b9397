"""The next best pair for somebody whose offer came to nothing: found within a second, by whoever hears of it."""

from __future__ import annotations

from datetime import datetime

from service.jobs.registry import Lane, chore
from service.storage.store import Store


@chore("next_best", lane=Lane.SHORT, when_heard=True)
def next_best(store: Store, platform_id: str, now: datetime) -> datetime | None:
    """Propose the next best to everybody who is to get one; at once again while there are more."""
    from service.usecases.next_best import propose_for_all

    return now if propose_for_all(store, platform_id, now=now) else None
