"""How records become what a store keeps, and back: the one way in and out for every kind.

A record is a frozen dataclass with `KIND`, `FORMAT`, `version`, `record_id`, `to_body`, `from_body`, `index_entries`
and `unique_keys` (see `Record`). When the meaning of a body changes, raise its FORMAT and add a step to `formats.py`:
`from_body` reads the present format alone. Nothing here knows a particular record.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, ClassVar, Protocol, Self, TypeVar

from service.errors import UnknownFormat
from service.records.formats import brought_up
from service.storage.store import Delete, Entries, Put, Stored

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_MOMENT_CHARACTERS = 10
_RANDOM_CHARACTERS = 16
_COUNTED_CHARACTERS = 6


class Record(Protocol):
    """What every record offers; `version` is 0 before it is stored, then what the store says."""

    KIND: ClassVar[str]
    FORMAT: ClassVar[int]

    @property
    def version(self) -> int:
        """The version that was read."""
        ...

    @property
    def record_id(self) -> str:
        """The id under which it is kept."""
        ...

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        ...

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        ...

    def index_entries(self) -> Entries:
        """Give the index entries under which it is found."""
        ...

    def unique_keys(self) -> Entries:
        """Give the unique keys it holds."""
        ...


R = TypeVar("R", bound=Record)


class Shown(Protocol):
    """A record as far as somebody reads it, who will not save it."""

    KIND: ClassVar[str]
    FORMAT: ClassVar[int]

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        ...


S = TypeVar("S", bound=Shown)


def put_of(record: Record, *, expected_version: int | None = None) -> Put:
    """Make the put that stores a record; `expected_version` as in `Put`, often ``record.version``."""
    return Put(
        kind=record.KIND,
        record_id=record.record_id,
        body=record.to_body(),
        expected_version=expected_version,
        format=record.FORMAT,
        index=record.index_entries(),
        unique=record.unique_keys(),
    )


def delete_of(record: Record, *, expected_version: int | None = None) -> Delete:
    """Make the delete that removes a record."""
    return Delete(kind=record.KIND, record_id=record.record_id, expected_version=expected_version)


def read_as(record_type: type[S], stored: Stored) -> S:
    """Build the record from what the store gave, of any format; UnknownFormat when a newer program wrote it."""
    if stored.format > record_type.FORMAT:
        raise UnknownFormat(stored.kind, found=stored.format, known=record_type.FORMAT)
    if stored.format < record_type.FORMAT:
        body = brought_up(stored.kind, stored.body, found=stored.format, wanted=record_type.FORMAT)
        stored = replace(stored, body=body, format=record_type.FORMAT)
    return record_type.from_body(stored)


def new_id(prefix: str, now: datetime) -> str:
    """Make a random id whose order is the order of making: ``prefix``, the millisecond, 80 random bits.

    Ids of the same millisecond come in any order. 26 characters after the prefix and its underscore, lower case.
    """
    moment = int(now.timestamp() * 1000)
    random = secrets.randbits(5 * _RANDOM_CHARACTERS)
    return f"{prefix}_{_base32(moment, _MOMENT_CHARACTERS)}{_base32(random, _RANDOM_CHARACTERS)}"


def new_ids(prefix: str, now: datetime) -> Iterator[str]:
    """Make ids like `new_id` for many records that belong together, in the order of making.

    They differ in their last characters alone, which count; `after_these_ids` passes over all of them at once.
    """
    first = new_id(prefix, now)[:-_COUNTED_CHARACTERS]
    return (first + _base32(number, _COUNTED_CHARACTERS) for number in count())


def first_id_at(prefix: str, moment: datetime) -> str:
    """Give a text that comes before every id of this moment and after every earlier one."""
    return f"{prefix}_{_base32(int(moment.timestamp() * 1000), _MOMENT_CHARACTERS)}"


def after_these_ids(one: str) -> str:
    """Give the last id that could have been made together with this one."""
    return one[:-_COUNTED_CHARACTERS] + _CROCKFORD[-1] * _COUNTED_CHARACTERS


def _base32(number: int, characters: int) -> str:
    return "".join(_CROCKFORD[number >> (5 * place) & 31] for place in reversed(range(characters)))


def instant_to_json(moment: datetime) -> str:
    """Write an aware moment in UTC, always 27 characters, so that the order of texts is the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant_from_json(text: str) -> datetime:
    """Read what `instant_to_json` wrote."""
    return datetime.fromisoformat(text)


def maybe_instant_to_json(moment: datetime | None) -> str | None:
    """Write a moment, or null for none."""
    return None if moment is None else instant_to_json(moment)


def maybe_instant_from_json(text: str | None) -> datetime | None:
    """Read a moment, or none from null."""
    return None if text is None else instant_from_json(text)


def maybe_day_to_json(day: date | None) -> str | None:
    """Write a day, or null for none."""
    return None if day is None else day.isoformat()


def maybe_day_from_json(text: str | None) -> date | None:
    """Read a day, or none from null."""
    return None if text is None else date.fromisoformat(text)
