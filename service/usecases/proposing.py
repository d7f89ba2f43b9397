"""Making one proposal beside any run: who may get one just now, and how it is written down.

A coordinator's own pair is made here, one in place of a proposal in `instead.py`, the best pair for one seeker in
`next_best.py`. Every proposal waits for a
coordinator like any other; a run may arrange it otherwise later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from service.errors import Conflict, FieldProblem, InvalidInput
from service.lifecycle import propose
from service.records.care import Search
from service.records.codec import new_id
from service.records.match import OPEN_STATES, Actor, Match, MatchState
from service.records.member import Member, MemberRole
from service.records.platform import Platform
from service.storage.store import Store
from service.usecases.checking import is_not_recovering, may_meet, takes_part
from service.usecases.matches import visible
from service.usecases.moves import matches_of
from service.usecases.places import places_left, standing_of
from service.usecases.rests import apart_from
from service.usecases.running.staging import explanation_json
from service.usecases.saving import until_saved
from service.usecases.work import Work
from service.weeks import week_for

if TYPE_CHECKING:
    from matching.cohort import Cohort
    from matching.profile import Apart


def propose_pair(
    store: Store, platform_id: str, *, seeker_id: str, supporter_id: str, by: Actor, now: datetime
) -> Match:
    """Propose a pair that a coordinator has chosen; give it as it then stands.

    NotFound (``member_not_found``) with the field of whoever is not there; InvalidInput (``same_person``); Conflict
    with ``not_a_seeker``, ``not_taking_part``, ``in_recovery``, ``not_looking``, ``seeker_has_match``, ``kept_apart``,
    ``rule_broken`` or ``no_place_left``.
    """
    if seeker_id == supporter_id:
        problems = (FieldProblem("supporter_id", "must be somebody else than seeker_id"),)
        raise InvalidInput("cannot propose a member to themselves", problems=problems, code="same_person")

    def attempt() -> Match:
        work = Work(store, platform_id, now)
        # Before anything else: a run that is published meanwhile must see this proposal, or this the run's.
        platform = work.find(Platform, platform_id)
        seeker, supporter = work.all_found(Member, seeker_id=seeker_id, supporter_id=supporter_id)
        may_be_proposed(work, seeker)
        is_there(work, supporter, side=MemberRole.SUPPORTER)
        may_meet(work, seeker, supporter)
        taken = sum(match.supporter_id == supporter_id for match in open_matches_of(work, supporter_id))
        if places_left(supporter.profile, held=taken) < 1:
            raise Conflict("the supporter has no place left", code="no_place_left")
        for member in (seeker, supporter):
            work.rely_on(member)
        apart = apart_from(store, platform_id, (seeker_id, supporter_id), now)
        cohort = cohort_of(work, seeker, (supporter,), held={supporter_id: taken}, apart=apart)
        match = proposal_in(work, cohort, (seeker_id, supporter_id), by=by)
        return save_proposal(work, match, platform)

    return until_saved(attempt)


def may_be_proposed(work: Work, seeker: Member, *, but: str = "") -> None:
    """Raise Conflict, with a code that says why, unless a proposal may be made to this seeker at this moment.

    The match `but` does not stand in the way.
    """
    may_be_suggested(work, seeker)
    others = (match for match in open_matches_of(work, seeker.member_id) if match.match_id != but)
    if any(match.seeker_id == seeker.member_id for match in others):
        raise Conflict("the seeker has a match or a proposal already", code="seeker_has_match")


def may_be_suggested(work: Work, seeker: Member) -> None:
    """Raise Conflict as `may_be_proposed` does, whether or not the seeker has a match or a proposal already."""
    if MemberRole.SEEKER not in seeker.roles:
        raise Conflict("cannot propose anybody to a member who is no seeker", code="not_a_seeker")
    is_there(work, seeker, side=MemberRole.SEEKER)
    if seeker.care.search is not Search.LOOKING:
        raise Conflict("the seeker is not looking just now: ask them first", code="not_looking")


def save_proposal(work: Work, match: Match, platform: Platform | None) -> Match:
    """Save a new proposal with all that is in the work, unless the platform's runs have moved on meanwhile."""
    work.begin(match)
    if platform is not None:
        work.put(platform)
    committed = work.store.commit(work.platform_id, work.changes())
    saved = work.find(Match, match.match_id) or match
    return replace(saved, version=committed.versions[Match.KIND, match.match_id])


def cohort_of(
    work: Work,
    seeker: Member,
    supporters: Iterable[Member],
    *,
    held: Mapping[str, int],
    apart: Mapping[tuple[str, str], Apart],
) -> Cohort:
    """Encode a seeker and some supporters; `held` are the places of theirs that are held or promised."""
    # The engine is loaded where it is needed only, so that other calls never wait for it.
    from matching.cohort import Cohort

    today = work.now.date()
    members = (*supporters, seeker)
    standings = {
        member.member_id: standing_of(member, held=held.get(member.member_id, 0), holds_match=False, today=today)
        for member in members
    }
    people = [seeker.profile, *(member.profile for member in members if member is not seeker)]
    week = week_for(today, (profile.timezone for profile in people))
    return Cohort.from_profiles(people, week=week, policy=work.policy, standings=standings, apart=apart)


def proposal_in(work: Work, cohort: Cohort, pair: tuple[str, str], *, by: Actor) -> Match:
    """Write down a pair of a cohort as a proposal, with its reasons; Conflict (``rule_broken``) for one it forbids."""
    from matching.errors import MatchingError
    from matching.explain import TOO_FEW_POINTS, explain_pair

    try:
        explained = explain_pair(cohort, *pair)
    except MatchingError as error:
        # Every rule was asked before: what is left is the policy's minimum score.
        raise Conflict(f"a hard rule keeps the two apart: {TOO_FEW_POINTS}", code="rule_broken") from error
    match = Match(
        match_id=new_id("match", work.now),
        run_id="",
        seeker_id=pair[0],
        supporter_id=pair[1],
        state=MatchState.PROPOSED,
        score=explained.score,
        is_thin=explained.score < work.policy.thin_below,
        created_at=work.now,
        updated_at=work.now,
        explanation=explanation_json(explained),
    )
    return propose(match, by=by, at=work.now)


def is_there(work: Work, member: Member, *, side: MemberRole) -> None:
    """Raise Conflict unless somebody takes part just now, and is not left in peace after an ending."""
    if not takes_part(member, work):
        raise Conflict(f"the {side} does not take part just now", code="not_taking_part")
    is_not_recovering(work, member)


def open_matches_of(work: Work, member_id: str) -> tuple[Match, ...]:
    """Give the open matches of a member, on either side, that people can see."""
    found = matches_of(work.store, work.platform_id, member_id, sorted(OPEN_STATES))
    return visible(work.store, work.platform_id, found)
