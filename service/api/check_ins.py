"""Check-ins over HTTP: how each of the two says it goes, and who is still to be asked."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.check_in import CheckInOut, CheckInsOut, DuesOut, check_in_in
from schemas.member import MEMBER_ID
from schemas.page import PageIn
from service.api.auth import needs
from service.api.blueprint import LINK_HEADER, Headers, next_page, path_id, raises, takes_json, takes_query
from service.api.idempotency import idempotent
from service.api.requests import now, platform_id, store
from service.records.api_key import Scope
from service.records.check_in import CheckIn, HowOften
from service.records.match import ActorRole
from service.usecases import check_ins as usecases

check_ins = Blueprint("check_ins", __name__, url_prefix="/v1", description="How it goes, as each of the two says.")

MATCH = path_id("match_id", "The match's id.")
MEMBER = path_id("member_id", "The platform's own id of the member.", MEMBER_ID)
CheckInIn = check_in_in((ActorRole.SEEKER, ActorRole.SUPPORTER), HowOften)
_check_in_in = CheckInIn()
_ANSWERS = ("met", "wants_to_continue", "felt_understood", "things_in_common", "not_safe")


@check_ins.post("/matches/<match_id>/check-ins", parameters=[MATCH])
@needs(Scope.MATCHES_RESPOND, Scope.REVIEW)
@idempotent()
@takes_json(
    CheckInIn,
    example={
        "by": {"role": "seeker", "member_id": "m-1"},
        "met": True,
        "wants_to_continue": True,
        "felt_understood": 4,
        "measures": {"ucla3": [2, 2, 1], "feels_lonely": "occasionally"},
    },
)
@raises(_404="NotFound", _409="NotNow")
@check_ins.response(201, CheckInOut)
def post_check_in(body: Any, match_id: str) -> CheckIn:
    """Keep what one of the two said.

    Somebody who does not feel safe is held at once. One who would rather stop is looked after by a coordinator; nothing
    ends by itself. UCLA-3 is for adults; its sum is kept with its answers and never decides anything alone.
    """
    told = _check_in_in.load(body)
    measures = told.get("measures", {})
    lonely, ucla3, gierveld = (measures.get(name) for name in ("feels_lonely", "ucla3", "de_jong_gierveld"))
    said = CheckIn(
        check_in_id="",
        match_id=match_id,
        role=ActorRole(told["by"]["role"]),
        member_id=told["by"]["member_id"],
        at=now(),
        ucla3=None if ucla3 is None else tuple(ucla3),
        feels_lonely=None if lonely is None else HowOften(lonely),
        de_jong_gierveld=None if gierveld is None else tuple(gierveld),
        **{name: told[name] for name in _ANSWERS if name in told},
    )
    return usecases.record_check_in(store(), platform_id(), said=said, now=now())


@check_ins.get("/check-ins/due")
@needs(Scope.MATCHES_READ)
@takes_query(PageIn)
@check_ins.response(200, DuesOut, headers=LINK_HEADER)
def list_due_check_ins(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List matches of which somebody is still to be asked how it goes."""
    page = usecases.list_due(store(), platform_id(), after=query.get("after"), limit=query["limit"])
    return {"due": page.records, "next": page.next}, next_page(page.next)


@check_ins.get("/members/<member_id>/check-ins", parameters=[MEMBER])
@needs(Scope.MEMBERS_READ)
@takes_query(PageIn)
@raises(_404="NotFound")
@check_ins.response(200, CheckInsOut, headers=LINK_HEADER)
def list_check_ins(query: dict[str, Any], member_id: str) -> tuple[dict[str, Any], Headers]:
    """List what a member said, the oldest first."""
    page = usecases.list_check_ins(
        store(), platform_id(), member_id=member_id, after=query.get("after"), limit=query["limit"]
    )
    return {"check_ins": page.records, "next": page.next}, next_page(page.next)
