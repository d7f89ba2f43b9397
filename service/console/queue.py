"""The review queue as its pages show it, and what comes next after a proposal.

A place is found by what orders the queue, not by counting, so that "next" is right however many proposals others have
decided in the meantime. Built from what `usecases/reviewing.py` read; nothing here reads a store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from service.console.people import Person, people_of
from service.console.proposal import factors_of, most_of
from service.console.translation import _
from service.console.words import fit, listed, plain, waited
from service.records.match import Match
from service.usecases.reviewing import ReviewQueue, Waiting

PAGE_SIZE = 20

_MOST_NAMED = 3

_MOST_PASSED = 50
"""How many pairs that others look at are passed by on the way to the next one."""

_IN_COMMON = frozenset({"topics", "interests"})
"""Factors whose evidence tells most in one line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One proposal in the queue."""

    match_id: str
    people: tuple[Person, Person]
    waiting: str
    summary: str
    fit: str
    score: int
    is_thin: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue; `start` is the number of its first entry, `first_match_id` is None when nothing waits."""

    entries: tuple[Entry, ...]
    total: int
    page: int
    pages: int
    start: int
    first_match_id: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a match stands in the queue: its number (None when it is decided) and the one that follows, if any."""

    number: int | None
    total: int
    next_match_id: str | None


def page_of(queue: ReviewQueue, *, page: int, today: date) -> QueuePage:
    """Show one page; a number outside the queue gives the nearest page."""
    pages = max(-(-queue.length // PAGE_SIZE), 1)
    page = min(max(page, 1), pages)
    start = (page - 1) * PAGE_SIZE
    entries = tuple(_entry(waiting, today) for waiting in queue.window(start, start + PAGE_SIZE))
    first = queue.first() if queue.total else None
    return QueuePage(entries, queue.total, page, pages, start + 1, first.match.match_id if first else None)


def _by_nobody(_match_id: str) -> bool:
    return False


def place_of(here: Waiting, queue: ReviewQueue, *, is_taken: Callable[[str], bool] = _by_nobody) -> Place:
    """Find a match's place; after the last one the first that is still open follows.

    Pairs at which others look (`is_taken`) are passed by, unless they are all that is left.
    """
    return Place(queue.number_of(here), queue.total, following(here, queue, is_taken=is_taken))


def following(here: Waiting, queue: ReviewQueue, *, is_taken: Callable[[str], bool] = _by_nobody) -> str | None:
    """Give the match that comes after one; None when there is no other."""
    first = queue.after(here)
    found = first
    for _passed in range(_MOST_PASSED):
        if found is None or not is_taken(found.match.match_id):
            break
        found = queue.after(found)
        if found is None or found.match.match_id in (here.match.match_id, first.match.match_id if first else ""):
            found = first
            break
    return found.match.match_id if found else None


def _entry(waiting: Waiting, today: date) -> Entry:
    match = waiting.match
    return Entry(
        match_id=match.match_id,
        people=people_of(match.seeker_id, match.supporter_id),
        waiting=waited(waiting.waiting_since, today),
        summary=_summary(match),
        fit=fit(match.score, most_of(match)),
        score=match.score,
        is_thin=match.is_thin,
    )


def _summary(match: Match) -> str:
    """Name what the two have in common, or else what earned most points."""
    factors = factors_of(match)
    common = [plain(one) for factor in factors if factor.key in _IN_COMMON for one in factor.evidence]
    if common:
        rest = len(common) - _MOST_NAMED
        more = [_("%(number)s more", number=rest)] if rest > 0 else []
        return _("In common: %(things)s", things=listed([*common[:_MOST_NAMED], *more]))
    best = sorted((factor for factor in factors if factor.points > 0), key=lambda factor: -factor.points)
    if not best:
        return _("Nothing in common on paper")
    return _("Mostly %(things)s", things=listed(_(factor.title).lower() for factor in best[:2]))
