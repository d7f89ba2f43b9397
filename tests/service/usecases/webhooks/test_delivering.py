"""A turn of a webhook's job: what is sent, what is kept of it, and what goes on when something changes meanwhile."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from standardwebhooks import Webhook as Verifier

from service.errors import ConfigurationError, FenceLost, NotFound
from service.records.delivery import DeliveryState
from service.records.job import Job, JobState
from service.records.webhook import WebhookState
from service.secret_keys import SecretKey, SecretKeys
from service.usecases.erasing.progress import carry_on_erasure
from service.usecases.members import delete_member, put_member
from service.usecases.webhooks.delivering import MOST_IN_A_BATCH, take_turn
from service.usecases.webhooks.managing import (
    Wanted,
    change_webhook,
    delete_webhook,
    pause_webhook,
    resume_webhook,
    rotate_secret,
)
from service.usecases.webhooks.messages import Signer
from service.usecases.webhooks.outcomes import DISABLE_AFTER, GIVE_UP_AFTER
from service.usecases.webhooks.replaying import list_deliveries, replay_dead, replay_delivery
from service.usecases.webhooks.verifying import verify_webhook
from service.webhooks.reach import Reach
from service.webhooks.sending import Answer, Failure
from tests.service.usecases.cast import OTHER, P, seeker
from tests.service.usecases.webhooks.posts import (
    ARRIVED,
    BROKEN,
    SIGNER,
    URL,
    Post,
    courier,
    deliveries_of,
    held,
    made,
    progress_of,
    something_happens,
    turn,
    verified,
    webhook_as_it_is,
)


def states_of(store):
    return [delivery.state for delivery in deliveries_of(store)]


def test_what_happens_is_sent_once_with_the_id_of_its_event(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post()
    something_happens(store, clock, 3)

    left = turn(store, clock, webhook, post)
    again = turn(store, clock, webhook, post)

    created = [event for event in store.events(P) if event.type == "member.created"]
    assert post.urls == [URL] * 3
    assert sorted(post.ids) == sorted(f"evt_{event.mac[:32]}" for event in created)
    assert sorted(document["data"]["member_id"] for document in post.documents) == ["m-0", "m-1", "m-2"]
    assert (left.next_at, again.next_at) == (None, None)
    assert states_of(store) == [DeliveryState.DELIVERED] * 3


def test_a_webhook_without_a_choice_is_told_everything_from_its_making_on(store, clock):
    something_happens(store, clock, 2, name="before")
    webhook = made(store, clock)
    something_happens(store, clock, 1, name="between")
    verify_again(store, clock, webhook)
    post = Post()

    turn(store, clock, webhook, post)

    told = {document["sequence"]: document["type"] for document in post.documents}
    assert [told[sequence] for sequence in sorted(told)] == ["webhook.created", "member.created", "webhook.verified"]


def test_every_attempt_is_counted_by_what_came_of_it_and_each_arrival_by_how_late_it_was(store, clock, monkeypatch):
    attempts, delays = [], []
    for module in ("delivering", "verifying"):
        counted = f"service.usecases.webhooks.{module}.message_sent"
        monkeypatch.setattr(counted, lambda kind, failure, seconds: attempts.append((kind, failure, seconds)))
    monkeypatch.setattr("service.usecases.webhooks.delivering.event_arrived", delays.append)
    answers = [Answer(Failure.TOO_SLOW, seconds=0.5), Answer(None, 204, seconds=0.25)]
    webhook = verified(store, clock, types=("member.created",))
    something_happens(store, clock)

    for answer in answers:
        clock.advance(timedelta(minutes=1))
        turn(store, clock, webhook, Post(lambda _document, answer=answer: answer))

    assert attempts == [("challenge", None, 0.0), ("event", "too_slow", 0.5), ("event", None, 0.25)]
    assert delays == [120.0]


def verify_again(store, clock, webhook):
    def ask(_url, body, _headers):
        return Answer(None, 200, body=json.loads(body)["data"]["challenge"].encode())

    fence = held(store, clock)
    assert verify_webhook(store, P, webhook_id=webhook.webhook_id, ask=ask, signer=SIGNER, clock=clock, fence=fence)


def test_many_events_go_in_many_batches_of_one_turn(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post()
    something_happens(store, clock, 3 * MOST_IN_A_BATCH + 1)

    turn(store, clock, webhook, post)

    assert len(set(post.ids)) == len(post.ids) == 3 * MOST_IN_A_BATCH + 1


def test_events_that_nobody_wants_are_passed_over_and_kept_nowhere(store, clock):
    webhook, post = verified(store, clock, types=("run.published",)), Post()
    something_happens(store, clock, 450)

    turn(store, clock, webhook, post)

    assert post.documents == []
    assert deliveries_of(store) == []
    assert progress_of(store, webhook).handed_to == store.events(P, limit=1000)[-1].sequence


def test_what_fails_is_sent_again_later_with_the_same_id_and_bytes(store, clock):
    webhook = verified(store, clock, types=("member.created",))
    post = Post(say=lambda _document: BROKEN)
    something_happens(store, clock)

    left = turn(store, clock, webhook, post)
    (waiting,) = deliveries_of(store)
    clock.advance(left.next_at - clock.now())
    post.say = lambda _document: ARRIVED
    turn(store, clock, webhook, post)

    assert left.next_at == waiting.due_at
    assert (waiting.state, waiting.attempts, waiting.failure, waiting.status) == (
        DeliveryState.WAITING,
        1,
        "status",
        500,
    )
    assert post.ids[0] == post.ids[1]
    assert post.documents[0] == post.documents[1]
    assert states_of(store) == [DeliveryState.DELIVERED]


def test_nothing_is_sent_before_it_is_due(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post(say=lambda _document: BROKEN)
    something_happens(store, clock)

    turn(store, clock, webhook, post)
    turn(store, clock, webhook, post)

    assert len(post.ids) == 1


def test_after_three_days_it_is_given_up_kept_and_may_be_tried_anew(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post(say=lambda _document: BROKEN)
    something_happens(store, clock)
    begun = clock.now()
    while (left := turn(store, clock, webhook, post)).next_at is not None:
        clock.advance(left.next_at - clock.now())

    (dead,) = list_deliveries(store, P, webhook_id=webhook.webhook_id, state=DeliveryState.DEAD).records
    assert clock.now() - begun == GIVE_UP_AFTER
    assert (dead.attempts, dead.due_at) == (len(post.ids), None)

    post.say = lambda _document: ARRIVED
    assert replay_dead(store, P, webhook_id=webhook.webhook_id, now=clock.now()).replayed == 1
    turn(store, clock, webhook, post)
    assert states_of(store) == [DeliveryState.DELIVERED]
    assert len(set(post.ids)) == 1


def test_one_message_that_a_receiver_does_not_like_does_not_hold_up_others(store, clock):
    webhook = verified(store, clock, types=("member.created",))
    post = Post(say=lambda document: BROKEN if document["data"]["member_id"] == "m-0" else ARRIVED)
    something_happens(store, clock, 40)

    turn(store, clock, webhook, post)

    assert sorted(state.value for state in states_of(store)) == ["delivered"] * 39 + ["waiting"]


def test_a_webhook_that_is_down_is_asked_with_one_message_at_a_time(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post(say=lambda _document: BROKEN)
    something_happens(store, clock, 100)

    first = turn(store, clock, webhook, post)
    sent = len(post.ids)
    for _ in range(5):
        clock.advance(progress_of(store, webhook).retry_at - clock.now())
        turn(store, clock, webhook, post)

    assert sent == MOST_IN_A_BATCH
    assert first.next_at is not None
    assert len(post.ids) == sent + 5

    post.say = lambda _document: ARRIVED
    clock.advance(timedelta(hours=1))
    while turn(store, clock, webhook, post).next_at is not None:
        clock.advance(timedelta(minutes=30))
    assert states_of(store) == [DeliveryState.DELIVERED] * 100


def test_a_webhook_is_disabled_after_days_of_nothing_and_goes_on_where_it_stood(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post(say=lambda _document: BROKEN)
    something_happens(store, clock, 30)
    begun = clock.now()
    while webhook_as_it_is(store, webhook).is_active:
        left = turn(store, clock, webhook, post)
        clock.advance(max((left.next_at or clock.now()) - clock.now(), timedelta(hours=6)))
        if not len(post.ids) % 7:
            something_happens(store, clock, 1, name=f"later-{len(post.ids)}")

    disabled = webhook_as_it_is(store, webhook)
    assert (disabled.state, disabled.disabled_because) == (WebhookState.DISABLED, "failing")
    assert DISABLE_AFTER <= clock.now() - begun < DISABLE_AFTER + timedelta(hours=13)
    told = store.events(P, limit=1000)[-1]
    assert (told.type, told.subject, told.body) == ("webhook.disabled", webhook.webhook_id, {"reason": "failing"})

    post.say, post.ids = (lambda _document: ARRIVED), []
    assert turn(store, clock, webhook, post).next_at is None
    assert post.ids == []
    resume_webhook(store, P, webhook_id=webhook.webhook_id, now=clock.now())
    replay_dead(store, P, webhook_id=webhook.webhook_id, now=clock.now())
    while turn(store, clock, webhook, post).next_at is not None:
        clock.advance(timedelta(hours=1))
    created = [event for event in store.events(P, limit=1000) if event.type == "member.created"]
    assert set(states_of(store)) == {DeliveryState.DELIVERED}
    assert len(deliveries_of(store)) == len(created)


def test_a_receiver_that_answers_gone_is_told_no_more(store, clock):
    webhook = verified(store, clock, types=("member.created",))
    post = Post(say=lambda _document: Answer(Failure.GONE, 410))
    something_happens(store, clock, 100)

    turn(store, clock, webhook, post)
    turn(store, clock, webhook, post)

    assert len(post.ids) == MOST_IN_A_BATCH
    assert webhook_as_it_is(store, webhook).disabled_because == "gone"


def test_a_paused_webhook_is_told_what_it_missed_or_on_request_only_what_is_new(store, clock):
    one, other = (verified(store, clock, types=("member.created",)) for _ in range(2))
    post = Post()
    for webhook in (one, other):
        pause_webhook(store, P, webhook_id=webhook.webhook_id, now=clock.now())
    something_happens(store, clock, 2, name="missed")
    assert turn(store, clock, one, post).next_at is None
    resume_webhook(store, P, webhook_id=one.webhook_id, now=clock.now())
    resume_webhook(store, P, webhook_id=other.webhook_id, now=clock.now(), is_skipping=True)
    something_happens(store, clock, 1, name="new")

    turn(store, clock, one, post)
    told_to_one = [document["data"]["member_id"] for document in post.documents]
    post.documents.clear()
    turn(store, clock, other, post)

    assert sorted(told_to_one) == ["missed-0", "missed-1", "new-0"]
    assert [document["data"]["member_id"] for document in post.documents] == ["new-0"]


def test_a_webhook_that_takes_long_is_left_for_its_own_kind_after_one_round(store, clock):
    webhook = verified(store, clock, types=("member.created",))
    post = Post(say=lambda _document: Answer(None, 200, seconds=9.0))
    something_happens(store, clock, MOST_IN_A_BATCH)

    left = turn(store, clock, webhook, post)

    assert left.is_slow
    assert left.next_at == clock.now()
    assert len(post.ids) < MOST_IN_A_BATCH
    assert len(deliveries_of(store)) == MOST_IN_A_BATCH
    assert {delivery.attempts for delivery in deliveries_of(store) if delivery.state is DeliveryState.WAITING} == {0}


def test_a_worker_that_is_to_stop_sends_nothing_more_and_loses_nothing(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post()
    something_happens(store, clock, 5)
    leaving = replace(courier(store, clock, post), is_stopping=lambda: True)

    take_turn(leaving, webhook.webhook_id)
    nothing = list(post.ids)
    turn(store, clock, webhook, post)

    assert nothing == []
    assert len(post.ids) == 5


def test_a_worker_that_was_thought_dead_writes_nothing(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post()
    something_happens(store, clock)
    slow = courier(store, clock, post)
    held(store, clock)

    with pytest.raises(FenceLost):
        take_turn(slow, webhook.webhook_id)

    assert deliveries_of(store) == []


# --- What changes meanwhile -------------------------------------------------------------------------------------------


def test_what_named_an_erased_member_is_not_sent_any_more(store, clock):
    webhook = verified(store, clock, types=("member.created",))
    post = Post(say=lambda _document: BROKEN)
    put_member(store, P, profile=seeker("ada"), now=clock.now())
    turn(store, clock, webhook, post)
    delete_member(store, P, member_id="ada", now=clock.now())
    clock.advance(timedelta(minutes=1))
    sent = len(post.ids)

    turn(store, clock, webhook, post)

    (delivery,) = deliveries_of(store)
    assert len(post.ids) == sent
    assert (delivery.state, delivery.due_at) == (DeliveryState.DROPPED, None)


def test_no_delivery_names_a_member(store, clock):
    webhook = verified(store, clock)
    put_member(store, P, profile=seeker("ada-lovelace"), now=clock.now())
    turn(store, clock, webhook, Post(say=lambda _document: BROKEN))

    kept = [
        str(stored.body) + stored.record_id
        for kind in ("delivery", "webhook_progress")
        for stored in store.each(P, kind)
    ]

    assert kept
    assert not any("ada-lovelace" in text for text in kept)


def test_a_member_who_was_deleted_is_told_while_their_erasure_goes_on(store, clock):
    webhook, post = verified(store, clock, types=("member.deleted", "member.erased")), Post()
    put_member(store, P, profile=seeker("ada"), now=clock.now())
    erasure = delete_member(store, P, member_id="ada", now=clock.now())

    turn(store, clock, webhook, post)
    carry_on_erasure(
        store,
        P,
        erasure_id=erasure.erasure_id,
        note=lambda *_: None,
        now=clock.now,
        fence=held(store, clock),
        patience=timedelta(0),
    )
    turn(store, clock, webhook, post)

    assert [document["type"] for document in post.documents] == ["member.deleted", "member.erased"]
    assert post.documents[1]["data"] == {"erasure_id": erasure.erasure_id}


def test_a_webhook_that_is_deleted_while_deliveries_wait_leaves_nothing(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post(say=lambda _document: BROKEN)
    something_happens(store, clock, 3)
    turn(store, clock, webhook, post)
    delete_webhook(store, P, webhook_id=webhook.webhook_id, now=clock.now())
    sent = len(post.ids)

    left = turn(store, clock, webhook, post)

    assert (left.next_at, len(post.ids)) == (None, sent)
    assert deliveries_of(store) == []
    assert store.get(P, "webhook_progress", webhook.webhook_id) is None
    job = store.get(P, Job.KIND, f"job_{webhook.webhook_id}")
    assert job.body["state"] == JobState.QUEUED


def test_a_webhook_that_is_deleted_while_a_message_is_on_its_way_leaves_nothing(store, clock):
    webhook = verified(store, clock, types=("member.created",))
    something_happens(store, clock, 3)

    def say(_document):
        with suppress(NotFound):
            delete_webhook(store, P, webhook_id=webhook.webhook_id, now=clock.now())
        return ARRIVED

    post = Post(say=say)
    turn(store, clock, webhook, post)

    assert deliveries_of(store) == []
    assert store.get(P, "webhook_progress", webhook.webhook_id) is None


def test_a_webhook_that_is_changed_while_a_message_is_on_its_way_keeps_both(store, clock):
    webhook = verified(store, clock, types=("member.created",))
    something_happens(store, clock)

    def say(_document):
        wanted = Wanted(name="renamed")
        change_webhook(store, P, webhook_id=webhook.webhook_id, wanted=wanted, reach=Reach(), now=clock.now())
        return Answer(Failure.GONE, 410)

    turn(store, clock, webhook, Post(say=say))

    changed = webhook_as_it_is(store, webhook)
    assert (changed.name, changed.disabled_because) == ("renamed", "gone")
    assert states_of(store) == [DeliveryState.WAITING]


def test_between_two_attempts_the_secret_may_be_rotated(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post(say=lambda _document: BROKEN)
    something_happens(store, clock)
    turn(store, clock, webhook, post)
    _, secret = rotate_secret(
        store, P, webhook_id=webhook.webhook_id, signer=SIGNER, now=clock.now(), overlap=timedelta(hours=1)
    )
    clock.advance(timedelta(seconds=30))
    turn(store, clock, webhook, post)
    clock.advance(timedelta(hours=2))
    turn(store, clock, webhook, post)

    signatures = [headers["webhook-signature"].split(" ") for headers in post.headers]
    assert [len(each) for each in signatures] == [1, 2, 1]
    body = json.dumps(post.documents[2], ensure_ascii=False, separators=(",", ":"))
    expected = Verifier(secret).sign(post.ids[2], clock.now(), body)
    assert signatures[2] == [expected]


def test_a_secret_that_cannot_be_opened_is_no_delivery_and_says_what_to_do(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post()
    something_happens(store, clock)
    lost = replace(courier(store, clock, post), signer=Signer(SecretKeys(SecretKey("k2", "b" * 64)), P))

    with pytest.raises(ConfigurationError, match="k1"):
        take_turn(lost, webhook.webhook_id)

    assert post.ids == []
    turn(store, clock, webhook, post)
    assert len(post.ids) == 1


def test_a_delivery_may_be_made_once_more_whatever_became_of_it(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post()
    something_happens(store, clock)
    turn(store, clock, webhook, post)
    (delivered,) = deliveries_of(store)

    fresh = replay_delivery(store, P, webhook_id=webhook.webhook_id, delivery_id=delivered.delivery_id, now=clock.now())
    turn(store, clock, webhook, post)

    assert (fresh.state, fresh.attempts) == (DeliveryState.WAITING, 0)
    assert len(post.ids) == 2
    assert len(set(post.ids)) == 1
    assert len(deliveries_of(store)) == 1


def test_another_platforms_webhook_is_told_nothing(store, clock):
    webhook, post = verified(store, clock), Post()
    turn(store, clock, webhook, post)
    post.documents.clear()
    put_member(store, OTHER, profile=seeker("theirs"), now=clock.now())

    turn(store, clock, webhook, post)

    assert post.documents == []


def test_a_platform_that_is_gone_leaves_nothing_to_send(store, clock):
    webhook, post = verified(store, clock), Post()
    something_happens(store, clock, 3)
    late = courier(store, clock, post)
    store.clear(P)

    assert take_turn(late, webhook.webhook_id).next_at is None
    assert post.ids == []


def test_a_platform_that_goes_while_a_message_is_on_its_way_stays_gone(store, clock):
    webhook = verified(store, clock, types=("member.created",))
    something_happens(store, clock)

    def say(_document):
        store.clear(P)
        return ARRIVED

    late = courier(store, clock, Post(say=say))
    assert take_turn(late, webhook.webhook_id).next_at is None

    assert [list(store.each(P, kind)) for kind in ("webhook", "delivery", "webhook_progress")] == [[], [], []]
