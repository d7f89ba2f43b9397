"""Reading deliveries and what waits, and having those that were given up tried anew, under the id they had."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from service.errors import Conflict, NotFound
from service.records import kinds
from service.records.codec import read_as
from service.records.delivery import Delivery, DeliveryState
from service.records.webhook import Webhook
from service.records.webhook_progress import WebhookProgress
from service.storage.store import Page, Store
from service.usecases.queueing import enqueue
from service.usecases.reading import as_page, found
from service.usecases.saving import until_saved
from service.usecases.webhooks.managing import WebhookView
from service.usecases.webhooks.waking import have_delivered
from service.usecases.work import Work

MOST_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many deliveries are tried anew, and how many given-up ones are left."""

    replayed: int
    left: int


def list_deliveries(
    store: Store,
    platform_id: str,
    *,
    webhook_id: str,
    state: DeliveryState | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[Delivery]:
    """Read deliveries to a webhook, of the latest events first; NotFound (``webhook_not_found``)."""
    found(store, platform_id, Webhook, webhook_id)
    index, value = kinds.BY_WEBHOOK, webhook_id
    if state is not None:
        index, value = kinds.BY_WEBHOOK_AND_STATE, kinds.joined(webhook_id, state)
    page = store.page(platform_id, Delivery.KIND, index=index, value=value, after=after, limit=limit, descending=True)
    return as_page(Delivery, page)


def oldest_waiting(store: Store, platform_id: str, view: WebhookView) -> datetime | None:
    """Give when the oldest of what an active webhook is still to be told has happened; None where it was told all.

    Of a delivery that somebody had tried anew: when they did.
    """
    if not view.webhook.is_active:
        return None
    value = kinds.joined(view.webhook.webhook_id, DeliveryState.WAITING)
    page = store.page(platform_id, Delivery.KIND, index=kinds.BY_WEBHOOK_AND_STATE, value=value, limit=1)
    tried = [read_as(Delivery, stored).since for stored in page.records]
    return min((*tried, *untold(store, platform_id, view)), default=None)


def untold(store: Store, platform_id: str, view: WebhookView) -> tuple[datetime, ...]:
    """Give when the first event that a webhook wants and was never sent has happened; nothing where there is none."""
    # So many that nobody wants are passed over within a second (`waking.py`).
    events = store.events(platform_id, after=view.progress.handed_to, limit=100)
    return tuple(event.at for event in events if view.webhook.wants(event.type))[:1]


def replay_delivery(store: Store, platform_id: str, *, webhook_id: str, delivery_id: str, now: datetime) -> Delivery:
    """Have a delivery made once more, now and with all its attempts, whatever became of it.

    NotFound (``webhook_not_found``, ``delivery_not_found``); Conflict (``event_erased``) when it has nothing to say
    any more.
    """

    def attempt() -> Delivery:
        work = Work(store, platform_id, now)
        found(store, platform_id, Webhook, webhook_id)
        delivery = work.find(Delivery, delivery_id)
        if delivery is None or delivery.webhook_id != webhook_id:
            raise NotFound(Delivery.KIND, delivery_id)
        if delivery.state is DeliveryState.DROPPED:
            raise Conflict("cannot replay what it was to say: it has been erased", code="event_erased")
        fresh = _fresh(delivery, now)
        work.put(fresh)
        _have_delivered(work, webhook_id)
        versions = enqueue(store, platform_id, work.changes(), now=now).versions
        return replace(fresh, version=versions[Delivery.KIND, delivery_id])

    return until_saved(attempt)


def replay_dead(store: Store, platform_id: str, *, webhook_id: str, now: datetime) -> Replayed:
    """Have deliveries that were given up tried anew, the latest first and so many at once; NotFound."""

    def attempt() -> int:
        dead = list_deliveries(
            store, platform_id, webhook_id=webhook_id, state=DeliveryState.DEAD, limit=MOST_AT_ONCE
        ).records
        if not dead:
            return 0
        work = Work(store, platform_id, now)
        for delivery in dead:
            work.put(_fresh(delivery, now))
        _have_delivered(work, webhook_id)
        enqueue(store, platform_id, work.changes(), now=now)
        return len(dead)

    replayed = until_saved(attempt)
    value = kinds.joined(webhook_id, DeliveryState.DEAD)
    return Replayed(replayed, store.count(platform_id, Delivery.KIND, index=kinds.BY_WEBHOOK_AND_STATE, value=value))


def _fresh(delivery: Delivery, now: datetime) -> Delivery:
    return replace(delivery, state=DeliveryState.WAITING, since=now, due_at=now, attempts=0, ended_at=None)


def _have_delivered(work: Work, webhook_id: str) -> None:
    """Have the webhook's job due now, though it may have been left alone for a while."""
    progress = work.find(WebhookProgress, webhook_id)
    if progress is not None and progress.retry_at is not None:
        work.put(replace(progress, retry_at=None))
    have_delivered(work, webhook_id, is_slow=progress is not None and progress.is_slow)
