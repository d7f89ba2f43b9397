"""What every engine refuses to load, and how parts are made ready for it: sorted by what they are, bodies encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.errors import InvalidChanges
from service.storage.limits import check_changes, encoded
from service.storage.operated import Counters, Kept, Part
from service.storage.store import MAX_RECORDS_PER_COMMIT, Changes, Event, Put


@dataclass(frozen=True, slots=True)
class Load:
    """Parts of a scope, ready to be kept: records and events each with its body as JSON text; `last_token` 0: none."""

    records: tuple[tuple[Kept, str], ...]
    events: tuple[tuple[Event, str], ...]
    last_token: int


def checked_load(scope: str, parts: Sequence[Part]) -> Load:
    """Sort parts by what they are; raise InvalidChanges unless every one may be stored."""
    if len(parts) > MAX_RECORDS_PER_COMMIT:
        raise InvalidChanges(f"cannot load {len(parts)} parts at once (allowed: {MAX_RECORDS_PER_COMMIT})")
    records = tuple(part for part in parts if isinstance(part, Kept))
    puts = tuple(Put(kept.kind, kept.record_id, kept.body, index=kept.index, unique=kept.unique) for kept in records)
    check_changes(scope, Changes(puts=puts))
    if any(kept.version < 1 for kept in records):
        raise InvalidChanges("cannot load a record without a version (allowed: 1 and more)")
    return Load(
        records=tuple((kept, encoded(kept.body)) for kept in records),
        events=tuple((part, encoded(part.body)) for part in parts if isinstance(part, Event)),
        last_token=max((part.last_token for part in parts if isinstance(part, Counters)), default=0),
    )
