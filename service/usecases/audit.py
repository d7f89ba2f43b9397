"""Checking and reading the audit trail: does every event still fit the chain, and what does the chain consist of.

Everything is streamed; nothing that is stored is believed. Sealing is for `sealing.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from service.audit_chain import LINK_CHARACTERS, SEALED, first_head, head_after, link_of
from service.records.codec import read_as
from service.records.forgotten import EVENTS, Forgotten
from service.records.seal import Seal, seal_id_of
from service.storage.operated import Counters, OperatedStore
from service.storage.payloads import is_true
from service.storage.store import MAX_PAGE, Event, Store
from service.usecases.reading import maybe_found

ERASING: Final = frozenset(("member.deleted", "member.erased"))
"""Types of events that say why earlier ones were emptied."""

_SEALS_AT_ONCE: Final = 100
"""A seal may be some 16 KiB."""

OnProgress = Callable[[int, int], None]
"""Told (events checked, all events), every now and then."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What somebody outside has kept of an `audit.sealed` event: the head (hexadecimal) after the event `sequence`."""

    sequence: int
    head: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a check of one scope's audit trail found.

    Attributes
    ----------
    events, sealed, erased : how many events fit; how many of them a seal covers, and how many an erasure has emptied.
    head : of the chain after the last event that fits, hexadecimal.
    broken_at : the first sequence that does not fit, None when all do; `problem` says why, empty then.
    """

    events: int
    sealed: int
    erased: int
    head: str
    broken_at: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some events, with the seals that end among them; `next` is the sequence to go on after, None at the end."""

    events: tuple[Event, ...]
    seals: tuple[Seal, ...]
    next: int | None


def check_audit(
    store: OperatedStore, scope: str, *, anchors: Iterable[Anchor] = (), on_progress: OnProgress | None = None
) -> AuditReport:
    """Check every event of a scope against the chain of its seals, and heads that were kept elsewhere."""
    counters = next(store.dump(scope), None)
    last = counters.last_event if isinstance(counters, Counters) else 0
    heads = {anchor.sequence: anchor.head for anchor in anchors}
    check = _Check(first_head(scope), _seals(store, scope), heads, _forgotten_until(store, scope))
    try:
        for event in _events(store, scope, last):
            check.take(event)
            if on_progress is not None and event.sequence % MAX_PAGE == 0:
                on_progress(event.sequence, last)
        check.end(last, has_grown=bool(store.events(scope, after=last, limit=1)))
        is_kept = check.unexplained is not None and check.unexplained > _forgotten_until(store, scope)
        if check.unexplained is not None and is_kept and not _is_erasing_after(store, scope, last):
            raise _BrokenError(check.unexplained, "it is empty, and no erasure was reported after it")
    except _BrokenError as error:
        return check.report(error.sequence, error.problem)
    return check.report()


def audit_page(store: Store, scope: str, *, after: int = 0, limit: int = 100) -> AuditPage:
    """Read some envelopes in order, and the seals that end among them."""
    found = store.events(scope, after=after, limit=limit)
    if not found:
        return AuditPage((), (), None)
    last = found[-1].sequence
    page = store.page(scope, Seal.KIND, after=seal_id_of(after), limit=len(found))
    seals = tuple(seal for seal in (read_as(Seal, stored) for stored in page.records) if seal.last <= last)
    return AuditPage(found, seals, last if store.events(scope, after=last, limit=1) else None)


class _BrokenError(Exception):
    def __init__(self, sequence: int, problem: str) -> None:
        super().__init__(problem)
        self.sequence = sequence
        self.problem = problem


@dataclass(slots=True)
class _Check:
    """A check in progress: the chain as it is computed anew, beside the seals as they are stored."""

    head: bytes
    seals: Iterator[Seal]
    anchors: dict[int, str]
    forgotten_until: int
    seal: Seal | None = None
    sequence: int = 0
    sealed: int = 0
    erased: int = 0
    unexplained: int | None = None
    # Heads of seals whose own event has not come yet, by the sequence it will name.
    untold: dict[Any, str] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Check the next event."""
        if event.sequence != self.sequence + 1:
            raise _BrokenError(self.sequence + 1, "this event is missing")
        if not is_true(event):
            raise _BrokenError(event.sequence, "what it says is not what was recorded")
        head = head_after(self.head, event)
        self._check_seal(event, head)
        if self.anchors.get(event.sequence, head.hex()) != head.hex():
            raise _BrokenError(event.sequence, "the chain up to here is not the one whose head was kept elsewhere")
        self._check_told(event)
        self.head, self.sequence = head, event.sequence
        self._note_erasure(event)

    def end(self, last: int, *, has_grown: bool) -> None:
        """Check that nothing is missing at the end."""
        if self.sequence < last or (self._covers_more() and not has_grown):
            raise _BrokenError(self.sequence + 1, "this event and what followed it are missing")
        missing = [sequence for sequence in self.anchors if sequence > self.sequence]
        if missing and not has_grown:
            raise _BrokenError(self.sequence + 1, "the chain is shorter than when its head was kept elsewhere")
        if self.untold and not has_grown:
            raise _BrokenError(min(self.untold) + 1, "the event that told of the seal before it is missing")

    def report(self, broken_at: int | None = None, problem: str = "") -> AuditReport:
        """Tell what was found."""
        return AuditReport(self.sequence, self.sealed, self.erased, self.head.hex(), broken_at, problem)

    def _check_seal(self, event: Event, head: bytes) -> None:
        if not self._covers_more():
            self._next_seal(event.sequence)
        if self.seal is None:
            return
        place = (event.sequence - self.seal.first) * LINK_CHARACTERS
        if self.seal.links[place : place + LINK_CHARACTERS] != link_of(head):
            raise _BrokenError(event.sequence, "it does not follow from the events before it")
        if event.sequence == self.seal.last:
            if head.hex() != self.seal.head:
                raise _BrokenError(event.sequence, "the seal that ends with it was made of something else")
            self.untold[self.seal.last] = self.seal.head
        self.sealed += 1

    def _next_seal(self, sequence: int) -> None:
        self.seal = next(self.seals, None)
        if self.seal is not None and (self.seal.first != sequence or self.seal.last < sequence):
            raise _BrokenError(sequence, "the seal over it is missing or was changed")

    def _covers_more(self) -> bool:
        return self.seal is not None and self.seal.last > self.sequence

    def _check_told(self, event: Event) -> None:
        if event.type == SEALED and event.salt is None:
            # Kept long enough: it told of the oldest seal that nothing has told of yet.
            self.untold.pop(min(self.untold, default=0), None)
        elif event.type == SEALED and self.untold.pop(event.body.get("sequence"), None) != event.body.get("head"):
            raise _BrokenError(event.sequence, "it tells of a seal that is not the one in the chain")

    def _note_erasure(self, event: Event) -> None:
        if event.type in ERASING:
            self.unexplained = None
        if event.salt is None:
            self.erased += 1
            is_old = event.sequence <= self.forgotten_until
            if event.type not in ERASING and not is_old and self.unexplained is None:
                self.unexplained = event.sequence


def _events(store: Store, scope: str, last: int) -> Iterator[Event]:
    after = 0
    while events := store.events(scope, after=after, limit=MAX_PAGE):
        for event in events:
            if event.sequence > last:
                return
            yield event
        after = events[-1].sequence


def _seals(store: Store, scope: str) -> Iterator[Seal]:
    after = None
    while True:
        page = store.page(scope, Seal.KIND, after=after, limit=_SEALS_AT_ONCE)
        for stored in page.records:
            yield read_as(Seal, stored)
        after = page.next
        if after is None:
            return


def _forgotten_until(store: Store, scope: str) -> int:
    """Give the last event that was kept long enough and says nothing any more."""
    done = maybe_found(store, scope, Forgotten, EVENTS)
    return 0 if done is None else done.until


def _is_erasing_after(store: Store, scope: str, last: int) -> bool:
    after = last
    while events := store.events(scope, after=after, limit=MAX_PAGE):
        if any(event.type in ERASING for event in events):
            return True
        after = events[-1].sequence
    return False
