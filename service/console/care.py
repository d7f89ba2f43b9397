"""Paused for care: who is, pausing somebody, reporting a concern; for safeguarding, why it is and letting them go on.

Nobody's story is written here: a category, a severity and the number of the case where it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.access import Need, needs
from service.console.blueprint import console, now, store
from service.console.care_words import CATEGORIES, CAUSES, SEVERITIES
from service.console.forms import FormError, case_number, choice, maybe_member_id
from service.console.members import BY_HAND_CAUSES, member_page
from service.console.people import Person, member_of
from service.console.proposals import CONFLICTS
from service.console.translation import _
from service.console.words import moment
from service.errors import Conflict, InvalidInput
from service.records.hold import Concern, ConcernCategory, Hold, HoldCause, Severity
from service.usecases import safety
from service.usecases.members import get_member

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class HoldLine:
    """Somebody who is paused for care; `why` is empty for those who may not know."""

    hold_id: str
    person: Person
    since: str
    why: str
    is_seen: bool
    is_escalated: bool


@dataclass(frozen=True, slots=True)
class ConcernLine:
    """One concern, as safeguarding reads it."""

    person: Person
    when: str
    category: str
    severity: str
    case_number: str
    reporter: Person | None


@console.get("/care")
def get_holds() -> ResponseReturnValue:
    """Show who is paused for care, and to safeguarding the concerns."""
    page = safety.list_holds(store(), current_user.platform_id, after=request.args.get("after"), limit=PAGE_SIZE)
    knows_why = current_user.may(Need.CARE)
    concerns = (
        safety.list_concerns(
            store(), current_user.platform_id, after=request.args.get("concerns_after"), limit=PAGE_SIZE
        )
        if knows_why
        else None
    )
    return render_template(
        "console/care.html",
        holds=[_hold_line(hold, knows_why=knows_why) for hold in page.records],
        following=page.next,
        concerns=[_concern_line(concern) for concern in concerns.records] if concerns else None,
        concerns_following=concerns.next if concerns else None,
    )


@console.post("/people/<member_id>/hold")
@needs(Need.DECIDE)
def post_hold(member_id: str) -> ResponseReturnValue:
    """Pause somebody for care."""
    member = get_member(store(), current_user.platform_id, member_id=member_id)
    try:
        cause = choice("cause", HoldCause, _("Please choose why."))
        if cause not in BY_HAND_CAUSES:
            raise FormError("cause", _("Please choose why."))
    except FormError as problem:
        return member_page(member, problem=problem), 422
    safety.place_hold(
        store(), current_user.platform_id, member_id=member_id, cause=cause, by=current_user.actor, now=now()
    )
    flash(_("They are paused for care. What was offered is taken back; safeguarding has been told."), "kind")
    return redirect(url_for("console.get_member", member_id=member_id), code=303)


@console.post("/people/<member_id>/concern")
@needs(Need.DECIDE)
def post_concern(member_id: str) -> ResponseReturnValue:
    """Report a concern about what somebody does."""
    member = get_member(store(), current_user.platform_id, member_id=member_id)
    try:
        safety.report_concern(
            store(),
            current_user.platform_id,
            about_id=member_id,
            category=choice("category", ConcernCategory, _("Please choose what it is about.")),
            severity=choice("severity", Severity, _("Please choose how grave it is.")),
            by=current_user.actor,
            now=now(),
            case_number=case_number("case_number"),
            reporter_id=maybe_member_id("reporter"),
        )
    except FormError as problem:
        return member_page(member, problem=problem), 422
    except InvalidInput:
        refused = FormError("reporter", _("Somebody else is worried: nobody reports themselves."))
        return member_page(member, problem=refused), 422
    flash(_("Thank you. Safeguarding looks after it; this person is paused for care until then."), "kind")
    return redirect(url_for("console.get_member", member_id=member_id), code=303)


@console.post("/people/<member_id>/release")
@needs(Need.CARE)
def post_release(member_id: str) -> ResponseReturnValue:
    """Let somebody go on who was paused for care."""
    member = get_member(store(), current_user.platform_id, member_id=member_id)
    try:
        safety.release_holds(store(), current_user.platform_id, member_id=member_id, by=current_user.actor, now=now())
    except Conflict as error:
        flash(CONFLICTS.get(error.code) or _("That cannot be done just now; nothing was changed."), "kind")
        return member_page(member), 409
    flash(_("They go on. Their matches stay paused until you let each of them go on."), "done")
    return redirect(url_for("console.get_member", member_id=member_id), code=303)


@console.post("/care/<hold_id>/seen")
@needs(Need.CARE)
def post_hold_seen(hold_id: str) -> ResponseReturnValue:
    """Say that one looks after a pause for care."""
    safety.mark_seen(store(), current_user.platform_id, hold_id=hold_id, now=now())
    flash(_("Thank you for looking after it."), "done")
    return redirect(url_for("console.get_holds"), code=303)


def _hold_line(hold: Hold, *, knows_why: bool) -> HoldLine:
    return HoldLine(
        hold_id=hold.hold_id,
        person=member_of(hold.member_id),
        since=moment(hold.placed_at),
        why=CAUSES[hold.cause] if knows_why else "",
        is_seen=hold.seen_at is not None,
        is_escalated=hold.escalated_at is not None,
    )


def _concern_line(concern: Concern) -> ConcernLine:
    return ConcernLine(
        person=member_of(concern.about_id),
        when=moment(concern.reported_at),
        category=CATEGORIES[concern.category],
        severity=SEVERITIES[concern.severity],
        case_number=concern.case_number,
        reporter=member_of(concern.reporter_id) if concern.reporter_id else None,
    )
