"""What a changed profile takes back: proposals and offers of somebody who is out now, or no longer on that side.

Only what the profile itself says at once (consent, pause, roles) is looked at here; whether two people still suit each
other by every rule is for the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from matching.eligibility import is_paused
from service.lifecycle import WithdrawReason
from service.records.member import Member, MemberRole
from service.storage.store import Store
from service.usecases.moves import Step, withdrawals


def reason_out(before: Member, after: Member, now: datetime) -> WithdrawReason | None:
    """Say why proposals and offers end with this change; None for one that leaves them alone."""
    if not after.profile.consent.matching:
        return WithdrawReason.CONSENT_WITHDRAWN
    if is_paused(after.profile, now.date()):
        return WithdrawReason.PAUSED
    return WithdrawReason.LEFT if set(before.roles) - set(after.roles) else None


def steps_out(store: Store, platform_id: str, *, before: Member | None, after: Member, now: datetime) -> Iterator[Step]:
    """Give the steps that take back what this change ends."""
    reason = None if before is None else reason_out(before, after, now)
    if reason is None:
        return
    for step in withdrawals(store, platform_id, after.member_id, reason=reason, now=now):
        role = MemberRole.SEEKER if step[0].seeker_id == after.member_id else MemberRole.SUPPORTER
        if reason is not WithdrawReason.LEFT or role not in after.roles:
            yield step
