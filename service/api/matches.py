"""Matches over HTTP: pairs with their reasons, and what a coordinator decides about them."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.match import MatchesOut, MatchOut, action_in, match_query
from service.api.auth import needs
from service.api.blueprint import (
    LINK_HEADER,
    VERSION_HEADER,
    Headers,
    next_page,
    path_id,
    raises,
    takes_if_match,
    takes_json,
    takes_query,
)
from service.api.requests import caller, etag, expected_version, now, platform_id, store
from service.lifecycle import REASONS_OF, Action
from service.records.api_key import Scope
from service.records.match import Actor, ActorRole, Match, MatchState
from service.usecases import matches as usecases

matches = Blueprint(
    "matches", __name__, url_prefix="/v1/matches", description="Pairs with a life, their reasons and their history."
)

MATCH = path_id("match_id", "The match's id.")
ActionIn = action_in(Action, REASONS_OF)
_action_in = ActionIn()


@matches.get("")
@needs(Scope.MATCHES_READ)
@takes_query(match_query(MatchState))
@matches.response(200, MatchesOut, headers=LINK_HEADER)
def list_matches(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List matches, oldest first."""
    page = usecases.list_matches(
        store(),
        platform_id(),
        state=MatchState(query["state"]) if "state" in query else None,
        member_id=query.get("member_id"),
        after=query.get("after"),
        limit=query["limit"],
    )
    return {"matches": page.records, "next": page.next}, next_page(page.next)


@matches.get("/<match_id>", parameters=[MATCH])
@needs(Scope.MATCHES_READ)
@raises(_404="NotFound")
@matches.response(200, MatchOut, headers=VERSION_HEADER)
def get_match(match_id: str) -> tuple[Match, Headers]:
    """Read a match."""
    match = usecases.get_match(store(), platform_id(), match_id=match_id)
    return match, etag(match.version)


@matches.post("/<match_id>/actions", parameters=[MATCH])
@needs(Scope.REVIEW)
@takes_json(ActionIn, example={"action": "reject", "reason": "not_now"})
@takes_if_match()
@raises(_404="NotFound", _409="NotNow")
@matches.response(200, MatchOut, description="The match as it now stands.", headers=VERSION_HEADER)
def post_action(body: Any, match_id: str) -> tuple[Match, Headers]:
    """Move a match to its next state.

    Approve and the pair is offered to each other; reject, with a reason, and it rests. An action that the present state
    does not take is answered 409 with those it does.
    """
    wanted = _action_in.load(body)
    match = usecases.act_on_match(
        store(),
        platform_id(),
        match_id=match_id,
        action=wanted["action"],
        by=Actor(ActorRole.PLATFORM, caller().key_id),
        reason=wanted.get("reason"),
        now=now(),
        expected_version=expected_version(Match.KIND, match_id, lambda: _version(match_id)),
    )
    return match, etag(match.version)


def _version(match_id: str) -> int:
    return usecases.get_match(store(), platform_id(), match_id=match_id).version
