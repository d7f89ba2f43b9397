"""Going through whole days of rounds."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.records.task import CoordinatorTask, TaskKind
from service.storage.store import Store
from service.usecases.reading import as_page
from service.usecases.rounds.all import ROUNDS
from service.usecases.rounds.going import PAUSE, Going, go_on
from tests.service.usecases.cast import P

DAY = timedelta(days=1)


def go_round(store: Store, now: datetime, *rounds: Going) -> datetime:
    """Take every step of this moment's rounds, or of some of them; give when the next one begins."""
    following = now
    while following <= now + PAUSE:
        following = min([go_on(store, P, going, now=now) for going in rounds or ROUNDS])
    return following


def told(store: Store, *types: str) -> list[tuple[str, object]]:
    """What was told of these types: (subject, the body's only value)."""
    events = store.events(P, limit=1000)
    return [(event.subject, *(event.body or {}).values()) for event in events if event.type in types and event.subject]


def tasks(store: Store, kind: TaskKind, *, is_open: bool = True) -> list[tuple[str, str]]:
    """What coordinators are asked to look at: (about, detail)."""
    page = as_page(CoordinatorTask, store.page(P, CoordinatorTask.KIND, limit=1000))
    return [
        (task.subject, task.detail)
        for task in page.records
        if task.task_kind is kind and (task.done_at is None or not is_open)
    ]
