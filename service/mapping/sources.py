"""Where a profile field comes from: a constant, or a column with conversions.

A new conversion is a member of `Kind` and a row of `_CONVERTERS`. Nothing here knows files, and no message may hold the
text of a cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from matching.profile import AgeBand
from schemas.told import tell

JsonValue = Any
"""What JSON can hold: None, bool, int, float, str, list or dict of these."""

YES = frozenset({"yes", "y", "true", "1", "x"})
NO = frozenset({"no", "n", "false", "0"})
_MOST_WORDS = 20
"""So many entries of a table are named in a message."""


class CellError(ValueError):
    """A cell cannot be converted; the message says what is allowed, not what was there."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Kind(StrEnum):
    """The conversions a column may ask for with ``as``."""

    TEXT = "text"
    LOWER = "lower"
    SLUG = "slug"
    INTEGER = "integer"
    DECIMAL = "decimal"
    YES_NO = "yes_no"
    DATE = "date"
    DATE_TIME = "date_time"
    AGE_BAND = "age_band"


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value in every row."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class Table:
    """Which value stands for which text; text is compared without case and outer spaces.

    `words` are the texts as the mapping writes them. `otherwise` counts only where `has_otherwise`; None leaves out.
    """

    values: Mapping[str, JsonValue]
    words: tuple[str, ...]
    has_otherwise: bool = False
    otherwise: JsonValue = None

    def value_of(self, text: str) -> JsonValue:
        """Look the text up."""
        folded = folded_text(text)
        if folded in self.values:
            return self.values[folded]
        if self.has_otherwise:
            return self.otherwise
        more = ", …" if len(self.words) > _MOST_WORDS else ""
        raise CellError(
            tell("is not in the table (allowed: %(words)s)", words=", ".join(self.words[:_MOST_WORDS]) + more)
        )


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the spreadsheet and how its cells become a value.

    Attributes
    ----------
    split : separator of several entries in one cell; the value is then a list. Empty: one entry.
    table : looks every entry up; takes the place of `kind`.
    format : strptime format of `Kind.DATE` and `Kind.DATE_TIME`; empty: ISO 8601.
    when_empty : the value of an empty cell; None leaves the field out.
    """

    name: str
    kind: Kind = Kind.TEXT
    format: str = ""
    split: str = ""
    table: Table | None = None
    when_empty: JsonValue = field(default=None)

    def value_of(self, cell: str) -> JsonValue:
        """Convert a cell; None means that the field is left out. Raises CellError."""
        if not self.split:
            entry = cell.strip()
            return self._entry(entry) if entry else self.when_empty
        entries = [entry.strip() for entry in cell.split(self.split)]
        values = _distinct(self._entry(entry) for entry in entries if entry)
        return values or self.when_empty

    def _entry(self, text: str) -> JsonValue:
        if self.table is not None:
            return self.table.value_of(text)
        return _CONVERTERS[self.kind](text, self.format)


def folded_text(text: str) -> str:
    """Fold case and outer and repeated spaces, for comparing headers and table entries as a reader would."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def _distinct(values: Iterable[JsonValue]) -> list[JsonValue]:
    """Flatten tables' lists, leave out what is absent, keep the first of equals."""
    kept: list[JsonValue] = []
    for value in values:
        for part in value if isinstance(value, list) else [value]:
            if part is not None and part not in kept:
                kept.append(part)
    return kept


def _text(text: str, _: str) -> JsonValue:
    return text


def _lower(text: str, _: str) -> JsonValue:
    return " ".join(text.split()).lower()


def _slug(text: str, _: str) -> JsonValue:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    slug = re.sub(r"[\W_]+", "_", plain).strip("_")
    if not slug:
        raise CellError(tell("must hold a letter or a digit"))
    return slug


def _integer(text: str, _: str) -> JsonValue:
    if not re.fullmatch(r"[-+]?[0-9]{1,15}", text, re.ASCII):
        raise CellError(tell("must be a whole number"))
    return int(text)


def _decimal(text: str, _: str) -> JsonValue:
    if not re.fullmatch(r"[-+]?[0-9]{1,15}([.,][0-9]{1,15})?", text, re.ASCII):
        raise CellError(tell("must be a number such as 53.48"))
    return float(text.replace(",", "."))


def _yes_no(text: str, _: str) -> JsonValue:
    word = text.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellError(tell("must be yes or no (also y, true, 1, x; n, false, 0); use a table for other words"))


def _date(text: str, format: str) -> JsonValue:
    return _moment(text, format).date().isoformat()


def _date_time(text: str, format: str) -> JsonValue:
    moment = _moment(text, format)
    # A spreadsheet rarely says a zone; read as UTC, a consent's day is right to within hours.
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat(timespec="seconds").replace("+00:00", "Z")


def _moment(text: str, format: str) -> datetime:
    try:
        return datetime.strptime(text, format) if format else datetime.fromisoformat(text)  # noqa: DTZ007 - see _date_time
    except (ValueError, OverflowError):
        if format:
            raise CellError(tell("must be a date written as %(format)s", format=format)) from None
        raise CellError(tell("must be a date such as 2026-09-01")) from None


_YOUNGEST = {13: AgeBand.AGE_13_15, 16: AgeBand.AGE_16_17, 18: AgeBand.AGE_18_24, 25: AgeBand.AGE_25_34,
             35: AgeBand.AGE_35_44, 45: AgeBand.AGE_45_54, 55: AgeBand.AGE_55_64, 65: AgeBand.AGE_65_74,
             75: AgeBand.AGE_75_UP}  # fmt: skip


def _age_band(text: str, _: str) -> JsonValue:
    """Turn an age in years into its band, so that no exact age is stored."""
    if not re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) or not 13 <= int(text) <= 120:
        raise CellError(tell("must be an age in whole years, 13 to 120"))
    return str(_YOUNGEST[max(youngest for youngest in _YOUNGEST if youngest <= int(text))])


_CONVERTERS: Mapping[Kind, Callable[[str, str], JsonValue]] = {
    Kind.TEXT: _text,
    Kind.LOWER: _lower,
    Kind.SLUG: _slug,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.YES_NO: _yes_no,
    Kind.DATE: _date,
    Kind.DATE_TIME: _date_time,
    Kind.AGE_BAND: _age_band,
}
