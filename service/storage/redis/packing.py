r"""How records, entries, events and leases look in Redis. The scripts in `lua/` read and write the same.

Texts of the store hold no control characters, so three of them part what is put together:

* ``\1`` between the parts of an entry: name, value and record id; also kind and id of a unique key's holder, id and
  sequence of a mention. It comes before every character of a text: entries are in order by name, value and id.
* ``\2`` after each entry, unique key or id of a list.
* a line's end between the parts of a record (version, format, index entries, unique keys, body), an event (type, time,
  mac, salt, subject, mentions, body) and a lease (token, end in microseconds since 1970, owner).

The body comes last: it may hold anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from service.storage.limits import decoded
from service.storage.operated import Kept
from service.storage.payloads import KeptEvent, instant_text
from service.storage.store import Entries, Event, Stored

PART = "\1"
ENDED = "\2"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which entries of a kind to read: from the first to before the second, as ZRANGEBYLEX takes them."""

    lowest: str
    highest: str


def packed_entry(name: str, value: str) -> str:
    """Put an index entry or a unique key together."""
    return f"{name}{PART}{value}"


def packed_list(texts: Iterable[str]) -> str:
    """Put a list together."""
    return "".join(f"{text}{ENDED}" for text in texts)


def packed_entries(entries: Entries) -> str:
    """Put index entries or unique keys together, in order, so that equal sets are equal texts."""
    return packed_list(sorted(packed_entry(name, value) for name, value in entries))


def packed_event(event: KeptEvent) -> str:
    """Put an event together."""
    mentions = packed_list(event.mentions)
    return "\n".join((event.type, event.at, event.mac, event.salt, event.subject, mentions, event.body))


def packed_kept(kept: Kept, body: str) -> str:
    """Put a record together."""
    return "\n".join(
        (str(kept.version), str(kept.format), packed_entries(kept.index), packed_entries(kept.unique), body)
    )


def packed_again(event: Event, body: str) -> str:
    """Put an event together that comes from another store."""
    parts = (event.type, instant_text(event.at), event.mac, event.salt or "", event.subject or "")
    return "\n".join((*parts, packed_list(event.mentions), body))


def kept_of(kind: str, record_id: str, text: bytes) -> Kept:
    """Read a record with everything that is kept of it."""
    version, format_, index, unique, body = text.decode().split("\n", 4)
    return Kept(kind, record_id, int(version), int(format_), decoded(body), _entries(index), _entries(unique))


def _entries(text: str) -> Entries:
    pairs = (entry.partition(PART) for entry in text.split(ENDED)[:-1])
    return tuple(sorted((name, value) for name, _, value in pairs))


def microseconds(moment: datetime) -> int:
    """Count from 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(count: int) -> datetime:
    """Give the moment so many microseconds after 1970."""
    return _EPOCH + count * _MICROSECOND


def stored(scope: str, kind: str, record_id: str, text: bytes) -> Stored:
    """Read a record."""
    version, format_, _, _, body = text.split(b"\n", 4)
    return Stored(scope, kind, record_id, int(version), decoded(body.decode()), int(format_))


def event_of(sequence: int, text: bytes) -> Event:
    """Read an event."""
    type_, at, mac, salt, subject, mentions, body = text.decode().split("\n", 6)
    return Event(
        sequence=sequence,
        type=type_,
        subject=subject or None,
        at=datetime.fromisoformat(at),
        body=decoded(body),
        mentions=tuple(mentions.split(ENDED)[:-1]),
        salt=salt or None,
        mac=mac,
    )


def bounds(index: str | None, value: str | None) -> Bounds:
    """Say where the entries of an index are, of one value of it, or (without both) the entries by id."""
    if index is not None and value is None:
        return Bounds(f"[{index}{PART}", f"({index}{ENDED}")
    entry = packed_entry(index or "", value or "")
    return Bounds(f"[{entry}{PART}", f"({entry}{ENDED}")


def bounds_after(whole: Bounds, index: str | None, place: tuple[str, str], *, descending: bool) -> Bounds:
    """Leave out what comes before and at a place, which is an index value and a record id."""
    entry = f"({packed_entry(index or '', place[0])}{PART}{place[1]}"
    return Bounds(whole.lowest, entry) if descending else Bounds(entry, whole.highest)
