"""Coordinators' short notes about a match: written, read, taken back. Nobody else ever sees them, but in an export.

What they say is sealed before it reaches the store. How long they are kept is the policy's (`retention.note_days`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from service.errors import NotFound, UnreadableText
from service.records import kinds
from service.records.codec import delete_of, new_id, put_of
from service.records.match import Match
from service.records.note import Note
from service.sealed_text import TextSeal
from service.storage.store import Changes, Expect, Page, Store
from service.usecases.matches import get_match
from service.usecases.reading import as_page, found
from service.usecases.saving import until_saved


@dataclass(frozen=True, slots=True)
class ReadNote:
    """A note with what it says; `text` None where the key it was sealed under is gone."""

    note: Note
    text: str | None


def write_note(  # noqa: PLR0913 - one note, described by names
    store: Store, platform_id: str, *, match_id: str, text: str, by: str, now: datetime, seal: TextSeal
) -> ReadNote:
    """Keep a note about a match; NotFound (``match_not_found``)."""

    def attempt() -> ReadNote:
        match = get_match(store, platform_id, match_id=match_id)
        blank = Note(new_id("note", now), match_id, (match.seeker_id, match.supporter_id), now, by, sealed="")
        note = replace(blank, sealed=seal.sealed(text, of=blank.bound_to(platform_id)))
        # One of the two who is erased meanwhile changes the match, and the note is not written under their name.
        expects = (Expect(Match.KIND, match_id, match.version),)
        store.commit(platform_id, Changes(puts=(put_of(note, expected_version=0),), expects=expects))
        return ReadNote(replace(note, version=1), text)

    return until_saved(attempt)


def list_notes(
    store: Store, platform_id: str, *, match_id: str, seal: TextSeal, after: str | None = None, limit: int = 100
) -> Page[ReadNote]:
    """Read the notes about a match, the oldest first; NotFound (``match_not_found``)."""
    get_match(store, platform_id, match_id=match_id)
    page = store.page(platform_id, Note.KIND, index=kinds.BY_MATCH, value=match_id, after=after, limit=limit)
    notes = as_page(Note, page)
    return Page(tuple(ReadNote(note, text_of(platform_id, note, seal)) for note in notes.records), notes.next)


def delete_note(store: Store, platform_id: str, *, match_id: str, note_id: str) -> None:
    """Take a note back; NotFound (``note_not_found``) where this match has none of this id."""
    note = found(store, platform_id, Note, note_id)
    if note.match_id != match_id:
        raise NotFound(Note.KIND, note_id)
    store.commit(platform_id, Changes(deletes=(delete_of(note),)))


def text_of(platform_id: str, note: Note, seal: TextSeal) -> str | None:
    """Give what a note says; None where it cannot be read any longer."""
    try:
        return seal.opened(note.sealed, of=note.bound_to(platform_id))
    except UnreadableText:
        return None


def sealed_anew(platform_id: str, note: Note, seal: TextSeal) -> Note:
    """Give a note sealed under the newest key; as it is where it is so already, or cannot be read."""
    if seal.is_current(note.sealed):
        return note
    text = text_of(platform_id, note, seal)
    return note if text is None else replace(note, sealed=seal.sealed(text, of=note.bound_to(platform_id)))
