"""Tasks over the wire: closed words and ids, nobody's story."""

from __future__ import annotations

from collections.abc import Iterable

from marshmallow import fields

from schemas.base import Out
from schemas.fields import Choice, Instant
from schemas.member import MEMBER_ID
from schemas.page import NEXT, PageIn


class TaskOut(Out):
    """Something a coordinator should look at."""

    task_id = fields.String()
    kind = fields.String(
        attribute="task_kind",
        metadata={"description": "One of those by which the list is narrowed.", "example": "care"},
    )
    about = fields.String(attribute="subject", metadata={"description": "The match or member it is about."})
    member_ids = fields.List(fields.String(metadata={"pattern": MEMBER_ID}))
    detail = fields.String(metadata={"description": "A closed word that says more: a rule's key, a reason, or empty."})
    opened_at = Instant()
    done_at = Instant(allow_none=True)


class TasksOut(Out):
    """Some tasks."""

    tasks = fields.List(fields.Nested(TaskOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


def task_query(kinds: Iterable[str]) -> type[PageIn]:
    """Make the filters of the list of tasks from the kinds there are."""

    class TaskQuery(PageIn):
        """Which tasks."""

        kind = Choice(
            kinds,
            metadata={"description": "Only tasks of this kind; without_supporter: people to ask for another one."},
        )

    return TaskQuery
