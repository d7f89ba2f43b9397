"""Storing the lines of an import, in a job: every good line is a member, every bad one a problem by its line.

A piece is counted before any of it is stored, stored, and then left behind in one commit with its counts; so whatever
kills the worker in between, each line counts once, and storing one again changes nothing. One event tells of it all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from matching.profile import Profile
from schemas.member import load_profile
from service.errors import StaleVersion
from service.mapping.document import ColumnMapping
from service.mapping.errors import Problem
from service.mapping.ids import RowIds, claim_told
from service.mapping.json_lines import checked_line
from service.mapping.profiles import Load, ReadyRow, checked_row
from service.mapping.sheet import Row
from service.records import kinds
from service.records.codec import put_of
from service.records.import_ import Counts, Import, ImportState
from service.storage.store import Changes, Delete, Fence, Store
from service.usecases.importing.pieces import Line, puts_of_problems, read_piece, remove
from service.usecases.importing.receiving import for_http
from service.usecases.members import Imported, count_changes, event_of_import, put_some_members
from service.usecases.policies import get_policy
from service.usecases.reading import found, maybe_found

MOST_PROBLEMS: Final = 20
"""Of one line; one field that is wrong in a hundred places is told often enough."""


@dataclass(frozen=True, slots=True)
class Storing:
    """One worker's hold on one import."""

    store: Store
    platform_id: str
    fence: Fence
    now: Callable[[], datetime]
    is_stopping: Callable[[], bool]

    def save(self, importing: Import) -> Import:
        """Save how far it has come; StaleVersion where somebody cancelled it meanwhile."""
        put = put_of(importing, expected_version=importing.version)
        committed = self.store.commit(self.platform_id, Changes(puts=(put,), fence=self.fence))
        return replace(importing, version=committed.versions[Import.KIND, importing.import_id])


def store_lines(storing: Storing, *, import_id: str) -> bool:
    """Store what is left of an import; False when it was to stop before all was stored.

    One that is over, or has gone, is left as it is.
    """
    importing = maybe_found(storing.store, storing.platform_id, Import, import_id)
    if importing is None or importing.finished_at is not None:
        return True
    try:
        if importing.state.is_open:
            is_through = _store_pieces(storing, importing)
            if not is_through:
                return False
    except StaleVersion:
        cancelled = found(storing.store, storing.platform_id, Import, import_id)
        if cancelled.state is not ImportState.CANCELLED:
            raise
    _finish(storing, found(storing.store, storing.platform_id, Import, import_id))
    return True


def give_up(store: Store, platform_id: str, *, import_id: str, code: str, now: datetime) -> None:
    """Mark an import that its job could not store as failed; what was stored stays."""
    importing = maybe_found(store, platform_id, Import, import_id)
    if importing is None or importing.finished_at is not None:
        return
    _remove_pieces(store, platform_id, importing, None)
    failed = replace(importing, state=ImportState.FAILED, error_code=code, finished_at=now, planned=None)
    store.commit(platform_id, Changes(puts=(put_of(failed, expected_version=importing.version),)))


class Reader:
    """Turns lines into profiles and problems, one piece after the other: a member may come once in an import."""

    def __init__(self, load: Load, mapping: ColumnMapping | None) -> None:
        self._load = load
        self._mapping = mapping
        self._lines_of_ids: dict[str, int] = {}
        self._settled = RowIds()

    def read(self, lines: Iterable[Line]) -> Iterator[ReadyRow | Problem]:
        """Give each line as a profile, or what is wrong with it, `MOST_PROBLEMS` at most."""
        for line in lines:
            for number, each in enumerate(self._checked(line)):
                if number == MOST_PROBLEMS:
                    yield Problem(line.number, "has more problems than are told here")
                    break
                yield each

    def _checked(self, line: Line) -> Iterator[ReadyRow | Problem]:
        if line.content is None:
            yield Problem(line.number, line.problem)
        elif self._mapping is None:
            yield from checked_line(line.number, line.content, self._lines_of_ids, self._load)
        else:
            yield from self._checked_row(Row(line.number, line.content), self._mapping)

    def _checked_row(self, row: Row, mapping: ColumnMapping) -> Iterator[ReadyRow | Problem]:
        claim_told(row, mapping, self._settled)
        if row.line in self._settled.problems:
            yield self._settled.problems.pop(row.line)
        else:
            yield from checked_row(row, mapping, self._settled.id_of_line.pop(row.line), self._load)


def _store_pieces(storing: Storing, importing: Import) -> bool:
    store, platform_id = storing.store, storing.platform_id
    load = partial(load_profile, labels=get_policy(store, platform_id).labels)
    reader = Reader(load, None if importing.mapping is None else for_http(importing.mapping))
    if importing.state is ImportState.QUEUED:
        importing = storing.save(replace(importing, state=ImportState.RUNNING))
    for number in range(importing.pieces):
        rows = list(reader.read(read_piece(store, platform_id, import_id=importing.import_id, number=number)))
        if number < importing.next_piece:
            continue
        if storing.is_stopping():
            return False
        importing = _store_piece(storing, importing, rows)
    return True


def _store_piece(storing: Storing, importing: Import, rows: Sequence[ReadyRow | Problem]) -> Import:
    store, platform_id, now = storing.store, storing.platform_id, storing.now()
    profiles = [row.profile for row in rows if isinstance(row, ReadyRow)]
    problems = [row for row in rows if isinstance(row, Problem)]
    if importing.planned is None:
        importing = storing.save(replace(importing, planned=_planned(store, platform_id, profiles, problems, now)))
    put_some_members(store, platform_id, profiles=profiles, now=now)
    for put in puts_of_problems(importing.import_id, importing.next_piece, problems):
        store.commit(platform_id, Changes(puts=(put,), fence=storing.fence))
    return _counted(storing, importing)


def _planned(
    store: Store, platform_id: str, profiles: Sequence[Profile], problems: Sequence[Problem], now: datetime
) -> Counts:
    counted = count_changes(store, platform_id, profiles=profiles, now=now)
    refused = len({problem.line for problem in problems})
    return Counts(counted.created, counted.updated, counted.unchanged, refused)


def _counted(storing: Storing, importing: Import) -> Import:
    """Leave a piece behind with its counts, also where the import was cancelled while it was stored."""
    try:
        return storing.save(_after(importing))
    except StaleVersion:
        latest = found(storing.store, storing.platform_id, Import, importing.import_id)
        if latest.state is ImportState.CANCELLED and latest.next_piece == importing.next_piece:
            storing.save(_after(latest))
        raise


def _after(importing: Import) -> Import:
    counts = importing.counts + (importing.planned or Counts())
    return replace(importing, counts=counts, planned=None, next_piece=importing.next_piece + 1)


def _finish(storing: Storing, importing: Import) -> None:
    store, platform_id, now = storing.store, storing.platform_id, storing.now()
    _remove_pieces(store, platform_id, importing, storing.fence)
    state = ImportState.DONE if importing.state is ImportState.RUNNING else importing.state
    done = replace(importing, state=state, finished_at=now, planned=None)
    total = Imported(done.counts.created, done.counts.updated, done.counts.unchanged)
    event = event_of_import(platform_id, total, now, import_id=done.import_id)
    put = put_of(done, expected_version=importing.version)
    events = () if event is None else (event,)
    store.commit(platform_id, Changes(puts=(put,), events=events, fence=storing.fence))


def _remove_pieces(store: Store, platform_id: str, importing: Import, fence: Fence | None) -> None:
    def commit(deletes: tuple[Delete, ...]) -> None:
        store.commit(platform_id, Changes(deletes=deletes, fence=fence))

    remove(store, platform_id, import_id=importing.import_id, kind=kinds.IMPORT_PIECE, commit=commit)
