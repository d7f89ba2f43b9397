"""Proposals beside any run, over HTTP: a coordinator's own pair, and the best one for somebody at once."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from schemas.match import MatchOut
from schemas.member import MEMBER_ID
from schemas.proposing import CandidatesOut, CandidatesQuery, PairIn
from service.api.auth import needs
from service.api.blueprint import (
    LOCATION_HEADER,
    VERSION_HEADER,
    Headers,
    leads_to,
    path_id,
    raises,
    takes_json,
    takes_query,
)
from service.api.idempotency import idempotent
from service.api.requests import caller, etag, now, platform_id, store, warm
from service.api.waiting import patience, takes_prefer_wait
from service.errors import StillPreparing, TooLarge
from service.records.api_key import Scope
from service.records.match import Actor, ActorRole, Match, MatchState
from service.usecases.next_best import ask_for_look
from service.usecases.proposing import propose_pair
from service.usecases.warm.candidates import candidates_for, match_at_once

proposing = Blueprint("proposing", __name__, url_prefix="/v1", description="Proposals that no run has made.")

MEMBER = path_id("member_id", "The platform's own id of the member.", MEMBER_ID)
_pair_in = PairIn()
_HEADERS = LOCATION_HEADER | VERSION_HEADER


@proposing.post("/matches")
@needs(Scope.REVIEW)
@idempotent()
@takes_json(PairIn, example={"seeker_id": "m-5", "supporter_id": "m-6"})
@raises(_404="NotFound", _409="NotNow")
@proposing.response(201, MatchOut, headers=_HEADERS)
@leads_to(
    "get_match", "post_action", "get_suggested_times", "post_check_in", on=201, match_id="$response.body#/match_id"
)
def post_match(body: Any) -> tuple[Match, Headers]:
    """Propose a pair that a coordinator has chosen.

    Every hard rule, rest and place counts as in a run; a pair that may not be is refused in the words of the rule. It
    starts as a proposal like any other: approve it to offer it.
    """
    match = propose_pair(store(), platform_id(), **_pair_in.load(body), by=_actor(), now=now())
    return match, _found_at(match)


@proposing.get("/members/<member_id>/candidates", parameters=[MEMBER])
@needs(Scope.REVIEW)
@takes_query(CandidatesQuery)
@raises(_404="NotFound", _409="NotNow", _503="Unavailable")
@proposing.response(200, CandidatesOut)
def list_candidates(query: dict[str, Any], member_id: str) -> dict[str, Any]:
    """List the supporters who fit a seeker best and have a free place, with reasons, the best first.

    As of this moment, by the policy in force: every rule and rest counts, and places that are held or promised. Nobody
    is promised anything by it. The first call on a large platform may be answered 503 with Retry-After while members
    are read.
    """
    found = candidates_for(store(), warm(), platform_id(), member_id=member_id, limit=query["limit"], now=now())
    return {"candidates": found}


@proposing.post("/members/<member_id>/match", parameters=[MEMBER])
@needs(Scope.REVIEW)
@takes_prefer_wait
@idempotent()
@raises(_404="NotFound", _409="NotNow")
@proposing.response(201, MatchOut, headers=_HEADERS)
@proposing.alt_response(
    202, description="Asked for: on a large platform it takes a moment. Ask at Location.", headers=LOCATION_HEADER
)
@leads_to(
    "get_match", "post_action", "get_suggested_times", "post_check_in", on=201, match_id="$response.body#/match_id"
)
def post_member_match(member_id: str) -> tuple[Match, Headers] | Response:
    """Propose the best free supporter to a seeker, at once.

    Whoever the rules allow and who has a place that is neither held nor promised is compared. Where there is nobody,
    the answer is 409 `nobody_yet`. Where members have to be read first, a worker does it and the answer is 202, unless
    that is done within what `Prefer: wait` allows.
    """
    try:
        match = match_at_once(
            store(), warm(), platform_id(), seeker_id=member_id, by=_actor(), now=now(), patience=patience()
        )
    except (StillPreparing, TooLarge):
        ask_for_look(store(), platform_id(), seeker_id=member_id, now=now())
        here = url_for("matches.list_matches", member_id=member_id, state=MatchState.PROPOSED.value)
        return Response(status=202, headers={"Location": here, "Retry-After": "1"})
    return match, _found_at(match)


def _found_at(match: Match) -> Headers:
    return etag(match.version) | {"Location": url_for("matches.get_match", match_id=match.match_id)}


def _actor() -> Actor:
    return Actor(ActorRole.PLATFORM, caller().key_id)
