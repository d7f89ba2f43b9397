"""Review: the queue of proposals, one proposal's page, and the decisions on it.

Every decision is a form that names the version it was made on; a page that others have overtaken says so and shows
how things stand. After a decision the next proposal follows, with a way back to the one before (``after=``).
"""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.blueprint import console, now, store
from service.console.proposal import Decided, decided_of, proposal_of
from service.console.queue import page_of, place_of
from service.console.words import REASONS_AGAINST
from service.errors import Conflict, NotFound
from service.lifecycle import Action
from service.records.match import Match
from service.records.member import Member
from service.usecases.matches import act_on_match, get_match
from service.usecases.members import get_member
from service.usecases.reviewing import queue_of, waiting_of

_OVERTAKEN = "Somebody else was quicker with this pair. Nothing was changed by you; this is how it stands now."

_CONFLICTS = {
    "no_place_left": "The peer supporter has no room left just now, so this pair cannot go ahead.",
    "seeker_has_match": "The person looking for company has another match by now, so this pair cannot go ahead.",
    "not_taking_part": "One of the two is not taking part just now, so this pair cannot go ahead.",
}
"""What stood in the way, by the code of the conflict; all others mean that somebody was quicker."""


# With and without the slash: a redirect of Flask's would name host and scheme, and not those outside a proxy.
@console.get("/", strict_slashes=False)
def get_home() -> ResponseReturnValue:
    """Begin the day with the review queue."""
    return redirect(url_for("console.get_review"))


@console.get("/review")
def get_review() -> ResponseReturnValue:
    """Show the queue, a page at a time."""
    queue = queue_of(store(), current_user.platform_id)
    page = request.args.get("page", 1, type=int)
    return render_template(
        "console/review.html", queue=page_of(queue, page=page, today=now().date()), decided=_decided_before()
    )


@console.get("/proposals/<match_id>")
def get_proposal(match_id: str) -> ResponseReturnValue:
    """Show one proposal."""
    return _proposal_page(get_match(store(), current_user.platform_id, match_id=match_id))


@console.post("/proposals/<match_id>/approve")
def post_approve(match_id: str) -> ResponseReturnValue:
    """Approve a pair and go on to the next."""
    return _decide(match_id, Action.APPROVE)


@console.post("/proposals/<match_id>/not-this-pair")
def post_not_this_pair(match_id: str) -> ResponseReturnValue:
    """Turn a pair down with a reason and go on to the next; without a reason, ask for one."""
    reason = request.form.get("reason")
    if reason not in set(REASONS_AGAINST):
        match = get_match(store(), current_user.platform_id, match_id=match_id)
        return _proposal_page(match, problem="Please choose what speaks against it."), 422
    return _decide(match_id, Action.REJECT, reason=reason)


@console.post("/proposals/<match_id>/undo")
def post_undo(match_id: str) -> ResponseReturnValue:
    """Take the last decision back and show the pair again."""
    if _act(match_id, Action.REOPEN):
        flash("Undone: this pair is back in the queue.", "done")
    return redirect(url_for("console.get_proposal", match_id=match_id), code=303)


def _decide(match_id: str, action: Action, *, reason: str | None = None) -> ResponseReturnValue:
    if not _act(match_id, action, reason=reason):
        return redirect(url_for("console.get_proposal", match_id=match_id), code=303)
    platform_id = current_user.platform_id
    here = waiting_of(store(), platform_id, get_match(store(), platform_id, match_id=match_id))
    following = place_of(here, queue_of(store(), platform_id)).next_match_id
    if following is None:
        return redirect(url_for("console.get_review", after=match_id), code=303)
    return redirect(url_for("console.get_proposal", match_id=following, after=match_id), code=303)


def _act(match_id: str, action: Action, *, reason: str | None = None) -> bool:
    """Take an action as the coordinator who is signed in; False, with words for them, when it could not be taken."""
    if not current_user.may_act:
        abort(403)
    version = request.form.get("version", type=int)
    if version is None:
        abort(400)
    try:
        act_on_match(
            store(),
            current_user.platform_id,
            match_id=match_id,
            action=action,
            by=current_user.actor,
            now=now(),
            reason=reason,
            expected_version=version,
        )
    except Conflict as error:
        flash(_CONFLICTS.get(error.code, _OVERTAKEN), "kind")
        return False
    return True


def _proposal_page(match: Match, *, problem: str = "") -> str:
    platform_id = current_user.platform_id
    seeker, supporter = (_member(member_id) for member_id in (match.seeker_id, match.supporter_id))
    here = waiting_of(store(), platform_id, match)
    return render_template(
        "console/proposal.html",
        proposal=proposal_of(match, seeker, supporter, now=now(), may_act=current_user.may_act),
        place=place_of(here, queue_of(store(), platform_id)),
        decided=_decided_before(),
        reasons_against=REASONS_AGAINST,
        problem=problem,
    )


def _member(member_id: str) -> Member | None:
    try:
        return get_member(store(), current_user.platform_id, member_id=member_id)
    except NotFound:
        return None


def _decided_before() -> Decided | None:
    """Give the decision this page follows on, as the match stands now; None when there was none, or it is another's."""
    match_id = request.args.get("after", "")
    try:
        match = get_match(store(), current_user.platform_id, match_id=match_id) if match_id else None
    except NotFound:
        match = None
    return decided_of(match, now=now(), may_act=current_user.may_act) if match else None
