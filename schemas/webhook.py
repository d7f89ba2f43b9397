"""Webhooks over the wire: what a platform says of one, how it does, and the deliveries made to it.

The types of events and the closed words are the service's, which the functions are given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from marshmallow import fields

from schemas.base import In, Out
from schemas.fields import Choice, Instant, Several, Text, Whole, YesNo
from schemas.page import NEXT, PageIn

_MOST_URL = 2000
_MOST_NAME = 100
_MOST_OVERLAP_HOURS = 7 * 24

_URL = (
    "Where messages are sent: https, a public server, port 443 or 8443, no user name, no fragment; whoever runs the "
    "service may allow more."
)
_TYPES = "Types of events it is told; null: all, those of later versions included."


def webhook_in(event_types: Collection[str]) -> type[In]:
    """Make the schema of a new webhook from the types of events there are."""

    class WebhookIn(In):
        """Where to be told what."""

        url = Text(most=_MOST_URL, required=True, metadata={"description": _URL, "format": "uri"})
        name = Text(most=_MOST_NAME, metadata={"description": "What it is for, in your own words."})
        types = _some_types(event_types)

    return WebhookIn


def webhook_patch(event_types: Collection[str]) -> type[In]:
    """Make the schema of a change of a webhook."""

    class WebhookPatch(In):
        """What shall change; what is left out stays."""

        url = Text(most=_MOST_URL, metadata={"description": "Another one must be verified again.", "format": "uri"})
        name = Text(most=_MOST_NAME)
        types = _some_types(event_types)

    return WebhookPatch


class WebhookResumeIn(In):
    """From where to go on."""

    skip_missed = YesNo(
        load_default=False,
        metadata={
            "description": "Leave out what has happened meanwhile and was not yet tried; `GET /v1/events` has it."
        },
    )


class WebhookRotateIn(In):
    """How long the old secret still counts."""

    overlap_hours = Whole(
        0,
        _MOST_OVERLAP_HOURS,
        load_default=24,
        metadata={"description": "So long messages carry a signature under each of both."},
    )


class WebhookSecretOut(Out):
    """A secret that signs; never the secret itself."""

    made_at = Instant()
    valid_until = Instant(allow_none=True, metadata={"description": "Null: until it is rotated."})


class WebhookHealthOut(Out):
    """How well a webhook does."""

    waiting = fields.Integer(metadata={"description": "Deliveries that failed and are tried again."})
    dead = fields.Integer(metadata={"description": "Deliveries that were given up: replay them."})
    handed_to = fields.Integer(
        attribute="progress.handed_to",
        metadata={"description": "The last event that was looked at; later ones are still to be sent."},
    )
    failures = fields.Integer(
        attribute="progress.failures", metadata={"description": "How often in a row nothing has arrived."}
    )
    failing_since = Instant(attribute="progress.failing_since", allow_none=True)
    retry_at = Instant(
        attribute="progress.retry_at", allow_none=True, metadata={"description": "Nothing is sent before."}
    )
    last_success_at = Instant(attribute="progress.last_success_at", allow_none=True)
    last_failure_at = Instant(attribute="progress.last_failure_at", allow_none=True)
    last_failure = fields.String(
        attribute="progress.last_failure",
        metadata={"description": "Why nothing arrived then, as in a delivery; empty for never.", "example": "too_slow"},
    )
    last_status = fields.Integer(attribute="progress.last_status", allow_none=True)


class WebhookOut(Out):
    """A webhook, and how well it does."""

    webhook_id = fields.String(attribute="webhook.webhook_id")
    url = fields.String(attribute="webhook.url")
    name = fields.String(attribute="webhook.name")
    types = fields.List(fields.String(), attribute="told_types", allow_none=True, metadata={"description": _TYPES})
    state = fields.String(
        attribute="webhook.state",
        metadata={
            "description": "unverified: it has not yet sent back a challenge; active; paused, by you; disabled, by the "
            "service.",
            "example": "active",
        },
    )
    disabled_because = fields.String(
        attribute="webhook.disabled_because",
        metadata={
            "description": "failing: nothing has arrived there for five days; gone: it answered 410. Empty while it is "
            "not disabled."
        },
    )
    created_at = Instant(attribute="webhook.created_at")
    updated_at = Instant(attribute="webhook.updated_at")
    verified_at = Instant(attribute="webhook.verified_at", allow_none=True)
    secrets = fields.List(fields.Nested(WebhookSecretOut), attribute="webhook.secrets")
    health = fields.Nested(WebhookHealthOut, attribute="itself")


class WebhookWithSecretOut(WebhookOut):
    """A webhook with its new secret, which is shown this once."""

    secret = fields.String(
        metadata={
            "description": "Verifies messages, by the Standard Webhooks specification. Nobody can show it again.",
            "example": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
        }
    )


class WebhooksOut(Out):
    """A platform's webhooks, the earliest first."""

    webhooks = fields.List(fields.Nested(WebhookOut))


class DeliveryOut(Out):
    """One event on its way to one webhook."""

    delivery_id = fields.String()
    webhook_id = fields.String()
    event_id = fields.String(metadata={"description": "The message's `webhook-id`, at every attempt."})
    sequence = fields.Integer(metadata={"description": "The event's number."})
    event_type = fields.String()
    state = fields.String(
        metadata={
            "description": "waiting: it is tried again; delivered; dead: it was tried for three days; dropped: what it "
            "was to say has been erased.",
            "example": "delivered",
        }
    )
    attempts = fields.Integer()
    due_at = Instant(allow_none=True, metadata={"description": "When it is tried next; null when it is over."})
    last_at = Instant(allow_none=True)
    failure = fields.String(
        metadata={
            "description": "Why the last attempt failed: no_address, not_allowed, no_connection, no_tls, too_slow, "
            "broken, redirected, status, gone. Empty when it arrived, or was not tried yet.",
        }
    )
    status = fields.Integer(allow_none=True, metadata={"description": "Of the last answer; null without one."})
    ended_at = Instant(allow_none=True)


class DeliveriesOut(Out):
    """Some deliveries, of the latest events first."""

    deliveries = fields.List(fields.Nested(DeliveryOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


class ReplayedOut(Out):
    """What became of a call for everything that was given up."""

    replayed = fields.Integer(metadata={"description": "So many deliveries are tried anew."})
    left = fields.Integer(metadata={"description": "So many are left: call again."})


def delivery_query(states: Iterable[str]) -> type[PageIn]:
    """Make the filters of the list of deliveries from the states there are."""

    class DeliveryQuery(PageIn):
        """Which deliveries."""

        state = Choice(states, metadata={"description": "Only deliveries in this state."})

    return DeliveryQuery


def _some_types(types: Collection[str]) -> Several:
    described = {"description": _TYPES, "example": ["match.offered", "match.active", "run.published"]}
    return Several(Choice(types), least=1, most=len(types), allow_none=True, metadata=described)
