"""Who takes part in a run, with how many places, and how soon: each from one profile and its standing.

A member is asked for each role apart; the answer is None or one reason of `Reason`. A new reason is a member of
`Reason` and a line in the right function, in the order in which people should hear of it. Never here: anything about
a pair (rules.py).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from matching.policy import Policy, PriorityWeights
from matching.profile import ConsentGiver, MemberStatus, Pace, Profile, SeekerSide, Standing, SupporterSide

PACE_QUARTERS = {Pace.WEEKLY: 4, Pace.FORTNIGHTLY: 2, Pace.MONTHLY: 1, Pace.FLEXIBLE: 2}
"""Sessions in four weeks: times the minutes of a session, quarters of a minute a week."""

CONFIRMATION_DAYS = 365
"""A minor's age band holds for fewer days than this after it was confirmed."""

MOST_BOOST = 52
UNANSWERED_LONELINESS = 3
LEAST_UCLA3 = 3


class Role(StrEnum):
    """The sides a member may be on."""

    SEEKER = "seeker"
    SUPPORTER = "supporter"


class Reason(StrEnum):
    """Why a member does not take part in a run in one role."""

    NO_CONSENT = "no_consent"
    PAUSED = "paused"
    ON_HOLD = "on_hold"
    RECOVERING = "recovering"
    MINORS_NOT_ACCEPTED = "minors_not_accepted"
    NO_GUARDIAN_CONSENT = "no_guardian_consent"
    AGE_NOT_CONFIRMED = "age_not_confirmed"
    HAS_SUPPORTER = "has_supporter"
    NO_PLACES = "no_places"
    NO_AVAILABILITY = "no_availability"


def reason_for_both(profile: Profile, standing: Standing, policy: Policy, today: date) -> Reason | None:
    """Say what keeps a member out of a run in either role."""
    if not profile.consent.matching:
        return Reason.NO_CONSENT
    if is_paused(profile, today):
        return Reason.PAUSED
    if standing.is_on_hold:
        return Reason.ON_HOLD
    if standing.is_recovering:
        return Reason.RECOVERING
    return _reason_for_minor(profile, policy, today) if profile.age_band.is_minor else None


def is_paused(profile: Profile, today: date) -> bool:
    """Tell whether the member's own pause covers the day; on `paused_until` itself they are back."""
    return profile.status is MemberStatus.PAUSED and (profile.paused_until is None or today < profile.paused_until)


def _reason_for_minor(profile: Profile, policy: Policy, today: date) -> Reason | None:
    if not policy.accepts_minors:
        return Reason.MINORS_NOT_ACCEPTED
    if profile.consent.given_by is not ConsentGiver.GUARDIAN:
        return Reason.NO_GUARDIAN_CONSENT
    confirmed = profile.age_band_confirmed_on
    if confirmed is None or (today - confirmed).days >= CONFIRMATION_DAYS:
        return Reason.AGE_NOT_CONFIRMED
    return None


def need_of(seeker: SeekerSide, pace: Pace) -> int:
    """Give what a seeker needs, in quarters of a minute a week."""
    return seeker.session_minutes * PACE_QUARTERS[pace]


def place_cost_of(supporter: SupporterSide, pace: Pace) -> int:
    """Give what one place takes of a supporter, in quarters of a minute a week."""
    return supporter.session_minutes * PACE_QUARTERS[pace]


def places_of(supporter: SupporterSide, pace: Pace, standing: Standing) -> int:
    """Give a supporter's free places: by heads, and by minutes where they state any; never below 0."""
    places = supporter.capacity - standing.held_matches
    if supporter.weekly_minutes is not None:
        free = supporter.weekly_minutes * 4 - standing.held_quarter_minutes
        places = min(places, free // place_cost_of(supporter, pace))
    return max(places, 0)


def priority_of(seeker: SeekerSide, standing: Standing, weights: PriorityWeights, today: date) -> int:
    """Give a seeker's priority: one, and the weighted parts of design: waiting weeks, loneliness, loss, boost."""
    since = standing.waiting_since or seeker.waiting_since or today
    weeks = max((today - since).days // 7, 0)
    answers = seeker.measures.ucla3 if seeker.measures else None
    loneliness = UNANSWERED_LONELINESS if answers is None else sum(answers) - LEAST_UCLA3
    return (
        1
        + weights.waiting_week * weeks
        + weights.loneliness * loneliness
        + weights.lost_supporter * standing.lost_supporter
        + weights.boost * min(max(standing.boost, 0), MOST_BOOST)
    )
