"""Events over HTTP: what has happened, for platforms that ask instead of being told."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.event import EventsQuery, events_out
from service.api.auth import needs
from service.api.blueprint import LINK_HEADER, Headers, next_page, takes_query
from service.api.requests import platform_id, store
from service.events import CATALOGUE, catalogue_table, told
from service.records.api_key import Scope
from service.usecases.events import Cursor, events_page

events = Blueprint(
    "events",
    __name__,
    url_prefix="/v1/events",
    description="What has happened, in order. Each type and what its `data` holds:\n\n" + catalogue_table(),
)


@events.get("")
@needs(Scope.EVENTS)
@takes_query(EventsQuery)
@events.response(200, events_out(CATALOGUE), headers=LINK_HEADER)
def list_events(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List what has happened, in order.

    Keep `next` and ask again with it as `after`: you miss nothing and are told nothing twice, whatever is written
    meanwhile. `cursor_ahead` means that the event you have come to is not there any longer: the service was restored
    from a backup that is older.
    """
    page = events_page(store(), platform_id(), after=Cursor.of(query["after"]), limit=query["limit"])
    following = str(page.next)
    answer = {"events": [told(event) for event in page.events], "next": following, "has_more": page.has_more}
    return answer, next_page(following if page.has_more else None)
