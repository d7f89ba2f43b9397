"""What a changed profile does to somebody's matches: when they are out, away, back, or no longer on that side.

Proposals and offers of somebody who is out are taken back. Running matches end when one of the two is no longer there,
pause while one of them is away for long, and go on when they are back. Rules that a change breaks are for
`rechecks.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from matching.eligibility import is_paused
from matching.profile import MemberStatus, Profile
from service.errors import Conflict
from service.lifecycle import Action, transition
from service.reasons import EndReason, PauseReason, WithdrawReason
from service.records.match import Match, MatchState
from service.records.member import Member, MemberRole
from service.storage.store import Store
from service.usecases.checking import may_resume
from service.usecases.moves import SYSTEM, matches_of, withdrawals
from service.usecases.work import Step, Work

LONG_PAUSE: Final = timedelta(days=28)
"""A pause of more than this, or without an end, pauses running matches too; a holiday leaves them alone."""

RUNNING: Final = (MatchState.ACTIVE, MatchState.PAUSED, MatchState.CLOSING)


def reason_out(before: Member, after: Member, now: datetime) -> WithdrawReason | None:
    """Say why proposals and offers end with this change; None for one that leaves them alone."""
    if not after.profile.consent.matching:
        return WithdrawReason.CONSENT_WITHDRAWN
    if is_paused(after.profile, now.date()):
        return WithdrawReason.PAUSED
    return WithdrawReason.LEFT if set(before.roles) - set(after.roles) else None


def steps_of_change(store: Store, platform_id: str, *, before: Member, after: Member, now: datetime) -> Iterator[Step]:
    """Give the steps that a changed profile makes: what it takes back, ends, pauses, or lets go on."""
    reason = reason_out(before, after, now)
    if reason is not None:
        for step in withdrawals(store, platform_id, after.member_id, reason=reason, now=now):
            if reason is not WithdrawReason.LEFT or _role_in(step[0], after.member_id) not in after.roles:
                yield step
    was_out = not before.profile.consent.matching or before.status is MemberStatus.PAUSED
    is_back = was_out and not is_away_for_long(after.profile, now)
    work = Work(store, platform_id, now)
    for match in matches_of(store, platform_id, after.member_id, RUNNING):
        if _role_in(match, after.member_id) not in after.roles:
            yield _ended(match, after.member_id, now)
        elif match.state is MatchState.ACTIVE and is_away_for_long(after.profile, now):
            reason_away = PauseReason.AWAY
            yield match, transition(match, Action.PAUSE, by=SYSTEM, at=now, reason=reason_away)
        elif match.paused_because == PauseReason.AWAY and is_back and may_go_on(work, match, after):
            yield match, transition(match, Action.RESUME, by=SYSTEM, at=now)


def steps_of_farewell(store: Store, platform_id: str, member_id: str, *, now: datetime) -> Iterator[Step]:
    """Give the steps that end everything of somebody who is deleted."""
    yield from withdrawals(store, platform_id, member_id, reason=WithdrawReason.LEFT, now=now)
    for match in matches_of(store, platform_id, member_id, RUNNING):
        yield _ended(match, member_id, now)


def is_away_for_long(profile: Profile, now: datetime) -> bool:
    """Tell whether somebody takes part in nothing for longer than a holiday, or has withdrawn their consent."""
    if not profile.consent.matching:
        return True
    until = profile.paused_until
    return is_paused(profile, now.date()) and (until is None or until - now.date() > LONG_PAUSE)


def may_go_on(work: Work, match: Match, member: Member) -> bool:
    """Tell whether a match may go on, as far as `member`, as they are now, and the other one are concerned.

    Otherwise it stays paused: that the one is back must never fail because of the other, or of a rule.
    """
    is_seeker = match.seeker_id == member.member_id
    other = work.find(Member, match.supporter_id if is_seeker else match.seeker_id)
    if other is None or is_away_for_long(other.profile, work.now):
        return False
    seeker, supporter = (member, other) if is_seeker else (other, member)
    try:
        may_resume(work, seeker, supporter)
    except Conflict:
        return False
    return True


def _ended(match: Match, leaving_id: str, now: datetime) -> Step:
    is_supporter = match.supporter_id == leaving_id
    reason = EndReason.SUPPORTER_LEFT if is_supporter else EndReason.SEEKER_MOVED_ON
    return match, transition(match, Action.END, by=SYSTEM, at=now, reason=reason)


def _role_in(match: Match, member_id: str) -> MemberRole:
    return MemberRole.SEEKER if match.seeker_id == member_id else MemberRole.SUPPORTER
