"""Seeing that a job stands for each webhook that has something to be told: called within a second of every event."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from service.records import kinds
from service.records.codec import read_as
from service.records.delivery import Delivery
from service.records.job import Job, JobState
from service.records.webhook import Webhook, WebhookState
from service.records.webhook_progress import WebhookProgress
from service.storage.store import Store
from service.usecases.queueing import enqueue, new_job
from service.usecases.reading import maybe_found
from service.usecases.saving import until_saved
from service.usecases.standby import LOOK_AGAIN, standing_by_since
from service.usecases.work import Work

DELIVER: Final = "deliver"
DELIVER_SLOWLY: Final = "deliver_slowly"
"""The same for webhooks that take long to answer: they wait only for each other."""
VERIFY: Final = "verify_webhook"
"""The tasks' names (`service/jobs/tasks/deliver.py`)."""

_MOST_WEBHOOKS: Final = 100
_EVENTS_AHEAD: Final = 100
_BUSY: Final = timedelta(seconds=1)
"""When to look again at a webhook whose job may have ended before it saw the newest event."""


def wake(store: Store, platform_id: str, *, now: datetime) -> datetime | None:
    """Have a job due for every webhook that has something to be told; give when to look again."""
    if standing_by_since(store) is not None:
        return now + LOOK_AGAIN
    page = store.page(platform_id, Webhook.KIND, index=kinds.BY_STATE, value=WebhookState.ACTIVE, limit=_MOST_WEBHOOKS)
    looks = [_look(store, platform_id, read_as(Webhook, stored), now) for stored in page.records]
    return min((look for look in looks if look is not None), default=None)


def job_id_of(webhook_id: str) -> str:
    """Give the id of the one job that delivers to a webhook."""
    return f"job_{webhook_id}"


def have_delivered(work: Work, webhook_id: str, *, is_slow: bool = False) -> None:
    """Add the webhook's job to the work, due now; nothing where somebody has it in hand, who then looks again."""
    _due_now(work, DELIVER_SLOWLY if is_slow else DELIVER, webhook_id, job_id_of(webhook_id))


def have_verified(work: Work, webhook_id: str) -> None:
    """Add the job that sends a webhook its challenge to the work, due now."""
    _due_now(work, VERIFY, webhook_id, f"job_verify_{webhook_id}")


def _due_now(work: Work, task: str, webhook_id: str, job_id: str) -> None:
    job = work.find(Job, job_id)
    if job is None:
        work.put(new_job(task, subject=webhook_id, due_at=work.now, now=work.now, job_id=job_id))
    elif job.state is not JobState.RUNNING:
        fresh = replace(job, task=task, state=JobState.QUEUED, due_at=work.now, attempt=0, finished_at=None)
        work.put(replace(fresh, error_code=""))


def _look(store: Store, platform_id: str, webhook: Webhook, now: datetime) -> datetime | None:
    progress = maybe_found(store, platform_id, WebhookProgress, webhook.webhook_id)
    if progress is None:
        return None
    job = maybe_found(store, platform_id, Job, job_id_of(webhook.webhook_id))
    due_at = _due_at(store, platform_id, webhook, progress, now)
    if due_at is None:
        return None
    if job is not None and job.state is JobState.QUEUED and job.due_at <= max(due_at, now):
        return None
    if due_at > now:
        return due_at
    if job is not None and job.state is JobState.RUNNING:
        return now + _BUSY
    until_saved(lambda: _wake_one(store, platform_id, webhook.webhook_id, progress, now))
    return None


def _due_at(
    store: Store, platform_id: str, webhook: Webhook, progress: WebhookProgress, now: datetime
) -> datetime | None:
    """Give when there is something to send to a webhook; None when there is nothing."""
    # Until then it is left alone, whatever there is.
    rest = progress.retry_at or now
    events = store.events(platform_id, after=progress.handed_to, limit=_EVENTS_AHEAD)
    # Many that it does not want are passed over, so that nobody goes through them at every look.
    if len(events) == _EVENTS_AHEAD or any(webhook.wants(event.type) for event in events):
        return rest
    first = store.page(platform_id, Delivery.KIND, index=kinds.due_of(webhook.webhook_id), limit=1).records
    return max(rest, read_as(Delivery, first[0]).due_at or rest) if first else None


def _wake_one(store: Store, platform_id: str, webhook_id: str, progress: WebhookProgress, now: datetime) -> None:
    work = Work(store, platform_id, now)
    if work.find(Webhook, webhook_id) is None:
        return
    have_delivered(work, webhook_id, is_slow=progress.is_slow)
    if work.changes().puts:
        enqueue(store, platform_id, work.changes(), now=now)
