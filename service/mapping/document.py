"""The mapping file: which column, or which constant, fills each profile field.

`load_mapping` takes what the file says (plain values, from YAML or JSON) and refuses what it does not know by the key's
path. A new key of the file is read in `load_mapping`; a new key of one field in `_column`. No spreadsheet is read here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_type_hints

from matching.profile import Profile
from schemas.told import tell
from service.mapping.errors import MappingError
from service.mapping.sources import Column, Constant, JsonValue, Kind, Table, folded_text

_TOP_KEYS = ("rows", "id", "recognise_by", "separator", "fields")
_COLUMN_KEYS = ("column", "as", "format", "split", "table", "otherwise", "when_empty")
_SEPARATORS = {",": ",", ";": ";", "tab": "\t", "\t": "\t"}
_DATES = (Kind.DATE, Kind.DATE_TIME)


class Rows(StrEnum):
    """Which roles the people of a spreadsheet have."""

    SEEKERS = "seekers"
    SUPPORTERS = "supporters"
    BOTH = "both"

    @property
    def roles(self) -> tuple[str, ...]:
        """Give the profile's role keys."""
        return {"seekers": ("seeker",), "supporters": ("supporter",)}.get(self.value, ("seeker", "supporter"))


Source = Column | Constant


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What a mapping file says, checked.

    Attributes
    ----------
    rows : the role of every row, or the column (with its table) that says it.
    sources : profile field as a dotted path → where its value comes from.
    id_column : the column of the platform's own ids; empty: every row gets a random one.
    recognise_by : columns kept in the key file, by which a row is known again when the file is imported anew.
    separator : of the file's cells; empty: found from the header.
    """

    rows: Rows | Column
    sources: Mapping[str, Source]
    id_column: str = ""
    recognise_by: tuple[str, ...] = ()
    separator: str = ""

    def columns(self) -> Iterator[tuple[str, str]]:
        """Give (key of the mapping file, column it names), each place once."""
        if isinstance(self.rows, Column):
            yield "rows.column", self.rows.name
        if self.id_column:
            yield "id.column", self.id_column
        for name in self.recognise_by:
            yield "recognise_by", name
        for path, source in self.sources.items():
            if isinstance(source, Column):
                yield f"fields.{path}.column", source.name


def load_mapping(document: object) -> ColumnMapping:
    """Check what a mapping file says; raises MappingError with the key and what is allowed."""
    top = _object(document, "")
    _refuse_unknown(top, _TOP_KEYS, "")
    for key in ("rows", "fields"):
        if key not in top:
            raise MappingError(key, tell("is missing"))
    mapping = ColumnMapping(
        rows=_rows(top["rows"]),
        sources=_sources(_object(top["fields"], "fields")),
        id_column=_id_column(top.get("id")),
        recognise_by=_names(top.get("recognise_by"), "recognise_by"),
        separator=_separator(top.get("separator")),
    )
    if not any(isinstance(source, Column) for source in mapping.sources.values()):
        raise MappingError("fields", tell("name no column; at least one field must come from a column of the file"))
    _refuse_other_role(mapping)
    return mapping


@cache
def field_paths() -> tuple[str, ...]:
    """Give the dotted path of every profile field a mapping may fill; ``labels.*`` stands for any label."""
    return tuple(_leaves(Profile, ""))


def _leaves(part: Any, prefix: str) -> Iterator[str]:
    hints = get_type_hints(part)
    for each in fields(part):
        path = prefix + each.name
        inner = next((kind for kind in _alternatives(hints[each.name]) if is_dataclass(kind)), None)
        if path == "labels":
            yield "labels.*"
        elif inner is not None:
            yield from _leaves(inner, path + ".")
        elif path != "member_id":
            yield path


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if isinstance(hint, UnionType) else (hint,)


def _rows(value: object) -> Rows | Column:
    allowed = ", ".join(Rows)
    if isinstance(value, str):
        if value not in set(Rows):
            raise MappingError(
                "rows",
                tell(
                    "cannot be %(value)r (allowed: %(allowed)s, or a column with a table)", value=value, allowed=allowed
                ),
            )
        return Rows(value)
    part = _object(value, "rows")
    _refuse_unknown(part, ("column", "table", "otherwise", "when_empty"), "rows")
    column = _column(part, "rows")
    if column.table is None:
        raise MappingError(
            "rows.table", tell("is missing; it says which text means which of %(allowed)s", allowed=allowed)
        )
    answers = [*column.table.values.values(), column.table.otherwise, column.when_empty]
    for answer in answers:
        if answer is not None and answer not in tuple(Rows):
            raise MappingError(
                "rows.table", tell("cannot give %(answer)r (allowed: %(allowed)s)", answer=answer, allowed=allowed)
            )
    return column


def _sources(part: Mapping[str, object]) -> dict[str, Source]:
    known = field_paths()
    sources: dict[str, Source] = {}
    for path, value in part.items():
        if path not in known and not (path.startswith("labels.") and path.count(".") == 1 and path[7:]):
            raise MappingError(f"fields.{path}", _unknown_field(path, known))
        sources[path] = _source(_object(value, f"fields.{path}"), f"fields.{path}")
    return sources


def _unknown_field(path: str, known: tuple[str, ...]) -> str:
    parts = [each for each in known if each.startswith(f"{path}.") or each.endswith(f".{path}")]
    near = parts or get_close_matches(path, known, n=1)
    if near:
        return tell("is no field of a profile; did you mean %(near)s?", near=" or ".join(near))
    return tell("is no field of a profile; see the list of fields in docs/spreadsheet.md")


def _source(part: Mapping[str, object], key: str) -> Source:
    if "constant" not in part:
        return _column(part, key)
    _refuse_unknown(part, ("constant",), key)
    if part["constant"] is None:
        raise MappingError(f"{key}.constant", tell("is empty; leave the field out instead"))
    return Constant(part["constant"])


def _column(part: Mapping[str, object], key: str) -> Column:
    _refuse_unknown(part, _COLUMN_KEYS, key)
    if "column" not in part:
        raise MappingError(key, tell("names neither a column nor a constant"))
    kind = _kind(part.get("as", "text"), f"{key}.as")
    table = _table(part, key)
    if table is not None and "as" in part:
        raise MappingError(f"{key}.as", tell("cannot stand beside a table: the table gives the value"))
    if "format" in part and kind not in _DATES:
        raise MappingError(f"{key}.format", tell("needs as: date or as: date_time"))
    return Column(
        name=_name(part["column"], f"{key}.column"),
        kind=kind,
        format=_name(part["format"], f"{key}.format") if "format" in part else "",
        split=_split(part["split"], f"{key}.split") if "split" in part else "",
        table=table,
        when_empty=part.get("when_empty"),
    )


def _kind(value: object, key: str) -> Kind:
    if value not in tuple(Kind):
        raise MappingError(
            key, tell("cannot be %(value)r (allowed: %(allowed)s)", value=value, allowed=", ".join(Kind))
        )
    return Kind(str(value))


def _table(part: Mapping[str, object], key: str) -> Table | None:
    if "table" not in part:
        if "otherwise" in part:
            raise MappingError(f"{key}.otherwise", tell("needs a table"))
        return None
    rows = _object(part["table"], f"{key}.table")
    if not rows:
        raise MappingError(f"{key}.table", tell("is empty"))
    values: dict[str, JsonValue] = {}
    for word, value in rows.items():
        if folded_text(word) in values:
            raise MappingError(
                f"{key}.table", tell("lists %(word)r twice (capitals and spaces do not count)", word=word)
            )
        values[folded_text(word)] = value
    return Table(values, tuple(rows), has_otherwise="otherwise" in part, otherwise=part.get("otherwise"))


def _id_column(value: object) -> str:
    if value is None:
        return ""
    part = _object(value, "id")
    _refuse_unknown(part, ("column",), "id")
    return _name(part.get("column"), "id.column")


def _separator(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or value not in _SEPARATORS:
        raise MappingError("separator", tell('cannot be %(value)r (allowed: ",", ";", tab)', value=value))
    return _SEPARATORS[value]


def _names(value: object, key: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not value:
        raise MappingError(key, tell("must be a list of columns, for example [email address]"))
    return tuple(_name(each, key) for each in value)


def _split(value: object, key: str) -> str:
    if not isinstance(value, str) or not value:
        raise MappingError(key, tell('must be a text such as ","'))
    return value


def _name(value: object, key: str) -> str:
    # An unquoted 2026 is a number in YAML and still a fine name of a column.
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text:
        raise MappingError(key, tell("must be a text"))
    return text


def _object(value: object, key: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        message = tell("must hold keys and values, for example {column: topics}")
        raise MappingError(key, message if key else tell("the mapping file must hold the keys rows and fields"))
    return value


def _refuse_unknown(part: Mapping[str, object], allowed: tuple[str, ...], key: str) -> None:
    for name in part:
        if name not in allowed:
            path = f"{key}.{name}" if key else str(name)
            raise MappingError(path, tell("is not a known key (allowed: %(allowed)s)", allowed=", ".join(allowed)))


def _refuse_other_role(mapping: ColumnMapping) -> None:
    if isinstance(mapping.rows, Column):
        return
    for path in mapping.sources:
        role = path.partition(".")[0]
        if role in ("seeker", "supporter") and role not in mapping.rows.roles:
            raise MappingError(
                f"fields.{path}",
                tell("is a %(role)s's field, but the rows are %(rows)s", role=role, rows=str(mapping.rows)),
            )
