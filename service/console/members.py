"""People: all members, one member's page, and what a coordinator keeps about them.

Why somebody is paused for care, and letting them go on, is in `care.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from matching.profile import MemberStatus
from service.console.access import Need, needs
from service.console.blueprint import console, now, store, warm
from service.console.care_words import BOOSTS, CATEGORIES, CAUSES, ROLES, SEVERITIES, STATUSES
from service.console.forms import FormError, choice, is_member_id, kept, member_id, typed, whole, yes_or_no
from service.console.member_page import member_page_of
from service.console.people import person_of
from service.console.proposals import CONFLICTS
from service.console.translation import _
from service.console.words import listed
from service.errors import Conflict, InvalidInput, NotFound, StillPreparing, TooLarge
from service.records import kinds
from service.records.block import Block
from service.records.check_in import CheckIn
from service.records.codec import R
from service.records.hold import Hold, HoldCause
from service.records.match import Match
from service.records.member import Member, MemberRole
from service.usecases import members as use_cases
from service.usecases.asking import set_looking
from service.usecases.boosts import MOST_WEEKS, BoostReason, set_boost
from service.usecases.matches import visible
from service.usecases.next_best import ask_for_look
from service.usecases.proposing import propose_pair
from service.usecases.reading import all_found
from service.usecases.safety import delete_block, put_block
from service.usecases.warm.candidates import match_at_once

PAGE_SIZE = 50

BY_HAND_CAUSES = (HoldCause.CRISIS, HoldCause.COORDINATOR)
"""Why a coordinator pauses somebody for care; a concern does it by itself."""


@console.get("/people")
def get_members() -> ResponseReturnValue:
    """Show members a page at a time, by side and status, or lead to the one whose id was typed."""
    wanted = request.args.get("id", "").strip()
    problem = ""
    if wanted:
        if is_member_id(wanted) and _is_there(wanted):
            return redirect(url_for("console.get_member", member_id=wanted))
        problem = _("There is nobody with this id on your platform.")
    role, status = request.args.get("role", ""), request.args.get("status", "")
    page = use_cases.list_members(
        store(),
        current_user.platform_id,
        role=MemberRole(role) if role in set(MemberRole) else None,
        status=MemberStatus(status) if status in set(MemberStatus) else None,
        after=request.args.get("after"),
        limit=PAGE_SIZE,
    )
    return render_template(
        "console/members.html",
        lines=[(person_of(each.member_id, listed(ROLES[side] for side in each.roles)), each) for each in page.records],
        following=page.next,
        roles=ROLES,
        statuses=STATUSES,
        role=role,
        status=status,
        wanted=wanted,
        problem=problem,
    )


@console.get("/people/<member_id>")
def get_member(member_id: str) -> ResponseReturnValue:
    """Show one member."""
    return member_page(_member(member_id))


@console.post("/people/<member_id>/apart")
@needs(Need.DECIDE)
def post_apart(member_id: str) -> ResponseReturnValue:
    """Keep two members apart from now on."""
    member = _member(member_id)
    try:
        other = _other("other")
        put_block(store(), current_user.platform_id, one=member_id, other=other, now=now())
    except FormError as problem:
        return member_page(member, problem=problem), 422
    except InvalidInput:
        return member_page(member, problem=FormError("other", _("Please name somebody else."))), 422
    flash(_("They are kept apart from now on. Neither of them is told."), "done")
    return _back(member_id)


@console.post("/people/<member_id>/together")
@needs(Need.DECIDE)
def post_together(member_id: str) -> ResponseReturnValue:
    """Keep two members apart no longer."""
    _member(member_id)
    delete_block(store(), current_user.platform_id, one=member_id, other=typed("other"), now=now())
    flash(_("They are no longer kept apart."), "done")
    return _back(member_id)


@console.post("/people/<member_id>/looking")
@needs(Need.DECIDE)
def post_looking(member_id: str) -> ResponseReturnValue:
    """Keep whether somebody would like a (or another) peer supporter, as they have told."""
    member = _member(member_id)
    answer = yes_or_no("looking")
    if answer is None:
        return member_page(member, problem=FormError("looking", _("Please choose what they said."))), 422
    try:
        set_looking(store(), current_user.platform_id, member_id=member_id, is_looking=answer, now=now())
    except Conflict as error:
        return _conflict(member, error)
    flash(_("Thank you, their words are kept."), "done")
    return _back(member_id)


@console.post("/people/<member_id>/earlier")
@needs(Need.DECIDE)
def post_earlier(member_id: str) -> ResponseReturnValue:
    """Let somebody come earlier, for a reason and a while."""
    member = _member(member_id)
    try:
        set_boost(
            store(),
            current_user.platform_id,
            member_id=member_id,
            weeks=whole("weeks", 0, MOST_WEEKS),
            reason=choice("reason", BoostReason, _("Please choose why they should come earlier.")),
            now=now(),
        )
    except FormError as problem:
        return member_page(member, problem=problem), 422
    except Conflict as error:
        return _conflict(member, error)
    flash(_("Done. It counts from the next run on, for twelve weeks."), "done")
    return _back(member_id)


@console.post("/people/<member_id>/propose")
@needs(Need.DECIDE)
def post_propose(member_id: str) -> ResponseReturnValue:
    """Propose a pair beside any run: with whoever is named, or with the best who has room."""
    member = _member(member_id)
    platform_id = current_user.platform_id
    try:
        match = (
            propose_pair(
                store(),
                platform_id,
                seeker_id=member_id,
                supporter_id=_other("supporter"),
                by=current_user.actor,
                now=now(),
            )
            if typed("supporter")
            else _best_for(member_id)
        )
    except FormError as problem:
        return member_page(member, problem=problem), 422
    except InvalidInput:
        return member_page(member, problem=FormError("supporter", _("Please name somebody else."))), 422
    except Conflict as error:
        return _conflict(member, error)
    if match is None:
        flash(_("We are looking for somebody. The pair appears in the review queue in a moment."), "done")
        return _back(member_id)
    flash(_("This pair is proposed. It is yours to approve."), "done")
    return redirect(url_for("console.get_proposal", match_id=match.match_id), code=303)


def member_page(member: Member, *, problem: FormError | None = None) -> str:
    """Show one member, with what was typed where there was a problem."""
    platform_id = current_user.platform_id
    return render_template(
        "console/member.html",
        member=member_page_of(
            member,
            matches=visible(store(), platform_id, _naming(Match, member.member_id)),
            check_ins=_naming(CheckIn, member.member_id),
            blocks=_naming(Block, member.member_id),
            holds=_naming(Hold, member.member_id),
            knows_why=current_user.may(Need.CARE),
            today=now().date(),
        ),
        boosts=BOOSTS,
        causes={cause.value: CAUSES[cause] for cause in BY_HAND_CAUSES},
        categories=CATEGORIES,
        severities=SEVERITIES,
        most_weeks=MOST_WEEKS,
        problem=problem,
        typed=kept() if request.method == "POST" else {},
    )


def _best_for(member_id: str) -> Match | None:
    """Propose the best who has room; None where that takes a while and is done in the background."""
    platform_id = current_user.platform_id
    try:
        return match_at_once(
            store(), warm(), platform_id, seeker_id=member_id, by=current_user.actor, now=now(), patience=1.0
        )
    except (StillPreparing, TooLarge):
        ask_for_look(store(), platform_id, seeker_id=member_id, now=now())
        return None


def _naming(record_type: type[R], member_id: str) -> Iterator[R]:
    return all_found(store(), current_user.platform_id, record_type, index=kinds.BY_MEMBER, value=member_id)


def _member(member_id: str) -> Member:
    return use_cases.get_member(store(), current_user.platform_id, member_id=member_id)


def _is_there(member_id: str) -> bool:
    try:
        _member(member_id)
    except NotFound:
        return False
    return True


def _other(field: str) -> str:
    """Give the id of another member that was typed; FormError where there is nobody of this id."""
    other = member_id(field)
    if not _is_there(other):
        raise FormError(field, _("There is nobody with this id on your platform."))
    return other


def _conflict(member: Member, error: Conflict) -> ResponseReturnValue:
    flash(CONFLICTS.get(error.code) or _("That cannot be done just now; nothing was changed."), "kind")
    return member_page(member), 409


def _back(member_id: str) -> ResponseReturnValue:
    return redirect(url_for("console.get_member", member_id=member_id), code=303)
