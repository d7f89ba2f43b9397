"""Records that an older program wrote: rewritten some at a time, in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from service.jobs.registry import Lane, chore
from service.storage.store import Store

_PAUSE: Final = timedelta(seconds=2)
"""Between some and the next: people who wait come first."""


@chore("renewal", lane=Lane.UPKEEP)
def renewal(store: Store, platform_id: str, now: datetime) -> datetime | None:
    """Rewrite some records; again soon while there may be more."""
    from service.usecases.renewing import renew_some

    return now + _PAUSE if renew_some(store, platform_id) else None
