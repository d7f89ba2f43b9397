"""Runners-up: who else could be with the seeker of a pair, and with its supporter, the best by points first.

Every hard rule is asked of each of them as a run does. On a platform with more people on a side than `MOST_COMPARED`
they are not compared while somebody waits for a page. Nothing here changes anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from service.records import kinds
from service.records.match import HOLDING_STATES, MatchState
from service.records.member import Member, MemberRole
from service.storage.store import Store
from service.usecases.matches import each_visible
from service.usecases.places import places_left
from service.usecases.proposing import cohort_of
from service.usecases.reading import all_found
from service.usecases.rests import apart_from
from service.usecases.work import Work

if TYPE_CHECKING:
    from matching.cohort import Cohort

MOST_COMPARED: Final = 1000


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """Somebody whom every rule allows.

    Attributes
    ----------
    score, most : points of the pair, of those the policy can give.
    is_free : nobody else is proposed to a seeker; a supporter has a place that is neither held nor promised.
    """

    member_id: str
    score: int
    most: int
    is_free: bool


def supporters_for(
    store: Store, platform_id: str, *, seeker_id: str, but: str, now: datetime, limit: int
) -> Sequence[RunnerUp] | None:
    """Give the best supporters for a seeker, beside `but`, who have a place that no match holds.

    None where there are too many to compare; NotFound (``member_not_found``).
    """
    if _are_too_many(store, platform_id, MemberRole.SUPPORTER):
        return None
    work = Work(store, platform_id, now)
    seeker = work.found(Member, seeker_id)
    held, promised = _counts(work, "supporter_id")
    others = [
        member
        for member in _all(work, MemberRole.SUPPORTER)
        if member.member_id not in (seeker_id, but) and places_left(member.profile, held=held[member.member_id]) > 0
    ]
    free = {
        member.member_id
        for member in others
        if places_left(member.profile, held=held[member.member_id] + promised[member.member_id]) > 0
    }
    cohort = _cohort(work, seeker, others, held)
    scores = (
        (supporter_id, score)
        for i in _rows(cohort.seeker_ids, seeker_id)
        for j, supporter_id in enumerate(cohort.supporter_ids)
        if (score := _score(cohort, i, j)) is not None and supporter_id != seeker_id
    )
    return _best(work, scores, free, limit)


def seekers_for(
    store: Store, platform_id: str, *, supporter_id: str, but: str, now: datetime, limit: int
) -> Sequence[RunnerUp] | None:
    """Give the seekers without a match who fit a supporter best, beside `but`; None and NotFound as above."""
    if _are_too_many(store, platform_id, MemberRole.SEEKER):
        return None
    work = Work(store, platform_id, now)
    supporter = work.found(Member, supporter_id)
    held, promised = _counts(work, "seeker_id")
    others = [
        member
        for member in _all(work, MemberRole.SEEKER)
        if member.member_id not in (supporter_id, but) and not held[member.member_id]
    ]
    cohort = _cohort(work, supporter, others, Counter())
    scores = (
        (seeker_id, score)
        for j in _rows(cohort.supporter_ids, supporter_id)
        for i, seeker_id in enumerate(cohort.seeker_ids)
        if (score := _score(cohort, i, j)) is not None and seeker_id != supporter_id
    )
    free = {member.member_id for member in others if not promised[member.member_id]}
    return _best(work, scores, free, limit)


def _are_too_many(store: Store, platform_id: str, role: MemberRole) -> bool:
    return store.count(platform_id, Member.KIND, index=kinds.BY_ROLE, value=role.value) > MOST_COMPARED


def _all(work: Work, role: MemberRole) -> Iterable[Member]:
    return all_found(work.store, work.platform_id, Member, index=kinds.BY_ROLE, value=role.value)


def _counts(work: Work, side: str) -> tuple[Counter[str], Counter[str]]:
    """Count for everybody on a side the matches that hold a place, and the proposals."""
    held: Counter[str] = Counter()
    promised: Counter[str] = Counter()
    for state in (MatchState.PROPOSED, *sorted(HOLDING_STATES)):
        counts = promised if state is MatchState.PROPOSED else held
        counts.update(stored.body[side] for stored in each_visible(work.store, work.platform_id, state=state))
    return held, promised


def _cohort(work: Work, one: Member, others: Sequence[Member], held: Counter[str]) -> Cohort:
    apart = apart_from(work.store, work.platform_id, (one.member_id,), work.now)
    return cohort_of(work, one, others, held=held, apart=apart)


def _rows(ids: Sequence[str], member_id: str) -> tuple[int, ...]:
    """Find a member's row; none where they cannot take part."""
    return tuple(row for row, each in enumerate(ids) if each == member_id)


def _score(cohort: Cohort, i: int, j: int) -> int | None:
    # The engine is loaded where it is needed only, so that other pages never wait for it.
    from matching.reference import score_of

    return score_of(cohort, i, j)


def _best(work: Work, scores: Iterable[tuple[str, int]], free: set[str], limit: int) -> Sequence[RunnerUp]:
    most = _most_points(work)
    best = sorted(scores, key=lambda each: (-each[1], each[0]))[:limit]
    return tuple(RunnerUp(member_id, score, max(most, score), member_id in free) for member_id, score in best)


def _most_points(work: Work) -> int:
    from matching.factors import FACTORS

    declared = sum(work.policy.weights.get(factor.key, factor.weight) for factor in FACTORS)
    labels = (max((points for _, points in each.table), default=each.points) for each in work.policy.label_factors)
    return declared + sum(max(points, 0) for points in labels)
