"""Webhooks over HTTP: being told what happens instead of asking."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from schemas.webhook import (
    WebhookOut,
    WebhookResumeIn,
    WebhookRotateIn,
    WebhooksOut,
    WebhookWithSecretOut,
    webhook_in,
    webhook_patch,
)
from service.api.auth import needs
from service.api.blueprint import (
    LOCATION_HEADER,
    VERSION_HEADER,
    Headers,
    leads_to,
    path_id,
    raises,
    takes_if_match,
    takes_json,
)
from service.api.idempotency import idempotent
from service.api.requests import etag, expected_version, now, platform_id, store, webhook_reach, webhook_signer
from service.events import CATALOGUE
from service.records.api_key import Scope
from service.records.webhook import Webhook
from service.usecases.webhooks import managing as usecases
from service.usecases.webhooks.managing import Wanted, WebhookView

webhooks = Blueprint(
    "webhooks",
    __name__,
    url_prefix="/v1/webhooks",
    description="Being told what happens: signed messages to a URL of yours, tried for three days. docs/webhooks.md.",
)

WEBHOOK = path_id("webhook_id", "The webhook's id.")
WebhookIn, WebhookPatch = webhook_in(CATALOGUE), webhook_patch(CATALOGUE)
_webhook_in, _webhook_patch, _resume_in, _rotate_in = WebhookIn(), WebhookPatch(), WebhookResumeIn(), WebhookRotateIn()


@webhooks.post("")
@needs(Scope.ADMIN)
@idempotent(told_once="secret")
@takes_json(
    WebhookIn,
    example={
        "url": "https://example.org/alongside",
        "name": "our website",
        "types": ["match.offered", "match.active", "run.published"],
    },
)
@raises(_409="NotNow")
@webhooks.response(201, WebhookWithSecretOut, headers=LOCATION_HEADER | VERSION_HEADER)
@leads_to(
    *("get_webhook", "patch_webhook", "post_verify", "post_webhook_rotation", "list_deliveries", "delete_webhook"),
    on=201,
    webhook_id="$response.body#/webhook_id",
)
def post_webhook(body: Any) -> tuple[dict[str, Any], Headers]:
    """Make a webhook.

    Its `secret` is shown this once: give it to the receiver, then call `/verify`. It is told what happens from now on,
    once it is verified.
    """
    view, secret = usecases.create_webhook(
        store(),
        platform_id(),
        wanted=_wanted(_webhook_in.load(body)),
        reach=webhook_reach(),
        signer=webhook_signer(),
        now=now(),
    )
    location = {"Location": url_for("webhooks.get_webhook", webhook_id=view.webhook.webhook_id)}
    return _view(view) | {"secret": secret}, etag(view.webhook.version) | location


@webhooks.get("")
@needs(Scope.EVENTS, Scope.ADMIN)
@webhooks.response(200, WebhooksOut)
def list_webhooks() -> dict[str, Any]:
    """List webhooks, the earliest first, and how well each does."""
    return {"webhooks": [_view(view) for view in usecases.list_webhooks(store(), platform_id())]}


@webhooks.get("/<webhook_id>", parameters=[WEBHOOK])
@needs(Scope.EVENTS, Scope.ADMIN)
@raises(_404="NotFound")
@webhooks.response(200, WebhookOut, headers=VERSION_HEADER)
def get_webhook(webhook_id: str) -> tuple[dict[str, Any], Headers]:
    """Read a webhook, and how well it does."""
    view = usecases.get_webhook(store(), platform_id(), webhook_id=webhook_id)
    return _view(view), etag(view.webhook.version)


@webhooks.patch("/<webhook_id>", parameters=[WEBHOOK])
@needs(Scope.ADMIN)
@takes_json(WebhookPatch, example={"types": ["match.offered", "match.ended"]}, is_patch=True)
@takes_if_match()
@raises(_404="NotFound")
@webhooks.response(200, WebhookOut, headers=VERSION_HEADER)
def patch_webhook(body: Any, webhook_id: str) -> tuple[dict[str, Any], Headers]:
    """Change what a webhook is called, what it is told, or where. Another URL must be verified again."""
    changed = usecases.change_webhook(
        store(),
        platform_id(),
        webhook_id=webhook_id,
        wanted=_wanted(_webhook_patch.load(body)),
        reach=webhook_reach(),
        now=now(),
        expected_version=expected_version(Webhook.KIND, webhook_id, lambda: _version(webhook_id)),
    )
    return _answer(changed)


@webhooks.delete("/<webhook_id>", parameters=[WEBHOOK])
@needs(Scope.ADMIN)
@takes_if_match()
@raises(_404="NotFound")
@webhooks.response(204, description="It is told nothing more, and what waited for it is removed.")
def delete_webhook(webhook_id: str) -> Response:
    """Delete a webhook, its secrets, and what waits for it."""
    expected = expected_version(Webhook.KIND, webhook_id, lambda: _version(webhook_id))
    usecases.delete_webhook(store(), platform_id(), webhook_id=webhook_id, now=now(), expected_version=expected)
    return Response(status=204)


@webhooks.post("/<webhook_id>/verify", parameters=[WEBHOOK])
@needs(Scope.ADMIN)
@idempotent()
@raises(_404="NotFound")
@webhooks.response(202, WebhookOut, headers=LOCATION_HEADER | VERSION_HEADER)
def post_verify(webhook_id: str) -> tuple[dict[str, Any], Headers]:
    """Have a webhook sent its challenge.

    The message is signed like any other, has the type `endpoint.verification`, and its `data.challenge` must come back
    in the answer, as text or as `{"challenge": "…"}`. Read the webhook to see whether it is `active`, or why not.
    """
    asked = usecases.ask_for_verification(store(), platform_id(), webhook_id=webhook_id, now=now())
    body, headers = _answer(asked)
    return body, headers | {"Location": url_for("webhooks.get_webhook", webhook_id=webhook_id)}


@webhooks.post("/<webhook_id>/rotate", parameters=[WEBHOOK])
@needs(Scope.ADMIN)
@idempotent(told_once="secret")
@takes_json(WebhookRotateIn, example={"overlap_hours": 48}, is_required=False)
@raises(_404="NotFound")
@webhooks.response(200, WebhookWithSecretOut, headers=VERSION_HEADER)
def post_webhook_rotation(body: Any, webhook_id: str) -> tuple[dict[str, Any], Headers]:
    """Give a webhook a new secret, which is shown this once.

    Until the overlap is over, each message carries a signature under either secret.
    """
    overlap = timedelta(hours=_rotate_in.load(body)["overlap_hours"])
    rotated, secret = usecases.rotate_secret(
        store(), platform_id(), webhook_id=webhook_id, signer=webhook_signer(), now=now(), overlap=overlap
    )
    return _told(rotated) | {"secret": secret}, etag(rotated.version)


@webhooks.post("/<webhook_id>/pause", parameters=[WEBHOOK])
@needs(Scope.ADMIN)
@idempotent()
@raises(_404="NotFound", _409="NotNow")
@webhooks.response(200, WebhookOut, headers=VERSION_HEADER)
def post_pause(webhook_id: str) -> tuple[dict[str, Any], Headers]:
    """Tell a webhook nothing until it is resumed; what happens meanwhile is kept for it."""
    return _answer(usecases.pause_webhook(store(), platform_id(), webhook_id=webhook_id, now=now()))


@webhooks.post("/<webhook_id>/resume", parameters=[WEBHOOK])
@needs(Scope.ADMIN)
@idempotent()
@takes_json(WebhookResumeIn, example={"skip_missed": False}, is_required=False)
@raises(_404="NotFound", _409="NotNow")
@webhooks.response(200, WebhookOut, headers=VERSION_HEADER)
def post_resume(body: Any, webhook_id: str) -> tuple[dict[str, Any], Headers]:
    """Go on telling a webhook that was paused or disabled, beginning with what it has missed."""
    is_skipping: bool = _resume_in.load(body)["skip_missed"]
    resumed = usecases.resume_webhook(store(), platform_id(), webhook_id=webhook_id, now=now(), is_skipping=is_skipping)
    return _answer(resumed)


def _wanted(said: dict[str, Any]) -> Wanted:
    types = tuple(dict.fromkeys(said["types"] or ())) if "types" in said else None
    return Wanted(said.get("url"), said.get("name"), types)


def _answer(webhook: Webhook) -> tuple[dict[str, Any], Headers]:
    return _told(webhook), etag(webhook.version)


def _told(webhook: Webhook) -> dict[str, Any]:
    return _view(usecases.viewed(store(), platform_id(), webhook))


def _view(view: WebhookView) -> dict[str, Any]:
    return {"webhook": view.webhook, "told_types": view.webhook.types or None, "itself": view}


def _version(webhook_id: str) -> int:
    return usecases.get_webhook(store(), platform_id(), webhook_id=webhook_id).webhook.version
