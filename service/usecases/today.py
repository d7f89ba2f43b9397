"""What waits for coordinators just now, counted and begun: everything a day starts with, read by index alone.

Of each sort the oldest few are given beside how many there are; the whole list is on a page of its own. Nothing here
changes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.records import kinds
from service.records.hold import Hold
from service.records.match import Match, MatchState
from service.records.member import Member, MemberRole
from service.records.task import CoordinatorTask, TaskKind
from service.storage.store import Store
from service.usecases.matches import list_matches
from service.usecases.reviewing import count_open
from service.usecases.safety import list_holds
from service.usecases.tasks import list_open

URGENT_FIRST: Final = (
    TaskKind.CARE,
    TaskKind.RULE,
    TaskKind.WITHOUT_SUPPORTER,
    TaskKind.FIRST_MEETING,
    TaskKind.CHECK_IN,
    TaskKind.SUPERVISION,
    TaskKind.LONG_WAIT,
)
"""Kinds of tasks in the order in which a day looks at them."""


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """The open tasks of one kind: how many, and the oldest few."""

    kind: TaskKind
    count: int
    tasks: Sequence[CoordinatorTask]


@dataclass(frozen=True, slots=True)
class MatchGroup:
    """Matches of one sort: how many, and the oldest few."""

    count: int
    matches: Sequence[Match]


@dataclass(frozen=True, slots=True)
class Today:
    """What waits.

    Attributes
    ----------
    proposals : pairs to review. holds : that stand, with their count.
    offers : approved, and an answer is still awaited. closings : coming to an end.
    seekers, supporters : of the platform.
    """

    seekers: int
    supporters: int
    proposals: int
    hold_count: int
    holds: Sequence[Hold]
    tasks: Sequence[TaskGroup]
    offers: MatchGroup
    closings: MatchGroup


def today_of(store: Store, platform_id: str, *, most: int) -> Today:
    """Read what waits, at most `most` of each sort."""
    return Today(
        seekers=_members(store, platform_id, MemberRole.SEEKER),
        supporters=_members(store, platform_id, MemberRole.SUPPORTER),
        proposals=count_open(store, platform_id),
        hold_count=store.count(platform_id, Hold.KIND, index=kinds.BY_STATE, value="held"),
        holds=list_holds(store, platform_id, limit=most).records,
        tasks=task_groups(store, platform_id, most=most),
        offers=_matches(store, platform_id, MatchState.OFFERED, most),
        closings=_matches(store, platform_id, MatchState.CLOSING, most),
    )


def count_of_own_tasks(store: Store, platform_id: str, *, owner_id: str) -> int:
    """Count the open tasks that somebody looks after."""
    return sum(
        store.count(
            platform_id, CoordinatorTask.KIND, index=kinds.OPEN_BY_OWNER, value=kinds.joined(owner_id, kind.value)
        )
        for kind in URGENT_FIRST
    )


def task_groups(store: Store, platform_id: str, *, most: int) -> tuple[TaskGroup, ...]:
    """Give the kinds of which there are open tasks, the most urgent first."""
    groups = []
    for kind in URGENT_FIRST:
        count = store.count(platform_id, CoordinatorTask.KIND, index=kinds.OPEN_BY_KIND, value=kind.value)
        if count:
            groups.append(TaskGroup(kind, count, list_open(store, platform_id, of=(kind,), limit=most).records))
    return tuple(groups)


def _members(store: Store, platform_id: str, role: MemberRole) -> int:
    return store.count(platform_id, Member.KIND, index=kinds.BY_ROLE, value=role.value)


def _matches(store: Store, platform_id: str, state: MatchState, most: int) -> MatchGroup:
    count = store.count(platform_id, Match.KIND, index=kinds.BY_STATE, value=state.value)
    return MatchGroup(count, list_matches(store, platform_id, state=state, limit=most).records)
