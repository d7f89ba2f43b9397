"""Reading what has happened: every event of a platform in order, from wherever a reader has come to."""

from __future__ import annotations

from dataclasses import dataclass

from service.errors import FieldProblem, InvalidInput
from service.storage.store import Event, Store

CURSOR_AHEAD = "cursor_ahead"


@dataclass(frozen=True, slots=True)
class EventsPage:
    """Some events; `next` is the sequence to go on after, `has_more` whether there are later ones already."""

    events: tuple[Event, ...]
    next: int
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


def events_page(store: Store, platform_id: str, *, after: int, limit: int) -> EventsPage:
    """Read the events after a sequence; whoever goes on from each page's `next` misses none and sees none twice.

    InvalidInput (``cursor_ahead``) for a sequence that no event has yet: the store was restored from a backup, and its
    next events will have numbers that the reader believes to know.
    """
    # The event itself comes with those after it, so that one read also tells whether there is such a one.
    before = max(after - 1, 0)
    found = store.events(platform_id, after=before, limit=limit + 1 + (after - before))
    if after and (not found or found[0].sequence != after):
        allowed = "the `next` of an earlier answer; begin anew at 0 if the service was restored from a backup"
        problems = (FieldProblem("after", allowed),)
        raise InvalidInput("cannot go on after an event that is not there", problems=problems, code=CURSOR_AHEAD)
    later = found[1:] if after else found
    shown = later[:limit]
    return EventsPage(shown, shown[-1].sequence if shown else after, len(later) > limit)
