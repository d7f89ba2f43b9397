"""Another pair in place of a proposal: what follows for others, and making it.

What follows is looked at before it is done, by the very steps that would do it. A place that is promised to somebody
by a proposal may be taken: that proposal ends, and the next best is looked for at once for whoever loses it. A place
that is held is never taken. Who could be chosen is in `runners_up.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from service.errors import Conflict, InvalidInput, StaleVersion
from service.lifecycle import Action, transition
from service.reasons import WithdrawReason
from service.records.match import HOLDING_STATES, Actor, Match, MatchState
from service.records.member import Member, MemberRole
from service.records.platform import Platform
from service.storage.store import Store
from service.usecases.checking import may_meet
from service.usecases.matches import get_match
from service.usecases.places import places_left
from service.usecases.proposing import (
    cohort_of,
    is_there,
    may_be_proposed,
    open_matches_of,
    proposal_in,
    save_proposal,
)
from service.usecases.rests import apart_from
from service.usecases.saving import until_saved
from service.usecases.work import Work


@dataclass(frozen=True, slots=True)
class Instead:
    """What making another pair does, or has done.

    Attributes
    ----------
    match : the new proposal. replaced : the one in whose place it comes.
    gives_way : somebody else's proposal that ends for it; None when nobody's does.
    """

    match: Match
    replaced: Match
    gives_way: Match | None


def propose_instead(  # noqa: PLR0913 - one step, described by names
    store: Store,
    platform_id: str,
    *,
    match_id: str,
    supporter_id: str,
    by: Actor,
    now: datetime,
    expected_version: int,
    is_preview: bool = False,
) -> Instead:
    """Propose another supporter to the seeker of a proposal, which ends by it; a preview saves nothing.

    NotFound (``match_not_found``, ``member_not_found``); StaleVersion when the proposal is at another version;
    InvalidInput (``same_person``, ``same_pair``); Conflict as `proposing.propose_pair` says.
    """

    def attempt() -> Instead:
        work = Work(store, platform_id, now)
        # Before anything else: a run that is published meanwhile must see this proposal, or this the run's.
        platform = work.find(Platform, platform_id)
        before = get_match(store, platform_id, match_id=match_id)
        if before.version != expected_version:
            raise StaleVersion(Match.KIND, match_id, expected=expected_version, actual=before.version)
        _check_choice(before, supporter_id)
        replaced = transition(before, Action.WITHDRAW, by=by, at=now, reason=WithdrawReason.COORDINATOR)
        work.step(before, replaced)
        seeker, supporter = work.found(Member, before.seeker_id), work.found(Member, supporter_id)
        may_be_proposed(work, seeker, but=match_id)
        is_there(work, supporter, side=MemberRole.SUPPORTER)
        may_meet(work, seeker, supporter)
        gives_way, taken = _place_for(work, supporter, by)
        for member in (seeker, supporter):
            work.rely_on(member)
        pair = (seeker.member_id, supporter_id)
        apart = apart_from(store, platform_id, pair, now)
        cohort = cohort_of(work, seeker, (supporter,), held={supporter_id: taken}, apart=apart)
        match = proposal_in(work, cohort, pair, by=by)
        if not is_preview:
            match = save_proposal(work, match, platform)
        return Instead(match, replaced, gives_way)

    return attempt() if is_preview else until_saved(attempt)


def _check_choice(match: Match, supporter_id: str) -> None:
    if supporter_id == match.seeker_id:
        raise InvalidInput("cannot propose a member to themselves", code="same_person")
    if supporter_id == match.supporter_id:
        raise InvalidInput("this pair is the one that is proposed already", code="same_pair")


def _place_for(work: Work, supporter: Member, by: Actor) -> tuple[Match | None, int]:
    """Find a place with a supporter: give whose proposal gives way for it, if any, and how many places are taken then.

    Of several promised places the one of whoever has waited least is taken.
    """
    theirs = [each for each in open_matches_of(work, supporter.member_id) if each.supporter_id == supporter.member_id]
    if places_left(supporter.profile, held=len(theirs)) > 0:
        return None, len(theirs)
    held = sum(each.state in HOLDING_STATES for each in theirs)
    promised = [each for each in theirs if each.state is MatchState.PROPOSED]
    if places_left(supporter.profile, held=held) < 1 or not promised:
        raise Conflict("the supporter has no place left", code="no_place_left")
    before = max(promised, key=lambda each: (_waiting_since(work, each), each.match_id))
    after = transition(before, Action.WITHDRAW, by=by, at=work.now, reason=WithdrawReason.COORDINATOR)
    work.step(before, after)
    loser = work.find(Member, before.seeker_id)
    if loser is not None:
        work.put(replace(loser, care=replace(loser.care, look_again=True)))
    return after, len(theirs) - 1


def _waiting_since(work: Work, match: Match) -> date:
    seeker = work.find(Member, match.seeker_id)
    return (seeker.waiting_since if seeker else None) or match.created_at.date()
