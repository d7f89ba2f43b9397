"""What a platform may do with its webhooks: make, change, pause, resume and delete them, and change their secret.

Each change tells an event, so that it stands in the audit trail; URLs and secrets are never part of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from service.errors import Conflict, StaleVersion
from service.records import kinds
from service.records.codec import new_id, read_as
from service.records.delivery import Delivery, DeliveryState
from service.records.webhook import Webhook, WebhookSecret, WebhookState
from service.records.webhook_progress import WebhookProgress
from service.storage.store import Store
from service.usecases.events import last_sequence
from service.usecases.queueing import enqueue
from service.usecases.reading import found, maybe_found
from service.usecases.saving import until_saved
from service.usecases.webhooks.messages import Signer
from service.usecases.webhooks.waking import have_delivered, have_verified
from service.usecases.work import Work
from service.webhooks.reach import Reach, target_of
from service.webhooks.signing import new_secret

MOST_WEBHOOKS: Final = 20
"""Of one platform: each is looked at within a second of every event."""
ROTATION_OVERLAP: Final = timedelta(days=1)
"""How long the old secret still signs beside the new one, unless told otherwise."""
MOST_SECRETS: Final = 3
"""Every one that counts is a signature in each message."""

Change = Callable[[Work, Webhook], Webhook]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a platform says of a webhook; None where it says nothing."""

    url: str | None = None
    name: str | None = None
    types: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook, how well it does, and how many of its deliveries wait or were given up."""

    webhook: Webhook
    progress: WebhookProgress
    waiting: int
    dead: int


def create_webhook(
    store: Store, platform_id: str, *, wanted: Wanted, reach: Reach, signer: Signer, now: datetime
) -> tuple[WebhookView, str]:
    """Make a webhook and give it with its secret, which can never be shown again.

    It is told what happens from now on, as soon as it is verified. InvalidInput (``webhook_url``); Conflict
    (``too_many_webhooks``).
    """
    url = wanted.url or ""
    target_of(url, reach)
    if store.count(platform_id, Webhook.KIND) >= MOST_WEBHOOKS:
        raise Conflict(f"cannot make another webhook (allowed: {MOST_WEBHOOKS})", code="too_many_webhooks")
    webhook_id, secret = new_id("webhook", now), new_secret()
    webhook = Webhook(
        webhook_id,
        url,
        (WebhookSecret(signer.seal(webhook_id, secret), made_at=now),),
        created_at=now,
        updated_at=now,
        name=wanted.name or "",
        types=wanted.types or (),
    )
    work = Work(store, platform_id, now)
    progress = WebhookProgress(webhook_id, handed_to=last_sequence(store, platform_id))
    work.put(webhook)
    work.put(progress)
    work.tell("webhook.created", webhook_id)
    store.commit(platform_id, work.changes())
    return WebhookView(replace(webhook, version=1), progress, waiting=0, dead=0), secret


def get_webhook(store: Store, platform_id: str, *, webhook_id: str) -> WebhookView:
    """Read one webhook and how it does; NotFound (``webhook_not_found``) otherwise."""
    return viewed(store, platform_id, found(store, platform_id, Webhook, webhook_id))


def list_webhooks(store: Store, platform_id: str) -> tuple[WebhookView, ...]:
    """List a platform's webhooks, the earliest first: few enough for one page."""
    page = store.page(platform_id, Webhook.KIND, limit=10 * MOST_WEBHOOKS)
    return tuple(viewed(store, platform_id, read_as(Webhook, stored)) for stored in page.records)


def viewed(store: Store, platform_id: str, webhook: Webhook) -> WebhookView:
    """Give a webhook that was read with how it does."""
    progress = maybe_found(store, platform_id, WebhookProgress, webhook.webhook_id)
    waiting, dead = (
        store.count(
            platform_id,
            Delivery.KIND,
            index=kinds.BY_WEBHOOK_AND_STATE,
            value=kinds.joined(webhook.webhook_id, state),
        )
        for state in (DeliveryState.WAITING, DeliveryState.DEAD)
    )
    return WebhookView(webhook, progress or WebhookProgress(webhook.webhook_id, handed_to=0), waiting, dead)


def change_webhook(  # noqa: PLR0913 - one change, described by names
    store: Store,
    platform_id: str,
    *,
    webhook_id: str,
    wanted: Wanted,
    reach: Reach,
    now: datetime,
    expected_version: int | None = None,
) -> Webhook:
    """Change what a webhook is called, what it is told, or where; another URL must be verified again.

    NotFound, InvalidInput (``webhook_url``); StaleVersion when it is not at `expected_version`.
    """
    if wanted.url is not None:
        target_of(wanted.url, reach)

    def change(work: Work, webhook: Webhook) -> Webhook:
        _check_version(webhook, expected_version)
        changed = replace(
            webhook,
            url=webhook.url if wanted.url is None else wanted.url,
            name=webhook.name if wanted.name is None else wanted.name,
            types=webhook.types if wanted.types is None else wanted.types,
        )
        if changed.url != webhook.url:
            changed = replace(changed, state=WebhookState.UNVERIFIED, disabled_because="", verified_at=None)
        if changed != webhook:
            work.tell("webhook.changed", webhook_id)
        return changed

    return _changed(store, platform_id, webhook_id, change, now)


def pause_webhook(store: Store, platform_id: str, *, webhook_id: str, now: datetime) -> Webhook:
    """Tell a webhook nothing until it is resumed; Conflict (``webhook_not_active``) unless it is active."""

    def change(work: Work, webhook: Webhook) -> Webhook:
        if webhook.state is WebhookState.PAUSED:
            return webhook
        if not webhook.is_active:
            message = f"cannot pause a webhook that is {webhook.state} (allowed: {WebhookState.ACTIVE})"
            raise Conflict(message, code="webhook_not_active")
        work.tell("webhook.paused", webhook_id)
        return replace(webhook, state=WebhookState.PAUSED)

    return _changed(store, platform_id, webhook_id, change, now)


def resume_webhook(
    store: Store, platform_id: str, *, webhook_id: str, now: datetime, is_skipping: bool = False
) -> Webhook:
    """Go on telling a webhook that was paused or disabled, with what has happened since; `is_skipping`: without it.

    Conflict (``webhook_not_verified``) for one that has not answered its challenge.
    """

    def change(work: Work, webhook: Webhook) -> Webhook:
        if webhook.is_active:
            return webhook
        if webhook.state is WebhookState.UNVERIFIED:
            raise Conflict("cannot resume a webhook before it is verified", code="webhook_not_verified")
        progress = work.find(WebhookProgress, webhook_id)
        if progress is not None:
            fresh = replace(progress, failures=0, failing_since=None, retry_at=None)
            handed_to = last_sequence(store, platform_id) if is_skipping else progress.handed_to
            work.put(replace(fresh, handed_to=handed_to))
        have_delivered(work, webhook_id)
        work.tell("webhook.resumed", webhook_id)
        return replace(webhook, state=WebhookState.ACTIVE, disabled_because="")

    return _changed(store, platform_id, webhook_id, change, now)


def ask_for_verification(store: Store, platform_id: str, *, webhook_id: str, now: datetime) -> Webhook:
    """Have a webhook sent its challenge; nothing where it is verified. NotFound."""

    def change(work: Work, webhook: Webhook) -> Webhook:
        if webhook.state is WebhookState.UNVERIFIED:
            have_verified(work, webhook_id)
        return webhook

    return _changed(store, platform_id, webhook_id, change, now)


def rotate_secret(
    store: Store,
    platform_id: str,
    *,
    webhook_id: str,
    signer: Signer,
    now: datetime,
    overlap: timedelta = ROTATION_OVERLAP,
) -> tuple[Webhook, str]:
    """Give a webhook a new secret, and let the old one sign beside it for `overlap`; NotFound."""
    secret = new_secret()

    def change(work: Work, webhook: Webhook) -> Webhook:
        until = now + overlap
        older = (replace(each, valid_until=min(each.valid_until or until, until)) for each in webhook.secrets)
        counting = tuple(each for each in older if each.counts_at(now))[: MOST_SECRETS - 1]
        work.tell("webhook.secret_rotated", webhook_id)
        return replace(webhook, secrets=(WebhookSecret(signer.seal(webhook_id, secret), made_at=now), *counting))

    return _changed(store, platform_id, webhook_id, change, now), secret


def delete_webhook(
    store: Store, platform_id: str, *, webhook_id: str, now: datetime, expected_version: int | None = None
) -> None:
    """Delete a webhook, its secrets, and what waits for it; NotFound, StaleVersion."""

    def attempt() -> None:
        work = Work(store, platform_id, now)
        webhook = work.found(Webhook, webhook_id)
        _check_version(webhook, expected_version)
        work.delete(webhook)
        progress = work.find(WebhookProgress, webhook_id)
        if progress is not None:
            work.delete(progress)
        # It finds no webhook, and removes the deliveries.
        have_delivered(work, webhook_id)
        work.tell("webhook.deleted", webhook_id)
        enqueue(store, platform_id, work.changes(), now=now)

    until_saved(attempt)


def _changed(store: Store, platform_id: str, webhook_id: str, change: Change, now: datetime) -> Webhook:
    """Save a changed webhook with whatever the change adds to the work; one that it leaves alone is not written."""

    def attempt() -> Webhook:
        work = Work(store, platform_id, now)
        before = work.found(Webhook, webhook_id)
        after = change(work, before)
        if after != before:
            after = replace(after, updated_at=now)
            work.put(after)
        changes = work.changes()
        if not changes.puts:
            return before
        versions = enqueue(store, platform_id, changes, now=now).versions
        return replace(after, version=versions.get((Webhook.KIND, webhook_id), before.version))

    return until_saved(attempt)


def _check_version(webhook: Webhook, expected: int | None) -> None:
    if expected is not None and expected != webhook.version:
        raise StaleVersion(Webhook.KIND, webhook.webhook_id, expected=expected, actual=webhook.version)
