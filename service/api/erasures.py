"""Erasures over HTTP: whether a deleted member has left no trace yet."""

from __future__ import annotations

from flask_smorest import Blueprint

from schemas.erasure import ErasureOut
from service.api.auth import needs
from service.api.blueprint import path_id, raises
from service.api.requests import platform_id, store
from service.records.api_key import Scope
from service.records.erasure import Erasure
from service.usecases.erasing import progress

erasures = Blueprint(
    "erasures", __name__, url_prefix="/v1/erasures", description="How far the erasure of deleted members has come."
)

ERASURE = path_id("erasure_id", "The erasure's id, as the deletion's Location gave it.")


@erasures.get("/<erasure_id>", parameters=[ERASURE])
@needs(Scope.MEMBERS_WRITE)
@raises(_404="NotFound")
@erasures.response(200, ErasureOut)
def get_erasure(erasure_id: str) -> Erasure:
    """Read an erasure."""
    return progress.get_erasure(store(), platform_id(), erasure_id=erasure_id)
