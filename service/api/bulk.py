"""One action on several matches, over HTTP."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.bulk import OutcomesOut, bulk_in
from service.api.auth import needs
from service.api.blueprint import takes_json
from service.api.idempotency import idempotent
from service.api.requests import caller, now, platform_id, store
from service.lifecycle import REASONS_OF, Action
from service.reasons import BY_HAND
from service.records.api_key import Scope
from service.records.match import Actor, ActorRole
from service.usecases.bulk import IN_BULK, MOST_AT_ONCE, act_on_many

bulk = Blueprint("bulk", __name__, url_prefix="/v1/matches", description="One action on several matches.")

BulkIn = bulk_in(IN_BULK, sorted(REASONS_OF[Action.REJECT] & BY_HAND), most=MOST_AT_ONCE)
_bulk_in = BulkIn()


@bulk.post("/bulk-actions")
@needs(Scope.REVIEW)
@idempotent()
@takes_json(BulkIn, example={"action": "approve", "match_ids": ["match_1", "match_2"], "preview": True})
@bulk.response(200, OutcomesOut)
def post_bulk_actions(body: Any) -> dict[str, Any]:
    """Approve or reject up to 20 proposals, each by itself.

    What can be done is done, and each outcome is told. A pair that needs a look of its own is not approved here
    (`needs_a_look`): thin, a supporter nobody has met with yet, a minor, an earlier concern. A preview looks at each
    as if it were the only one, and changes nothing.
    """
    wanted = _bulk_in.load(body)
    outcomes = act_on_many(
        store(),
        platform_id(),
        match_ids=wanted["match_ids"],
        action=Action(wanted["action"]),
        by=Actor(ActorRole.PLATFORM, caller().key_id),
        now=now(),
        reason=wanted.get("reason"),
        is_preview=wanted["preview"],
    )
    return {"preview": wanted["preview"], "outcomes": outcomes}
