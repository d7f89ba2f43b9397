"""Bringing the two of a match together, over HTTP: the card each may see of the other, and when they could meet."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from schemas.meeting import CardOut, SuggestedTimesIn, SuggestedTimesOut, card_query
from service.api.auth import needs
from service.api.blueprint import path_id, raises, takes_query
from service.api.requests import now, platform_id, store
from service.ics import MEDIA_TYPE, calendar_of
from service.records.api_key import Scope
from service.records.match import ActorRole
from service.usecases.meeting import Card, card_for, times_to_meet

meeting = Blueprint(
    "meeting",
    __name__,
    url_prefix="/v1/matches",
    description="What the two of a match may see, and when they could meet.",
)

MATCH = path_id("match_id", "The match's id.")
_ICS_CONTENT = {MEDIA_TYPE: {"schema": {"type": "string"}}}


@meeting.get("/<match_id>/card", parameters=[MATCH])
@needs(Scope.MATCHES_READ, Scope.MATCHES_RESPOND)
@takes_query(card_query((ActorRole.SEEKER, ActorRole.SUPPORTER)))
@raises(_404="NotFound", _409="NotNow")
@meeting.response(200, CardOut)
def get_card(query: dict[str, Any], match_id: str) -> Card:
    """Read what one of the two may see of the other one.

    Show it to whoever is asked (`awaited`), and to both once they have said yes. It never holds a score, a measure, a
    wish, a boundary, a label or how much somebody has to do.
    """
    return card_for(store(), platform_id(), match_id=match_id, audience=ActorRole(query["audience"]), now=now())


@meeting.get("/<match_id>/suggested-times", parameters=[MATCH])
@needs(Scope.MATCHES_READ, Scope.MATCHES_RESPOND)
@takes_query(SuggestedTimesIn)
@raises(_404="NotFound", _409="NotNow")
@meeting.response(200, SuggestedTimesOut)
@meeting.doc(responses={200: {"content": _ICS_CONTENT}})
def get_suggested_times(query: dict[str, Any], match_id: str) -> dict[str, Any] | Response:
    """Suggest when the two could meet next: whole sessions that suit both, by both clocks.

    The first start of each joint stretch in the next four weeks. With `Accept: text/calendar`, or as
    `suggested-times.ics`, a calendar file that names nobody.
    """
    if request.accept_mimetypes.best_match(["application/json", MEDIA_TYPE]) == MEDIA_TYPE:
        return _calendar(match_id, query["limit"])
    times = times_to_meet(store(), platform_id(), match_id=match_id, now=now(), limit=query["limit"])
    return {"times": times}


@meeting.get("/<match_id>/suggested-times.ics", parameters=[MATCH])
@needs(Scope.MATCHES_READ, Scope.MATCHES_RESPOND)
@takes_query(SuggestedTimesIn)
@raises(_404="NotFound", _409="NotNow")
@meeting.response(200, description="A calendar file (RFC 5545).", content_type=MEDIA_TYPE)
def get_suggested_times_file(query: dict[str, Any], match_id: str) -> Response:
    """Suggest when the two could meet next, as a calendar file."""
    return _calendar(match_id, query["limit"])


def _calendar(match_id: str, limit: int) -> Response:
    times = times_to_meet(store(), platform_id(), match_id=match_id, now=now(), limit=limit)
    text = calendar_of(times, name=match_id, now=now())
    return Response(
        text,
        content_type=f"{MEDIA_TYPE}; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": 'attachment; filename="suggested-times.ics"', "Vary": "Accept"},
    )
