"""Peer supporters a coordinator should think of, over HTTP."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.supporter import SupportersOut, supporter_query
from service.api.auth import needs
from service.api.blueprint import LINK_HEADER, Headers, next_page, takes_query
from service.api.requests import now, platform_id, store
from service.records.api_key import Scope
from service.usecases.supporters import SupporterList
from service.usecases.supporters import list_supporters as supporters_of

supporters = Blueprint(
    "supporters", __name__, url_prefix="/v1/supporters", description="Peer supporters a coordinator should think of."
)


@supporters.get("")
@needs(Scope.REVIEW)
@takes_query(supporter_query(SupporterList))
@supporters.response(200, SupportersOut, headers=LINK_HEADER)
def list_supporters(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List supporters who are ready to be asked, or who hold more than they have places for.

    People without a supporter now are among the tasks (`/v1/tasks?kind=without_supporter`). A page may be short and yet
    not the last: go by `next`.
    """
    page = supporters_of(
        store(),
        platform_id(),
        which=SupporterList(query["list"]),
        now=now(),
        after=query.get("after"),
        limit=query["limit"],
    )
    return {"supporters": page.records, "next": page.next}, next_page(page.next)
