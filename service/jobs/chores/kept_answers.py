"""Answers that were kept for the case that their call is sent again."""

from __future__ import annotations

from datetime import datetime

from service.jobs.registry import Lane, chore
from service.storage.store import Store


@chore("kept_answers", lane=Lane.SHORT)
def kept_answers(store: Store, platform_id: str, now: datetime) -> datetime | None:
    """Forget them after a day; give when the next one is due."""
    from service.usecases.once import forget_answers

    return forget_answers(store, platform_id, now=now)
