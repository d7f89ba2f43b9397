"""Signatures, held against the library that receivers use."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from service.webhooks.signing import new_secret, signed_headers

BODY = b'{"type":"match.offered"}'


def now():
    return datetime.now(UTC)


def signed(*secrets, at=None, body=BODY):
    return dict(signed_headers("evt_1", at or now(), body, secrets_in_force=secrets))


def test_a_secret_is_32_random_bytes_in_the_form_of_the_specification():
    one, other = new_secret(), new_secret()

    assert one != other
    assert one.startswith("whsec_")
    assert len(base64.b64decode(one.removeprefix("whsec_"), validate=True)) == 32


def test_the_example_of_the_specification():
    # https://github.com/standard-webhooks/standard-webhooks: the values of its reference libraries' tests.
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
        secrets_in_force=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.text(max_size=200))
def test_a_receiver_takes_what_is_signed(text):
    secret = new_secret()
    body = json.dumps({"text": text}, ensure_ascii=False).encode()

    Webhook(secret).verify(body, signed(secret, body=body))


def test_a_receiver_refuses_what_was_changed_replayed_late_or_signed_by_another():
    secret = new_secret()
    headers = signed(secret)

    for body, changed in (
        (BODY + b" ", headers),
        (BODY, {**headers, "webhook-id": "evt_2"}),
        (BODY, {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
        (BODY, signed(secret, at=now() - timedelta(hours=1))),
        (BODY, signed(new_secret())),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, changed)


def test_while_two_secrets_count_either_verifies():
    new, old = new_secret(), new_secret()

    headers = signed(new, old)

    Webhook(new).verify(BODY, headers)
    Webhook(old).verify(BODY, headers)
    assert len(headers["webhook-signature"].split(" ")) == 2
