"""A courier for tests: a real store, and a receiver that is a function."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from service.clock import FixedClock
from service.records.codec import read_as
from service.records.delivery import Delivery
from service.records.webhook import Webhook
from service.records.webhook_progress import WebhookProgress
from service.secret_keys import SecretKey, SecretKeys
from service.storage.store import Fence, Store
from service.usecases.members import put_member
from service.usecases.webhooks.delivering import Courier, Turn, take_turn
from service.usecases.webhooks.managing import Wanted, create_webhook
from service.usecases.webhooks.messages import Signer
from service.usecases.webhooks.verifying import verify_webhook
from service.webhooks.reach import Reach
from service.webhooks.sending import Answer, Failure
from tests.service.usecases.cast import P, seeker

KEYS = SecretKeys(SecretKey("k1", "a" * 64))
SIGNER = Signer(KEYS, P)
URL = "https://example.org/hook"
ARRIVED = Answer(None, 200)
BROKEN = Answer(Failure.STATUS, 500)


@dataclass
class Post:
    """A receiver: what came, in order, and what it says to each message."""

    say: Callable[[dict[str, Any]], Answer] = lambda _document: ARRIVED
    urls: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        document = json.loads(body)
        self.urls.append(url)
        self.ids.append(headers["webhook-id"])
        self.documents.append(document)
        self.headers.append(headers)
        return self.say(document)

    @property
    def sequences(self) -> list[int]:
        return sorted(document["sequence"] for document in self.documents)


def made(store: Store, clock: FixedClock, *, types: tuple[str, ...] = (), url: str = URL) -> Webhook:
    """A webhook that was just made."""
    view, _ = create_webhook(store, P, wanted=Wanted(url, "test", types), reach=Reach(), signer=SIGNER, now=clock.now())
    return view.webhook


def verified(store: Store, clock: FixedClock, *, types: tuple[str, ...] = (), url: str = URL) -> Webhook:
    """A webhook that has answered its challenge."""
    webhook = made(store, clock, types=types, url=url)

    def ask(_url: str, body: bytes, _headers: Mapping[str, str]) -> Answer:
        return Answer(None, 200, body=json.loads(body)["data"]["challenge"].encode())

    assert verify_webhook(
        store, P, webhook_id=webhook.webhook_id, ask=ask, signer=SIGNER, clock=clock, fence=held(store, clock)
    )
    return webhook_as_it_is(store, webhook)


def held(store: Store, clock: FixedClock, name: str = "job") -> Fence:
    lease = store.acquire_lease(P, name, owner="test", ttl=timedelta(hours=1), now=clock.now())
    return Fence(lease.name, lease.token)


def courier(store: Store, clock: FixedClock, post: Post, *, seed: int = 1) -> Courier:
    return Courier(store, P, held(store, clock), clock, SIGNER, post.send, Random(seed), is_stopping=lambda: False)


def turn(store: Store, clock: FixedClock, webhook: Webhook, post: Post, *, seed: int = 1) -> Turn:
    return take_turn(courier(store, clock, post, seed=seed), webhook.webhook_id)


def something_happens(store: Store, clock: FixedClock, count: int = 1, *, name: str = "m") -> None:
    for number in range(count):
        put_member(store, P, profile=seeker(f"{name}-{number}"), now=clock.now())


def webhook_as_it_is(store: Store, webhook: Webhook) -> Webhook:
    return read_as(Webhook, store.get(P, Webhook.KIND, webhook.webhook_id))


def progress_of(store: Store, webhook: Webhook) -> WebhookProgress:
    return read_as(WebhookProgress, store.get(P, WebhookProgress.KIND, webhook.webhook_id))


def deliveries_of(store: Store) -> list[Delivery]:
    return [read_as(Delivery, stored) for stored in store.each(P, Delivery.KIND)]
