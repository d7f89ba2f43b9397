"""Matches: all that there are, or those in one's own care, by how they stand, a page at a time."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.blueprint import console, store
from service.console.team import team
from service.console.today import match_line
from service.console.words import STATES
from service.records.match import MatchState
from service.usecases.matches import list_matches

PAGE_SIZE = 50


@console.get("/matches")
def get_matches() -> ResponseReturnValue:
    """Show the matches in one state, the oldest first."""
    wanted, is_own = request.args.get("state", ""), request.args.get("mine") == "yes"
    state = MatchState(wanted) if wanted in set(MatchState) else MatchState.ACTIVE
    page = list_matches(
        store(),
        current_user.platform_id,
        state=state,
        owner_id=current_user.coordinator_id if is_own else None,
        after=request.args.get("after"),
        limit=PAGE_SIZE,
    )
    colleagues = team()
    return render_template(
        "console/matches.html",
        state=state,
        states=STATES,
        is_own=is_own,
        lines=[match_line(match, colleagues) for match in page.records],
        following=page.next,
    )
