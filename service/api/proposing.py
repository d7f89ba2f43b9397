"""Proposals beside any run, over HTTP: a coordinator's own pair, and the best one for somebody at once."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from schemas.match import MatchOut
from schemas.member import MEMBER_ID
from schemas.proposing import PairIn
from service.api.auth import needs
from service.api.blueprint import LOCATION_HEADER, VERSION_HEADER, Headers, path_id, raises, takes_json
from service.api.requests import caller, etag, now, platform_id, store
from service.records.api_key import Scope
from service.records.match import Actor, ActorRole, Match, MatchState
from service.usecases.next_best import match_now
from service.usecases.proposing import propose_pair

proposing = Blueprint("proposing", __name__, url_prefix="/v1", description="Proposals that no run has made.")

MEMBER = path_id("member_id", "The platform's own id of the member.", MEMBER_ID)
_pair_in = PairIn()
_HEADERS = LOCATION_HEADER | VERSION_HEADER


@proposing.post("/matches")
@needs(Scope.REVIEW)
@takes_json(PairIn, example={"seeker_id": "m-1", "supporter_id": "m-2"})
@raises(_404="NotFound", _409="NotNow")
@proposing.response(201, MatchOut, headers=_HEADERS)
def post_match(body: Any) -> tuple[Match, Headers]:
    """Propose a pair that a coordinator has chosen.

    Every hard rule, rest and place counts as in a run; a pair that may not be is refused in the words of the rule. It
    starts as a proposal like any other: approve it to offer it.
    """
    match = propose_pair(store(), platform_id(), **_pair_in.load(body), by=_actor(), now=now())
    return match, _found_at(match)


@proposing.post("/members/<member_id>/match", parameters=[MEMBER])
@needs(Scope.REVIEW)
@raises(_404="NotFound", _409="NotNow")
@proposing.response(201, MatchOut, headers=_HEADERS)
@proposing.alt_response(
    202, description="Asked for: on a large platform it takes a moment. Ask at Location.", headers=LOCATION_HEADER
)
def post_member_match(member_id: str) -> tuple[Match, Headers] | Response:
    """Propose the best free supporter to a seeker, at once.

    Whoever the rules allow and who has a place that is neither held nor promised is compared. Where there is nobody,
    the answer is 409 `nobody_yet`.
    """
    match = match_now(store(), platform_id(), seeker_id=member_id, by=_actor(), now=now())
    if match is None:
        here = url_for("matches.list_matches", member_id=member_id, state=MatchState.PROPOSED.value)
        return Response(status=202, headers={"Location": here})
    return match, _found_at(match)


def _found_at(match: Match) -> Headers:
    return etag(match.version) | {"Location": url_for("matches.get_match", match_id=match.match_id)}


def _actor() -> Actor:
    return Actor(ActorRole.PLATFORM, caller().key_id)
