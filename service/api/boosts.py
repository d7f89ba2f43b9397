"""A coordinator's boost, over HTTP."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.boost import BoostOut, boost_in
from schemas.member import MEMBER_ID
from service.api.auth import needs
from service.api.blueprint import path_id, raises, takes_json
from service.api.requests import now, platform_id, store
from service.records.api_key import Scope
from service.records.member import Member
from service.usecases.boosts import MOST_WEEKS, BoostReason, set_boost

boosts = Blueprint("boosts", __name__, url_prefix="/v1/members", description="Letting somebody come earlier.")

MEMBER = path_id("member_id", "The platform's own id of the member.", MEMBER_ID)
BoostIn = boost_in(BoostReason, most=MOST_WEEKS)
_boost_in = BoostIn()


@boosts.put("/<member_id>/boost", parameters=[MEMBER])
@needs(Scope.REVIEW)
@takes_json(BoostIn, example={"weeks": 8, "reason": "our_mistake"})
@raises(_404="NotFound", _409="NotNow")
@boosts.response(200, BoostOut)
def put_boost(body: Any, member_id: str) -> Member:
    """Let a seeker come earlier, as if they had waited up to 52 weeks more.

    It lapses after twelve weeks; 0 takes it back. Who comes first decides who is matched, never how many are.
    """
    told = _boost_in.load(body)
    reason = BoostReason(told["reason"])
    return set_boost(store(), platform_id(), member_id=member_id, weeks=told["weeks"], reason=reason, now=now())
