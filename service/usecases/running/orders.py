"""In which order people go through what a run leaves: proposals to review, seekers who are still looking.

A run writes each order in blocks before it is seen, so that no page has to read and sort everybody; those of the run
before go with it. An order says how it was when the run was published: who reads it looks at what has become of each
id. An entry is what orders it, its id last; one that was forgotten keeps its place, without the id. Orders may be
removed at any time, and pages then do without.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final

from service.records import kinds
from service.storage.store import MAX_PAGE, Changes, Delete, Fence, Put, Store
from service.usecases.saving import in_commits, in_step

REVIEW: Final = "review"
"""Proposals; entries name no member (`review_entry`)."""

LOOKING: Final = "looking"
"""Seekers for whom nobody was found (`looking_entry`)."""

BLOCK: Final = 1000
"""Entries of one record."""

_FORGOTTEN: Final = ""

Entry = Sequence[Any]


def review_entry(since: date, score: int, match_id: str) -> Entry:
    """Give the entry of a proposal whose seeker waits since that day; of equal waits the better fit comes first."""
    return (since.isoformat(), -score, match_id)


def looking_entry(since: date, seeker_id: str) -> Entry:
    """Give the entry of somebody who is still looking."""
    return (since.isoformat(), seeker_id)


def write_order(
    store: Store, platform_id: str, *, run_id: str, name: str, entries: Iterable[Entry], fence: Fence
) -> None:
    """Write an order, sorted."""
    ordered = sorted(map(list, entries))
    puts = (
        _put(run_id, name, number, entries=list(block), total=len(ordered))
        for number, block in enumerate(in_commits(ordered, size=BLOCK))
    )
    for _ in in_step(partial(store.commit, platform_id), (Changes(puts=(put,), fence=fence) for put in puts)):
        pass


def delete_orders(store: Store, platform_id: str, *, run_id: str, fence: Fence | None = None) -> None:
    """Remove all orders of a run."""
    while True:
        page = store.page(platform_id, kinds.RUN_ORDER, index=kinds.BY_RUN, value=run_id, limit=MAX_PAGE)
        for batch in in_commits(page.records):
            deletes = tuple(Delete(stored.kind, stored.record_id) for stored in batch)
            store.commit(platform_id, Changes(deletes=deletes, fence=fence))
        if page.next is None:
            return


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order as it was written, read a block at a time; `total` entries."""

    store: Store
    platform_id: str
    run_id: str
    name: str
    total: int

    @classmethod
    def of(cls, store: Store, platform_id: str, *, run_id: str, name: str) -> KeptOrder | None:
        """Give an order of a run; None where there is none: nobody is in it, or an older program did the run."""
        first = store.get(platform_id, kinds.RUN_ORDER, _id_of(run_id, name, 0))
        return None if first is None else cls(store, platform_id, run_id, name, first.body["total"])

    def ids(self, start: int, end: int) -> list[str]:
        """Give the ids from a place up to another one, but for those that were forgotten."""
        found: list[str] = []
        for number in range(start // BLOCK, -(-min(end, self.total) // BLOCK)):
            low = number * BLOCK
            found += [entry[-1] for entry in self._block(number)[max(start - low, 0) : end - low]]
        return [each for each in found if each != _FORGOTTEN]

    def place_of(self, entry_id: str, start: int) -> int:
        """Give the place of an id that comes at or after another place; the end where it does not."""
        for number in range(start // BLOCK, -(-self.total // BLOCK)):
            for place, entry in enumerate(self._block(number), start=number * BLOCK):
                if place >= start and entry[-1] == entry_id:
                    return place
        return self.total

    def place_after(self, entry: Entry) -> int:
        """Give the place of the first entry that comes after this one, whether or not this one is in the order."""
        number = self._block_of(entry)
        return number * BLOCK + bisect_right(self._block(number), list(entry))

    def without(self, entry: Entry) -> Put | None:
        """Give the put that forgets an entry; None when it is not there."""
        number = self._block_of(entry)
        stored = self.store.get(self.platform_id, kinds.RUN_ORDER, _id_of(self.run_id, self.name, number))
        if stored is None or list(entry) not in stored.body["entries"]:
            return None
        entries = [[*each[:-1], _FORGOTTEN] if each == list(entry) else each for each in stored.body["entries"]]
        # Of equal days the forgotten come first, so that the block stays sorted.
        put = _put(self.run_id, self.name, number, entries=sorted(entries), total=self.total)
        return replace(put, expected_version=stored.version)

    def _block_of(self, entry: Entry) -> int:
        """Find the last block that does not begin after the entry."""
        low, high = 0, -(-self.total // BLOCK)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._block(middle)[:1] <= [list(entry)] else (low, middle)
        return low

    def _block(self, number: int) -> list[list[Any]]:
        stored = self.store.get(self.platform_id, kinds.RUN_ORDER, _id_of(self.run_id, self.name, number))
        # Gone meanwhile: another run has taken its place.
        entries: list[list[Any]] = [] if stored is None else stored.body["entries"]
        return entries


def _put(run_id: str, name: str, number: int, *, entries: list[Any], total: int) -> Put:
    return Put(
        kind=kinds.RUN_ORDER,
        record_id=_id_of(run_id, name, number),
        body={"entries": entries, "total": total},
        index=((kinds.BY_RUN, run_id),),
    )


def _id_of(run_id: str, name: str, number: int) -> str:
    return f"{run_id}.{name}.{number:05d}"
