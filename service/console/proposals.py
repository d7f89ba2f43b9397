"""One proposal or match: its page, and the decisions on a proposal.

Every decision is a form that names the version it was made on. Opening a proposal claims it for a while; a page that
others have overtaken says so, shows how things stand and keeps what was chosen. After a decision the next proposal
follows that nobody else looks at, with a way back to the one before (``after=``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.access import Need, needs
from service.console.blueprint import console, now, store
from service.console.forms import FormError, kept, version
from service.console.match_steps import steps_of
from service.console.note_lines import how_long_kept, note_lines
from service.console.proposal import Decided, decided_of, proposal_of
from service.console.queue import following, place_of
from service.console.team import team
from service.console.translation import N_, Words, _
from service.console.words import REASONS_AGAINST, WHAT_FOLLOWS
from service.errors import Conflict, NotFound
from service.lifecycle import Action
from service.records.claim import Claim
from service.records.match import Match, MatchState
from service.records.member import Member
from service.usecases.claims import CLAIMED, check_claim, claim, claims_of_others, end_claim
from service.usecases.coordinators import get_coordinator
from service.usecases.matches import act_on_match, get_match
from service.usecases.members import get_member
from service.usecases.reviewing import queue_of, waiting_of

OVERTAKEN = N_("Somebody else was quicker with this pair. Nothing was changed by you; this is how it stands now.")

CONFLICTS: Mapping[str, str] = Words(
    {
        "no_place_left": N_("The peer supporter has no room left just now, so this pair cannot go ahead."),
        "seeker_has_match": N_(
            "The person looking for company has another match by now, so this pair cannot go ahead."
        ),
        "not_taking_part": N_("One of the two is not taking part just now, so this pair cannot go ahead."),
        "kept_apart": N_("The two are kept apart just now, so this pair cannot go ahead."),
        "rule_broken": N_("Something they both need does not hold just now, so this pair cannot go ahead."),
        "in_recovery": N_("One of the two is taking a rest after an ending, so this pair cannot go ahead."),
        "not_looking": N_("This person is to be asked first whether they would like another peer supporter."),
        "nobody_yet": N_("We do not yet have someone who fits and has room."),
        "not_a_seeker": N_("This person is not looking for company."),
        "not_begun": N_("The two have not begun yet: both say yes first."),
        "not_held": N_("This person is not paused for care."),
        CLAIMED: N_("Somebody else is looking at this pair just now. Nothing was changed by you."),
    }
)
"""What stood in the way, by the code of the conflict; all others mean that somebody was quicker."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another coordinator looks at a proposal, until a moment at most."""

    who: str
    until: str


@console.get("/proposals/<match_id>")
def get_proposal(match_id: str) -> ResponseReturnValue:
    """Show one proposal or match."""
    return proposal_page(_match(match_id))


@console.post("/proposals/<match_id>/take-over")
@needs(Need.DECIDE)
def post_take_over(match_id: str) -> ResponseReturnValue:
    """Look at a proposal in place of whoever has it open."""
    _match(match_id)
    claim(
        store(),
        current_user.platform_id,
        match_id=match_id,
        coordinator_id=current_user.coordinator_id,
        now=now(),
        is_taking_over=True,
    )
    return redirect(url_for("console.get_proposal", match_id=match_id), code=303)


@console.post("/proposals/<match_id>/approve")
@needs(Need.DECIDE)
def post_approve(match_id: str) -> ResponseReturnValue:
    """Approve a pair and go on to the next."""
    return _decide(match_id, Action.APPROVE)


@console.post("/proposals/<match_id>/not-this-pair")
@needs(Need.DECIDE)
def post_not_this_pair(match_id: str) -> ResponseReturnValue:
    """Turn a pair down with a reason and go on to the next; without a reason, ask for one."""
    reason = request.form.get("reason")
    if reason not in set(REASONS_AGAINST):
        problem = FormError("reason", _("Please choose what speaks against it."))
        return proposal_page(_match(match_id), problem=problem), 422
    return _decide(match_id, Action.REJECT, reason=reason)


@console.post("/proposals/<match_id>/undo")
@needs(Need.DECIDE)
def post_undo(match_id: str) -> ResponseReturnValue:
    """Take the last decision back and show the pair again."""
    try:
        act(match_id, Action.REOPEN)
    except Conflict as error:
        return overtaken_page(match_id, error)
    flash(_("Undone: this pair is back in the queue."), "done")
    return redirect(url_for("console.get_proposal", match_id=match_id), code=303)


def _decide(match_id: str, action: Action, *, reason: str | None = None) -> ResponseReturnValue:
    platform_id, coordinator_id = current_user.platform_id, current_user.coordinator_id
    try:
        if _match(match_id).state is MatchState.PROPOSED:
            check_claim(store(), platform_id, match_id=match_id, coordinator_id=coordinator_id, now=now())
        act(match_id, action, reason=reason)
    except Conflict as error:
        return overtaken_page(match_id, error)
    end_claim(store(), platform_id, match_id=match_id, coordinator_id=coordinator_id)
    return redirect(after_deciding(match_id), code=303)


def act(match_id: str, action: Action, *, reason: str | None = None) -> Match:
    """Take an action as the coordinator who is signed in, on the version their form names."""
    return act_on_match(
        store(),
        current_user.platform_id,
        match_id=match_id,
        action=action,
        by=current_user.actor,
        now=now(),
        reason=reason,
        expected_version=version(),
    )


def after_deciding(match_id: str) -> str:
    """Give the address of the next proposal, or of the queue when nothing is left."""
    platform_id = current_user.platform_id
    here = waiting_of(store(), platform_id, _match(match_id))
    next_id = following(here, queue_of(store(), platform_id), is_taken=_is_taken)
    if next_id is None:
        return url_for("console.get_review", after=match_id)
    return url_for("console.get_proposal", match_id=next_id, after=match_id)


def overtaken_page(match_id: str, error: Conflict) -> ResponseReturnValue:
    """Say kindly why nothing was changed, show how things stand, and keep what was chosen."""
    flash(CONFLICTS.get(error.code) or _(OVERTAKEN), "kind")
    return proposal_page(_match(match_id)), 409


def proposal_page(match: Match, *, problem: FormError | None = None) -> str:
    """Show a proposal or match, with what was typed where there was a problem."""
    platform_id = current_user.platform_id
    seeker, supporter = (_member(member_id) for member_id in (match.seeker_id, match.supporter_id))
    here = waiting_of(store(), platform_id, match)
    elsewhere = _elsewhere(match)
    colleagues = team()
    return render_template(
        "console/proposal.html",
        proposal=proposal_of(match, seeker, supporter, now=now(), may_act=current_user.may_act and elsewhere is None),
        elsewhere=elsewhere,
        place=place_of(here, queue_of(store(), platform_id), is_taken=_is_taken),
        steps=steps_of(match, by=current_user.actor.role, now=now()) if current_user.may_act else None,
        decided=decided_before(),
        owner=colleagues.owner(match.owner_id),
        colleagues=colleagues.choices if current_user.may_act else (),
        # Notes are for those who decide.
        notes=note_lines(match.match_id, colleagues) if current_user.may_act else None,
        notes_kept=how_long_kept() if current_user.may_act else "",
        reasons_against=REASONS_AGAINST,
        what_follows=WHAT_FOLLOWS,
        problem=problem,
        typed=kept() if request.method == "POST" else {},
    )


def decided_before() -> Decided | None:
    """Give the decision this page follows on, as the match stands now; None when there was none, or it is another's."""
    match_id = request.args.get("after", "")
    try:
        match = _match(match_id) if match_id else None
    except NotFound:
        match = None
    return decided_of(match, now=now(), may_act=current_user.may_act) if match else None


def _match(match_id: str) -> Match:
    return get_match(store(), current_user.platform_id, match_id=match_id)


def _member(member_id: str) -> Member | None:
    try:
        return get_member(store(), current_user.platform_id, member_id=member_id)
    except NotFound:
        return None


def _elsewhere(match: Match) -> Elsewhere | None:
    """Claim a proposal for whoever may decide on it; tell who else has it open."""
    if match.state is not MatchState.PROPOSED or not current_user.may_act:
        return None
    held = claim(
        store(),
        current_user.platform_id,
        match_id=match.match_id,
        coordinator_id=current_user.coordinator_id,
        now=now(),
    )
    return None if held.coordinator_id == current_user.coordinator_id else _told(held)


def _told(held: Claim) -> Elsewhere:
    try:
        who = get_coordinator(store(), current_user.platform_id, coordinator_id=held.coordinator_id).login
    except NotFound:
        who = _("Somebody")
    return Elsewhere(who, f"{held.until:%H:%M} UTC")


def _is_taken(match_id: str) -> bool:
    platform_id, coordinator_id = current_user.platform_id, current_user.coordinator_id
    return bool(claims_of_others(store(), platform_id, (match_id,), coordinator_id=coordinator_id, now=now()))
