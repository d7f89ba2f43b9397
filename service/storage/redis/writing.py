"""Writes of the store on Redis: what the scripts are given, and what their answers mean."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import NoReturn

from service.errors import FenceLost, LeaseHeld, StaleVersion, StoreUnavailable, UniqueTaken
from service.storage.payloads import KeptEvent
from service.storage.redis.calling import Caller
from service.storage.redis.keys import ScopeKeys
from service.storage.redis.packing import (
    PART,
    microseconds,
    moment_of,
    packed_entries,
    packed_event,
    packed_list,
)
from service.storage.store import Changes, Committed, Lease


def commit(
    caller: Caller, keys: ScopeKeys, changes: Changes, bodies: Sequence[str], events: Sequence[KeptEvent]
) -> Committed:
    """Make all changes; `bodies` are those of its puts, already encoded, `events` its events."""
    kinds = sorted({kind for (kind, _), _ in changes.expected_versions})
    call = (keys.channel, keys.scope) if changes.is_heard else ("", "")
    answer = caller.write("commit", _keys(keys, kinds), _arguments(changes, call, kinds, bodies, events))
    if answer[0] != b"done":
        _refuse(changes, [part.decode() for part in answer])
    last_event, *versions = (int(number) for number in answer[1].split())
    put_keys = [(put.kind, put.record_id) for put in changes.puts]
    return Committed(dict(zip(put_keys, versions, strict=True)), last_event)


def acquire_lease(caller: Caller, keys: ScopeKeys, name: str, *, owner: str, ttl: timedelta, now: datetime) -> Lease:
    """Take a lease that is free, expired or the owner's own."""
    until = now.astimezone(UTC) + ttl
    what, found = caller.write(
        "acquire",
        (_operation(keys), keys.leases, keys.counters),
        (name, owner, microseconds(now), microseconds(until)),
    )
    if what == b"held":
        held_until = moment_of(int(found))
        seconds = max(1, ceil((held_until - now).total_seconds()))
        raise LeaseHeld(name, until=held_until, retry_after_seconds=seconds)
    return Lease(keys.scope, name, owner, int(found), until)


def renew_lease(caller: Caller, keys: ScopeKeys, lease: Lease, *, ttl: timedelta, now: datetime) -> Lease:
    """Move the end of a lease that is still held."""
    until = now.astimezone(UTC) + ttl
    answer = caller.write("renew", (_operation(keys), keys.leases), (lease.name, lease.token, microseconds(until)))
    if answer[0] == b"fence":
        raise FenceLost(lease.name, lease.token)
    return Lease(lease.scope, lease.name, lease.owner, lease.token, until)


def release_lease(caller: Caller, keys: ScopeKeys, lease: Lease) -> None:
    """Give back a lease, if it is still this one."""
    caller.write("release", (_operation(keys), keys.leases), (lease.name, lease.token))


def _operation(keys: ScopeKeys) -> str:
    return keys.operation(secrets.token_hex(16))


def _keys(keys: ScopeKeys, kinds: Sequence[str]) -> list[str]:
    of_kinds = [key for kind in kinds for key in (keys.records(kind), keys.entries(kind))]
    return [
        _operation(keys),
        keys.unique,
        keys.events,
        keys.mentions,
        keys.counters,
        keys.leases,
        *of_kinds,
        *keys.moment,
    ]


def _arguments(
    changes: Changes, call: tuple[str, str], kinds: Sequence[str], bodies: Sequence[str], events: Sequence[KeptEvent]
) -> list[str | int]:
    """Write a commit as the script reads it."""
    place_of = {kind: number for number, kind in enumerate(kinds, start=1)}
    fence = changes.fence
    arguments: list[str | int] = [fence.name, fence.token] if fence else ["", ""]
    arguments += [*call, len(kinds), *kinds, len(changes.puts)]
    for put, body in zip(changes.puts, bodies, strict=True):
        arguments += [place_of[put.kind], put.record_id, _expected(put.expected_version)]
        arguments += [put.format, packed_entries(put.index), packed_entries(put.unique), body]
    arguments.append(len(changes.deletes))
    for delete in changes.deletes:
        arguments += [place_of[delete.kind], delete.record_id, _expected(delete.expected_version)]
    arguments.append(len(changes.expects))
    for expect in changes.expects:
        arguments += [place_of[expect.kind], expect.record_id, expect.version]
    # The first is after the last where there is nothing to forget.
    arguments += [len(changes.forget), *changes.forget, *(changes.forget_between or (1, 0)), len(events)]
    for event in events:
        arguments += [packed_list(event.mentions), packed_event(event)]
    return arguments


def _expected(version: int | None) -> str | int:
    return "" if version is None else version


def _refuse(changes: Changes, answer: Sequence[str]) -> NoReturn:
    """Raise what a script's refusal means."""
    match answer:
        case ["fence"] if changes.fence is not None:
            raise FenceLost(changes.fence.name, changes.fence.token)
        case ["stale", number, actual]:
            (kind, record_id), expected = changes.expected_versions[int(number) - 1]
            raise StaleVersion(kind, record_id, expected=expected or 0, actual=int(actual))
        case ["taken", _, key]:
            name, _, value = key.partition(PART)
            raise UniqueTaken(name, value)
        case _:
            raise StoreUnavailable("Redis refused a change that came too late: try again")
