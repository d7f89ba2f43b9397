"""What decides who takes part in a run, and what the service asks of one member: a pause, places, their cost.

A member is asked for each role apart; a run does it for all at once (`taking_part.py`), where a new reason of `Reason`
gets its line, in the order in which people should hear of it. Never here: anything about a pair (rules.py).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from matching.profile import MemberStatus, Pace, Profile, Standing, SupporterSide

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


def is_paused(profile: Profile, today: date) -> bool:
    """Tell whether the member's own pause covers the day; on `paused_until` itself they are back."""
    return profile.status is MemberStatus.PAUSED and (profile.paused_until is None or today < profile.paused_until)


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
