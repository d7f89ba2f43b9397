"""Every route of the API, who may call it, and a call of it that works: the table behind `test_access.py`.

A route that is missing here fails there, so that none is forgotten. A new one is a row: the scopes of which any is
enough, and where they are needed a body, headers, or ids other than those of `World`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.records import Scope
from service.records.codec import put_of
from service.records.delivery import Delivery, DeliveryState
from service.records.report import About, Report, ReportState
from service.records.task import CoordinatorTask, TaskKind
from service.storage.store import Changes, Store
from tests.service.api.conftest import NOW, SEEKER, SUPPORTER, Caller
from tests.service.usecases.importing.mappings import MAPPING

S = Scope


@dataclass(frozen=True)
class Route:
    """Who may call a route, and how.

    Attributes
    ----------
    scopes : any of these is enough; none: any valid key is.
    alone : those of `scopes` that are enough for this very call, where its body asks for more; None: all of them.
    good : the status for whoever may.
    outside : the status for another platform's key; None: 404 where the path has ids, else as `good`.
    ids : in place of those of `World`.
    """

    scopes: tuple[Scope, ...] = ()
    body: Any = None
    data: bytes | None = None
    content_type: str = "application/json"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    alone: tuple[Scope, ...] | None = None
    good: int = 200
    outside: int | None = None
    ids: Mapping[str, str] = field(default_factory=dict)


HELD = {"member_id": "held-1"}
LINE = json.dumps({"member_id": "imported-1", **SEEKER}).encode()

ROUTES: Mapping[str, Route] = {
    "PUT /v1/members/<member_id>": Route((S.MEMBERS_WRITE,), SEEKER, outside=201),
    "GET /v1/members/<member_id>": Route((S.MEMBERS_READ,)),
    "PATCH /v1/members/<member_id>": Route((S.MEMBERS_WRITE,), {"pace": "weekly"}),
    "DELETE /v1/members/<member_id>": Route((S.MEMBERS_WRITE,), good=204),
    "PUT /v1/members/<member_id>/looking": Route((S.MEMBERS_WRITE,), {"looking": True}),
    "PUT /v1/members/<member_id>/boost": Route((S.REVIEW,), {"weeks": 8, "reason": "our_mistake"}),
    "GET /v1/members": Route((S.MEMBERS_READ,)),
    "POST /v1/members/<member_id>/hold": Route((S.SAFETY,), {"cause": "crisis"}, good=201),
    "POST /v1/members/<member_id>/release": Route((S.SAFETY,), ids=HELD),
    "POST /v1/members/<member_id>/match": Route((S.REVIEW,), good=201, ids={"member_id": "seeker-2"}),
    "GET /v1/members/<member_id>/check-ins": Route((S.MEMBERS_READ,)),
    "POST /v1/imports": Route((S.MEMBERS_WRITE,), data=LINE, content_type="application/x-ndjson", good=202),
    "GET /v1/imports": Route((S.MEMBERS_WRITE,)),
    "GET /v1/imports/<import_id>": Route((S.MEMBERS_WRITE,)),
    "DELETE /v1/imports/<import_id>": Route((S.MEMBERS_WRITE,), good=202),
    "GET /v1/imports/<import_id>/errors": Route((S.MEMBERS_WRITE,)),
    "GET /v1/mappings": Route((S.MEMBERS_WRITE,)),
    "PUT /v1/mappings/<name>": Route((S.MEMBERS_WRITE,), MAPPING, outside=201),
    "GET /v1/mappings/<name>": Route((S.MEMBERS_WRITE,)),
    "DELETE /v1/mappings/<name>": Route((S.MEMBERS_WRITE,), good=204),
    "POST /v1/runs": Route((S.RUNS,), {}, good=409, outside=202),
    "GET /v1/runs": Route((S.RUNS,)),
    "GET /v1/runs/<run_id>": Route((S.RUNS,)),
    "POST /v1/runs/<run_id>/cancel": Route((S.RUNS,)),
    "GET /v1/runs/<run_id>/changes": Route((S.REVIEW,), good=409),
    "GET /v1/runs/<run_id>/certificate": Route((S.RUNS,), good=409),
    "GET /v1/runs/<run_id>/unmatched": Route((S.RUNS,), good=409),
    "GET /v1/runs/<run_id>/shortages": Route((S.RUNS,), good=409),
    "GET /v1/runs/<run_id>/knock-on": Route(
        (S.REVIEW,), query="?seeker_id=seeker-1&supporter_id=supporter-1&choice=force", good=409
    ),
    "GET /v1/members/<member_id>/candidates": Route((S.REVIEW,), ids={"member_id": "seeker-2"}),
    "GET /v1/members/<member_id>/explanation": Route(
        (S.REVIEW, S.MEMBERS_READ), ids={"member_id": "seeker-2"}, alone=(S.REVIEW,)
    ),
    "GET /v1/matches": Route((S.MATCHES_READ,)),
    "POST /v1/matches": Route(
        (S.REVIEW,), {"seeker_id": "seeker-2", "supporter_id": "supporter-2"}, good=201, outside=404
    ),
    "GET /v1/matches/<match_id>": Route((S.MATCHES_READ,)),
    "POST /v1/matches/<match_id>/actions": Route(
        (S.REVIEW, S.MATCHES_RESPOND, S.SAFETY), {"action": "approve"}, alone=(S.REVIEW,)
    ),
    "POST /v1/matches/bulk-actions": Route((S.REVIEW,), {"action": "approve", "match_ids": ["match_1"]}),
    "GET /v1/matches/<match_id>/card": Route((S.MATCHES_READ, S.MATCHES_RESPOND), query="?audience=seeker"),
    "GET /v1/matches/<match_id>/suggested-times": Route((S.MATCHES_READ, S.MATCHES_RESPOND)),
    "GET /v1/matches/<match_id>/suggested-times.ics": Route((S.MATCHES_READ, S.MATCHES_RESPOND)),
    "POST /v1/matches/<match_id>/check-ins": Route(
        (S.MATCHES_RESPOND, S.REVIEW), {"by": {"role": "seeker", "member_id": "seeker-1"}, "met": True}, good=409
    ),
    "GET /v1/check-ins/due": Route((S.MATCHES_READ,)),
    "GET /v1/tasks": Route((S.REVIEW, S.SAFETY)),
    "POST /v1/tasks/<task_id>/done": Route((S.REVIEW, S.SAFETY)),
    "GET /v1/holds": Route((S.SAFETY,)),
    "POST /v1/holds/<hold_id>/seen": Route((S.SAFETY,)),
    "POST /v1/concerns": Route(
        (S.SAFETY,),
        {"about_id": "seeker-1", "category": "boundaries", "severity": "medium", "case_number": "2026-117"},
        good=201,
        outside=404,
    ),
    "GET /v1/concerns": Route((S.SAFETY,)),
    "PUT /v1/blocks/<one>/<other>": Route((S.SAFETY, S.MEMBERS_WRITE)),
    "DELETE /v1/blocks/<one>/<other>": Route((S.SAFETY, S.MEMBERS_WRITE), good=204),
    "GET /v1/policy": Route((S.POLICY,)),
    "PUT /v1/policy": Route((S.POLICY,), {}, headers={"If-Match": '"v1"'}),
    "GET /v1/policy/versions": Route((S.POLICY,)),
    "GET /v1/policy/versions/<int:number>": Route((S.POLICY,), ids={"number": "1"}, outside=200),
    "POST /v1/policy/preview": Route((S.POLICY,), {"family": "weights"}, good=409),
    "GET /v1/policy/previews/<preview_id>": Route((S.POLICY,)),
    "POST /v1/matches/<match_id>/notes": Route((S.REVIEW,), {"text": "Prefers mornings."}, good=201),
    "GET /v1/matches/<match_id>/notes": Route((S.REVIEW,)),
    "DELETE /v1/matches/<match_id>/notes/<note_id>": Route((S.REVIEW,), good=204),
    "GET /v1/supporters": Route((S.REVIEW,), query="?list=ready_to_be_asked"),
    "GET /v1/stats": Route((S.STATS,)),
    "GET /v1/matches/<match_id>/measures": Route((S.REVIEW,)),
    "GET /v1/matches/<match_id>/messages": Route((S.MATCHES_READ, S.MATCHES_RESPOND)),
    "GET /v1/members/<member_id>/messages": Route((S.MEMBERS_READ,), query="?event=member.looking"),
    "GET /v1/members/<member_id>/export": Route((S.ADMIN,)),
    "GET /v1/wording": Route((S.POLICY,)),
    "GET /v1/wording/<language>": Route((S.POLICY,), ids={"language": "en"}, outside=200),
    "PUT /v1/wording/<language>": Route((S.POLICY,), {"signposting": "Call 112."}, outside=200, ids={"language": "en"}),
    "GET /v1/factors": Route(),
    "GET /v1/rules": Route(),
    "GET /v1/audit": Route((S.ADMIN,)),
    "GET /v1/events": Route((S.EVENTS,)),
    "POST /v1/webhooks": Route((S.ADMIN,), {"url": "https://example.org/hook"}, good=201),
    "GET /v1/webhooks": Route((S.EVENTS, S.ADMIN)),
    "GET /v1/webhooks/<webhook_id>": Route((S.EVENTS, S.ADMIN)),
    "PATCH /v1/webhooks/<webhook_id>": Route((S.ADMIN,), {"name": "other"}),
    "DELETE /v1/webhooks/<webhook_id>": Route((S.ADMIN,), good=204),
    "POST /v1/webhooks/<webhook_id>/verify": Route((S.ADMIN,), good=202),
    "POST /v1/webhooks/<webhook_id>/rotate": Route((S.ADMIN,), {}),
    "POST /v1/webhooks/<webhook_id>/pause": Route((S.ADMIN,), good=409),
    "POST /v1/webhooks/<webhook_id>/resume": Route((S.ADMIN,), {}, good=409),
    "GET /v1/webhooks/<webhook_id>/deliveries": Route((S.EVENTS,)),
    "POST /v1/webhooks/<webhook_id>/replay": Route((S.EVENTS,), good=202),
    "POST /v1/webhooks/<webhook_id>/deliveries/<delivery_id>/replay": Route((S.EVENTS,), good=202),
    "GET /v1/erasures/<erasure_id>": Route((S.MEMBERS_WRITE,)),
    "POST /v1/keys": Route((S.ADMIN,), {"name": "x", "scopes": ["admin"]}, good=201),
    "GET /v1/keys": Route((S.ADMIN,)),
    "GET /v1/keys/<key_id>": Route((S.ADMIN,)),
    "POST /v1/keys/<key_id>/rotate": Route((S.ADMIN,), {}, good=201),
    "DELETE /v1/keys/<key_id>": Route((S.ADMIN,), good=204),
}


def world(harbour: Caller, store: Store) -> dict[str, str]:
    """Make one of everything the routes name in the platform, and give the ids by the names they have in paths."""
    for number in (1, 2):
        harbour.put(f"/v1/members/seeker-{number}", SEEKER)
        harbour.put(f"/v1/members/supporter-{number}", SUPPORTER)
    for member_id in ("held-1", "gone-1", "blocked-1", "blocked-2"):
        harbour.put(f"/v1/members/{member_id}", SEEKER)
    match = harbour.post("/v1/matches", {"seeker_id": "seeker-1", "supporter_id": "supporter-1"})
    hold = harbour.post("/v1/members/held-1/hold", {"cause": "crisis"})
    gone = harbour.delete("/v1/members/gone-1")
    harbour.put("/v1/blocks/blocked-1/blocked-2", None)
    run = harbour.post("/v1/runs", {})
    key = harbour.post("/v1/keys", {"name": "another", "scopes": ["admin"]})
    harbour.put("/v1/mappings/their-mapping", MAPPING)
    imported = harbour.call("POST", "/v1/imports", data=LINE, content_type="application/x-ndjson")
    webhook = harbour.post("/v1/webhooks", {"url": "https://example.org/hook"})
    webhook_id = webhook.json["webhook_id"]
    note = harbour.post(f"/v1/matches/{match.json['match_id']}/notes", {"text": "Prefers mornings."})
    delivery = Delivery(webhook_id, 1, "evt_1", "member.created", DeliveryState.DEAD, since=NOW, due_at=None)
    task = CoordinatorTask(TaskKind.CARE, "seeker-2", ("seeker-2",), opened_at=NOW, task_id="task_1")
    preview = Report("preview_1", About.PREVIEW, "run_1", {}, ReportState.QUEUED, created_at=NOW)
    store.commit("harbour", Changes(puts=(put_of(task), put_of(preview), put_of(delivery))))
    return {
        "member_id": "seeker-1",
        "match_id": match.json["match_id"],
        "hold_id": hold.json["hold_id"],
        "erasure_id": gone.headers["Location"].rsplit("/", 1)[1],
        "run_id": run.json["run_id"],
        "key_id": key.json["key_id"],
        "task_id": task.task_id,
        "import_id": imported.json["import_id"],
        "name": "their-mapping",
        "preview_id": preview.report_id,
        "webhook_id": webhook_id,
        "note_id": note.json["note_id"],
        "delivery_id": delivery.delivery_id,
        "one": "blocked-1",
        "other": "blocked-2",
    }
