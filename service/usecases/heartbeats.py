"""Signs of life of workers: written by each for itself, read by whoever wants to know whether anybody works."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from service.records.codec import put_of, read_as
from service.records.heartbeat import Heartbeat
from service.storage.store import GLOBAL_SCOPE, Changes, Delete, Store

EVERY: Final = timedelta(seconds=15)
"""How often a worker says that it lives."""
MISSED_AFTER: Final = timedelta(minutes=1)
"""From when on a worker that says nothing is missed."""
FORGOTTEN_AFTER: Final = timedelta(days=1)
"""How long a worker that was killed is remembered."""

_MOST_REMOVED: Final = 100


def beat(store: Store, worker_id: str, *, started_at: datetime, now: datetime) -> None:
    """Say that a worker lives; at its first beat those are removed that died long ago."""
    gone: list[Delete] = []
    if started_at == now:
        old = (each for each in _all(store) if now - each.seen_at > FORGOTTEN_AFTER)
        gone = [Delete(Heartbeat.KIND, each.worker_id) for each in old]
    line = put_of(Heartbeat(worker_id, started_at, now))
    store.commit(GLOBAL_SCOPE, Changes(puts=(line,), deletes=tuple(gone[:_MOST_REMOVED])))


def stop_beating(store: Store, worker_id: str) -> None:
    """Say that a worker has ended, and is not missed."""
    store.commit(GLOBAL_SCOPE, Changes(deletes=(Delete(Heartbeat.KIND, worker_id),)))


def workers_seen(store: Store, *, now: datetime) -> tuple[Heartbeat, ...]:
    """Give the workers that live, the latest sign of life first."""
    return tuple(each for each in _all(store) if now - each.seen_at <= MISSED_AFTER)


def workers_missed(store: Store, *, now: datetime) -> tuple[Heartbeat, ...]:
    """Give the workers that were killed or cannot reach the store, the one that was seen last first."""
    return tuple(each for each in _all(store) if now - each.seen_at > MISSED_AFTER)


def _all(store: Store) -> list[Heartbeat]:
    found = [read_as(Heartbeat, stored) for stored in store.each(GLOBAL_SCOPE, Heartbeat.KIND)]
    return sorted(found, key=lambda each: each.seen_at, reverse=True)
