"""Deliveries to webhooks over HTTP: what has arrived, what has not and why, and trying it anew."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.webhook import DeliveriesOut, DeliveryOut, ReplayedOut, delivery_query
from service.api.auth import needs
from service.api.blueprint import LINK_HEADER, Headers, next_page, path_id, raises, takes_query
from service.api.idempotency import idempotent
from service.api.requests import now, platform_id, store
from service.records.api_key import Scope
from service.records.delivery import Delivery, DeliveryState
from service.usecases.webhooks import replaying as usecases
from service.usecases.webhooks.replaying import Replayed

deliveries = Blueprint(
    "deliveries", __name__, url_prefix="/v1/webhooks", description="What has arrived at webhooks, and what has not."
)

WEBHOOK = path_id("webhook_id", "The webhook's id.")
DELIVERY = path_id("delivery_id", "The delivery's id.")


@deliveries.get("/<webhook_id>/deliveries", parameters=[WEBHOOK])
@needs(Scope.EVENTS)
@takes_query(delivery_query(DeliveryState))
@raises(_404="NotFound")
@deliveries.response(200, DeliveriesOut, headers=LINK_HEADER)
def list_deliveries(query: dict[str, Any], webhook_id: str) -> tuple[dict[str, Any], Headers]:
    """List deliveries to a webhook, of the latest events first.

    Delivered ones are kept for 7 days, given-up ones for 30.
    """
    page = usecases.list_deliveries(
        store(),
        platform_id(),
        webhook_id=webhook_id,
        state=DeliveryState(query["state"]) if "state" in query else None,
        after=query.get("after"),
        limit=query["limit"],
    )
    return {"deliveries": page.records, "next": page.next}, next_page(page.next)


@deliveries.post("/<webhook_id>/deliveries/<delivery_id>/replay", parameters=[WEBHOOK, DELIVERY])
@needs(Scope.EVENTS)
@idempotent()
@raises(_404="NotFound", _409="NotNow")
@deliveries.response(202, DeliveryOut)
def post_delivery_replay(webhook_id: str, delivery_id: str) -> Delivery:
    """Make a delivery once more, now and with all its attempts; its `webhook-id` stays."""
    return usecases.replay_delivery(store(), platform_id(), webhook_id=webhook_id, delivery_id=delivery_id, now=now())


@deliveries.post("/<webhook_id>/replay", parameters=[WEBHOOK])
@needs(Scope.EVENTS)
@idempotent()
@raises(_404="NotFound")
@deliveries.response(202, ReplayedOut)
def post_replay(webhook_id: str) -> Replayed:
    """Try everything anew that was given up, up to 200 deliveries a call."""
    return usecases.replay_dead(store(), platform_id(), webhook_id=webhook_id, now=now())
