"""Taking lines in over HTTP: into the store, piece by piece, before anybody is told that they are there.

What can refuse the whole of it (the encoding, the header, the mapping) happens here, before a line is kept; what is
wrong with single lines is for the job that stores them. An import whose lines did not come in whole leaves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, BinaryIO, Final

from schemas.fields import SLUG, SLUG_LENGTH
from schemas.member import load_profile
from service.errors import Conflict, InvalidInput
from service.mapping.checking import check_mapping
from service.mapping.document import ColumnMapping, load_mapping
from service.mapping.errors import MappingError, Problem
from service.mapping.json_lines import numbered_lines
from service.mapping.profiles import check_constants, refuse_undeclared_labels
from service.mapping.sheet import Row, open_sheet
from service.records import kinds
from service.records.codec import delete_of, new_id, put_of, read_as
from service.records.import_ import Import, ImportState
from service.records.mapping import Mapping
from service.storage.store import Changes, Delete, Page, Store
from service.usecases.importing.pieces import Line, in_pieces, problems_in, put_of_piece, remove
from service.usecases.policies import get_policy
from service.usecases.queueing import enqueue, new_job
from service.usecases.reading import as_page, found, maybe_found
from service.usecases.saving import in_step, until_saved

IMPORT_TASK: Final = "import"
"""The name under which jobs that store lines are kept (`service/jobs/tasks/import_.py`)."""

MOST_LINES: Final = 500_000
LONGEST_LINE: Final = 400_000
"""Bytes of a JSON line over HTTP; a piece has to hold it."""


def receive(
    store: Store,
    platform_id: str,
    *,
    file: BinaryIO,
    mapping: dict[str, Any] | None = None,
    requested_by: str,
    now: datetime,
) -> Import:
    """Keep the lines of a seekable file for the job that stores them, and give the import.

    With a mapping's document the file is CSV, else JSON lines. MappingError or SheetError where the whole of it cannot
    be used, InvalidInput (``too_many_lines``); then nothing is kept.
    """
    lines = _json_lines(file) if mapping is None else _rows(store, platform_id, file, for_http(mapping))
    begun = Import(new_id("import", now), ImportState.RECEIVING, mapping, requested_by, created_at=now)
    store.commit(platform_id, Changes(puts=(put_of(begun, expected_version=0),)))
    try:
        received = _kept(store, platform_id, begun, lines)
        job = new_job(IMPORT_TASK, subject=begun.import_id, due_at=now, now=now, job_id=begun.job_id)
        puts = (put_of(received, expected_version=1), put_of(job, expected_version=0))
        enqueue(store, platform_id, Changes(puts=puts), now=now)
    except BaseException:
        forget(store, platform_id, begun)
        raise
    return replace(received, version=2)


def for_http(document: Any) -> ColumnMapping:
    """Check a mapping's document; over HTTP rows are known by the platform's own ids alone. Raises MappingError."""
    mapping = load_mapping(document)
    if not mapping.id_column:
        raise MappingError("id", "is missing: over HTTP each row carries the platform's own id of the member")
    if mapping.recognise_by:
        raise MappingError("recognise_by", "needs a key file, which only `alongside import` keeps; leave it out")
    return mapping


def forget(store: Store, platform_id: str, importing: Import) -> None:
    """Remove an import and all that is kept of it."""
    for kind in (kinds.IMPORT_PIECE, kinds.IMPORT_ERRORS):
        remove(
            store, platform_id, import_id=importing.import_id, kind=kind, commit=partial(_delete, store, platform_id)
        )
    store.commit(platform_id, Changes(deletes=(delete_of(importing),)))


def get_import(store: Store, platform_id: str, *, import_id: str) -> Import:
    """Read an import; NotFound (``import_not_found``)."""
    return found(store, platform_id, Import, import_id)


def list_imports(store: Store, platform_id: str, *, after: str | None, limit: int) -> Page[Import]:
    """Read some imports, latest first; `after` is the `next` of the page before."""
    return as_page(Import, store.page(platform_id, Import.KIND, after=after, limit=limit, descending=True))


def list_problems(
    store: Store, platform_id: str, *, import_id: str, after: str | None
) -> tuple[tuple[Problem, ...], str | None]:
    """Read a page of what is wrong with lines, by line, and the `next`; NotFound (``import_not_found``)."""
    found(store, platform_id, Import, import_id)
    page = store.page(platform_id, kinds.IMPORT_ERRORS, index=kinds.BY_IMPORT, value=import_id, after=after, limit=1)
    return tuple(each for stored in page.records for each in problems_in(stored.body)), page.next


def cancel_import(store: Store, platform_id: str, *, import_id: str) -> Import:
    """Have a worker stop storing lines; what it has stored stays. NotFound; Conflict (``import_not_open``)."""

    def attempt() -> Import:
        importing = found(store, platform_id, Import, import_id)
        if not importing.state.is_open:
            raise Conflict(
                f"cannot cancel an import that is {importing.state} (allowed: queued, running)", code="import_not_open"
            )
        cancelled = replace(importing, state=ImportState.CANCELLED)
        put = put_of(cancelled, expected_version=importing.version)
        committed = store.commit(platform_id, Changes(puts=(put,)))
        return replace(cancelled, version=committed.versions[Import.KIND, import_id])

    return until_saved(attempt)


def remove_old_imports(store: Store, platform_id: str, *, finished_before: datetime, given_up_before: datetime) -> None:
    """Remove imports that are over for long, and those whose lines never came in whole."""
    after = None
    while True:
        page = as_page(Import, store.page(platform_id, Import.KIND, after=after, limit=100))
        for each in page.records:
            is_over = each.finished_at is not None and each.finished_at < finished_before
            if is_over or (each.state is ImportState.RECEIVING and each.created_at < given_up_before):
                forget(store, platform_id, each)
        after = page.next
        if after is None:
            return


def put_mapping(store: Store, platform_id: str, *, name: str, document: Any, now: datetime) -> tuple[Mapping, bool]:
    """Save a mapping, and tell whether it is new; raises InvalidInput (``invalid_name``) and MappingError.

    What would refuse every row is refused here already, by the policy in force.
    """
    if len(name) > SLUG_LENGTH or not re.fullmatch(SLUG, name):
        raise InvalidInput(
            "a mapping's name must be 1 to 40 of a-z, 0-9, with single _ or - between them", code="invalid_name"
        )
    check_mapping(for_http(document), get_policy(store, platform_id).labels)

    def attempt() -> tuple[Mapping, bool]:
        known = maybe_found(store, platform_id, Mapping, name)
        if known is not None and known.document == document:
            return known, False
        version = 0 if known is None else known.version
        mapping = Mapping(name, document, updated_at=now)
        committed = store.commit(platform_id, Changes(puts=(put_of(mapping, expected_version=version),)))
        return replace(mapping, version=committed.versions[Mapping.KIND, name]), known is None

    return until_saved(attempt)


def get_mapping(store: Store, platform_id: str, *, name: str) -> Mapping:
    """Read a mapping; NotFound (``mapping_not_found``)."""
    return found(store, platform_id, Mapping, name)


def list_mappings(store: Store, platform_id: str) -> tuple[Mapping, ...]:
    """Read all mappings, by name."""
    return tuple(read_as(Mapping, stored) for stored in store.each(platform_id, Mapping.KIND))


def delete_mapping(store: Store, platform_id: str, *, name: str) -> None:
    """Remove a mapping; imports that were asked for keep theirs. NotFound (``mapping_not_found``)."""
    mapping = found(store, platform_id, Mapping, name)
    store.commit(platform_id, Changes(deletes=(delete_of(mapping, expected_version=mapping.version),)))


def _json_lines(file: BinaryIO) -> Iterator[Line]:
    for line in numbered_lines(file, longest=LONGEST_LINE):
        yield _as_line(line) if isinstance(line, Problem) else Line(*line)


def _rows(store: Store, platform_id: str, file: BinaryIO, mapping: ColumnMapping) -> Iterator[Line]:
    """Check header, mapping and constants, and give the mapped cells of each row; no others are kept."""
    labels = get_policy(store, platform_id).labels
    refuse_undeclared_labels(mapping, labels)
    sheet = open_sheet(file, columns=mapping.columns(), separator=mapping.separator)
    check_constants(sheet, mapping, partial(load_profile, labels=labels))
    return (_as_line(row) for row in sheet.rows())


def _as_line(row: Row | Problem) -> Line:
    return Line(row.line, None, row.message) if isinstance(row, Problem) else Line(row.line, dict(row.cells))


def _kept(store: Store, platform_id: str, begun: Import, lines: Iterable[Line]) -> Import:
    count = 0

    def puts() -> Iterator[Changes]:
        nonlocal count
        for number, piece in enumerate(in_pieces(lines)):
            count += len(piece)
            if count > MOST_LINES:
                raise InvalidInput(
                    f"cannot import so many lines at once (allowed: {MOST_LINES:,})", code="too_many_lines"
                )
            yield Changes(puts=(put_of_piece(begun.import_id, number, piece),))

    pieces = sum(1 for _ in in_step(partial(store.commit, platform_id), puts()))
    return replace(begun, state=ImportState.QUEUED, lines=count, pieces=pieces)


def _delete(store: Store, platform_id: str, deletes: tuple[Delete, ...]) -> None:
    store.commit(platform_id, Changes(deletes=deletes))


ABANDONED_AFTER: Final = timedelta(hours=6)
"""How long lines may be coming in."""
