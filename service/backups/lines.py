"""What stands in a backup: parts of scopes as JSON, each a line, and a sum over each scope.

The digest of a scope is the SHA-256 over the lines of its records and events in the order of `OperatedStore.dump`;
leases and the count of their tokens are no part. Two stores whose scopes have the same digest hold the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from service.records.codec import instant_from_json, instant_to_json
from service.storage.operated import Counters, Kept, Part
from service.storage.store import Event


@dataclass(slots=True)
class Sum:
    """Counts and digest of the parts of a scope so far."""

    records: int = 0
    events: int = 0
    hashed: Any = field(default_factory=sha256)

    def add(self, part: Part) -> None:
        """Take in the next part."""
        if isinstance(part, Counters):
            # The token only has to be no lower than it was.
            return
        self.records += isinstance(part, Kept)
        self.events += isinstance(part, Event)
        text = json.dumps(line_of(part), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        self.hashed.update(text.encode() + b"\n")

    def to_json(self) -> dict[str, Any]:
        """Give counts and digest."""
        return {"records": self.records, "events": self.events, "sha256": self.hashed.hexdigest()}


def line_of(part: Part) -> dict[str, Any]:
    """Write a part."""
    if isinstance(part, Counters):
        return {"counters": [part.last_event, part.last_token]}
    if isinstance(part, Kept):
        entries = [[list(pair) for pair in pairs] for pairs in (part.index, part.unique)]
        return {"record": [part.kind, part.record_id, part.version, part.format, part.body, *entries]}
    said = [part.subject, part.body, list(part.mentions), part.salt]
    return {"event": [part.sequence, part.type, instant_to_json(part.at), part.mac, *said]}


def part_from(line: dict[str, Any]) -> Part:
    """Read what `line_of` wrote."""
    if "counters" in line:
        return Counters(*line["counters"])
    if "record" in line:
        kind, record_id, version, format_, body, index, unique = line["record"]
        return Kept(kind, record_id, version, format_, body, _entries(index), _entries(unique))
    sequence, type_, at, mac, subject, body, mentions, salt = line["event"]
    return Event(sequence, type_, subject, instant_from_json(at), body, tuple(mentions), salt, mac)


def _entries(pairs: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in pairs)
