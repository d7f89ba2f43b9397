"""The review queue: open proposals in the order in which a coordinator should see them.

Whoever has waited longest comes first; among equal waits the better fit. A short queue is read and sorted; a long one
is gone through in the order that the last run wrote (`running/orders.py`), so that no page reads everything. Deciding
on a proposal is `matches.act_on_match`; nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Protocol

from service.records import kinds
from service.records.codec import after_these_ids, first_id_at, maybe_day_from_json, read_as
from service.records.match import Match, MatchState
from service.records.member import Member
from service.records.run import Run
from service.storage.store import MAX_PAGE, Store
from service.usecases.matches import list_matches
from service.usecases.running.opening import open_run
from service.usecases.running.orders import REVIEW, KeptOrder, review_entry
from service.usecases.runs import current_run

MOST_SORTED: Final = 200
"""A queue of up to so many proposals is read as a whole."""

_LOOKED_AT_ONCE: Final = 10
_PASSED_AT_ONCE: Final = 200
_MOST_LOOKED_AT: Final = 2000
"""How far to look for one that is still open; beyond so many decided ones the queue is begun anew."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open proposal, and the day its seeker's waiting clock started (None: the seeker has gone)."""

    match: Match
    waiting_since: date | None

    @property
    def key(self) -> tuple[date, int, str, str]:
        """What orders the queue; the same community is always reviewed in the same order."""
        return self.since, -self.match.score, self.match.seeker_id, self.match.match_id

    @property
    def since(self) -> date:
        """The day that counts."""
        return self.waiting_since or self.match.created_at.date()


class ReviewQueue(Protocol):
    """What waits for review, in order.

    Attributes
    ----------
    total : open proposals. length : places in the queue; some may be empty where others have decided meanwhile.
    """

    @property
    def total(self) -> int:
        """Open proposals."""
        ...

    @property
    def length(self) -> int:
        """Places."""
        ...

    def window(self, start: int, end: int) -> Sequence[Waiting]:
        """Give what is open from a place up to another one."""
        ...

    def first(self) -> Waiting | None:
        """Give what is to be reviewed first."""
        ...

    def number_of(self, here: Waiting) -> int | None:
        """Give how many come before, and one; None for one that is decided, or where nobody has counted."""
        ...

    def after(self, here: Waiting) -> Waiting | None:
        """Give what follows a proposal, open or decided; after the last one the first; None when there is no other."""
        ...


def queue_of(store: Store, platform_id: str) -> ReviewQueue:
    """Give the queue of a platform."""
    total = count_open(store, platform_id)
    run = current_run(store, platform_id) if total > MOST_SORTED else None
    order = KeptOrder.of(store, platform_id, run_id=run.run_id, name=REVIEW) if run is not None else None
    if run is None or order is None:
        return SortedQueue(review_queue(store, platform_id))
    return KeptQueue(store, platform_id, total, order, tuple(_made_since(store, platform_id, run)))


def review_queue(store: Store, platform_id: str) -> tuple[Waiting, ...]:
    """Give every open proposal, the longest wait first."""
    matches: list[Match] = []
    after: str | None = None
    while True:
        page = list_matches(store, platform_id, state=MatchState.PROPOSED, after=after, limit=MAX_PAGE)
        matches.extend(page.records)
        after = page.next
        if after is None:
            break
    return tuple(sorted(_with_waits(store, platform_id, matches), key=lambda waiting: waiting.key))


def waiting_of(store: Store, platform_id: str, match: Match) -> Waiting:
    """Give any match, open or decided, with its seeker's waiting clock."""
    return _with_waits(store, platform_id, [match])[0]


@dataclass(frozen=True, slots=True)
class SortedQueue:
    """A queue that was read as a whole; see `ReviewQueue`."""

    waiting: Sequence[Waiting]

    @property
    def total(self) -> int:
        """See `ReviewQueue.total`."""
        return len(self.waiting)

    @property
    def length(self) -> int:
        """See `ReviewQueue.length`."""
        return len(self.waiting)

    def window(self, start: int, end: int) -> Sequence[Waiting]:
        """See `ReviewQueue.window`."""
        return self.waiting[start:end]

    def first(self) -> Waiting | None:
        """See `ReviewQueue.first`."""
        return next(iter(self.waiting), None)

    def number_of(self, here: Waiting) -> int | None:
        """See `ReviewQueue.number_of`."""
        if all(waiting.match.match_id != here.match.match_id for waiting in self.waiting):
            return None
        return 1 + sum(waiting.key < here.key for waiting in self.waiting)

    def after(self, here: Waiting) -> Waiting | None:
        """See `ReviewQueue.after`."""
        others = [waiting for waiting in self.waiting if waiting.match.match_id != here.match.match_id]
        behind = [waiting for waiting in others if waiting.key > here.key]
        return next(iter(behind or others), None)


@dataclass(frozen=True)
class KeptQueue:
    """A long queue, in the order the last run wrote; what was proposed since comes first. See `ReviewQueue`.

    It begins with the first that is open, so that whoever reviews from the front never opens an empty page.
    """

    store: Store
    platform_id: str
    total: int
    order: KeptOrder
    made_since: Sequence[str]

    @property
    def length(self) -> int:
        """See `ReviewQueue.length`."""
        return len(self.made_since) + self.order.total - self._decided

    def window(self, start: int, end: int) -> Sequence[Waiting]:
        """See `ReviewQueue.window`."""
        first = len(self.made_since)
        begin, stop = (max(place - first, 0) + self._decided for place in (start, end))
        return self._open([*self.made_since[start:end], *self.order.ids(begin, stop)])

    @cached_property
    def _decided(self) -> int:
        """How many of the run's own, from the front, are decided."""
        start, size = 0, _LOOKED_AT_ONCE
        while start < self.order.total:
            ids = self.order.ids(start, start + size)
            stored = self.store.get_many(self.platform_id, Match.KIND, ids)
            for match_id in ids:
                if match_id in stored and stored[match_id].body["state"] == MatchState.PROPOSED:
                    return self.order.place_of(match_id, start)
            start, size = start + size, min(2 * size, _PASSED_AT_ONCE)
        return self.order.total

    def _open(self, ids: Sequence[str]) -> Sequence[Waiting]:
        """Give those of these that are open, in this order."""
        stored = self.store.get_many(self.platform_id, Match.KIND, ids)
        matches = [read_as(Match, stored[match_id]) for match_id in ids if match_id in stored]
        still_open = [match for match in matches if match.state is MatchState.PROPOSED]
        return _with_waits(self.store, self.platform_id, still_open)

    def first(self) -> Waiting | None:
        """See `ReviewQueue.first`."""
        return next(iter(self.window(0, _LOOKED_AT_ONCE)), None)

    def number_of(self, here: Waiting) -> int | None:  # noqa: ARG002 - of a long queue nobody counts what is still open
        """See `ReviewQueue.number_of`."""
        return None

    def after(self, here: Waiting) -> Waiting | None:
        """See `ReviewQueue.after`."""
        match = here.match
        place = self.order.place_after(review_entry(here.since, match.score, match.match_id)) - self._decided
        place = len(self.made_since) + max(place, 0)
        if match.match_id in self.made_since:
            place = self.made_since.index(match.match_id) + 1
        found = self._open_from(place, but=match.match_id)
        return next(found, None) or next(self._open_from(0, but=match.match_id), None)

    def _open_from(self, place: int, *, but: str = "") -> Iterator[Waiting]:
        for start in range(place, min(place + _MOST_LOOKED_AT, self.length), _LOOKED_AT_ONCE):
            for waiting in self.window(start, start + _LOOKED_AT_ONCE):
                if waiting.match.match_id != but:
                    yield waiting


def count_open(store: Store, platform_id: str) -> int:
    """Count open proposals; what a run has staged is not one yet."""
    count = store.count(platform_id, Match.KIND, index=kinds.BY_STATE, value=MatchState.PROPOSED)
    running = open_run(store, platform_id)
    staged = store.count(platform_id, Match.KIND, index=kinds.BY_RUN, value=running.run_id) if running else 0
    return max(count - staged, 0)


def _made_since(store: Store, platform_id: str, run: Run) -> Iterator[str]:
    """Give the ids of proposals that others than the run have made since it began."""
    after: str | None = first_id_at("match", run.started_at or run.created_at)
    while after is not None:
        # Most often the run's own come first, and are passed over at once: few are read.
        page = list_matches(store, platform_id, state=MatchState.PROPOSED, after=after, limit=_LOOKED_AT_ONCE)
        yield from (match.match_id for match in page.records if match.run_id != run.run_id)
        after = page.next
        if after is not None and page.records[-1].run_id == run.run_id:
            after = max(after, after_these_ids(page.records[-1].match_id))


def _with_waits(store: Store, platform_id: str, matches: Iterable[Match]) -> list[Waiting]:
    matches = list(matches)
    seekers = store.get_many(platform_id, Member.KIND, tuple({match.seeker_id for match in matches}))
    # Only the clock is needed: reading hundreds of whole profiles would make every page of the console wait.
    since = {member_id: maybe_day_from_json(stored.body["waiting_since"]) for member_id, stored in seekers.items()}
    return [Waiting(match, since.get(match.seeker_id)) for match in matches]
