"""The keys of a store on Redis: every key there is, its type, and when it goes away.

All keys of a scope share a hash tag, so that a Cluster keeps them on one server and a script may use them together.
Kinds, names and values are texts of the store; `packing.py` says what stands in them. Nothing that a commit wrote
expires by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

OPERATION_SECONDS = 600
"""How long the outcome of a write is remembered for whoever lost its answer. Longer than a network holds a packet back:
an operation that was forbidden must not come after this time."""

PING_SECONDS = 60

OPERATION_KEY = "{prefix}:{tag}:operation:{operation_id}"
"""String, expires `OPERATION_SECONDS` after its write: what a commit or a lease gave, or `forbidden`."""

RECORDS_KEY = "{prefix}:{tag}:records:{kind}"
"""Hash, never expires: record id → record."""

ENTRIES_KEY = "{prefix}:{tag}:entries:{kind}"
"""Sorted set with all scores 0, never expires: every index entry of the kind's records, and one of each by its id."""

UNIQUE_KEY = "{prefix}:{tag}:unique"
"""Hash, never expires: unique key → kind and id of its holder."""

EVENTS_KEY = "{prefix}:{tag}:events"
"""Hash, never expires: sequence → event."""

MENTIONS_KEY = "{prefix}:{tag}:mentions"
"""Sorted set with all scores 0, never expires: id and sequence of each event that mentions it."""

COUNTERS_KEY = "{prefix}:{tag}:counters"
"""Hash, never expires: `last_event`, `last_token`."""

LEASES_KEY = "{prefix}:{tag}:leases"
"""Hash, never expires: name of a lease → token, end, owner. An entry past its end counts until somebody takes it."""

MOMENT_KEY = "{prefix}:{tag}:moment"
"""Hash, expires when nobody reads it: '' → who does; kind and id of what was changed since → record before, or ''."""

MOMENT_IDS_KEY = "{prefix}:{tag}:moment_ids"
"""Sorted set with all scores 0, expires with the moment: the names in it, in order."""

CALLS_KEY = "{prefix}:{tag}:calls:{key_id}"
"""String, expires when the allowance is full again: the moment at which it will be, in microseconds since 1970."""

FORMAT_KEY = "{prefix}:_{{alongside}}:format"
"""String, never expires: the number of this arrangement of keys; it is there in every store."""

CALLS_CHANNEL = "{prefix}:calls"
"""Channel: the scopes of commits that are to be heard, as they are made."""

PING_KEY = "{prefix}:{{{tag}}}:ping"
"""String, expires after `PING_SECONDS`: written to see whether writing is possible."""


def tag_of(scope: str) -> str:
    """Give the part of a key that decides its place; a scope that is no platform's begins with an underscore."""
    name = scope.removeprefix("_")
    # Quoted for reads of what no scope can be: a tag with braces in it, or an empty one, would not hold keys together.
    return f"{scope[: len(scope) - len(name)]}{{{quote(name, safe='') or '_'}}}"


@dataclass(frozen=True, slots=True)
class ScopeKeys:
    """The keys of one scope."""

    prefix: str
    scope: str

    def operation(self, operation_id: str) -> str:
        """Key of an operation."""
        return self._made(OPERATION_KEY, operation_id=operation_id)

    def records(self, kind: str) -> str:
        """Key of the records of a kind."""
        return self._made(RECORDS_KEY, kind=kind)

    def entries(self, kind: str) -> str:
        """Key of the entries of a kind."""
        return self._made(ENTRIES_KEY, kind=kind)

    def calls(self, key_id: str) -> str:
        """Key of the allowance of an API key."""
        return self._made(CALLS_KEY, key_id=key_id)

    @property
    def channel(self) -> str:
        """Channel of those who listen; the same for all scopes."""
        return CALLS_CHANNEL.format(prefix=self.prefix)

    @property
    def unique(self) -> str:
        """Key of the unique keys."""
        return self._made(UNIQUE_KEY)

    @property
    def events(self) -> str:
        """Key of the events."""
        return self._made(EVENTS_KEY)

    @property
    def mentions(self) -> str:
        """Key of the mentions."""
        return self._made(MENTIONS_KEY)

    @property
    def counters(self) -> str:
        """Key of the counters."""
        return self._made(COUNTERS_KEY)

    @property
    def leases(self) -> str:
        """Key of the leases."""
        return self._made(LEASES_KEY)

    @property
    def moment(self) -> tuple[str, str]:
        """Keys of the moment that somebody reads."""
        return self._made(MOMENT_KEY), self._made(MOMENT_IDS_KEY)

    @property
    def all_but_records(self) -> tuple[str, ...]:
        """Every key that is there once in a scope."""
        return (self.unique, self.events, self.mentions, self.counters, self.leases, *self.moment)

    def _made(self, template: str, **parts: str) -> str:
        return template.format(prefix=self.prefix, tag=tag_of(self.scope), **parts)
