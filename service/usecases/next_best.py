"""The next best pair for one seeker, beside any run: after a no or a silence, or when somebody asks for it.

Whoever the hard rules allow and who still has a free place beside what is held and proposed is scored; the best one is
proposed, for a coordinator to look at like any other. A run may arrange it otherwise later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from service.errors import Conflict
from service.records import kinds
from service.records.match import HOLDING_STATES, Actor, Match, MatchState
from service.records.member import Member, MemberRole
from service.records.platform import Platform
from service.storage.store import Store
from service.usecases.matches import visible
from service.usecases.moves import SYSTEM
from service.usecases.places import places_left
from service.usecases.proposing import cohort_of, may_be_proposed, proposal_in, save_proposal
from service.usecases.reading import all_found
from service.usecases.rests import apart_now
from service.usecases.saving import until_saved
from service.usecases.work import Work

if TYPE_CHECKING:
    from matching.cohort import Cohort

MOST_AT_ONCE: Final = 20
"""Seekers for whom one look finds somebody; with more the caller looks again."""


def propose_for_all(store: Store, platform_id: str, *, now: datetime) -> bool:
    """Propose the next best to everybody who is to get one; tell whether there may be more of them."""
    page = store.page(platform_id, Member.KIND, index=kinds.LOOK_AGAIN, value="yes", limit=MOST_AT_ONCE)
    for stored in page.records:
        propose_next_best(store, platform_id, seeker_id=stored.record_id, now=now)
    return page.next is not None


def propose_next_best(
    store: Store, platform_id: str, *, seeker_id: str, now: datetime, by: Actor = SYSTEM
) -> Match | None:
    """Propose the next best supporter to a seeker, and give the proposal; None when there is nobody, or no need.

    No need: they do not take part or look just now, or have a match or proposal already.
    """

    def attempt() -> Match | None:
        work = Work(store, platform_id, now)
        # Before anything else: a run that is published meanwhile must see this proposal, or this the run's.
        platform = work.find(Platform, platform_id)
        seeker = work.find(Member, seeker_id)
        if seeker is None:
            return None
        work.put(replace(seeker, care=replace(seeker.care, look_again=False)))
        match = _best_for(work, seeker, by) if _is_looking(work, seeker) else None
        if match is not None:
            return save_proposal(work, match, platform)
        if seeker.care.look_again:
            store.commit(platform_id, work.changes())
        return None

    return until_saved(attempt)


def ask_for_look(store: Store, platform_id: str, *, seeker_id: str, now: datetime) -> None:
    """Have a worker propose the best free supporter to a seeker; it hears of it at once.

    NotFound (``member_not_found``); Conflict as `proposing.may_be_proposed` says.
    """
    until_saved(lambda: _ask_for_look(store, platform_id, seeker_id, now))


def _ask_for_look(store: Store, platform_id: str, seeker_id: str, now: datetime) -> None:
    work = Work(store, platform_id, now)
    seeker = work.found(Member, seeker_id)
    may_be_proposed(work, seeker)
    work.put(replace(seeker, care=replace(seeker.care, look_again=True)))
    # Workers hear of it, and look at once.
    work.tell("member.match_requested", seeker_id)
    store.commit(platform_id, work.changes())


def _is_looking(work: Work, seeker: Member) -> bool:
    try:
        may_be_proposed(work, seeker)
    except Conflict:
        return False
    return True


def _best_for(work: Work, seeker: Member, by: Actor) -> Match | None:
    # The engine is loaded where it is needed only, so that other calls never wait for it.
    from matching.keys import ties_of
    from matching.reference import score_of

    cohort = _cohort(work, seeker)
    row = next((row for row, seeker_id in enumerate(cohort.seeker_ids) if seeker_id == seeker.member_id), None)
    if row is None:
        return None
    scores = ((score_of(cohort, row, column), column) for column in range(cohort.m))
    ties = ties_of(cohort.seeker_keys[row], cohort.supporter_keys)
    feasible = [(score, int(ties[column]), column) for score, column in scores if score is not None]
    if not feasible:
        return None
    _, _, column = max(feasible)
    return proposal_in(work, cohort, (seeker.member_id, cohort.supporter_ids[column]), by=by)


def _cohort(work: Work, seeker: Member) -> Cohort:
    """Encode the seeker, and every supporter with a place that is neither held nor promised by a proposal."""
    taken = Counter(match.supporter_id for match in _open_matches(work))
    supporters = [
        member
        for member in all_found(
            work.store, work.platform_id, Member, index=kinds.BY_ROLE, value=MemberRole.SUPPORTER.value
        )
        if member.member_id != seeker.member_id and places_left(member.profile, held=taken[member.member_id]) > 0
    ]
    apart = apart_now(work.store, work.platform_id, work.now)
    return cohort_of(work, seeker, supporters, held=taken, apart=apart)


def _open_matches(work: Work) -> Iterator[Match]:
    for state in (MatchState.PROPOSED, *sorted(HOLDING_STATES)):
        found = all_found(work.store, work.platform_id, Match, index=kinds.BY_STATE, value=state)
        yield from visible(work.store, work.platform_id, found)
