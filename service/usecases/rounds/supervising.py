"""The round of supporters: somebody talks with each of them every so often, however many matches they have.

It counts from the last time a coordinator was asked to, or from when the first of their present matches began.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from service.records import kinds
from service.records.codec import read_as
from service.records.load import Load
from service.records.match import Match, MatchState
from service.records.task import CoordinatorTask, TaskKind
from service.storage.store import Page, Store, Stored
from service.usecases.reading import all_found
from service.usecases.rounds.going import Going, at_midnight
from service.usecases.work import Work

AT_ONCE: Final = 100


def _read(store: Store, platform_id: str, after: str | None) -> Page[Stored]:
    return store.page(platform_id, Load.KIND, after=after, limit=AT_ONCE)


def _visit(work: Work, stored: Stored) -> None:
    load = read_as(Load, stored)
    begun = _begun_at(work, load)
    if begun is None:
        return
    asked = [task for task in _tasks_of(work, load.supporter_id) if task.task_kind is TaskKind.SUPERVISION]
    if any(task.done_at is None for task in asked):
        return
    since = max((begun, *(task.opened_at for task in asked)))
    if work.now.date() - since.date() >= timedelta(days=work.policy.timings.supervision_days):
        work.open_task(TaskKind.SUPERVISION, load.supporter_id, (load.supporter_id,))


def _begun_at(work: Work, load: Load) -> datetime | None:
    """Give when the first of their matches that run now began; None while none does."""
    stored = work.store.get_many(work.platform_id, Match.KIND, load.match_ids) if load.match_ids else {}
    matches = (read_as(Match, each) for each in stored.values())
    return min((match.active_since for match in matches if _runs(match) and match.active_since), default=None)


def _runs(match: Match) -> bool:
    return match.state in (MatchState.ACTIVE, MatchState.CLOSING)


def _tasks_of(work: Work, member_id: str) -> tuple[CoordinatorTask, ...]:
    return tuple(all_found(work.store, work.platform_id, CoordinatorTask, index=kinds.BY_MEMBER, value=member_id))


SUPERVISING: Final = Going("supervising", at_midnight, _read, _visit)
