"""The audit trail and erasures: what has happened on the platform, and whether whoever was deleted has left no trace.

An event is told by its type (`audit_words.py`); whom it is about is not shown, for the trail outlives people. That
nothing was changed is checked by `alongside doctor --audit`, against heads that were kept elsewhere.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.access import Need, needs
from service.console.audit_words import happened
from service.console.blueprint import console, now, store
from service.console.forms import FormError, typed
from service.console.members import member_page
from service.console.translation import N_, Words, _
from service.console.words import moment
from service.records.erasure import Erasure, ErasureState
from service.usecases.audit import audit_page
from service.usecases.members import delete_member, get_member
from service.usecases.reading import as_page
from service.usecases.sealing import last_seal

PAGE_SIZE = 100

ERASURES = Words(
    {
        ErasureState.REQUESTED: N_("Being erased"),
        ErasureState.EMPTIED: N_("Nothing names them any more; files are being cleaned"),
        ErasureState.DONE: N_("Done: no trace is left"),
    }
)


@console.get("/audit")
@needs(Need.MANAGE)
def get_audit() -> ResponseReturnValue:
    """Show what has happened, the latest first, and which of it is sealed."""
    after = request.args.get("after", type=int)
    after = _latest() if after is None else max(after, 0)
    page = audit_page(store(), current_user.platform_id, after=after, limit=PAGE_SIZE)
    sealed_until = max((seal.last for seal in page.seals), default=0)
    lines = [
        {
            "sequence": event.sequence,
            "what": happened(event.type),
            "when": moment(event.at),
            "is_sealed": event.sequence <= sealed_until,
            "is_erased": event.salt is None,
        }
        for event in reversed(page.events)
    ]
    return render_template(
        "console/audit.html",
        lines=lines,
        heads=[(seal.first, seal.last, seal.head, moment(seal.sealed_at)) for seal in reversed(page.seals)],
        later=page.next,
        earlier=max(after - PAGE_SIZE, 0) if after else None,
    )


def _latest() -> int:
    """Give the event after which the latest page begins: what is sealed last, which is a second ago, is on it."""
    latest = last_seal(store(), current_user.platform_id)
    return max(latest.last - PAGE_SIZE // 2, 0) if latest else 0


@console.get("/erasures")
@needs(Need.MANAGE)
def get_erasures() -> ResponseReturnValue:
    """Show erasures, the latest first."""
    page = as_page(
        Erasure,
        store().page(
            current_user.platform_id,
            Erasure.KIND,
            after=request.args.get("after"),
            limit=PAGE_SIZE,
            descending=True,
        ),
    )
    lines = [
        (
            erasure.erasure_id,
            ERASURES[erasure.state],
            moment(erasure.requested_at),
            moment(erasure.done_at) if erasure.done_at else "–",
        )
        for erasure in page.records
    ]
    return render_template("console/erasures.html", lines=lines, following=page.next)


@console.post("/people/<member_id>/erase")
@needs(Need.MANAGE)
def post_erase(member_id: str) -> ResponseReturnValue:
    """Delete a member and erase whatever names them, once their id was typed again."""
    member = get_member(store(), current_user.platform_id, member_id=member_id)
    if typed("again") != member_id:
        problem = FormError("again", _("Please type their id exactly, to be sure that it is them."))
        return member_page(member, problem=problem), 422
    delete_member(store(), current_user.platform_id, member_id=member_id, now=now())
    flash(_("They are deleted, and whatever names them is being erased."), "done")
    return redirect(url_for("console.get_erasures"), code=303)
