"""Short notes about a match: written and read by those who decide, taken back by whoever wrote them or a lead.

They are sealed before they are stored (`service/usecases/notes.py`) and never part of what members or platforms'
messages say. Those who only read do not see them.
"""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from marshmallow import ValidationError

from schemas.note import MOST_CHARACTERS, NoteIn
from service.console.access import Need, needs
from service.console.blueprint import console, now, store, text_seal
from service.console.forms import FormError, typed
from service.console.note_lines import may_take_back
from service.console.proposals import proposal_page
from service.console.translation import _
from service.errors import Forbidden, NotFound
from service.records.note import Note
from service.usecases.matches import get_match
from service.usecases.notes import delete_note, write_note
from service.usecases.reading import found


@console.post("/matches/<match_id>/notes")
@needs(Need.DECIDE)
def post_note(match_id: str) -> ResponseReturnValue:
    """Keep a note about a match."""
    match = get_match(store(), current_user.platform_id, match_id=match_id)
    try:
        text = _text()
    except FormError as problem:
        return proposal_page(match, problem=problem), 422
    write_note(
        store(),
        current_user.platform_id,
        match_id=match_id,
        text=text,
        by=current_user.coordinator_id,
        now=now(),
        seal=text_seal(),
    )
    flash(_("Your note is kept."), "done")
    return redirect(url_for("console.get_proposal", match_id=match_id, _anchor="notes"), code=303)


@console.post("/matches/<match_id>/notes/<note_id>/take-back")
@needs(Need.DECIDE)
def post_note_taken_back(match_id: str, note_id: str) -> ResponseReturnValue:
    """Take a note back; one that somebody else has taken back meanwhile is gone all the same."""
    platform_id = current_user.platform_id
    get_match(store(), platform_id, match_id=match_id)
    try:
        note = found(store(), platform_id, Note, note_id)
        if not may_take_back(note):
            raise Forbidden("this note is somebody else's")
        delete_note(store(), platform_id, match_id=match_id, note_id=note_id)
    except NotFound:
        flash(_("This note is not there any longer."), "kind")
    else:
        flash(_("The note is taken back; nothing of it is kept."), "done")
    return redirect(url_for("console.get_proposal", match_id=match_id, _anchor="notes"), code=303)


def _text() -> str:
    # A browser parts lines with two signs, and counts them as one.
    text = typed("note").replace("\r\n", "\n")
    if not text:
        raise FormError("note", _("Please write something first."))
    try:
        loaded: str = NoteIn().load({"text": text})["text"]
    except ValidationError:
        problem = _("Please write at most %(most)s characters, without special signs.", most=MOST_CHARACTERS)
        raise FormError("note", problem) from None
    return loaded
