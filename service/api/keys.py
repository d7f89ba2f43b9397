"""API keys over HTTP: making, listing, rotating and revoking them. Nobody can give more than they have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from schemas.key import KEY_ID, KeyOut, KeysOut, MadeKeyOut, RotateIn, key_in
from schemas.page import PageIn
from service.api.auth import needs
from service.api.blueprint import (
    LINK_HEADER,
    LOCATION_HEADER,
    Headers,
    leads_to,
    next_page,
    path_id,
    raises,
    takes_json,
    takes_query,
)
from service.api.idempotency import idempotent
from service.api.requests import caller, now, platform_id, store
from service.errors import Forbidden
from service.records.api_key import ApiKey, Scope
from service.records.codec import maybe_instant_from_json
from service.usecases import keys as usecases
from service.usecases.key_uses import last_uses

keys = Blueprint("keys", __name__, url_prefix="/v1/keys", description="Who may call this API for the platform.")

KEY = path_id("key_id", "The key's id: the third part of its text.", KEY_ID)
KeyIn = key_in(Scope)
_key_in, _rotate_in = KeyIn(), RotateIn()


@keys.post("")
@needs(Scope.ADMIN)
@idempotent(told_once="key")
@takes_json(KeyIn, example={"name": "our website", "scopes": ["members:write", "matches:read"]})
@raises(_409="NotNow")
@keys.response(201, MadeKeyOut, headers=LOCATION_HEADER)
@leads_to("get_key", "post_key_rotation", "delete_key", on=201, key_id="$response.body#/key_id")
def post_key(body: Any) -> tuple[dict[str, Any], Headers]:
    """Make a key.

    Its text is in this answer and in no other: keep it safe. A key gives another one no scope that it has not itself.
    """
    wanted = _key_in.load(body)
    scopes = frozenset(Scope(scope) for scope in wanted["scopes"])
    _require_all(scopes)
    key, text = usecases.create_key(
        store(),
        platform_id(),
        name=wanted["name"],
        scopes=scopes,
        now=now(),
        valid_until=maybe_instant_from_json(wanted.get("valid_until")),
    )
    return _made(key, text)


@keys.get("")
@needs(Scope.ADMIN)
@takes_query(PageIn)
@keys.response(200, KeysOut, headers=LINK_HEADER)
def list_keys(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List keys by id; never a secret."""
    page = usecases.page_of_keys(store(), platform_id(), after=query.get("after"), limit=query["limit"])
    uses = last_uses(store(), platform_id(), (key.key_id for key in page.records))
    told = [_told(key, uses.get(key.key_id)) for key in page.records]
    return {"keys": told, "next": page.next}, next_page(page.next)


@keys.get("/<key_id>", parameters=[KEY])
@needs(Scope.ADMIN)
@raises(_404="NotFound")
@keys.response(200, KeyOut)
def get_key(key_id: str) -> dict[str, Any]:
    """Read a key, without its secret."""
    key = usecases.get_key(store(), platform_id(), key_id=key_id)
    return _told(key, last_uses(store(), platform_id(), (key_id,)).get(key_id))


@keys.post("/<key_id>/rotate", parameters=[KEY])
@needs(Scope.ADMIN)
@idempotent(told_once="key")
@takes_json(RotateIn, example={"overlap_hours": 48}, is_required=False)
@raises(_404="NotFound", _409="NotNow")
@keys.response(201, MadeKeyOut, headers=LOCATION_HEADER)
@leads_to("get_key", "post_key_rotation", "delete_key", on=201, key_id="$response.body#/key_id")
def post_key_rotation(body: Any, key_id: str) -> tuple[dict[str, Any], Headers]:
    """Make a key in place of another one, with the same name and scopes.

    Both count for a while, so that no call fails while programs are given the new one.
    """
    overlap = timedelta(hours=_rotate_in.load(body)["overlap_hours"])
    _require_all(usecases.get_key(store(), platform_id(), key_id=key_id).scopes)
    key, text = usecases.rotate_key(store(), platform_id(), key_id=key_id, now=now(), overlap=overlap)
    return _made(key, text)


@keys.delete("/<key_id>", parameters=[KEY])
@needs(Scope.ADMIN)
@raises(_404="NotFound")
@keys.response(204, description="It counts no longer.")
def delete_key(key_id: str) -> Response:
    """Revoke a key at once; also the one that asks for it."""
    usecases.revoke_key(store(), platform_id(), key_id=key_id, now=now())
    return Response(status=204)


def _require_all(scopes: Iterable[Scope]) -> None:
    lacking = sorted(set(scopes) - caller().scopes)
    if lacking:
        needed = ", ".join(lacking)
        raise Forbidden(f"this key may give no scope that it has not itself: {needed}", needed=needed)


def _made(key: ApiKey, text: str) -> tuple[dict[str, Any], Headers]:
    return {**_told(key, None), "key": text}, {"Location": url_for("keys.get_key", key_id=key.key_id)}


def _told(key: ApiKey, used_at: datetime | None) -> dict[str, Any]:
    names = ("key_id", "name", "scopes", "created_at", "valid_until")
    return {**{name: getattr(key, name) for name in names}, "last_used_at": used_at}
