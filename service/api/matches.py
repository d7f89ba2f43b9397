"""Matches over HTTP: pairs with their reasons, and what a coordinator decides about them."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.match import MatchesOut, MatchOut, action_in, match_query
from service.api.auth import needs, require
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
from service.api.idempotency import idempotent
from service.api.requests import caller, etag, expected_version, now, platform_id, store
from service.lifecycle import REASONS_OF, Action
from service.reasons import BY_HAND_OF_CARE, MUST_SAY_WHY
from service.records.api_key import Scope
from service.records.codec import maybe_day_from_json
from service.records.match import Actor, ActorRole, Match, MatchState
from service.usecases import matches as usecases

matches = Blueprint(
    "matches", __name__, url_prefix="/v1/matches", description="Pairs with a life, their reasons and their history."
)

MATCH = path_id("match_id", "The match's id.")
_PAIR = (ActorRole.SEEKER, ActorRole.SUPPORTER)
ActionIn = action_in(
    Action,
    reasons={action: reasons & BY_HAND_OF_CARE for action, reasons in REASONS_OF.items()},
    must_say=MUST_SAY_WHY,
    speakers=(*_PAIR, ActorRole.SAFEGUARDING),
    pair=_PAIR,
)
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
@needs(Scope.REVIEW, Scope.MATCHES_RESPOND, Scope.SAFETY)
@idempotent()
@takes_json(ActionIn, example={"action": "accept", "by": {"role": "supporter", "member_id": "m-2"}})
@takes_if_match()
@raises(_404="NotFound", _409="NotNow")
@matches.response(200, MatchOut, description="The match as it now stands.", headers=VERSION_HEADER)
def post_action(body: Any, match_id: str) -> tuple[Match, Headers]:
    """Move a match to its next state.

    Approve and the pair is offered to each other: the supporter is asked first, unless the policy says otherwise, and
    the seeker after the supporter's yes. Pass on what each of them says with `by`. Whoever says no need give no reason.
    An action that the present state does not take is answered 409 with those it does.
    """
    wanted = _action_in.load(body)
    on_behalf_of = wanted.get("on_behalf_of")
    match = usecases.act_on_match(
        store(),
        platform_id(),
        match_id=match_id,
        action=wanted["action"],
        by=_actor(wanted.get("by")),
        reason=wanted.get("reason"),
        on_behalf_of=None if on_behalf_of is None else ActorRole(on_behalf_of),
        closing_on=maybe_day_from_json(wanted.get("closing_on")),
        now=now(),
        expected_version=expected_version(Match.KIND, match_id, lambda: _version(match_id)),
    )
    return match, etag(match.version)


def _actor(by: dict[str, Any] | None) -> Actor:
    """Give who acts, as far as the caller's key may speak for them."""
    if by is None:
        require(Scope.REVIEW)
        return Actor(ActorRole.PLATFORM, caller().key_id)
    role = ActorRole(by["role"])
    if role in _PAIR:
        require(Scope.MATCHES_RESPOND)
        return Actor(role, by["member_id"])
    require(Scope.SAFETY)
    return Actor(role, caller().key_id)


def _version(match_id: str) -> int:
    return usecases.get_match(store(), platform_id(), match_id=match_id).version
