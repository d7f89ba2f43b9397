"""The audit trail: events are sealed within a second, so that whoever changes one later is found out."""

from __future__ import annotations

from datetime import datetime

from service.jobs.registry import Lane, chore
from service.storage.store import Store


@chore("audit", lane=Lane.SAFETY, when_heard=True)
def audit(store: Store, platform_id: str, now: datetime) -> datetime | None:
    """Seal what has happened since the last seal."""
    from service.usecases.sealing import seal

    seal(store, platform_id, now=now)
    return None
