"""What becomes of deliveries and webhooks: how often something is tried, for how long, and when that ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.records.delivery import Delivery, DeliveryState
from service.records.webhook import DisabledBecause
from service.records.webhook_progress import WebhookProgress
from service.usecases.webhooks.outcomes import (
    DISABLE_AFTER,
    GIVE_UP_AFTER,
    after_answers,
    after_attempt,
    delay_after,
    disabled_because,
)
from service.webhooks.sending import Answer, Failure

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
NEW = Delivery("webhook_1", 7, "evt_1", "match.offered", DeliveryState.WAITING, since=NOW, due_at=NOW)
ARRIVED = Answer(None, 200, 0.1)
BROKEN = Answer(Failure.STATUS, 500, 0.1)
FRESH = WebhookProgress("webhook_1", 0)


class Unlucky(Random):
    """Waits for as long as it may."""

    def random(self) -> float:
        return 1.0


def tried_until_the_end(random):
    delivery, attempts = NEW, []
    while delivery.due_at is not None:
        attempts.append(delivery.due_at)
        delivery = after_attempt(delivery, BROKEN, now=delivery.due_at, random=random)
    return delivery, attempts


def test_the_longest_waits_grow_threefold_up_to_half_a_day():
    seconds = [delay_after(attempt).total_seconds() for attempt in range(1, 11)]

    assert seconds == [10, 30, 90, 270, 810, 2430, 7290, 21870, 43200, 43200]
    assert delay_after(10**6).total_seconds() == 43200


@given(st.integers())
def test_a_delivery_is_tried_for_three_days_and_then_given_up(seed):
    delivery, attempts = tried_until_the_end(Random(seed))

    assert delivery.state is DeliveryState.DEAD
    assert attempts[-1] - NOW == GIVE_UP_AFTER
    assert (delivery.attempts, delivery.ended_at) == (len(attempts), attempts[-1])
    assert 10 <= len(attempts) <= 60
    assert attempts[1] - attempts[0] <= timedelta(seconds=10)


def test_with_the_longest_waits_it_is_still_tried_a_dozen_times():
    _, attempts = tried_until_the_end(Unlucky())

    assert len(attempts) == 15


def test_many_that_fail_together_do_not_come_back_together():
    delays = [
        (after_attempt(replace(NEW, attempts=6), BROKEN, now=NOW, random=Random(seed)).due_at - NOW).total_seconds()
        for seed in range(200)
    ]

    longest = delay_after(7).total_seconds()
    quarters = [sum(longest * part / 4 <= delay < longest * (part + 1) / 4 for delay in delays) for part in range(4)]
    assert max(delays) <= longest
    assert min(quarters) > 25


def test_an_arrival_ends_it():
    delivery = after_attempt(replace(NEW, failure="status", status=500, attempts=3), ARRIVED, now=NOW, random=Random())

    assert (delivery.state, delivery.attempts, delivery.failure, delivery.status) == (
        DeliveryState.DELIVERED,
        4,
        "",
        200,
    )
    assert (delivery.due_at, delivery.ended_at) == (None, NOW)


def test_a_receiver_that_says_when_to_come_back_is_left_alone_until_then():
    busy = Answer(Failure.STATUS, 503, 0.1, retry_after=3600)

    delivery = after_attempt(NEW, busy, now=NOW, random=Random())

    assert delivery.due_at == NOW + timedelta(hours=1)


def test_a_webhook_where_something_arrives_is_well():
    failing = replace(FRESH, failures=4, failing_since=NOW, retry_at=NOW, last_failure_at=NOW)

    well = after_answers(failing, [BROKEN, ARRIVED], waiting=9, now=NOW, random=Random())

    assert (well.failures, well.failing_since, well.retry_at, well.last_success_at) == (0, None, None, NOW)
    assert (well.last_failure, well.last_status) == ("status", 500)


def test_a_webhook_where_nothing_arrives_is_left_alone_for_longer_and_longer():
    progress, now, rests = FRESH, NOW, []
    for _ in range(12):
        progress = after_answers(progress, [BROKEN], waiting=3, now=now, random=Unlucky())
        rests.append((progress.retry_at - now).total_seconds())
        now = progress.retry_at

    assert rests == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]
    assert (progress.failures, progress.failing_since) == (12, NOW)


def test_a_single_message_that_it_does_not_like_does_not_hold_up_the_others():
    progress = after_answers(replace(FRESH, failures=9), [BROKEN], waiting=2, now=NOW, random=Unlucky())

    assert progress.retry_at is None


def test_nothing_sent_says_nothing():
    assert after_answers(FRESH, [], waiting=5, now=NOW, random=Random()) is FRESH


def test_failures_days_apart_are_not_one_outage():
    progress = after_answers(FRESH, [BROKEN], waiting=1, now=NOW, random=Random())
    later = NOW + timedelta(days=6)

    progress = after_answers(progress, [BROKEN], waiting=1, now=later, random=Random())

    assert progress.failing_since == later
    assert disabled_because(progress, [BROKEN], now=later) is None


def test_after_five_days_of_nothing_a_webhook_is_disabled():
    progress, now = FRESH, NOW
    while now < NOW + DISABLE_AFTER:
        progress = after_answers(progress, [BROKEN], waiting=5, now=now, random=Random())
        assert disabled_because(progress, [BROKEN], now=now) is None
        now += timedelta(hours=12)

    progress = after_answers(progress, [BROKEN], waiting=5, now=now, random=Random())

    assert disabled_because(progress, [BROKEN], now=now) is DisabledBecause.FAILING


def test_who_answers_that_it_is_gone_is_believed_at_once():
    gone = Answer(Failure.GONE, 410, 0.1)

    assert disabled_because(FRESH, [ARRIVED, gone], now=NOW) is DisabledBecause.GONE


@pytest.mark.parametrize(
    ("was_slow", "seconds", "is_slow"),
    [(False, 0.1, False), (False, 1.5, False), (False, 2.0, True), (True, 1.5, True), (True, 0.5, False)],
)
def test_who_takes_long_is_slow_until_it_is_quick_again(was_slow, seconds, is_slow):
    answers = [Answer(None, 200, 0.1), Answer(None, 200, seconds)]

    progress = after_answers(replace(FRESH, is_slow=was_slow), answers, waiting=0, now=NOW, random=Random())

    assert progress.is_slow is is_slow
