"""The timers of matches: offers and proposals that run out, reminders, check-ins, planned endings."""

from __future__ import annotations

from datetime import datetime

from service.jobs.registry import Lane, chore
from service.storage.store import Store


@chore("timers", lane=Lane.SHORT, when_heard=True)
def timers(store: Store, platform_id: str, now: datetime) -> datetime | None:
    """Do what has become due in the platform's matches; give when the next one is."""
    from service.usecases.firing import fire_due

    return fire_due(store, platform_id, now=now)
