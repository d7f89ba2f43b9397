"""What becomes of a delivery, and of its webhook, after an attempt. Pure: the moment and the luck are given.

A delivery is tried for three days: after each failure it waits for a random part of a time that grows threefold, so
that many never come at once. A webhook to which nothing goes through is left alone as a whole for a while, then tried
with a single delivery; after five days of nothing it is disabled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from service.records.delivery import Delivery, DeliveryState
from service.records.webhook import DisabledBecause
from service.records.webhook_progress import WebhookProgress
from service.webhooks.sending import Answer, Failure

GIVE_UP_AFTER: Final = timedelta(days=3)
"""An attempt that fails so long after the first one is the last."""
DISABLE_AFTER: Final = timedelta(days=5)
"""A webhook where nothing has arrived for so long is disabled."""
IN_A_ROW: Final = timedelta(days=1)
"""Failures further apart than this are not taken for one outage: in between there was nothing to tell."""

_FIRST_DELAY: Final = timedelta(seconds=10)
_LONGEST_DELAY: Final = timedelta(hours=12)
_FIRST_REST: Final = timedelta(seconds=5)
_LONGEST_REST: Final = timedelta(minutes=15)
DOWN_FROM: Final = 3
"""From so many waiting deliveries on, a webhook where nothing goes through is taken for down. With fewer, it may be
these alone that it does not like, and their own delays are enough."""

SLOW_SECONDS: Final = 2.0
QUICK_SECONDS: Final = 1.0


def after_attempt(delivery: Delivery, answer: Answer, *, now: datetime, random: Random) -> Delivery:
    """Give a delivery as it is after an attempt."""
    tried = replace(
        delivery,
        attempts=delivery.attempts + 1,
        last_at=now,
        failure="" if answer.failure is None else answer.failure.value,
        status=answer.status,
    )
    if answer.failure is None:
        return replace(tried, state=DeliveryState.DELIVERED, due_at=None, ended_at=now)
    last = delivery.since + GIVE_UP_AFTER
    if now >= last:
        return replace(tried, state=DeliveryState.DEAD, due_at=None, ended_at=now)
    due = min(now + _part_of(delay_after(tried.attempts), random), last)
    if answer.retry_after is not None:
        due = max(due, now + timedelta(seconds=answer.retry_after))
    return replace(tried, due_at=due)


def dropped(delivery: Delivery, *, now: datetime) -> Delivery:
    """Give a delivery whose event says nothing any more."""
    return replace(delivery, state=DeliveryState.DROPPED, due_at=None, ended_at=now)


def delay_after(attempt: int) -> timedelta:
    """Give the longest wait after this attempt (1 is the first) has failed."""
    # Beyond 3^12 every delay is the longest.
    growth: int = 3 ** min(attempt - 1, 12)
    return min(_FIRST_DELAY * growth, _LONGEST_DELAY)


def after_answers(
    progress: WebhookProgress, answers: Sequence[Answer], *, waiting: int, now: datetime, random: Random
) -> WebhookProgress:
    """Give how well a webhook does after these answers; `waiting` deliveries of it are waiting now."""
    if not answers:
        return progress
    paced = replace(progress, is_slow=_is_slow(progress, answers))
    failed = [answer for answer in answers if answer.failure is not None]
    if failed:
        last = failed[-1]
        word = last.failure.value if last.failure else ""
        paced = replace(paced, last_failure_at=now, last_failure=word, last_status=last.status)
    if len(failed) < len(answers):
        return replace(paced, failures=0, failing_since=None, retry_at=None, last_success_at=now)
    failures = progress.failures + 1
    is_one_outage = progress.last_failure_at is not None and now - progress.last_failure_at <= IN_A_ROW
    since = progress.failing_since if is_one_outage and progress.failing_since else now
    longest = min(_FIRST_REST * 2 ** min(failures - 1, 12), _LONGEST_REST)
    rest = now + _part_of(longest, random) if waiting >= DOWN_FROM else None
    return replace(paced, failures=failures, failing_since=since, retry_at=rest)


def disabled_because(progress: WebhookProgress, answers: Sequence[Answer], *, now: datetime) -> DisabledBecause | None:
    """Say why a webhook is told no more after these answers; None while it is."""
    if any(answer.failure is Failure.GONE for answer in answers):
        return DisabledBecause.GONE
    if progress.failing_since is not None and now - progress.failing_since >= DISABLE_AFTER:
        return DisabledBecause.FAILING
    return None


def _is_slow(progress: WebhookProgress, answers: Sequence[Answer]) -> bool:
    longest = max(answer.seconds for answer in answers)
    if longest >= SLOW_SECONDS:
        return True
    return progress.is_slow and longest > QUICK_SECONDS


def _part_of(longest: timedelta, random: Random) -> timedelta:
    return longest * random.random()
