"""What must hold before two people are offered to each other, answer yes, or go on after a pause.

Each check raises Conflict with a code that says what stands in the way, and relies on the records it has looked at:
somebody who steps out, is held or changes their profile meanwhile makes the commit fail.
"""

from __future__ import annotations

from matching.eligibility import is_paused
from service.errors import Conflict
from service.records import kinds
from service.records.match import OPEN_STATES, Match
from service.records.member import Member
from service.usecases.pair_rules import broken_rule
from service.usecases.places import places_left
from service.usecases.reading import all_found
from service.usecases.rests import are_blocked, are_resting
from service.usecases.work import Work


def both_taking_part(work: Work, match: Match) -> tuple[Member, Member]:
    """Give seeker and supporter of a match; Conflict (``not_taking_part``) unless both take part just now."""
    return _taking_part(work, match.seeker_id), _taking_part(work, match.supporter_id)


def is_not_recovering(work: Work, member: Member) -> None:
    """Raise Conflict (``in_recovery``) for somebody who is left in peace for a while after an ending."""
    if member.care.is_recovering(work.now.date()):
        raise Conflict("one of the two is left in peace for a while after an ending", code="in_recovery")


def may_meet(work: Work, seeker: Member, supporter: Member) -> None:
    """Raise Conflict (``kept_apart``, ``rule_broken``) unless every hard rule lets the two meet as they are now."""
    pair = (seeker.member_id, supporter.member_id)
    if are_blocked(work, *pair) or are_resting(work, *pair):
        raise Conflict("the two are kept apart just now", code="kept_apart")
    broken = broken_rule(seeker.profile, supporter.profile, policy=work.policy, today=work.now.date())
    if broken is not None:
        raise Conflict(f"a hard rule keeps the two apart: {broken.reason}", code="rule_broken")


def has_a_place(work: Work, supporter: Member, match: Match) -> None:
    """Raise Conflict (``no_place_left``) when other matches hold every place of the supporter."""
    load = work.load_of(supporter.member_id)
    held = len(load.without_match(match.match_id).match_ids)
    if places_left(supporter.profile, held=held) < 1:
        raise Conflict("the supporter has no place left", code="no_place_left")
    work.rely_on(load)


def may_resume(work: Work, seeker: Member, supporter: Member) -> None:
    """Raise Conflict (``not_taking_part``, ``kept_apart``, ``rule_broken``) unless a paused match may go on.

    Nobody may be paused for care, and what must never be broken must hold.
    """
    if seeker.care.is_on_hold or supporter.care.is_on_hold:
        raise Conflict("one of the two does not take part just now", code="not_taking_part")
    if are_blocked(work, seeker.member_id, supporter.member_id):
        raise Conflict("the two are kept apart just now", code="kept_apart")
    broken = broken_rule(seeker.profile, supporter.profile, policy=work.policy, today=work.now.date())
    if broken is not None and broken.is_care:
        raise Conflict(f"a hard rule keeps the two apart: {broken.reason}", code="rule_broken")


def other_matches_of_seeker(work: Work, match: Match) -> tuple[Match, ...]:
    """Give the seeker's other open matches, proposals that a run has not published yet included."""
    found = all_found(work.store, work.platform_id, Match, index=kinds.BY_SEEKER, value=match.seeker_id)
    return tuple(other for other in found if other.match_id != match.match_id and other.state in OPEN_STATES)


def _taking_part(work: Work, member_id: str) -> Member:
    member = work.find(Member, member_id)
    if member is None or not takes_part(member, work):
        raise Conflict("one of the two does not take part just now", code="not_taking_part")
    work.rely_on(member)
    return member


def takes_part(member: Member, work: Work) -> bool:
    """Tell whether somebody may be in an offer or proposal at this moment, whatever their side."""
    profile = member.profile
    return profile.consent.matching and not is_paused(profile, work.now.date()) and not member.care.is_on_hold
