"""Whether the service lives, and whether it can work: for load balancers and supervisors, without a key."""

from __future__ import annotations

from flask_smorest import Blueprint
from marshmallow import fields

from schemas.base import Out
from service.api.blueprint import raises
from service.api.requests import store

health = Blueprint("health", __name__, description="For load balancers and supervisors.")


class HealthOut(Out):
    """How the service is."""

    status = fields.String(metadata={"example": "ok"})


@health.get("/livez")
@health.doc(operationId="get_livez", security=[])
@health.response(200, HealthOut)
def get_livez() -> dict[str, str]:
    """Tell that the process answers; nothing else is looked at."""
    return {"status": "ok"}


@health.get("/readyz")
@health.doc(operationId="get_readyz", security=[])
@raises(_503="Unavailable")
@health.response(200, HealthOut)
def get_readyz() -> dict[str, str]:
    """Tell that the store can be read and written; 503 says what is wrong."""
    store().ping()
    return {"status": "ok"}
