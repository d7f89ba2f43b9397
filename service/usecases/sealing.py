"""Sealing: within a second after events, the audit chain is carried on over them and its head told to the world.

`seal` is called by a job for each platform, as often as anyone likes. One process seals a scope at a time, under a
lease; every write carries its fence, so a process that was thought dead adds nothing. Checking the chain is for
`usecases/audit.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from service.audit_chain import SEALED, first_head, head_after, links_of
from service.errors import FenceLost, LeaseHeld, StaleVersion
from service.events import new_event
from service.records.codec import put_of, read_as
from service.records.seal import Seal
from service.storage.store import MAX_PAGE, Changes, Event, Fence, Store

LEASE: Final = "audit seal"
TTL: Final = timedelta(seconds=60)
"""How long sealing waits when a process dies in the middle of it."""


def seal(store: Store, scope: str, *, now: datetime) -> Seal | None:
    """Seal every event that is not sealed yet; give the last seal that was made, None when there was nothing to do.

    What only tells of a seal waits for the next event of another kind, or sealing would never end. None also while
    another process is at it.
    """
    last = last_seal(store, scope)
    if not _has_news(store, scope, last):
        return None
    try:
        lease = store.acquire_lease(scope, LEASE, owner=secrets.token_hex(16), ttl=TTL, now=now)
    except LeaseHeld:
        return None
    try:
        return _seal_all(store, scope, Fence(lease.name, lease.token), now)
    except (StaleVersion, FenceLost):
        # Another process was quicker: what it sealed, it told.
        return None
    finally:
        store.release_lease(lease)


def last_seal(store: Store, scope: str) -> Seal | None:
    """Read the latest seal."""
    page = store.page(scope, Seal.KIND, limit=1, descending=True)
    return read_as(Seal, page.records[0]) if page.records else None


def _has_news(store: Store, scope: str, last: Seal | None) -> bool:
    return any(_tells_more(events) for events in _unsealed(store, scope, last))


def _seal_all(store: Store, scope: str, fence: Fence, now: datetime) -> Seal | None:
    sealed, last = None, last_seal(store, scope)
    while _has_news(store, scope, last):
        events = next(_unsealed(store, scope, last))
        sealed = last = _next_seal(scope, last, events, now)
        told = new_event(SEALED, sealed.record_id, now, sequence=sealed.last, head=sealed.head)
        put = put_of(sealed, expected_version=0)
        store.commit(scope, Changes(puts=(put,), events=(told,), fence=fence))
    return sealed


def _unsealed(store: Store, scope: str, last: Seal | None) -> Iterator[Sequence[Event]]:
    after = last.last if last else 0
    while events := store.events(scope, after=after, limit=MAX_PAGE):
        yield events
        after = events[-1].sequence


def _next_seal(scope: str, last: Seal | None, events: Sequence[Event], now: datetime) -> Seal:
    heads = []
    head = bytes.fromhex(last.head) if last else first_head(scope)
    for event in events:
        head = head_after(head, event)
        heads.append(head)
    return Seal(events[0].sequence, events[-1].sequence, head.hex(), links_of(heads), sealed_at=now)


def _tells_more(events: Sequence[Event]) -> bool:
    return any(event.type != SEALED for event in events)
