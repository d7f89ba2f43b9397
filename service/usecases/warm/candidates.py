"""Who could be proposed to a seeker just now, with reasons, and the best of them proposed at once.

Supporters are ranked among those kept ready, then the stored records of the few that are told are asked again; a
proposal is checked in full inside its commit (`proposing.propose_pair`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from service.errors import Conflict
from service.records.codec import read_as
from service.records.match import Actor, Match
from service.records.member import Member
from service.storage.store import Store
from service.usecases.places import places_left
from service.usecases.proposing import cohort_of, may_be_proposed, may_be_suggested, propose_pair
from service.usecases.rests import apart_from
from service.usecases.running.staging import explanation_json
from service.usecases.warm.cohorts import WarmCohorts
from service.usecases.work import Work

if TYPE_CHECKING:
    from matching.cohort import Cohort
    from matching.profile import Apart

MOST_CANDIDATES: Final = 50
_SPARE: Final = 5
"""More are looked at than are told, since some may have changed this moment."""

_OF_THE_SUPPORTER: Final = frozenset({"rule_broken", "no_place_left", "kept_apart", "not_taking_part", "in_recovery"})
"""Refusals of a pair after which the next supporter is tried; those of the seeker are asked for first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A supporter who could be proposed; `explanation` as a match has it."""

    supporter_id: str
    score: int
    is_thin: bool
    places_left: int
    explanation: dict[str, Any]


def candidates_for(
    store: Store, warm: WarmCohorts, platform_id: str, *, member_id: str, limit: int, now: datetime
) -> tuple[Candidate, ...]:
    """List the supporters who fit a seeker best and have a free place, with reasons, the best first.

    NotFound (``member_not_found``); Conflict with ``not_a_seeker``, ``not_taking_part``, ``in_recovery`` or
    ``not_looking``, and as `WarmCohorts.of`.
    """
    work = Work(store, platform_id, now)
    seeker = work.found(Member, member_id)
    may_be_suggested(work, seeker)
    ids, taken, apart = _ranked(work, warm, seeker, most=limit + _SPARE)
    stored = store.get_many(platform_id, Member.KIND, ids)
    supporters = [read_as(Member, stored[each]) for each in ids if each in stored]
    cohort = cohort_of(work, seeker, supporters, held=taken, apart=apart)
    return tuple(islice(_explained(work, cohort, seeker, supporters, taken), limit))


def match_at_once(  # noqa: PLR0913 - one wish, described by names
    store: Store,
    warm: WarmCohorts,
    platform_id: str,
    *,
    seeker_id: str,
    by: Actor,
    now: datetime,
    patience: float | None = None,
) -> Match:
    """Propose the best free supporter to a seeker; every rule and place is asked again inside the commit.

    NotFound (``member_not_found``); Conflict as `may_be_proposed` says, and ``nobody_yet``; as `WarmCohorts.of`.
    """
    work = Work(store, platform_id, now)
    seeker = work.found(Member, seeker_id)
    may_be_proposed(work, seeker)
    ids, _, _ = _ranked(work, warm, seeker, most=MOST_CANDIDATES, patience=patience)
    for supporter_id in ids:
        try:
            return propose_pair(store, platform_id, seeker_id=seeker_id, supporter_id=supporter_id, by=by, now=now)
        except Conflict as refused:
            if refused.code not in _OF_THE_SUPPORTER:
                raise
    may_be_proposed(Work(store, platform_id, now), seeker)
    raise Conflict("we do not yet have someone with a free place who suits this seeker", code="nobody_yet")


def _ranked(
    work: Work, warm: WarmCohorts, seeker: Member, *, most: int, patience: float | None = None
) -> tuple[tuple[str, ...], dict[str, int], dict[tuple[str, str], Apart]]:
    """Give the first supporters, how many of their places are taken, and who is kept apart from the seeker."""
    apart = dict(apart_from(work.store, work.platform_id, (seeker.member_id,), work.now))
    never = {other for pair in apart for other in pair}
    cohort = warm.of(work.store, work.platform_id, now=work.now, patience=patience)
    with cohort.lock:
        ids = tuple(each.member_id for each in cohort.ranked_free(seeker, work.now, never=never, most=most))
        return ids, {each: cohort.taken.of(each) for each in ids}, apart


def _explained(
    work: Work, cohort: Cohort, seeker: Member, supporters: list[Member], taken: dict[str, int]
) -> Iterator[Candidate]:
    """Explain those who fit as they are stored now, one by one."""
    from matching.errors import MatchingError
    from matching.explain import explain_pair

    for supporter in supporters:
        try:
            explained = explain_pair(cohort, seeker.member_id, supporter.member_id)
        except MatchingError:
            # They have changed since: they do not fit any longer.
            continue
        yield Candidate(
            supporter_id=supporter.member_id,
            score=explained.score,
            is_thin=explained.score < work.policy.thin_below,
            places_left=places_left(supporter.profile, held=taken[supporter.member_id]),
            explanation=explanation_json(explained),
        )
