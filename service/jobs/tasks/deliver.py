"""Webhooks: telling one what has happened, and sending it the challenge before that.

A webhook has one job. It is of the task ``deliver`` while its receiver answers quickly, and else of ``deliver_slowly``,
whose lane has seats of its own: who is slow waits only for others who are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from service.jobs.registry import Lane, task
from service.jobs.work import Again, Work
from service.usecases.standby import LOOK_AGAIN, standing_by_since

if TYPE_CHECKING:
    from service.settings import Settings
    from service.usecases.webhooks.messages import Signer
    from service.webhooks.reach import Reach
    from service.webhooks.sending import Answer, Sender

_ATTEMPTS = 20
"""Of a turn that a fault or an outage of the store ends; how often a message is sent is another matter."""
_FIRST, _LONGEST, _LIMIT = timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=5)


def _turn(work: Work) -> Again | None:
    from service.usecases.webhooks.delivering import Courier, take_turn
    from service.usecases.webhooks.waking import DELIVER, DELIVER_SLOWLY

    if _is_standing_by(work):
        return Again(work.now + LOOK_AGAIN)
    settings, signer = _means(work)
    courier = Courier(
        work.store,
        work.platform_id,
        work.fence,
        work.clock,
        signer,
        _sender(settings.webhook_reach).post,
        Random(),
        work.is_stopping,
    )
    turn = take_turn(courier, work.job.subject)
    if turn.next_at is None:
        return None
    return Again(turn.next_at, task=DELIVER_SLOWLY if turn.is_slow else DELIVER)


@task("deliver", lane=Lane.DELIVERIES, attempts=_ATTEMPTS, first_delay=_FIRST, longest_delay=_LONGEST, limit=_LIMIT)
def deliver(work: Work) -> Again | None:
    """Take a turn for a webhook that answers quickly."""
    return _turn(work)


@task(
    "deliver_slowly",
    lane=Lane.SLOW_DELIVERIES,
    attempts=_ATTEMPTS,
    first_delay=_FIRST,
    longest_delay=_LONGEST,
    limit=_LIMIT,
)
def deliver_slowly(work: Work) -> Again | None:
    """Take a turn for a webhook that takes long to answer."""
    return _turn(work)


@task("verify_webhook", lane=Lane.SLOW_DELIVERIES, attempts=3, first_delay=_FIRST)
def verify_webhook(work: Work) -> Again | None:
    """Send a webhook its challenge."""
    from service.usecases.webhooks import verifying

    if _is_standing_by(work):
        return Again(work.now + LOOK_AGAIN)
    settings, signer = _means(work)

    def ask(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        wanted = verifying.MOST_ANSWER_BYTES
        return _sender(settings.webhook_reach).post(url, body, headers, wanted_bytes=wanted)

    verifying.verify_webhook(
        work.store,
        work.platform_id,
        webhook_id=work.job.subject,
        ask=ask,
        signer=signer,
        clock=work.clock,
        fence=work.fence,
    )
    return None


def _is_standing_by(work: Work) -> bool:
    """Whether the store was restored and nobody has said that it is in use: the jobs in it were made by another one."""
    return standing_by_since(work.store) is not None


def _means(work: Work) -> tuple[Settings, Signer]:
    from service.secret_keys import load_secret_keys
    from service.settings import Settings
    from service.usecases.webhooks.messages import Signer

    settings = Settings.from_environment()
    return settings, Signer(load_secret_keys(settings), work.platform_id)


@cache
def _sender(reach: Reach) -> Sender:
    from service.webhooks.sending import Sender

    return Sender(reach)
