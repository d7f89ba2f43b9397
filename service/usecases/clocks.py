"""The waiting clock of somebody who would like company: when it stands still, and when it goes on.

It stands still in a pause of their own and while they have a supporter, and never otherwise: a no, an offer without an
answer or a changed profile take nothing of the time that was waited. Pure; saving is for the callers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from matching.eligibility import is_paused
from matching.profile import MemberStatus
from service.records.member import Member


def clock_settled(member: Member, today: date) -> Member:
    """Give the member with their clock going again, if the pause for which it stood still is over by its own date."""
    stopped, until = member.care.stopped_on, member.profile.paused_until
    was_pause = member.status is MemberStatus.PAUSED and stopped is not None and until is not None and stopped < until
    return _going(member, today) if was_pause and until is not None and until <= today else member


def clock_for(member: Member, today: date) -> Member:
    """Give the member with the clock as it should be: still in their own pause or with a supporter, else going."""
    member = clock_settled(member, today)
    if not (member.care.has_supporter or is_paused(member.profile, today)):
        return _going(member, today)
    if member.waiting_since is None or member.care.stopped_on is not None:
        return member
    return replace(member, care=replace(member.care, stopped_on=today))


def _going(member: Member, today: date) -> Member:
    """Give the member with their clock going, the time it stood still left out."""
    if member.care.stopped_on is None:
        return member
    return replace(member, waiting_since=member.waiting_since_on(today), care=replace(member.care, stopped_on=None))
