"""Everything that is held on a member, over HTTP, to be handed to them."""

from __future__ import annotations

from flask_smorest import Blueprint

from schemas.export import ExportOut
from schemas.member import MEMBER_ID
from service.api.auth import needs
from service.api.blueprint import path_id, raises
from service.api.requests import now, platform_id, store, text_seal
from service.records.api_key import Scope
from service.usecases.exporting import Export, export_member

exports = Blueprint("exports", __name__, url_prefix="/v1/members", description="Everything that is held on a member.")

MEMBER = path_id("member_id", "The platform's own id of the member.", MEMBER_ID)


@exports.get("/<member_id>/export", parameters=[MEMBER])
@needs(Scope.ADMIN)
@raises(_404="NotFound")
@exports.response(200, ExportOut)
def get_export(member_id: str) -> Export:
    """Export everything that is held on a member.

    Others are not named in it. Sections marked `look_first` (concerns, notes, blocks …) may still tell of them:
    somebody should look through these before they are handed over. On a large platform it takes a while.
    """
    return export_member(store(), platform_id(), member_id=member_id, now=now(), seal=text_seal())
