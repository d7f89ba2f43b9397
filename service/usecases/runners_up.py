"""Runners-up: who else could be with the seeker of a pair, and with its supporter, the best by points first.

They are looked for among those kept ready (`warm/`), however many there are, and every hard rule is asked again of the
stored records of the few that are told. Nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from service.records.codec import read_as
from service.records.match import HOLDING_STATES, MatchState
from service.records.member import Member, MemberRole
from service.storage.store import Store
from service.usecases.places import places_left
from service.usecases.proposing import cohort_of, open_matches_of
from service.usecases.rests import apart_from
from service.usecases.warm.cohorts import WarmCohorts
from service.usecases.work import Work

_SPARE: Final = 5
"""More are looked at than are told, since some may have changed this moment."""


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


@dataclass(frozen=True, slots=True)
class _Counts:
    """Matches of somebody on one side: those that hold a place, and proposals."""

    held: int
    promised: int


def supporters_for(  # noqa: PLR0913 - one question, described by names
    store: Store,
    warm: WarmCohorts,
    platform_id: str,
    *,
    seeker_id: str,
    but: str,
    now: datetime,
    limit: int,
    patience: float | None = None,
) -> Sequence[RunnerUp]:
    """Give the best supporters for a seeker, beside `but`, who have a place that no match holds.

    NotFound (``member_not_found``); TooLarge and StillPreparing as `WarmCohorts.of`.
    """
    work = Work(store, platform_id, now)
    seeker = work.found(Member, seeker_id)
    supporters = _first(work, warm, seeker, MemberRole.SUPPORTER, but=but, most=limit + _SPARE, patience=patience)
    counts = {each.member_id: _counts(work, each.member_id, MemberRole.SUPPORTER) for each in supporters}
    others = [each for each in supporters if places_left(each.profile, held=counts[each.member_id].held) > 0]
    free = {
        each.member_id
        for each in others
        if places_left(each.profile, held=counts[each.member_id].held + counts[each.member_id].promised) > 0
    }
    scores = _scores(work, seeker, others, {each: count.held for each, count in counts.items()}, is_seeker=True)
    return _best(work, scores, free, limit)


def seekers_for(  # noqa: PLR0913 - one question, described by names
    store: Store,
    warm: WarmCohorts,
    platform_id: str,
    *,
    supporter_id: str,
    but: str,
    now: datetime,
    limit: int,
    patience: float | None = None,
) -> Sequence[RunnerUp]:
    """Give the seekers without a match who fit a supporter best, beside `but`; errors as above."""
    work = Work(store, platform_id, now)
    supporter = work.found(Member, supporter_id)
    seekers = _first(work, warm, supporter, MemberRole.SEEKER, but=but, most=limit + _SPARE, patience=patience)
    counts = {each.member_id: _counts(work, each.member_id, MemberRole.SEEKER) for each in seekers}
    others = [each for each in seekers if not counts[each.member_id].held]
    free = {each.member_id for each in others if not counts[each.member_id].promised}
    return _best(work, _scores(work, supporter, others, {}, is_seeker=False), free, limit)


def _first(  # noqa: PLR0913 - one question, described by names
    work: Work, warm: WarmCohorts, one: Member, role: MemberRole, *, but: str, most: int, patience: float | None
) -> tuple[Member, ...]:
    """Read the first of a side, by what is kept ready of it."""
    store, platform_id = work.store, work.platform_id
    never = {but, *(other for pair in apart_from(store, platform_id, (one.member_id,), work.now) for other in pair)}
    cohort = warm.of(store, platform_id, now=work.now, role=role, patience=patience)
    with cohort.lock:
        ids = tuple(each.member_id for each in cohort.ranked(one, work.now, never=never, most=most))
    stored = store.get_many(platform_id, Member.KIND, ids)
    return tuple(read_as(Member, stored[each]) for each in ids if each in stored)


def _counts(work: Work, member_id: str, role: MemberRole) -> _Counts:
    matches = open_matches_of(work, member_id)
    is_seeker = role is MemberRole.SEEKER
    states = [each.state for each in matches if (each.seeker_id if is_seeker else each.supporter_id) == member_id]
    return _Counts(sum(state in HOLDING_STATES for state in states), states.count(MatchState.PROPOSED))


def _scores(
    work: Work, one: Member, others: Sequence[Member], held: Mapping[str, int], *, is_seeker: bool
) -> list[tuple[str, int]]:
    """Ask every rule of the stored records, and give the points of those it allows, in the order of `others`."""
    # The engine is loaded where it is needed only, so that other pages never wait for it.
    from matching.reference import score_of

    apart = apart_from(work.store, work.platform_id, (one.member_id,), work.now)
    cohort = cohort_of(work, one, others, held=held, apart=apart)
    seekers = {each: row for row, each in enumerate(cohort.seeker_ids)}
    supporters = {each: row for row, each in enumerate(cohort.supporter_ids)}
    found = []
    for other in others:
        pair = (one.member_id, other.member_id) if is_seeker else (other.member_id, one.member_id)
        i, j = seekers.get(pair[0]), supporters.get(pair[1])
        score = None if i is None or j is None else score_of(cohort, i, j)
        if score is not None:
            found.append((other.member_id, score))
    return found


def _best(work: Work, scores: Sequence[tuple[str, int]], free: set[str], limit: int) -> Sequence[RunnerUp]:
    most = _most_points(work)
    # Of equal points those come first whom the engine would take first, as they came.
    best = sorted(scores, key=lambda each: -each[1])[:limit]
    return tuple(RunnerUp(member_id, score, max(most, score), member_id in free) for member_id, score in best)


def _most_points(work: Work) -> int:
    from matching.factors import FACTORS

    declared = sum(work.policy.weights.get(factor.key, factor.weight) for factor in FACTORS)
    labels = (max((points for _, points in each.table), default=each.points) for each in work.policy.label_factors)
    return declared + sum(max(points, 0) for points in labels)
