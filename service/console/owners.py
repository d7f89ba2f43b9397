"""Looking after a match or a task: taking it, giving it to somebody, laying it down.

Anybody who decides may give anything to anybody who decides, so that nothing waits for somebody who is on holiday. Who
there is, is in `team.py`.
"""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.access import Need, needs
from service.console.blueprint import console, now, store
from service.console.forms import FormError, version
from service.console.proposals import overtaken_page, proposal_page
from service.console.team import team
from service.console.today import way_back_to_tasks
from service.console.translation import _
from service.errors import Conflict, NotFound
from service.usecases.matches import get_match
from service.usecases.owners import NOBODY, give_match, give_task


@console.post("/matches/<match_id>/owner")
@needs(Need.DECIDE)
def post_match_owner(match_id: str) -> ResponseReturnValue:
    """Let somebody look after a match and its open tasks from now on."""
    match = get_match(store(), current_user.platform_id, match_id=match_id)
    try:
        give_match(
            store(),
            current_user.platform_id,
            match_id=match_id,
            owner_id=_owner(),
            now=now(),
            expected_version=version(),
        )
    except FormError as problem:
        return proposal_page(match, problem=problem), 422
    except Conflict as error:
        return overtaken_page(match_id, error)
    flash(_("Thank you, it is kept who looks after it."), "done")
    return redirect(url_for("console.get_proposal", match_id=match_id), code=303)


@console.post("/tasks/<task_id>/owner")
@needs(Need.DECIDE)
def post_task_owner(task_id: str) -> ResponseReturnValue:
    """Let somebody look after a task from now on."""
    try:
        give_task(
            store(),
            current_user.platform_id,
            task_id=task_id,
            owner_id=_owner(),
            now=now(),
            expected_version=version(),
        )
    except FormError as problem:
        raise NotFound("coordinator") from problem
    except Conflict:
        flash(
            _("Somebody else was quicker with this task. Nothing was changed by you; this is how it stands now."),
            "kind",
        )
        return way_back_to_tasks()
    flash(_("Thank you, it is kept who looks after it."), "done")
    return way_back_to_tasks()


def _owner() -> str:
    """Give whom the form names: somebody who decides, or nobody."""
    owner_id = request.form.get("owner", NOBODY)
    if owner_id != NOBODY and owner_id not in dict(team().choices):
        raise FormError("owner", _("Please choose somebody who is there and may decide."))
    return owner_id
