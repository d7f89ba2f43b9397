"""Safety over HTTP: holds, concerns and blocks. Concerns and releases are for safeguarding: the scope ``safety``."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from schemas.member import MEMBER_ID
from schemas.page import PageIn
from schemas.safety import BlockOut, ConcernOut, ConcernsOut, HoldOut, HoldsOut, ReleasedOut, concern_in, hold_in
from service.api.auth import needs
from service.api.blueprint import LINK_HEADER, Headers, leads_to, next_page, path_id, raises, takes_json, takes_query
from service.api.idempotency import idempotent
from service.api.requests import caller, now, platform_id, store
from service.records.api_key import Scope
from service.records.block import Block
from service.records.hold import Concern, ConcernCategory, Hold, HoldCause, Severity
from service.records.match import Actor, ActorRole
from service.records.member import Member
from service.usecases import safety as usecases

safety = Blueprint(
    "safety", __name__, url_prefix="/v1", description="Who is paused for care, concerns, and who is kept apart."
)

MEMBER = path_id("member_id", "The platform's own id of the member.", MEMBER_ID)
ONE = path_id("one", "One of the two.", MEMBER_ID)
OTHER = path_id("other", "The other one.", MEMBER_ID)
HOLD = path_id("hold_id", "The hold's id.")
HoldIn = hold_in((HoldCause.CRISIS, HoldCause.COORDINATOR))
ConcernIn = concern_in(ConcernCategory, Severity)
_hold_in, _concern_in = HoldIn(), ConcernIn()


@safety.post("/members/<member_id>/hold", parameters=[MEMBER])
@needs(Scope.SAFETY)
@idempotent()
@takes_json(HoldIn, example={"cause": "crisis"})
@raises(_404="NotFound")
@safety.response(201, HoldOut)
@leads_to("post_seen", on=201, hold_id="$response.body#/hold_id")
@leads_to("post_release", on=201, member_id="$response.body#/member_id")
def post_hold(body: Any, member_id: str) -> Hold:
    """Pause a member for care.

    They are out of everything new at once; what was offered is taken back, and running matches are paused: the other
    one sees a pause and no more. A crisis that nobody has seen within an hour is called to mind (`hold.escalated`).
    """
    cause = HoldCause(_hold_in.load(body)["cause"])
    return usecases.place_hold(store(), platform_id(), member_id=member_id, cause=cause, by=_actor(), now=now())


@safety.post("/members/<member_id>/release", parameters=[MEMBER])
@needs(Scope.SAFETY)
@idempotent()
@raises(_404="NotFound", _409="NotNow")
@safety.response(200, ReleasedOut)
def post_release(member_id: str) -> Member:
    """Release every hold on a member.

    Their matches stay paused: safeguarding resumes each by an action with `"by": {"role": "safeguarding"}`.
    """
    return usecases.release_holds(store(), platform_id(), member_id=member_id, by=_actor(), now=now())


@safety.get("/holds")
@needs(Scope.SAFETY)
@takes_query(PageIn)
@safety.response(200, HoldsOut, headers=LINK_HEADER)
def list_holds(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List holds that stand, the oldest first."""
    page = usecases.list_holds(store(), platform_id(), after=query.get("after"), limit=query["limit"])
    return {"holds": page.records, "next": page.next}, next_page(page.next)


@safety.post("/holds/<hold_id>/seen", parameters=[HOLD])
@needs(Scope.SAFETY)
@idempotent()
@raises(_404="NotFound")
@safety.response(200, HoldOut)
def post_seen(hold_id: str) -> Hold:
    """Say that somebody looks after a hold, so that it is not called to mind again."""
    return usecases.mark_seen(store(), platform_id(), hold_id=hold_id, now=now())


@safety.post("/concerns")
@needs(Scope.SAFETY)
@idempotent()
@takes_json(
    ConcernIn,
    example={"about_id": "m-2", "category": "boundaries", "severity": "medium", "case_number": "2026-117"},
)
@raises(_404="NotFound")
@safety.response(201, ConcernOut)
def post_concern(body: Any) -> Concern:
    """Keep a concern.

    The member it is about is held; the one who is worried keeps everything, waiting time too. Nothing is said here
    about what happened: the case number leads to where that is kept.
    """
    told = _concern_in.load(body)
    concern, _ = usecases.report_concern(
        store(),
        platform_id(),
        about_id=told["about_id"],
        category=ConcernCategory(told["category"]),
        severity=Severity(told["severity"]),
        by=_actor(),
        now=now(),
        case_number=told.get("case_number", ""),
        reporter_id=told.get("reporter_id", ""),
    )
    return concern


@safety.get("/concerns")
@needs(Scope.SAFETY)
@takes_query(PageIn)
@safety.response(200, ConcernsOut, headers=LINK_HEADER)
def list_concerns(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List concerns, the oldest first."""
    page = usecases.list_concerns(store(), platform_id(), after=query.get("after"), limit=query["limit"])
    return {"concerns": page.records, "next": page.next}, next_page(page.next)


@safety.put("/blocks/<one>/<other>", parameters=[ONE, OTHER])
@needs(Scope.SAFETY, Scope.MEMBERS_WRITE)
@raises(_404="NotFound", _422="Invalid")
@safety.response(200, BlockOut)
@leads_to("delete_block", one="$request.path.one", other="$request.path.other")
def put_block(one: str, other: str) -> Block:
    """Keep two members apart, both ways, from now on.

    What is proposed or offered between them is taken back, what runs is paused.
    """
    return usecases.put_block(store(), platform_id(), one=one, other=other, now=now())


@safety.delete("/blocks/<one>/<other>", parameters=[ONE, OTHER])
@needs(Scope.SAFETY, Scope.MEMBERS_WRITE)
@raises(_404="NotFound")
@safety.response(204, description="Taken back.")
def delete_block(one: str, other: str) -> Response:
    """Take a block back. What it ended does not come back by itself."""
    usecases.delete_block(store(), platform_id(), one=one, other=other, now=now())
    return Response(status=204)


def _actor() -> Actor:
    return Actor(ActorRole.SAFEGUARDING, caller().key_id)
