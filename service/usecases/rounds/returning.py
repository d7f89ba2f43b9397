"""The round of those who were away: a match that paused for their pause goes on once the pause is over by its date.

A platform that says itself when somebody is back (`leaving.py`) has done it already; this is for `paused_until`, which
passes without anybody saying anything. What stands in the way (the other one is away, a hold, a broken rule) is left
as it is: it is for people.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from matching.eligibility import is_paused
from matching.profile import MemberStatus
from service.errors import Conflict, Forbidden
from service.lifecycle import Action
from service.reasons import PauseReason
from service.records import kinds
from service.records.codec import read_as
from service.records.match import Match, MatchState
from service.records.member import Member
from service.storage.store import Page, Store, Stored
from service.usecases.matches import act_on_match
from service.usecases.moves import SYSTEM, matches_of
from service.usecases.rounds.going import Going, at_midnight
from service.usecases.work import Work

AT_ONCE: Final = 50


def _read(store: Store, platform_id: str, after: str | None) -> Page[Stored]:
    paused = MemberStatus.PAUSED.value
    return store.page(platform_id, Member.KIND, index=kinds.BY_STATUS, value=paused, after=after, limit=AT_ONCE)


def _visit(work: Work, stored: Stored) -> None:
    """Each match goes on by a commit of its own: done again, there is nothing left to do."""
    member = read_as(Member, stored)
    if not _is_there(work, member.member_id):
        return
    for match in tuple(matches_of(work.store, work.platform_id, member.member_id, (MatchState.PAUSED,))):
        if match.paused_because != PauseReason.AWAY or not all(_is_there(work, one) for one in _pair(match)):
            continue
        with suppress(Conflict, Forbidden):
            act_on_match(
                *(work.store, work.platform_id),
                match_id=match.match_id,
                action=Action.RESUME,
                by=SYSTEM,
                now=work.now,
                expected_version=match.version,
            )


def _is_there(work: Work, member_id: str) -> bool:
    member = work.find(Member, member_id)
    return member is not None and member.profile.consent.matching and not is_paused(member.profile, work.now.date())


def _pair(match: Match) -> tuple[str, str]:
    return match.seeker_id, match.supporter_id


RETURNING: Final = Going("returning", at_midnight, _read, _visit)
