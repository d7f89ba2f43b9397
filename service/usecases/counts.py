"""Counts of a platform, as they may be shown: nobody can be pointed at with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matching.profile import MemberStatus
from service.records import kinds
from service.records.match import Match, MatchState
from service.records.member import Member, MemberRole
from service.records.task import CoordinatorTask, TaskKind
from service.small_counts import told, told_alone
from service.storage.store import Store


@dataclass(frozen=True, slots=True)
class Counts:
    """A total and its parts as they may be shown; None where a number is hidden."""

    total: int | None
    parts: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class PlatformCounts:
    """Members of either side by status, matches by state, open tasks by kind."""

    seekers: Counts
    supporters: Counts
    matches: Counts
    tasks: Counts


def platform_counts(store: Store, platform_id: str) -> PlatformCounts:
    """Count; kept numbers are read, never the records themselves. What a run has staged counts as proposed."""

    def counted(kind: str, index: str, value: str) -> int:
        return store.count(platform_id, kind, index=index, value=value)

    def by_status(role: MemberRole) -> Counts:
        return _shown(
            {
                status.value: counted(Member.KIND, kinds.BY_ROLE_AND_STATUS, kinds.joined(role, status))
                for status in MemberStatus
            }
        )

    return PlatformCounts(
        seekers=by_status(MemberRole.SEEKER),
        supporters=by_status(MemberRole.SUPPORTER),
        matches=_shown({state.value: counted(Match.KIND, kinds.BY_STATE, state.value) for state in MatchState}),
        tasks=_shown({kind.value: counted(CoordinatorTask.KIND, kinds.OPEN_BY_KIND, kind.value) for kind in TaskKind}),
    )


def _shown(parts: Mapping[str, int]) -> Counts:
    """Give parts that add up to a total, and the total, as they may be shown together."""
    said = told(tuple(parts.values()))
    total = told_alone(sum(parts.values())).count
    return Counts(total, {name: each.count for name, each in zip(parts, said, strict=True)})
