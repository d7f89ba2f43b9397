"""Reads of the store on Redis. Texts are compared byte by byte, which for UTF-8 is the order of code points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.storage.limits import cursor_of, place_after
from service.storage.redis.calling import Caller
from service.storage.redis.keys import ScopeKeys
from service.storage.redis.packing import PART, Bounds, bounds, bounds_after, event_of, packed_entry, stored
from service.storage.store import MAX_PAGE, Event, Page, Stored

_MANY = 100
_AT_ONCE = 20
"""Records of one command, and commands of one round trip, when many are read by id."""

_BYTES_OF_STEP = 4 << 20
"""About how much of a kind `each` holds in memory, and how much a script gathers while others wait."""


def get_many(caller: Caller, keys: ScopeKeys, kind: str, record_ids: Sequence[str]) -> dict[str, Stored]:
    """Read the records with these ids, some thousand in a round trip."""
    records = keys.records(kind)
    parts = [record_ids[first : first + _MANY] for first in range(0, len(record_ids), _MANY)]
    found = {}
    for first in range(0, len(parts), _AT_ONCE):
        some = parts[first : first + _AT_ONCE]
        answers = caller.read(records, *(("HMGET", records, *part) for part in some))
        for part, texts in zip(some, answers, strict=True):
            for record_id, text in zip(part, texts, strict=True):
                if text is not None:
                    found[record_id] = stored(keys.scope, kind, record_id, text)
    return found


def page(  # noqa: PLR0913 - the interface's read, described by names
    caller: Caller,
    keys: ScopeKeys,
    kind: str,
    *,
    index: str | None,
    value: str | None,
    after: str | None,
    limit: int,
    descending: bool,
) -> Page[Stored]:
    """Read one page: by id, by id under one index value, or by index value and id."""
    is_by_value = index is not None and value is None
    within = bounds(index, value)
    if after is not None:
        of_value, record_id = place_after(after, has_value=is_by_value)
        place = (of_value if is_by_value else value or "", record_id)
        within = bounds_after(within, index, place, descending=descending)
    has_more, found = _step(caller, keys, kind, within, limit=limit, descending=descending)
    last_value, last = found[-1] if found else ("", None)
    return Page(
        records=tuple(record for _, record in found),
        next=cursor_of(last.record_id, last_value if is_by_value else None) if has_more and last else None,
    )


def each(caller: Caller, keys: ScopeKeys, kind: str) -> Iterator[Stored]:
    """Go through a kind by id, in steps of some thousand records or some MiB."""
    whole = bounds(None, None)
    within = whole
    while True:
        has_more, found = _step(caller, keys, kind, within, limit=MAX_PAGE, bytes_wanted=_BYTES_OF_STEP)
        for _, record in found:
            yield record
        if not has_more:
            return
        within = bounds_after(whole, None, ("", found[-1][1].record_id), descending=False)


def count(caller: Caller, keys: ScopeKeys, kind: str, index: str | None, value: str | None) -> int:
    """Count a kind, or an entry; Redis keeps both: a hash knows its size, a sorted set the rank of each entry."""
    if index is None:
        return int(caller.read(keys.records(kind), ("HLEN", keys.records(kind)))[0])
    entries, within = keys.entries(kind), bounds(index, value)
    return int(caller.read(entries, ("ZLEXCOUNT", entries, within.lowest, within.highest))[0])


def find_unique(caller: Caller, keys: ScopeKeys, name: str, value: str) -> str | None:
    """Read which record holds a unique key."""
    (holder,) = caller.read(keys.unique, ("HGET", keys.unique, packed_entry(name, value)))
    return None if holder is None else holder.decode().partition(PART)[2]


def events(caller: Caller, keys: ScopeKeys, after: int, limit: int) -> tuple[Event, ...]:
    """Read the events after a sequence number: there is no gap, so their numbers are known."""
    first = max(after, 0) + 1
    (texts,) = caller.read(keys.events, ("HMGET", keys.events, *range(first, first + limit)))
    return tuple(event_of(sequence, text) for sequence, text in enumerate(texts, start=first) if text is not None)


def _step(  # noqa: PLR0913 - one read, described by names
    caller: Caller,
    keys: ScopeKeys,
    kind: str,
    within: Bounds,
    *,
    limit: int,
    descending: bool = False,
    bytes_wanted: int | None = None,
) -> tuple[bool, list[tuple[str, Stored]]]:
    """Read records between bounds: whether there are more, and each with its index value."""
    arguments = (within.lowest, within.highest, int(descending), limit, bytes_wanted or 1 << 62)
    has_more, *flat = caller.read_by("page", (keys.records(kind), keys.entries(kind)), arguments)
    found = []
    for entry, text in zip(flat[::2], flat[1::2], strict=True):
        _, value, record_id = entry.decode().split(PART)
        found.append((value, stored(keys.scope, kind, record_id, text)))
    return bool(has_more), found
