"""Matches: all that there are, or those in one's own care, by how they stand, a page at a time."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.blueprint import console, store
from service.console.team import owner_asked_for, team
from service.console.today import match_line
from service.console.words import STATES
from service.records.match import MatchState
from service.usecases.matches import list_matches

PAGE_SIZE = 50


@console.get("/matches")
def get_matches() -> ResponseReturnValue:
    """Show the matches in one state, the oldest first."""
    wanted, owner_id = request.args.get("state", ""), owner_asked_for()
    state = MatchState(wanted) if wanted in set(MatchState) else MatchState.ACTIVE
    page = list_matches(
        store(),
        current_user.platform_id,
        state=state,
        owner_id=owner_id,
        after=request.args.get("after"),
        limit=PAGE_SIZE,
    )
    colleagues = team()
    return render_template(
        "console/matches.html",
        state=state,
        states=STATES,
        is_own=owner_id is not None,
        lines=[match_line(match, colleagues) for match in page.records],
        following=page.next,
    )
