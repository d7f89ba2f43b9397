"""Holds that nobody has looked after in time: called to mind again."""

from __future__ import annotations

from datetime import datetime

from service.jobs.registry import Lane, chore
from service.storage.store import Store


@chore("holds", lane=Lane.SAFETY, when_heard=True)
def holds(store: Store, platform_id: str, now: datetime) -> datetime | None:
    """Escalate what is unseen; give when the next one is due."""
    from service.usecases.safety import escalate_unseen

    return escalate_unseen(store, platform_id, now=now)
