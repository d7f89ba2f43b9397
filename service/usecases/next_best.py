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

from service.lifecycle import propose
from service.records import kinds
from service.records.care import Search
from service.records.codec import new_id
from service.records.match import HOLDING_STATES, OPEN_STATES, Match, MatchState
from service.records.member import Member, MemberRole
from service.records.platform import Platform
from service.storage.store import Store
from service.usecases.checking import takes_part
from service.usecases.matches import visible
from service.usecases.moves import SYSTEM, matches_of
from service.usecases.places import places_left, standing_of
from service.usecases.reading import all_found
from service.usecases.rests import apart_now
from service.usecases.running.staging import explanation_json
from service.usecases.saving import until_saved
from service.usecases.work import Work
from service.weeks import week_for

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


def propose_next_best(store: Store, platform_id: str, *, seeker_id: str, now: datetime) -> Match | None:
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
        match = _best_for(work, seeker) if _is_looking(work, seeker) else None
        if match is not None:
            work.begin(match)
            if platform is not None:
                work.put(platform)
        elif not seeker.care.look_again:
            return None
        committed = store.commit(platform_id, work.changes())
        saved = None if match is None else work.find(Match, match.match_id)
        return None if saved is None else replace(saved, version=committed.versions[Match.KIND, saved.match_id])

    return until_saved(attempt)


def _is_looking(work: Work, seeker: Member) -> bool:
    care, today = seeker.care, work.now.date()
    if not takes_part(seeker, work) or care.is_recovering(today) or care.search is not Search.LOOKING:
        return False
    is_seeker = MemberRole.SEEKER in seeker.roles
    return is_seeker and not any(
        match.seeker_id == seeker.member_id
        for match in visible(
            work.store, work.platform_id, matches_of(work.store, work.platform_id, seeker.member_id, OPEN_STATES)
        )
    )


def _best_for(work: Work, seeker: Member) -> Match | None:
    # The engine is loaded where it is needed only, so that other calls never wait for it.
    from matching.explain import explain_pair
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
    score, _, column = max(feasible)
    supporter_id = cohort.supporter_ids[column]
    match = Match(
        match_id=new_id("match", work.now),
        run_id="",
        seeker_id=seeker.member_id,
        supporter_id=supporter_id,
        state=MatchState.PROPOSED,
        score=score,
        is_thin=score < work.policy.thin_below,
        created_at=work.now,
        updated_at=work.now,
        explanation=explanation_json(explain_pair(cohort, seeker.member_id, supporter_id)),
    )
    return propose(match, by=SYSTEM, at=work.now)


def _cohort(work: Work, seeker: Member) -> Cohort:
    """Encode the seeker, and every supporter with a place that is neither held nor promised by a proposal."""
    from matching.cohort import Cohort

    taken = Counter(match.supporter_id for match in _open_matches(work))
    today = work.now.date()
    supporters = [
        member
        for member in all_found(
            work.store, work.platform_id, Member, index=kinds.BY_ROLE, value=MemberRole.SUPPORTER.value
        )
        if member.member_id != seeker.member_id and places_left(member.profile, held=taken[member.member_id]) > 0
    ]
    standings = {
        member.member_id: standing_of(member, held=taken[member.member_id], holds_match=False, today=today)
        for member in (*supporters, seeker)
    }
    people = [seeker.profile, *(member.profile for member in supporters)]
    return Cohort.from_profiles(
        people,
        week=week_for(today, (profile.timezone for profile in people)),
        policy=work.policy,
        standings=standings,
        apart=apart_now(work.store, work.platform_id, work.now),
    )


def _open_matches(work: Work) -> Iterator[Match]:
    for state in (MatchState.PROPOSED, *sorted(HOLDING_STATES)):
        found = all_found(work.store, work.platform_id, Match, index=kinds.BY_STATE, value=state)
        yield from visible(work.store, work.platform_id, found)
