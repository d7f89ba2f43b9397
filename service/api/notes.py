"""Coordinators' short notes about a match, over HTTP."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from schemas.note import NoteIn, NotesOut, NoteWrittenOut
from schemas.page import PageIn
from service.api.auth import needs
from service.api.blueprint import LINK_HEADER, Headers, next_page, path_id, raises, takes_json, takes_query
from service.api.idempotency import idempotent
from service.api.requests import caller, now, platform_id, store, text_seal
from service.records.api_key import Scope
from service.usecases import notes as usecases

notes = Blueprint("notes", __name__, url_prefix="/v1/matches", description="Coordinators' short notes about a match.")

MATCH = path_id("match_id", "The match's id.")
NOTE = path_id("note_id", "The note's id.")


@notes.post("/<match_id>/notes", parameters=[MATCH])
@needs(Scope.REVIEW)
@idempotent()
@takes_json(NoteIn, example={"text": "Prefers mornings."})
@raises(_404="NotFound")
@notes.response(201, NoteWrittenOut)
def post_note(body: Any, match_id: str) -> usecases.ReadNote:
    """Keep a note about a match.

    It is encrypted before it is stored, removed after the policy's `note_days`, exported with either of the two, and
    erased with whoever of them is erased first. The answer does not repeat it, since answers may be kept for a day.
    """
    text = NoteIn().load(body)["text"]
    return usecases.write_note(
        store(), platform_id(), match_id=match_id, text=text, by=caller().key_id, now=now(), seal=text_seal()
    )


@notes.get("/<match_id>/notes", parameters=[MATCH])
@needs(Scope.REVIEW)
@takes_query(PageIn)
@raises(_404="NotFound")
@notes.response(200, NotesOut, headers=LINK_HEADER)
def list_notes(query: dict[str, Any], match_id: str) -> tuple[dict[str, Any], Headers]:
    """List the notes about a match, the oldest first."""
    page = usecases.list_notes(
        store(), platform_id(), match_id=match_id, seal=text_seal(), after=query.get("after"), limit=query["limit"]
    )
    return {"notes": page.records, "next": page.next}, next_page(page.next)


@notes.delete("/<match_id>/notes/<note_id>", parameters=[MATCH, NOTE])
@needs(Scope.REVIEW)
@raises(_404="NotFound")
@notes.response(204, description="Taken back.")
def delete_note(match_id: str, note_id: str) -> Response:
    """Take a note back."""
    usecases.delete_note(store(), platform_id(), match_id=match_id, note_id=note_id)
    return Response(status=204)
