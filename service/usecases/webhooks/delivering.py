"""One turn of a webhook's job: what is due is sent, some at once, and what came of it is saved.

An event is first sent and then noted, with how far the webhook has come, in one commit: a process that dies in between
has it sent again, under the same id. Only what failed is looked up again later. Turns are short, so that many webhooks
share a few threads, and a webhook that takes long to answer is left for the turn of its own kind at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from threading import Event as Flag
from typing import Final

from service.clock import Clock
from service.events import event_id_of
from service.metrics import event_arrived, message_sent
from service.records import kinds
from service.records.codec import delete_of, read_as
from service.records.delivery import Delivery, DeliveryState
from service.records.webhook import Webhook, WebhookState
from service.records.webhook_progress import WebhookProgress
from service.storage.store import Changes, Event, Fence, Store
from service.usecases.reading import maybe_found
from service.usecases.saving import until_saved
from service.usecases.webhooks.messages import Message, Signer, message_of
from service.usecases.webhooks.outcomes import SLOW_SECONDS, after_answers, after_attempt, disabled_because, dropped
from service.usecases.work import Work
from service.webhooks.sending import Answer, Send

AT_ONCE: Final = 4
"""Messages that are on their way to one webhook at the same time."""
MOST_IN_A_BATCH: Final = 16
"""Messages between two commits: so many may be sent twice when a process dies."""
TURN: Final = timedelta(seconds=5)
"""After so long the others come, and this webhook again behind them."""

_EVENTS_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Courier:
    """Who delivers, under which fence, and by what means."""

    store: Store
    platform_id: str
    fence: Fence
    clock: Clock
    signer: Signer
    send: Send
    random: Random
    is_stopping: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn has left: when there is more to do, None for nothing; and whether the webhook took long to answer."""

    next_at: datetime | None
    is_slow: bool = False


@dataclass(frozen=True, slots=True)
class _Batch:
    """What is sent before the next commit; of new deliveries there is no record yet. `handed_to` as in the progress."""

    deliveries: tuple[Delivery, ...]
    events: Mapping[int, Event]
    handed_to: int

    def says_nothing(self, delivery: Delivery) -> bool:
        """Whether what a delivery was to tell has been erased."""
        event = self.events.get(delivery.sequence)
        return event is None or event.subject is None


def take_turn(courier: Courier, webhook_id: str) -> Turn:
    """Send what is due to a webhook for a few seconds; of one that was deleted, remove what is left."""
    until = courier.clock.now() + TURN
    while True:
        webhook = maybe_found(courier.store, courier.platform_id, Webhook, webhook_id)
        if webhook is None:
            _remove_deliveries(courier, webhook_id)
            return Turn(None)
        progress = maybe_found(courier.store, courier.platform_id, WebhookProgress, webhook_id)
        if progress is None or not webhook.is_active:
            return Turn(None)
        now = courier.clock.now()
        if progress.retry_at is not None and progress.retry_at > now:
            return Turn(progress.retry_at, progress.is_slow)
        batch = _next_batch(courier, webhook, progress, now)
        if not batch.deliveries and batch.handed_to == progress.handed_to:
            return Turn(_next_due(courier, webhook_id), progress.is_slow)
        answers = _sent(courier, webhook, batch)
        until_saved(lambda batch=batch, answers=answers: _save(courier, webhook_id, batch, answers))  # type: ignore[misc]
        if courier.clock.now() >= until or courier.is_stopping() or _is_slow(answers):
            return Turn(courier.clock.now(), _is_slow(answers) or progress.is_slow)


def _next_batch(courier: Courier, webhook: Webhook, progress: WebhookProgress, now: datetime) -> _Batch:
    """Take what is due again, and new events as far as there is room; one alone where nothing goes through."""
    room = 1 if progress.failures else AT_ONCE if progress.is_slow else MOST_IN_A_BATCH
    page = courier.store.page(courier.platform_id, Delivery.KIND, index=kinds.due_of(webhook.webhook_id), limit=room)
    waiting = (read_as(Delivery, stored) for stored in page.records)
    again = [delivery for delivery in waiting if delivery.due_at is not None and delivery.due_at <= now]
    events = {delivery.sequence: event for delivery in again for event in _event(courier, delivery.sequence)}
    new: list[Delivery] = []
    handed_to = progress.handed_to
    for event in courier.store.events(courier.platform_id, after=handed_to, limit=_EVENTS_AT_ONCE):
        is_wanted = event.subject is not None and webhook.wants(event.type)
        if is_wanted and len(again) + len(new) == room:
            break
        if is_wanted:
            events[event.sequence] = event
            new.append(_new_delivery(webhook, event, now))
        handed_to = event.sequence
    return _Batch((*again, *new), events, handed_to)


def _new_delivery(webhook: Webhook, event: Event, now: datetime) -> Delivery:
    return Delivery(
        webhook.webhook_id,
        event.sequence,
        event_id_of(event),
        event.type,
        DeliveryState.WAITING,
        since=now,
        due_at=now,
    )


def _event(courier: Courier, sequence: int) -> Sequence[Event]:
    return courier.store.events(courier.platform_id, after=sequence - 1, limit=1)


def _sent(courier: Courier, webhook: Webhook, batch: _Batch) -> Mapping[int, Answer]:
    """Send a batch; give the answers by the events' numbers, none for what says nothing any more or was left for later.

    What is left for later: all the rest, once the webhook takes long or this process is to stop.
    """
    is_enough = Flag()

    def send(message: Message) -> Answer | None:
        if is_enough.is_set() or courier.is_stopping():
            return None
        headers = courier.signer.headers(webhook, message, courier.clock.now())
        answer = courier.send(webhook.url, message.body, headers)
        message_sent("event", answer.failure, answer.seconds)
        if answer.seconds >= SLOW_SECONDS:
            is_enough.set()
        return answer

    messages = {
        delivery.sequence: message_of(batch.events[delivery.sequence])
        for delivery in batch.deliveries
        if not batch.says_nothing(delivery)
    }
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="webhook") as senders:
        answers = zip(messages, senders.map(send, messages.values()), strict=True)
        given = {sequence: answer for sequence, answer in answers if answer is not None}
    for sequence in (sequence for sequence, answer in given.items() if answer.failure is None):
        event_arrived((courier.clock.now() - batch.events[sequence].at).total_seconds())
    return given


def _save(courier: Courier, webhook_id: str, batch: _Batch, answers: Mapping[int, Answer]) -> None:
    """Save what came of a batch, beside whatever others have changed meanwhile."""
    now = courier.clock.now()
    work = Work(courier.store, courier.platform_id, now)
    webhook, progress = work.find(Webhook, webhook_id), work.find(WebhookProgress, webhook_id)
    if webhook is None or progress is None:
        return
    waiting = courier.store.count(
        courier.platform_id,
        Delivery.KIND,
        index=kinds.BY_WEBHOOK_AND_STATE,
        value=kinds.joined(webhook_id, DeliveryState.WAITING),
    )
    for delivery in batch.deliveries:
        stored = work.find(Delivery, delivery.delivery_id)
        after = _after(courier, delivery if stored is None else stored, batch, answers, now)
        if after != stored:
            work.put(after)
        waiting += (after.state is DeliveryState.WAITING) - (stored is not None)
    given = tuple(answers.values())
    after_all = after_answers(progress, given, waiting=waiting, now=now, random=courier.random)
    work.put(replace(after_all, handed_to=max(progress.handed_to, batch.handed_to)))
    because = disabled_because(after_all, given, now=now)
    if because is not None and webhook.is_active:
        work.put(replace(webhook, state=WebhookState.DISABLED, disabled_because=because.value, updated_at=now))
        work.tell("webhook.disabled", webhook_id, reason=because.value)
    courier.store.commit(courier.platform_id, replace(work.changes(), fence=courier.fence))


def _after(
    courier: Courier, delivery: Delivery, batch: _Batch, answers: Mapping[int, Answer], now: datetime
) -> Delivery:
    if delivery.state is not DeliveryState.WAITING:
        return delivery
    if batch.says_nothing(delivery):
        return dropped(delivery, now=now)
    answer = answers.get(delivery.sequence)
    return delivery if answer is None else after_attempt(delivery, answer, now=now, random=courier.random)


def _next_due(courier: Courier, webhook_id: str) -> datetime | None:
    page = courier.store.page(courier.platform_id, Delivery.KIND, index=kinds.due_of(webhook_id), limit=1)
    return read_as(Delivery, page.records[0]).due_at if page.records else None


def _remove_deliveries(courier: Courier, webhook_id: str) -> None:
    while not courier.is_stopping():
        page = courier.store.page(courier.platform_id, Delivery.KIND, index=kinds.BY_WEBHOOK, value=webhook_id)
        if not page.records:
            return
        deletes = tuple(delete_of(read_as(Delivery, stored)) for stored in page.records)
        courier.store.commit(courier.platform_id, Changes(deletes=deletes, fence=courier.fence))


def _is_slow(answers: Mapping[int, Answer]) -> bool:
    return any(answer.seconds >= SLOW_SECONDS for answer in answers.values())
