"""Reading and writing JSON-like values strictly: what `profile_json.py` is made of.

A codec reads one kind of value, from JSON or already parsed, and writes it back as JSON. A new kind of value is one
more function that returns a `Codec`. What a profile's fields are called does not belong here. Messages never repeat a
value, which may be personal; they name the field and what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from matching.errors import ProfileError

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_END_OF_DAY = 24 * 60


class UnreadableError(ProfileError):
    """A value that cannot be read; its path grows as it travels out of lists and objects.

    Building paths only on the way out, and not on the way in, reads a profile three times as fast.
    """

    def __init__(self, reason: str, allowed: str, *path: str) -> None:
        field = ".".join(path)
        super().__init__(f"cannot read {field or 'the profile'}: {reason} (allowed: {allowed})", field=field)
        self.reason = reason
        self.allowed = allowed
        self.path = path

    def under(self, name: str) -> UnreadableError:
        """Give the same refusal, seen from one step further out."""
        return UnreadableError(self.reason, self.allowed, name, *self.path)


@dataclass(frozen=True, slots=True)
class Codec:
    """How one kind of value is read and written.

    Attributes
    ----------
    read : JSON or a parsed value → the engine's value; raises UnreadableError.
    write : the engine's value → JSON.
    """

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


def text(most: int, *, least: int = 1) -> Codec:
    """Printable text of `least` to `most` characters, without blanks at either end; kept exactly as written."""
    allowed = f"{least} to {most} printable characters, no blanks at either end"

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise UnreadableError("not a string", allowed)
        if not least <= len(value) <= most or not value.isprintable() or value != value.strip():
            raise UnreadableError("an unusable string", allowed)
        return str(value)

    return Codec(read, str)


def slug(most: int) -> Codec:
    """A lower-case key such as ``new_parent``: two spellings of one topic would never meet."""
    allowed = f"1 to {most} of a-z, 0-9, with single _ or - between them"

    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > most or not _SLUG.fullmatch(value):
            raise UnreadableError("not such a key", allowed)
        return str(value)

    return Codec(read, str)


def whole(least: int, most: int) -> Codec:
    """An integer from `least` to `most`."""

    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise UnreadableError("not such a number", f"a whole number from {least} to {most}")
        return int(value)

    return Codec(read, int)


def one_of_numbers(*choices: int) -> Codec:
    """One of a few integers."""

    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value not in choices:
            raise UnreadableError("not one of the values", ", ".join(map(str, choices)))
        return int(value)

    return Codec(read, int)


def decimal(least: float, most: float, *, digits: int) -> Codec:
    """A finite number from `least` to `most`, rounded to so many digits after the point."""

    def read(value: Any) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise UnreadableError("not such a number", f"a number from {least:g} to {most:g}")
        # Adding zero turns -0.0 into 0.0, so that equal places are written alike.
        return round(float(value), digits) + 0.0

    return Codec(read, float)


def flag() -> Codec:
    """True or false."""

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise UnreadableError("not a truth value", "true, false")
        return value

    return Codec(read, bool)


def choice(kind: type[StrEnum]) -> Codec:
    """A member of a closed set."""
    allowed = ", ".join(kind)
    by_value = {str(value): value for value in kind}

    def read(value: Any) -> StrEnum:
        if not isinstance(value, str) or value not in by_value:
            raise UnreadableError("not one of the values", allowed)
        return by_value[value]

    return Codec(read, str)


def day() -> Codec:
    """A date, as a date object or ``YYYY-MM-DD``."""

    def read(value: Any) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            if isinstance(value, str) and _DATE.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise UnreadableError("not a date", "YYYY-MM-DD")

    return Codec(read, date.isoformat)


def instant() -> Codec:
    """A moment with its offset from UTC, as an aware datetime or ISO 8601; kept in UTC."""

    def read(value: Any) -> datetime:
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            if moment.utcoffset() is not None:
                return moment.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            pass
        raise UnreadableError("not a moment", "ISO 8601 with an offset, for example 2026-09-01T10:00:00Z")

    return Codec(read, lambda moment: moment.isoformat().replace("+00:00", "Z"))


def minute_of_day(*, is_end: bool) -> Codec:
    """Minutes from midnight, as ``HH:MM`` or a time object; only an end may be ``24:00``."""
    allowed = "HH:MM from 00:00 to " + ("24:00" if is_end else "23:59")

    def read(value: Any) -> int:
        if isinstance(value, time) and not (value.second or value.microsecond or value.tzinfo):
            return value.hour * 60 + value.minute
        if is_end and value == "24:00":
            return _END_OF_DAY
        found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise UnreadableError("not a time of day", allowed)
        return int(found[1]) * 60 + int(found[2])

    return Codec(read, lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}")


def listed(element: Codec, *, most: int, least: int = 0, is_each_once: bool = True) -> Codec:
    """A list, kept in its order; where each counts once, a repeated element is dropped."""

    def read(value: Any) -> tuple[Any, ...]:
        found = _elements(value, element, range(least, most + 1))
        return tuple(dict.fromkeys(found) if is_each_once else found)

    return Codec(read, lambda values: [element.write(value) for value in values])


def one_set(element: Codec, *, most: int, least: int = 0, order: Iterable[Any] = ()) -> Codec:
    """A set, sent as a list; written in `order`, or sorted where none is given."""
    place = {value: number for number, value in enumerate(order)}

    def read(value: Any) -> frozenset[Any]:
        return frozenset(_elements(value, element, range(least, most + 1)))

    def write(values: Iterable[Any]) -> list[Any]:
        return [element.write(value) for value in sorted(values, key=place.__getitem__ if place else None)]

    return Codec(read, write)


def record(
    kind: type[Any],
    codecs: Mapping[str, Codec],
    *,
    names: Mapping[str, str] | None = None,
) -> Codec:
    """An object whose fields make a frozen dataclass; see `record_reader`.

    Null means the same as leaving the field out, and an optional field without a value is not written.
    """
    read = record_reader(kind, codecs, names=names)
    return Codec(lambda value: read(value, {}), record_writer(codecs, names=names))


def record_reader(
    kind: type[Any], codecs: Mapping[str, Codec], *, names: Mapping[str, str] | None = None
) -> Callable[[Any, dict[str, Any]], Any]:
    """Make what reads an object as a frozen dataclass, given also the attributes that JSON does not carry.

    Parameters
    ----------
    kind : the dataclass; a field without a default is required.
    codecs : JSON field → codec.
    names : JSON field → attribute, where they differ.
    """
    plan = {name: (_attribute(name, names), codec.read) for name, codec in codecs.items()}
    defaults = {field.name for field in fields(kind) if field.default is not MISSING}
    defaults |= {field.name for field in fields(kind) if field.default_factory is not MISSING}
    required = [name for name, (attribute, _) in plan.items() if attribute not in defaults]

    def read(value: Any, found: dict[str, Any]) -> Any:
        if not isinstance(value, Mapping):
            raise UnreadableError("not an object", "an object with " + ", ".join(codecs))
        _check_names(value, plan, required)
        name = ""
        try:
            for name, each in value.items():
                if each is not None:
                    attribute, read_field = plan[name]
                    found[attribute] = read_field(each)
        except UnreadableError as unreadable:
            raise unreadable.under(name) from None
        return kind(**found)

    return read


def record_writer(codecs: Mapping[str, Codec], *, names: Mapping[str, str] | None = None) -> Callable[[Any], Any]:
    """Make what writes a dataclass as an object, its fields in the order of the codecs."""
    plan = [(name, _attribute(name, names), codec.write) for name, codec in codecs.items()]

    def write(value: Any) -> dict[str, Any]:
        found = {}
        for name, attribute, write_field in plan:
            each = getattr(value, attribute)
            if each or not (each is None or isinstance(each, _EMPTY_IS_ABSENT)):
                found[name] = write_field(each)
        return found

    return write


_EMPTY_IS_ABSENT = (str, tuple, frozenset, Mapping)


def _attribute(name: str, names: Mapping[str, str] | None) -> str:
    return (names or {}).get(name, name)


def _check_names(value: Mapping[str, Any], plan: Mapping[str, Any], required: Iterable[str]) -> None:
    for name in value:
        if name not in plan:
            raise UnreadableError("unknown field", ", ".join(plan), str(name))
    for name in required:
        if value.get(name) is None:
            raise UnreadableError("missing", "a value; the field is required", name)


def _elements(value: Any, element: Codec, sizes: range) -> list[Any]:
    if not isinstance(value, list | tuple | AbstractSet):
        raise UnreadableError("not a list", "a list")
    if len(value) not in sizes:
        raise UnreadableError(f"{len(value)} entries", f"{sizes.start} to {sizes.stop - 1}")
    found: list[Any] = []
    for each in value:
        try:
            found.append(element.read(each))
        except UnreadableError as unreadable:
            raise unreadable.under(str(len(found))) from None
    return found
