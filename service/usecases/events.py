"""Reading what has happened: every event of a platform in order, from wherever a reader has come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.errors import FieldProblem, InvalidInput
from service.storage.store import Event, Store

CURSOR_AHEAD = "cursor_ahead"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a reader has come to: the last event they have; `mark` is the beginning of its id, empty where not known.

    A store that was restored counts on from its backup, so that a later event gets a number that another one had
    before. The mark tells the two apart.
    """

    sequence: int
    mark: str = ""

    def __str__(self) -> str:
        """Write it as readers keep it: ``512.9a4b1c0f``, or the number alone."""
        return f"{self.sequence}.{self.mark}" if self.mark else str(self.sequence)

    @classmethod
    def of(cls, text: str) -> Cursor:
        """Read what `str` wrote."""
        number, _, mark = text.partition(".")
        return cls(int(number), mark)

    @classmethod
    def after(cls, event: Event) -> Cursor:
        """Give the cursor of somebody who has read up to this event."""
        return cls(event.sequence, event.mac[:_MARK_LENGTH])


_MARK_LENGTH: Final = 8
BEGINNING: Final = Cursor(0)


@dataclass(frozen=True, slots=True)
class EventsPage:
    """Some events; `next` is where to go on, `has_more` whether there are later ones already."""

    events: tuple[Event, ...]
    next: Cursor
    has_more: bool


def last_sequence(store: Store, platform_id: str) -> int:
    """Give the sequence of the last event, 0 where there is none: found by halving, since there are no gaps."""
    below, above = 0, 1
    while store.events(platform_id, after=above - 1, limit=1):
        below, above = above, above * 2
    while above - below > 1:
        middle = (below + above) // 2
        if store.events(platform_id, after=middle - 1, limit=1):
            below = middle
        else:
            above = middle
    return below


def events_page(store: Store, platform_id: str, *, after: Cursor = BEGINNING, limit: int) -> EventsPage:
    """Read the events after a cursor; whoever goes on from each page's `next` misses none and sees none twice.

    InvalidInput (``cursor_ahead``) for an event that is not there: the store was restored from a backup that is older,
    and what has its number now, if anything, is another one.
    """
    if after == BEGINNING:
        last, later = after, store.events(platform_id, after=0, limit=limit + 1)
    else:
        # The event itself comes with those after it, so that one read also tells whether it is there.
        found = store.events(platform_id, after=max(after.sequence - 1, 0), limit=limit + 2)
        last, later = _found_again(after, found[:1]), found[1:]
    shown = later[:limit]
    return EventsPage(shown, Cursor.after(shown[-1]) if shown else last, len(later) > limit)


def _found_again(after: Cursor, found: tuple[Event, ...]) -> Cursor:
    for event in found:
        if event.sequence == after.sequence and event.mac.startswith(after.mark):
            return Cursor.after(event)
    allowed = "must be the `next` of an earlier answer; begin anew without it if the service was restored from a backup"
    problems = (FieldProblem("after", allowed),)
    raise InvalidInput("cannot go on after an event that is not there", problems=problems, code=CURSOR_AHEAD)
