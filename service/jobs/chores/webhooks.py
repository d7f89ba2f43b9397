"""Webhooks that have something to be told: their jobs are called within a second of every event."""

from __future__ import annotations

from datetime import datetime

from service.jobs.registry import Lane, chore
from service.storage.store import Store


@chore("webhooks", lane=Lane.SHORT, when_heard=True)
def webhooks(store: Store, platform_id: str, now: datetime) -> datetime | None:
    """Have a job due for every webhook that has something to be told; give when to look again."""
    from service.usecases.webhooks.waking import wake

    return wake(store, platform_id, now=now)
