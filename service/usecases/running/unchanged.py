"""Whether a new run could find anything else than the last one did.

It could when anything was told since the last run began to read (members, matches, policy: all of it makes events), or
when the day is another one: waiting times, pauses, rests and clearances are counted in days. What is asked is only
whether something has happened, never what it would change.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from service.records.platform import Platform
from service.records.run import Run
from service.storage.store import Store
from service.usecases.reading import found, maybe_found

_SAYS_NOTHING_NEW: Final = ("run.", "audit.", "webhook.", "key.", "coordinator.")
"""How types of events begin that no run would do anything else for."""


def run_that_still_holds(store: Store, platform_id: str, *, now: datetime) -> Run | None:
    """Give the published run since which nothing has changed; None when something has, or there is none yet."""
    platform = found(store, platform_id, Platform, platform_id)
    last = None if platform.current_run is None else maybe_found(store, platform_id, Run, platform.current_run)
    if last is None or last.as_of_event is None or last.planned_for != now.date():
        return None
    return None if _has_news(store, platform_id, last.as_of_event) else last


def _has_news(store: Store, platform_id: str, after: int) -> bool:
    while events := store.events(platform_id, after=after):
        if not all(event.type.startswith(_SAYS_NOTHING_NEW) for event in events):
            return True
        after = events[-1].sequence
    return False
