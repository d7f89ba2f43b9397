"""Runs that nobody works on, nor ever will: a command that was killed, a job that is gone."""

from __future__ import annotations

from datetime import datetime

from service.jobs.registry import Lane, chore
from service.storage.store import Store


@chore("dead_runs", lane=Lane.SHORT)
def dead_runs(store: Store, platform_id: str, now: datetime) -> datetime | None:
    """Mark the platform's open run as failed where it is dead."""
    from service.usecases.running.opening import close_dead_run

    close_dead_run(store, platform_id, now=now)
    return None
