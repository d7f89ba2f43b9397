"""Opening a spreadsheet for an import: what can refuse the whole file happens here, before a row is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from matching.policy import LabelField
from schemas.member import load_profile
from schemas.told import tell
from service.mapping.document import ColumnMapping
from service.mapping.errors import MappingError, Problem
from service.mapping.ids import RowIds, ids_of_column, keep_keys, settle_ids
from service.mapping.profiles import ReadyRow, check_constants, profiles_in, refuse_undeclared_labels
from service.mapping.sheet import open_sheet


@dataclass(frozen=True, slots=True)
class SheetReading:
    """A spreadsheet that is ready to be imported.

    Attributes
    ----------
    rows : profiles and problems, read from the file as they are asked for.
    count : how many rows there are, to show progress.
    ids : who each row is.
    has_key_file : whether the key file was written.
    """

    rows: Iterator[ReadyRow | Problem]
    count: int
    ids: RowIds
    has_key_file: bool


def read_spreadsheet(
    file: BinaryIO, mapping: ColumnMapping, *, labels: Iterable[LabelField], key_file: Path
) -> SheetReading:
    """Check file, mapping and key file, write the key file, and give the rows.

    The key file is written before the first row is given, so no member can be stored whose key is on no disk. Raises
    MappingError, SheetError or KeyFileError; then nothing was written.
    """
    declared = tuple(labels)
    load = partial(load_profile, labels=declared)
    refuse_undeclared_labels(mapping, declared)
    sheet = open_sheet(file, columns=mapping.columns(), separator=mapping.separator)
    check_constants(sheet, mapping, load)
    ids = settle_ids(sheet, mapping, key_file)
    has_key_file = keep_keys(ids, mapping, key_file)
    count = len(ids.id_of_line) + len(ids.problems)
    return SheetReading(profiles_in(sheet, mapping, ids, load), count, ids, has_key_file)


def read_with_ids(file: BinaryIO, mapping: ColumnMapping, *, labels: Iterable[LabelField]) -> SheetReading:
    """Check file and mapping where every row carries its id and no key file is kept, and give the rows.

    Raises MappingError or SheetError.
    """
    declared = tuple(labels)
    load = partial(load_profile, labels=declared)
    refuse_undeclared_labels(mapping, declared)
    if not mapping.id_column:
        raise MappingError("id", tell("names no column; here every row needs the id that your platform uses"))
    sheet = open_sheet(file, columns=mapping.columns(), separator=mapping.separator)
    check_constants(sheet, mapping, load)
    ids = ids_of_column(sheet, mapping)
    return SheetReading(
        profiles_in(sheet, mapping, ids, load), len(ids.id_of_line) + len(ids.problems), ids, has_key_file=False
    )
