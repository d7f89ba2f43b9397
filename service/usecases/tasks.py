"""Tasks: what coordinators are asked to look at, and that somebody has.

They are opened and settled by what happens (`Work.open_task`, `Work.settle_tasks`); here people read them and say that
one is done. A task that is done changes nothing else, but for a death: whoever was left in peace is then no longer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from service.errors import Forbidden
from service.reasons import EndReason
from service.records import kinds
from service.records.member import Member
from service.records.task import CoordinatorTask, TaskKind
from service.storage.store import Page, Store
from service.usecases.reading import as_page, found
from service.usecases.saving import until_saved
from service.usecases.work import Work


def list_open(
    store: Store,
    platform_id: str,
    *,
    of: Collection[TaskKind] = tuple(TaskKind),
    owner_id: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[CoordinatorTask]:
    """Read tasks of these kinds that are not done: by kind, the oldest of each first; every page but the last is full.

    `after` is the `next` of the page before with the same kinds and owner.
    """
    seen: list[CoordinatorTask] = []
    first, _, last = (after or "").partition(":")
    for kind in sorted(kind for kind in of if kind.value >= first):
        page = store.page(
            platform_id,
            CoordinatorTask.KIND,
            index=kinds.OPEN_BY_KIND if owner_id is None else kinds.OPEN_BY_OWNER,
            value=kind.value if owner_id is None else kinds.joined(owner_id, kind.value),
            after=last if last and kind.value == first else None,
            limit=limit - len(seen),
        )
        seen.extend(as_page(CoordinatorTask, page).records)
        if len(seen) == limit:
            return Page(tuple(seen), f"{kind}:{seen[-1].task_id}")
    return Page(tuple(seen), None)


def mark_done(
    store: Store, platform_id: str, *, task_id: str, of: Collection[TaskKind], by: str, now: datetime
) -> CoordinatorTask:
    """Keep that somebody has done a task; one that is done already stays as it is.

    NotFound (``task_not_found``); Forbidden when it is of another kind than `of`.
    """

    def attempt() -> CoordinatorTask:
        work = Work(store, platform_id, now)
        task = found(store, platform_id, CoordinatorTask, task_id)
        if task.task_kind not in of:
            who = ", ".join(sorted(of))
            raise Forbidden(f"cannot mark this task as done: the key may do so of these kinds only: {who}")
        if task.done_at is not None:
            return task
        done = task.done(now, by=by)
        work.put(done)
        work.tell("task.done", task_id, mentions=task.member_ids, task_kind=task.task_kind.value, about=task.subject)
        if task.task_kind is TaskKind.CARE and task.detail == EndReason.DIED:
            _end_quiet(work, task)
        committed = store.commit(platform_id, work.changes())
        return replace(done, version=committed.versions[CoordinatorTask.KIND, task_id])

    return until_saved(attempt)


def _end_quiet(work: Work, task: CoordinatorTask) -> None:
    """Somebody has looked after those whom a death concerns: what is sent by itself may reach them again."""
    for member_id in task.member_ids:
        member = work.find(Member, member_id)
        if member is not None and member.care.is_quiet:
            work.put(replace(member, care=replace(member.care, is_quiet=False)))
