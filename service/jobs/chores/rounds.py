"""The daily rounds: who waits, who is back, whether the rules still hold, whom to talk with; some at a time."""

from __future__ import annotations

from datetime import datetime

from service.jobs.registry import Lane, chore
from service.storage.store import Store


@chore("rounds", lane=Lane.SHORT)
def rounds(store: Store, platform_id: str, now: datetime) -> datetime | None:
    """Take the next step of each round; give when the next one is to be taken."""
    from service.usecases.rounds.all import go_on_with_all

    return go_on_with_all(store, platform_id, now=now)
