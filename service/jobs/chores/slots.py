"""Scheduled work: runs by the platform's policy, and what the service clears up every night."""

from __future__ import annotations

from datetime import datetime

from service.jobs.registry import Lane, chore
from service.storage.store import Store


@chore("slots", lane=Lane.SHORT)
def slots(store: Store, platform_id: str, now: datetime) -> datetime | None:
    """Make what a slot asks for, and give when the next one comes."""
    from service.usecases.scheduling import fire_due

    return fire_due(store, platform_id, now=now)
