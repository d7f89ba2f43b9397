"""What every store can do: the interface that use cases are written against, and the values that cross it.

A store keeps versioned JSON records under (scope, kind, record id). A scope is a platform id or `GLOBAL_SCOPE`; one
commit touches one scope, so that an engine may keep each scope on a machine of its own. What the records mean is told
in `service/records/`; a store never looks into a body. Time is passed in; a store never reads a clock.

A new engine is one module beside this one and one row in the scheme table of `storage/__init__.py`; it must pass the
contract suite in `tests/service/storage/` unchanged, and apply `service/storage/limits.py` to what it is given and
`payloads.py` to events.

Every method raises `StoreUnavailable` when the store is gone, locked, full or read-only: then nothing was changed. A
commit that failed while it was being confirmed raises its subclass `CommitUnconfirmed`: then it may stand or not, and
the caller reads before it writes again. Engines ask what became of a commit before they raise it, and a commit is never
made twice: any other outcome may be relied on, and so may what the same store object reads of an unconfirmed commit
afterwards; it does not come later than that read.

Commits and leases raise `InvalidChanges` for what is outside the limits below and in `limits.py`; reads do so for a
`limit` out of range, and find nothing under an id or value that no record could have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

GLOBAL_SCOPE = "_alongside"
"""The scope of what belongs to no platform (the platforms themselves). No platform id starts with an underscore."""

MAX_RECORDS_PER_COMMIT = 500
"""Puts, deletes and expectations of one commit, counted together; also its events. Callers with more commit in chunks:
a longer commit would make every other client wait (a 50,000-record one stalled them for 1.5 s)."""

MAX_BODY_BYTES = 1 << 20
"""Size of one body as UTF-8 JSON; larger contents are split over several records."""

MAX_PAGE = 1000
"""Most records or events of one page."""

Body = Mapping[str, Any]
"""A JSON object: string keys, and values made of str, int, float (finite), bool, None, lists and objects."""

Entries = tuple[tuple[str, str], ...]
"""(name, value) pairs: index entries or unique keys. One name may come with several values."""

RecordKey = tuple[str, str]
"""Kind and record id: what names a record inside a scope."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it is kept; `version` is 1 when new and grows by one with every put."""

    scope: str
    kind: str
    record_id: str
    version: int
    body: dict[str, Any]
    format: int


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some records in order; `next` is what to pass as `after` for the following page, None at the end."""

    records: tuple[T, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Put:
    """Write a whole record: body, index entries and unique keys replace those it had.

    Attributes
    ----------
    expected_version : None writes whatever is there; 0 only if there is no such record; n only if it is at version n.
    format : the format number of `body`, kept beside it.
    index : (index name, value) pairs under which `Store.page` and `Store.count` find the record.
    unique : (name, value) pairs that at most one record of the scope may hold, whatever its kind.
    """

    kind: str
    record_id: str
    body: Body
    expected_version: int | None = None
    format: int = 1
    index: Entries = ()
    unique: Entries = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a record with its index entries and unique keys.

    `expected_version` None: a record that is missing stays so, no error; n: only at version n.
    """

    kind: str
    record_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Expect:
    """Require that a record which is only read is at `version` (0: that it does not exist)."""

    kind: str
    record_id: str
    version: int


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append: thin, ids and states only.

    `subject` is the id of the record it is about; `mentions` are the ids of members named in subject or body, under
    which `Changes.forget` finds it again (the subject counts as mentioned).
    """

    type: str
    subject: str
    at: datetime
    body: Body = field(default_factory=dict)
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """An appended event; `sequence` counts 1, 2, 3 … in its scope.

    A forgotten one has no subject, no salt, no mentions and an empty body.

    Attributes
    ----------
    mentions : every id under which it is forgotten, the subject included; sorted, each once.
    salt, mac : what vouches for subject, body and mentions (`payloads.py`); the `mac` is kept for ever.
    """

    sequence: int
    type: str
    subject: str | None
    at: datetime
    body: dict[str, Any]
    mentions: tuple[str, ...]
    salt: str | None
    mac: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do `name` in `scope` until `until`; `token` is greater than every earlier one of the scope."""

    scope: str
    name: str
    owner: str
    token: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of a lease, checked inside a commit."""

    name: str
    token: int


@dataclass(frozen=True, slots=True)
class Changes:
    """One unit of work in one scope: all of it happens, or nothing.

    Attributes
    ----------
    puts, deletes, expects : at most `MAX_RECORDS_PER_COMMIT` together, each record at most once.
    events : appended in this order, without gaps in the scope's sequence.
    forget : ids that are erased: every earlier event that mentions one loses its subject, body, mentions and salt; its
        sequence, type, time and `mac` stay. Events of this commit are appended afterwards and kept.
    forget_between : the sequences of the first and the last of some events that lose the same, kept long enough; at
        most `MAX_RECORDS_PER_COMMIT` of them, and those that are not there (yet) do not count.
    fence : write only while this lease is held.
    rings : call out the scope to everybody who listens (`Store.listen`), once the changes stand; a commit with events
        always does.
    """

    puts: tuple[Put, ...] = ()
    deletes: tuple[Delete, ...] = ()
    expects: tuple[Expect, ...] = ()
    events: tuple[NewEvent, ...] = ()
    forget: tuple[str, ...] = ()
    forget_between: tuple[int, int] | None = None
    fence: Fence | None = None
    rings: bool = False

    @property
    def is_heard(self) -> bool:
        """Whether those who listen are told of this commit."""
        return self.rings or bool(self.events)

    @property
    def size(self) -> int:
        """How many records and events it writes, forgets or asks for."""
        first, last = self.forget_between or (1, 0)
        return (
            len(self.puts)
            + len(self.deletes)
            + len(self.expects)
            + len(self.events)
            + len(self.forget)
            + (last - first + 1)
        )

    @property
    def expected_versions(self) -> tuple[tuple[RecordKey, int | None], ...]:
        """Every record the commit touches (puts, deletes, then expectations) with the version it must have."""
        return (
            *(((put.kind, put.record_id), put.expected_version) for put in self.puts),
            *(((delete.kind, delete.record_id), delete.expected_version) for delete in self.deletes),
            *(((expect.kind, expect.record_id), expect.version) for expect in self.expects),
        )


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did: the new version of each put, and the scope's last event sequence (0: it has none)."""

    versions: Mapping[RecordKey, int]
    last_event: int


class Listener(Protocol):
    """Somebody who hears of commits as they are made; made by `Store.listen`, for one thread."""

    def wait(self, seconds: float) -> frozenset[str]:
        """Give the scopes that were called out since the last call, waiting so long for the first; often none.

        What is heard is a hint: a call may be lost (the store was gone, too many came at once), and may come twice. So
        look into the store now and then, heard or not.
        """
        ...

    def close(self) -> None:
        """Hear no more; closing twice does nothing."""
        ...


class Store(Protocol):
    """A place for records, events and leases; safe to share between threads, and between processes each with its own.

    After a fork the child may go on using the store it inherited.
    """

    def get(self, scope: str, kind: str, record_id: str) -> Stored | None:
        """Read one record; None when it is missing. What a commit acknowledged is seen by every later read."""
        ...

    def get_many(self, scope: str, kind: str, record_ids: Sequence[str]) -> dict[str, Stored]:
        """Read any number of records by id; missing ones are left out. Engines may read them in several steps."""
        ...

    def page(  # noqa: PLR0913 - one read, described by names
        self,
        scope: str,
        kind: str,
        *,
        index: str | None = None,
        value: str | None = None,
        after: str | None = None,
        limit: int = 100,
        descending: bool = False,
    ) -> Page[Stored]:
        """Read some records of a kind in order; an empty page when there are none.

        Without `index`: all records by id. With `index` and `value`: those with that entry, by id. With `index` alone:
        those with any entry of that name, by value and then id (a record with two values comes twice). Order is by code
        point; `descending` turns it round. `after` is the `next` of the page before, with the same other arguments; one
        that is not raises InvalidInput (code ``invalid_cursor``). `limit` is 1 to `MAX_PAGE`.

        Pages are stable: records put or deleted between two reads move no other record into or out of the rest.
        """
        ...

    def count(self, scope: str, kind: str, *, index: str | None = None, value: str | None = None) -> int:
        """Count the records of a kind, or those with the entry (`index`, `value`); a kept number, never a scan."""
        ...

    def find_unique(self, scope: str, name: str, value: str) -> str | None:
        """Give the id of the record that holds this unique key; None when nobody does."""
        ...

    def each(self, scope: str, kind: str) -> Iterator[Stored]:
        """Go through all records of a kind by id, holding a page of them in memory at a time.

        SQLite: one consistent snapshot from the first record on; it keeps the log from shrinking while open, so exhaust
        the iterator or close it. Engines without snapshots give each record as of when its page was read. When the
        store goes away half-way, StoreUnavailable comes out of the iteration.
        """
        ...

    def events(self, scope: str, *, after: int = 0, limit: int = 100) -> tuple[Event, ...]:
        """Read events with sequence greater than `after`, in order; empty when there are none (yet).

        Seeing event n means that every earlier event, and all that was committed with it, can be seen too.
        """
        ...

    def commit(self, scope: str, changes: Changes) -> Committed:
        """Make all the changes, durably, or none of them.

        Checked in this order, before anything is written; the first that fails is raised:

        * FenceLost: the lease named by `changes.fence` has another token now, or is released. An expired lease that
          nobody took over still counts, since no one else can have written under it.
        * StaleVersion: a put, delete or expectation is not at its expected version (`actual` 0: it is missing).
        * UniqueTaken: a unique key is held by a record that this commit neither deletes nor puts.

        A put of a record that was deleted starts at version 1 again.
        """
        ...

    def acquire_lease(self, scope: str, name: str, *, owner: str, ttl: timedelta, now: datetime) -> Lease:
        """Take the lease when it is free, expired (`until` ≤ now) or already `owner`'s own; the token is always new.

        Raises LeaseHeld while somebody else holds it. Owners are compared as they are: make them unique to one holder.
        """
        ...

    def renew_lease(self, lease: Lease, *, ttl: timedelta, now: datetime) -> Lease:
        """Hold the lease until `now` + `ttl`, with the same token, even if it had expired but nobody took it.

        Raises FenceLost when it was released or taken over.
        """
        ...

    def release_lease(self, lease: Lease) -> None:
        """Give the lease back; nothing happens when it is no longer held."""
        ...

    def listen(self) -> Listener:
        """Hear from now on, in whatever process or machine they are made, of commits that are to be heard.

        See `Changes.rings`. A commit is called out only after every reader can see it, and within some milliseconds.
        """
        ...

    def ping(self) -> None:
        """Return when the store can be read and written; else StoreUnavailable says in plain words what is wrong."""
        ...

    def close(self) -> None:
        """Let go of this process's connections; closing twice does nothing. A later call would open the store again."""
        ...
