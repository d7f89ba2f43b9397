"""Whole scopes of the store on Redis: reading one as of a moment, loading it, removing it.

Redis has no snapshots. While somebody reads a scope, each commit saves what it changes for the first time as it was
(`commit.lua`), and a page gives those instead; so the reader sees the moment at which it began. Somebody who stops
reading is forgotten after a while.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

from service.errors import Conflict, StoreUnavailable, UniqueTaken
from service.storage.loading import Load
from service.storage.operated import Counters, Kept, Part
from service.storage.redis import reading
from service.storage.redis.calling import Caller
from service.storage.redis.keys import ScopeKeys
from service.storage.redis.packing import PART, kept_of, packed_again, packed_entries, packed_kept, packed_list

_GIVEN_UP_MS = 120_000
_MOST = 500
_BYTES = 4 << 20
_SCAN = 1000


def dump(caller: Caller, keys: ScopeKeys) -> Iterator[Part]:
    """Go through a scope as it is now."""
    reader = secrets.token_hex(16)
    counted = caller.read_by("moment_begin", (*keys.moment, keys.counters), (reader, _GIVEN_UP_MS))
    if not counted:
        raise StoreUnavailable(
            "somebody else reads the whole platform just now, for a backup perhaps: wait until it ends"
        )
    try:
        counters, kinds = Counters(*map(int, counted)), _kinds(caller, keys)
        if counters == Counters(0, 0) and not kinds:
            return
        yield counters
        for kind in kinds:
            yield from _records(caller, keys, kind, reader)
        for after in range(0, counters.last_event, _MOST):
            yield from reading.events(caller, keys, after, min(_MOST, counters.last_event - after))
    finally:
        with suppress(StoreUnavailable):
            caller.read_by("moment_end", keys.moment, (reader,))


def load(caller: Caller, keys: ScopeKeys, ready: Load) -> None:
    """Put back records, events and how far leases had counted."""
    kinds = sorted({kept.kind for kept, _ in ready.records})
    place_of = {kind: number for number, kind in enumerate(kinds, start=1)}
    arguments: list[str | int] = [len(kinds), *kinds, len(ready.records)]
    for kept, body in ready.records:
        arguments += [place_of[kept.kind], kept.record_id, packed_entries(kept.index), packed_entries(kept.unique)]
        arguments.append(packed_kept(kept, body))
    arguments.append(len(ready.events))
    for event, body in ready.events:
        arguments += [event.sequence, packed_list(event.mentions), packed_again(event, body)]
    arguments.append(ready.last_token)
    of_kinds = [key for kind in kinds for key in (keys.records(kind), keys.entries(kind))]
    operation = keys.operation(secrets.token_hex(16))
    names = [operation, keys.unique, keys.events, keys.mentions, keys.counters, *of_kinds]
    match [part.decode() for part in caller.write("load", names, arguments)]:
        case ["done", _]:
            return
        case ["taken", key]:
            name, _, value = key.partition(PART)
            raise UniqueTaken(name, value)
        case ["differs"]:
            raise Conflict("cannot load an event that does not follow the last one", code="events_differ")
        case _:
            raise StoreUnavailable("Redis refused a change that came too late: try again")


def clear(caller: Caller, keys: ScopeKeys) -> None:
    """Remove every key of a scope."""
    of_kinds = [key for kind in _kinds(caller, keys) for key in (keys.records(kind), keys.entries(kind))]
    caller.read(keys.counters, ("UNLINK", *of_kinds, *keys.all_but_records))


def _kinds(caller: Caller, keys: ScopeKeys) -> list[str]:
    """Give the kinds that have records, or had some when the moment began."""
    found, cursor, start = set(), "0", keys.records("")
    while True:
        command = ("SCAN", cursor, "MATCH", f"{start}*", "COUNT", _SCAN)
        ((cursor, names),) = caller.read(keys.counters, command)
        found |= {name.decode().removeprefix(start) for name in names}
        if int(cursor) == 0:
            break
    (changed,) = caller.read(keys.counters, ("ZRANGE", keys.moment[1], 0, -1))
    return sorted(found | {name.decode().partition(PART)[0] for name in changed})


def _records(caller: Caller, keys: ScopeKeys, kind: str, reader: str) -> Iterator[Kept]:
    after, is_more = "", True
    names = (*keys.moment, keys.records(kind), keys.entries(kind))
    while is_more:
        answer = caller.read_by("moment_page", names, (reader, _GIVEN_UP_MS, kind, after, _MOST, _BYTES))
        if not answer:
            raise StoreUnavailable("Redis did not keep the moment that was being read: begin again")
        more, records, before = answer
        texts = {**_by_id(records), **_by_id(before)}
        yield from (kept_of(kind, record_id, text) for record_id, text in sorted(texts.items()) if text)
        is_more = more == b"1"
        after = records[-2].decode() if is_more else ""


def _by_id(flat: list[bytes]) -> dict[str, bytes]:
    return {name.decode(): text for name, text in list(pairwise(flat))[::2]}
