"""How the parts of a run lose a member: the snapshot no longer knows them, the result names an alias.

Such a run cannot be replayed or verified any longer and says so (`not_replayable_after_erasure`); that is saved before
anything is rewritten, so nobody ever finds a run broken.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from service.records import kinds
from service.records.codec import put_of
from service.records.erasure import Erasure
from service.records.run import Run, RunState
from service.storage.store import MAX_PAGE, Changes, Fence, Store
from service.usecases.reading import as_page
from service.usecases.running.parts import UNREADABLE, PartReader, delete_parts, write_part

LONGEST_CALL: Final = timedelta(minutes=2)
"""A deletion counts from the moment it was asked for, and is saved so much later at most: until then runs may read."""


def run_under_way(store: Store, platform_id: str, erasure: Erasure) -> bool:
    """Whether a run is at work that may have read the member before they were deleted."""
    page = store.page(platform_id, Run.KIND, index=kinds.BY_STATE, value=RunState.RUNNING)
    saved_by = erasure.requested_at + LONGEST_CALL
    return any(run.started_at is None or run.started_at <= saved_by for run in as_page(Run, page).records)


def erase_from_runs(
    store: Store, platform_id: str, erasure: Erasure, member_id: str, fence: Fence, *, until: datetime
) -> None:
    """Rewrite the parts of every run that began by `until` and names the member."""
    after = None
    while True:
        page = as_page(Run, store.page(platform_id, Run.KIND, after=after, limit=100))
        for run in page.records:
            if run.started_at is not None and run.started_at <= until:
                _erase_from_run(store, platform_id, run, erasure, member_id, fence)
        after = page.next
        if after is None:
            return


def renamed(value: Any, old: str, new: str) -> Any:
    """Give a JSON value with one text in place of another, wherever it stands as a whole."""
    if isinstance(value, str):
        return new if value == old else value
    if isinstance(value, list):
        return [renamed(each, old, new) for each in value]
    if isinstance(value, dict):
        return {renamed(name, old, new): renamed(each, old, new) for name, each in value.items()}
    return value


def line_without(line: Any, member_id: str, alias: str) -> Any:
    """Give a line of a part with the member's id replaced, None for the line that is the member's own.

    An id may be any word of ours or of others' profiles, so it is replaced only where ids stand: never a name of a
    field, and nothing in `_WITHOUT_IDS`.
    """
    if not isinstance(line, dict):
        return renamed(line, member_id, alias)
    if line.get("member") == member_id:
        return None
    return {name: _without_id(name, value, member_id, alias) for name, value in line.items()}


def _without_id(name: str, value: Any, member_id: str, alias: str) -> Any:
    if name in _WITHOUT_IDS:
        return value
    if name == "apart":
        *pair, why = value
        return [*renamed(pair, member_id, alias), why]
    if name == "proposal":
        return {field: renamed(each, member_id, alias) for field, each in value.items()}
    return renamed(value, member_id, alias)


_WITHOUT_IDS: Final = frozenset(("format", "today", "policy", "offsets", "profile", "standing", "version", "digest"))
"""Names of lines whose values hold no member's id (`snapshot_lines.py`, `result_lines.py`)."""


def part_names(store: Store, platform_id: str, run_id: str) -> list[str]:
    """Name the parts of a run that are kept."""
    names: dict[str, None] = {}
    after = None
    while True:
        page = store.page(
            platform_id, kinds.RUN_PART, index=kinds.BY_RUN, value=run_id, after=after, limit=min(MAX_PAGE, 50)
        )
        names.update(dict.fromkeys(stored.record_id.split(".")[1] for stored in page.records))
        after = page.next
        if after is None:
            return list(names)


def _erase_from_run(store: Store, platform_id: str, run: Run, erasure: Erasure, member_id: str, fence: Fence) -> None:
    for name in part_names(store, platform_id, run.run_id):
        reader = PartReader(store, platform_id, run_id=run.run_id, name=name)
        try:
            if all(line_without(line, member_id, erasure.alias) == line for line in reader):
                continue
            run = _marked(store, platform_id, run, erasure, fence)
            rewritten = (line_without(line, member_id, erasure.alias) for line in reader)
            lines = [line for line in rewritten if line is not None]
        except UNREADABLE:
            # Cut off while it was rewritten, or damaged: what cannot be read cannot be searched.
            run = _marked(store, platform_id, run, erasure, fence)
            delete_parts(store, platform_id, run_id=run.run_id, name=name, fence=fence)
            continue
        delete_parts(store, platform_id, run_id=run.run_id, name=name, fence=fence)
        write_part(store, platform_id, run_id=run.run_id, name=name, lines=lines, fence=fence)


def _marked(store: Store, platform_id: str, run: Run, erasure: Erasure, fence: Fence) -> Run:
    if run.erased_at is not None:
        return run
    marked = replace(run, erased_at=erasure.requested_at)
    committed = store.commit(platform_id, Changes(puts=(put_of(marked, expected_version=run.version),), fence=fence))
    return replace(marked, version=committed.versions[Run.KIND, run.run_id])
