"""Owners: which coordinator looks after a match or a task. Each is given, taken and laid down here.

Whoever approves a pair looks after it unless somebody does already (`matches.py`). Open tasks about a match go with it
wherever it goes; a task may be taken by itself, too. Nobody is told of it but coordinators. The id of somebody who was
removed since stays in place and is read as nobody.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from service.errors import FieldProblem, InvalidInput, StaleVersion
from service.records import kinds
from service.records.coordinator import Coordinator
from service.records.match import Match
from service.records.task import CoordinatorTask
from service.storage.store import Store
from service.usecases.matches import get_match
from service.usecases.reading import all_found, found, maybe_found
from service.usecases.saving import until_saved
from service.usecases.work import Work

NOBODY: Final = ""


def give_match(
    store: Store,
    platform_id: str,
    *,
    match_id: str,
    owner_id: str,
    now: datetime,
    expected_version: int | None = None,
) -> Match:
    """Let somebody look after a match and its open tasks from now on, or `NOBODY`.

    NotFound (``match_not_found``); InvalidInput where there is no such coordinator; StaleVersion with
    `expected_version` when the match is at another.
    """
    _check(store, platform_id, owner_id)

    def attempt() -> Match:
        before = get_match(store, platform_id, match_id=match_id)
        if expected_version is not None and before.version != expected_version:
            raise StaleVersion(Match.KIND, match_id, expected=expected_version, actual=before.version)
        if before.owner_id == owner_id:
            return before
        work = Work(store, platform_id, now)
        work.put(replace(before, owner_id=owner_id))
        for task in all_found(store, platform_id, CoordinatorTask, index=kinds.OPEN_BY_SUBJECT, value=match_id):
            work.put(replace(task, owner_id=owner_id))
        committed = store.commit(platform_id, work.changes())
        return replace(before, owner_id=owner_id, version=committed.versions[Match.KIND, match_id])

    return until_saved(attempt)


def give_task(
    store: Store,
    platform_id: str,
    *,
    task_id: str,
    owner_id: str,
    now: datetime,
    expected_version: int | None = None,
) -> CoordinatorTask:
    """Let somebody look after a task, or `NOBODY`; one that is done stays as it is.

    NotFound (``task_not_found``); InvalidInput where there is no such coordinator; StaleVersion as above.
    """
    _check(store, platform_id, owner_id)

    def attempt() -> CoordinatorTask:
        before = found(store, platform_id, CoordinatorTask, task_id)
        if expected_version is not None and before.version != expected_version:
            raise StaleVersion(CoordinatorTask.KIND, task_id, expected=expected_version, actual=before.version)
        if before.owner_id == owner_id or before.done_at is not None:
            return before
        work = Work(store, platform_id, now)
        work.put(replace(before, owner_id=owner_id))
        committed = store.commit(platform_id, work.changes())
        return replace(before, owner_id=owner_id, version=committed.versions[CoordinatorTask.KIND, task_id])

    return until_saved(attempt)


def _check(store: Store, platform_id: str, owner_id: str) -> None:
    if owner_id != NOBODY and maybe_found(store, platform_id, Coordinator, owner_id) is None:
        allowed = "a coordinator of this platform, or nobody"
        raise InvalidInput(
            f"cannot let them look after it (allowed: {allowed})", problems=(FieldProblem("owner", allowed),)
        )
