"""What a platform does with its webhooks; secrets are kept so that whoever has the store cannot read them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from service.errors import Conflict, InvalidInput, NotFound, StaleVersion, UnreadableText
from service.records.job import Job
from service.records.webhook import WebhookState
from service.sealed_text import TextSeal
from service.secret_keys import SecretKey, SecretKeys
from service.usecases.webhooks.managing import (
    MOST_SECRETS,
    MOST_WEBHOOKS,
    Wanted,
    ask_for_verification,
    change_webhook,
    create_webhook,
    delete_webhook,
    get_webhook,
    list_webhooks,
    pause_webhook,
    resume_webhook,
    rotate_secret,
)
from service.usecases.webhooks.messages import PURPOSE, Message
from service.usecases.webhooks.verifying import verify_webhook
from service.webhooks.reach import Reach
from service.webhooks.sending import Answer, Failure
from tests.service.usecases.cast import OTHER, P
from tests.service.usecases.webhooks.posts import (
    KEYS,
    SIGNER,
    URL,
    held,
    made,
    progress_of,
    verified,
    webhook_as_it_is,
)


def types_told(store):
    return [event.type for event in store.events(P, limit=1000)]


def create(store, clock, url=URL):
    view, secret = create_webhook(store, P, wanted=Wanted(url), reach=Reach(), signer=SIGNER, now=clock.now())
    return view.webhook, secret


def test_a_new_webhook_is_not_verified_and_its_secret_is_encrypted(store, clock):
    webhook, secret = create(store, clock)

    kept = json.dumps(store.get(P, "webhook", webhook.webhook_id).body)
    assert webhook_as_it_is(store, webhook) == webhook
    assert webhook.state is WebhookState.UNVERIFIED
    assert secret.removeprefix("whsec_") not in kept
    opened = TextSeal(KEYS, PURPOSE).opened(webhook.secrets[0].sealed, of=f"{P}/{webhook.webhook_id}")
    assert opened == secret
    assert types_told(store) == ["webhook.created"]


def test_a_secret_is_bound_to_its_webhook_platform_purpose_and_key(store, clock):
    webhook, _ = create(store, clock)
    sealed, owner = webhook.secrets[0].sealed, f"{P}/{webhook.webhook_id}"
    rotated = SecretKeys(SecretKey("k2", "b" * 64), (KEYS.current,))

    assert TextSeal(rotated, PURPOSE).opened(sealed, of=owner).startswith("whsec_")
    for keys, purpose, whose in (
        (KEYS, PURPOSE, f"{OTHER}/{webhook.webhook_id}"),
        (KEYS, PURPOSE, f"{P}/webhook_2"),
        (KEYS, "notes", owner),
        (SecretKeys(SecretKey("k1", "c" * 64)), PURPOSE, owner),
        (SecretKeys(SecretKey("k2", "b" * 64)), PURPOSE, owner),
    ):
        with pytest.raises(UnreadableText):
            TextSeal(keys, purpose).opened(sealed, of=whose)


def test_no_event_holds_a_url_or_secret(store, clock):
    webhook, secret = create(store, clock, url="https://example.org/token-in-the-url")
    change_webhook(store, P, webhook_id=webhook.webhook_id, wanted=Wanted(URL), reach=Reach(), now=clock.now())

    said = str([(event.subject, event.body, event.mentions) for event in store.events(P)])

    assert "token-in-the-url" not in said
    assert secret not in said


@pytest.mark.parametrize("url", ["http://example.org/", "https://127.0.0.1/", "https://localhost:5432/"])
def test_a_url_that_is_never_called_makes_no_webhook(store, clock, url):
    with pytest.raises(InvalidInput):
        create(store, clock, url=url)
    webhook = made(store, clock)
    with pytest.raises(InvalidInput):
        change_webhook(store, P, webhook_id=webhook.webhook_id, wanted=Wanted(url), reach=Reach(), now=clock.now())
    assert webhook_as_it_is(store, webhook) == webhook


def test_a_platform_has_so_many_webhooks_at_most(store, clock):
    for _ in range(MOST_WEBHOOKS):
        made(store, clock)

    with pytest.raises(Conflict) as refused:
        made(store, clock)

    assert refused.value.code == "too_many_webhooks"
    assert len(list_webhooks(store, P)) == MOST_WEBHOOKS
    assert list_webhooks(store, OTHER) == ()


def test_another_url_must_be_verified_again_and_another_name_need_not(store, clock):
    webhook = verified(store, clock)

    renamed = change_webhook(
        store,
        P,
        webhook_id=webhook.webhook_id,
        wanted=Wanted(name="other", types=("match.offered",)),
        reach=Reach(),
        now=clock.now(),
    )
    moved = change_webhook(
        store,
        P,
        webhook_id=webhook.webhook_id,
        wanted=Wanted("https://other.example/"),
        reach=Reach(),
        now=clock.now(),
    )

    assert (renamed.state, renamed.name, renamed.types, renamed.url) == (
        WebhookState.ACTIVE,
        "other",
        ("match.offered",),
        URL,
    )
    assert (moved.state, moved.verified_at, moved.name) == (WebhookState.UNVERIFIED, None, "other")
    assert types_told(store)[-2:] == ["webhook.changed", "webhook.changed"]


def test_a_change_that_says_nothing_new_changes_nothing(store, clock):
    webhook = verified(store, clock)

    same = change_webhook(
        store, P, webhook_id=webhook.webhook_id, wanted=Wanted(URL, "test"), reach=Reach(), now=clock.now()
    )

    assert same == webhook
    assert "webhook.changed" not in types_told(store)


def test_a_change_against_another_version_is_refused(store, clock):
    webhook = made(store, clock)

    with pytest.raises(StaleVersion):
        change_webhook(
            store,
            P,
            webhook_id=webhook.webhook_id,
            wanted=Wanted(name="x"),
            reach=Reach(),
            now=clock.now(),
            expected_version=7,
        )
    with pytest.raises(StaleVersion):
        delete_webhook(store, P, webhook_id=webhook.webhook_id, now=clock.now(), expected_version=7)


def test_pausing_and_resuming_are_steps_of_an_active_webhook(store, clock):
    webhook = made(store, clock)
    for step in (pause_webhook, resume_webhook):
        with pytest.raises(Conflict):
            step(store, P, webhook_id=webhook.webhook_id, now=clock.now())
    webhook = verified(store, clock)

    paused = pause_webhook(store, P, webhook_id=webhook.webhook_id, now=clock.now())
    again = pause_webhook(store, P, webhook_id=webhook.webhook_id, now=clock.now())
    resumed = resume_webhook(store, P, webhook_id=webhook.webhook_id, now=clock.now())

    assert (paused.state, again, resumed.state) == (WebhookState.PAUSED, paused, WebhookState.ACTIVE)
    assert types_told(store)[-2:] == ["webhook.paused", "webhook.resumed"]


@pytest.mark.parametrize("step", [get_webhook, pause_webhook, resume_webhook, ask_for_verification, delete_webhook])
def test_another_platforms_webhook_is_not_found(store, clock, step):
    webhook = verified(store, clock)
    more = {} if step is get_webhook else {"now": clock.now()}

    with pytest.raises(NotFound):
        step(store, OTHER, webhook_id=webhook.webhook_id, **more)

    assert webhook_as_it_is(store, webhook) == webhook


def test_the_old_secret_signs_until_the_overlap_is_over(store, clock):
    webhook, old = create(store, clock)

    rotated, new = rotate_secret(
        store, P, webhook_id=webhook.webhook_id, signer=SIGNER, now=clock.now(), overlap=timedelta(hours=2)
    )

    assert new != old
    message = Message("evt_1", b"{}")
    during = SIGNER.headers(rotated, message, clock.now() + timedelta(minutes=119))
    after = SIGNER.headers(rotated, message, clock.now() + timedelta(hours=2))
    assert [len(headers["webhook-signature"].split(" ")) for headers in (during, after)] == [2, 1]
    assert types_told(store)[-1] == "webhook.secret_rotated"


def test_rotating_again_and_again_keeps_a_few_secrets_at_most_and_none_longer_than_told(store, clock):
    webhook = made(store, clock)
    for _ in range(5):
        rotated, _ = rotate_secret(store, P, webhook_id=webhook.webhook_id, signer=SIGNER, now=clock.now())
    assert len(rotated.secrets) == MOST_SECRETS

    alone, _ = rotate_secret(
        store, P, webhook_id=webhook.webhook_id, signer=SIGNER, now=clock.now(), overlap=timedelta(0)
    )

    assert len(alone.secrets) == 1


# --- The challenge ----------------------------------------------------------------------------------------------------


def verify(store, clock, webhook, answered):
    """Have the webhook asked; `answered` gives the answer from the message."""
    asked = []

    def ask(url, body, headers):
        asked.append((url, json.loads(body), headers))
        return answered(asked[-1][1])

    fence = held(store, clock)
    is_active = verify_webhook(
        store, P, webhook_id=webhook.webhook_id, ask=ask, signer=SIGNER, clock=clock, fence=fence
    )
    return is_active, asked


def echo(document, form="{}"):
    return Answer(None, 200, body=form.replace("{}", document["data"]["challenge"]).encode())


@pytest.mark.parametrize("form", ["{}", "  {}\n", '{"challenge": "{}"}', '"{}"', '{"a": 1, "challenge": "{}"}'])
def test_a_webhook_that_sends_the_challenge_back_is_active(store, clock, form):
    webhook = made(store, clock)

    def answered(document):
        return Answer(None, 200, body=form.replace("{}", document["data"]["challenge"]).encode())

    is_active, ((url, document, headers),) = verify(store, clock, webhook, answered)

    assert is_active
    assert (url, document["type"], document["data"]["webhook_id"]) == (
        URL,
        "endpoint.verification",
        webhook.webhook_id,
    )
    assert headers["webhook-signature"].startswith("v1,")
    assert webhook_as_it_is(store, webhook).verified_at == clock.now()
    assert types_told(store)[-1] == "webhook.verified"
    assert store.get(P, Job.KIND, f"job_{webhook.webhook_id}") is not None


@pytest.mark.parametrize(
    ("answer", "failure", "status"),
    [
        (Answer(None, 200, body=b"ok"), "no_challenge", 200),
        (Answer(None, 200, body=b""), "no_challenge", 200),
        (Answer(None, 200, body=b'{"challenge": null}'), "no_challenge", 200),
        (Answer(None, 200, body=b"[" * 4000), "no_challenge", 200),
        (Answer(None, 200, body=b"\xff\xfe"), "no_challenge", 200),
        (Answer(Failure.STATUS, 401), "status", 401),
        (Answer(Failure.NO_TLS), "no_tls", None),
    ],
)
def test_a_webhook_that_does_not_stays_unverified_and_says_why(store, clock, answer, failure, status):
    webhook = made(store, clock)

    is_active, _ = verify(store, clock, webhook, lambda _document: answer)

    progress = progress_of(store, webhook)
    assert not is_active
    assert webhook_as_it_is(store, webhook).state is WebhookState.UNVERIFIED
    assert (progress.last_failure, progress.last_status, progress.last_failure_at) == (failure, status, clock.now())


def test_every_challenge_is_another_one(store, clock):
    webhook = made(store, clock)

    _, (first,) = verify(store, clock, webhook, lambda _document: Answer(Failure.TOO_SLOW))
    _, (second,) = verify(store, clock, webhook, lambda _document: echo(first[1]))

    assert first[1]["data"]["challenge"] != second[1]["data"]["challenge"]
    assert webhook_as_it_is(store, webhook).state is WebhookState.UNVERIFIED


def test_a_url_that_is_changed_while_the_other_one_is_asked_is_not_verified_by_it(store, clock):
    webhook = made(store, clock)

    def answered(document):
        wanted = Wanted("https://elsewhere.example/")
        change_webhook(store, P, webhook_id=webhook.webhook_id, wanted=wanted, reach=Reach(), now=clock.now())
        return echo(document)

    is_active, _ = verify(store, clock, webhook, answered)

    assert not is_active
    assert webhook_as_it_is(store, webhook).state is WebhookState.UNVERIFIED


def test_nobody_is_asked_for_a_webhook_that_is_verified_paused_or_gone(store, clock):
    webhook = verified(store, clock)

    assert verify(store, clock, webhook, echo) == (True, [])
    pause_webhook(store, P, webhook_id=webhook.webhook_id, now=clock.now())
    assert verify(store, clock, webhook, echo) == (False, [])
    delete_webhook(store, P, webhook_id=webhook.webhook_id, now=clock.now())
    assert verify(store, clock, webhook, echo) == (False, [])
