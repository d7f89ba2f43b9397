"""Tasks over HTTP: what coordinators are asked to look at. With the scope ``safety`` alone, what concerns safety."""

from __future__ import annotations

from typing import Any, Final

from flask_smorest import Blueprint

from schemas.task import TaskOut, TasksOut, task_query
from service.api.auth import needs
from service.api.blueprint import LINK_HEADER, Headers, next_page, path_id, raises, takes_query
from service.api.idempotency import idempotent
from service.api.requests import caller, now, platform_id, store
from service.errors import Forbidden
from service.records.api_key import Scope
from service.records.task import CoordinatorTask, TaskKind
from service.usecases import tasks as usecases

tasks = Blueprint("tasks", __name__, url_prefix="/v1/tasks", description="What coordinators are asked to look at.")

TASK = path_id("task_id", "The task's id.")
OF_SAFETY: Final = frozenset((TaskKind.CARE, TaskKind.RULE))
"""What a key with the scope ``safety`` and without ``review`` reads and marks as done."""


@tasks.get("")
@needs(Scope.REVIEW, Scope.SAFETY)
@takes_query(task_query(TaskKind))
@tasks.response(200, TasksOut, headers=LINK_HEADER)
def list_tasks(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List tasks that are not done, by kind, the oldest of each first.

    Among them are the people without a supporter now, who are asked first whether they would like another. A key with
    the scope safety alone sees care and rule.
    """
    wanted = frozenset((TaskKind(query["kind"]),)) if "kind" in query else _own_kinds()
    if not wanted <= _own_kinds():
        raise Forbidden("this key may not read tasks of this kind: it needs the scope review", needed=Scope.REVIEW)
    page = usecases.list_open(store(), platform_id(), of=wanted, after=query.get("after"), limit=query["limit"])
    return {"tasks": page.records, "next": page.next}, next_page(page.next)


@tasks.post("/<task_id>/done", parameters=[TASK])
@needs(Scope.REVIEW, Scope.SAFETY)
@idempotent()
@raises(_404="NotFound")
@tasks.response(200, TaskOut)
def post_done(task_id: str) -> CoordinatorTask:
    """Say that a task is done; said again, it changes nothing."""
    return usecases.mark_done(store(), platform_id(), task_id=task_id, of=_own_kinds(), by=caller().key_id, now=now())


def _own_kinds() -> frozenset[TaskKind]:
    return frozenset(TaskKind) if Scope.REVIEW in caller().scopes else OF_SAFETY
