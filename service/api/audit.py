"""The audit trail over HTTP: what anyone needs to compute the chain again."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.audit import AuditOut, AuditQuery
from service.api.auth import needs
from service.api.blueprint import LINK_HEADER, Headers, next_page, takes_query
from service.api.requests import platform_id, store
from service.records.api_key import Scope
from service.records.codec import instant_to_json
from service.records.seal import Seal
from service.storage.store import Event
from service.usecases.audit import audit_page

audit = Blueprint(
    "audit",
    __name__,
    url_prefix="/v1/audit",
    description="Envelopes of all events and the seals over them: whoever keeps a head can tell later changes.",
)


@audit.get("")
@needs(Scope.ADMIN)
@takes_query(AuditQuery)
@audit.response(200, AuditOut, headers=LINK_HEADER)
def get_audit(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """Read the audit trail.

    Every event has an envelope; a seal covers it within some seconds. Each head is also told by an event
    `audit.sealed`, so that it can be kept elsewhere.
    """
    page = audit_page(store(), platform_id(), after=query["after"], limit=query["limit"])
    answer = {
        "envelopes": [_envelope(event) for event in page.events],
        "seals": [_seal(seal) for seal in page.seals],
        "next": page.next,
    }
    return answer, next_page(None if page.next is None else str(page.next))


def _envelope(event: Event) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "type": event.type,
        "at": instant_to_json(event.at),
        "mac": event.mac,
        "is_erased": event.salt is None,
    }


def _seal(seal: Seal) -> dict[str, Any]:
    return {"first": seal.first, "last": seal.last, "head": seal.head, "sealed_at": instant_to_json(seal.sealed_at)}
