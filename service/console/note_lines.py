"""Notes about a match as its page shows them: who wrote each, when, and whether it may be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_login import current_user

from service.console.access import Need
from service.console.blueprint import store, text_seal
from service.console.team import Team
from service.console.translation import _
from service.console.words import counted, moment
from service.records.note import Note
from service.usecases.notes import ReadNote, list_notes
from service.usecases.policies import get_policy


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One note; `text` says so where it can no longer be read."""

    note_id: str
    text: str
    by: str
    when: str
    may_take_back: bool


def note_lines(match_id: str, team: Team) -> tuple[NoteLine, ...]:
    """Show the notes about a match, the oldest first."""
    return tuple(_line(read, team) for read in _all(match_id))


def how_long_kept() -> str:
    """Say how long notes are kept, by the policy in force."""
    days = get_policy(store(), current_user.platform_id).retention.note_days
    return counted(days, "day", "days")


def may_take_back(note: Note) -> bool:
    """Tell whether whoever is signed in may take a note back: their own, and leads any."""
    return note.written_by == current_user.coordinator_id or bool(current_user.may(Need.MANAGE))


def _all(match_id: str) -> Iterator[ReadNote]:
    after = None
    while True:
        page = list_notes(store(), current_user.platform_id, match_id=match_id, seal=text_seal(), after=after)
        yield from page.records
        after = page.next
        if after is None:
            return


def _line(read: ReadNote, team: Team) -> NoteLine:
    note = read.note
    return NoteLine(
        note_id=note.note_id,
        text=_("This note can no longer be read: its key is gone.") if read.text is None else read.text,
        by=_("you") if note.written_by == current_user.coordinator_id else team.login_of(note.written_by),
        when=moment(note.written_at),
        may_take_back=may_take_back(note),
    )
