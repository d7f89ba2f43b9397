"""How many places a supporter has, and how many are left.

A match that holds a place holds one whole place, whatever its seeker needs of it: so the number of places is the same
before and after every match, and never depends on whom a supporter meets.
"""

from __future__ import annotations

from datetime import date

from matching.eligibility import place_cost_of, places_of
from matching.profile import Profile, Standing


def places_left(profile: Profile, *, held: int) -> int:
    """Give a supporter's free places beside `held` matches; never below 0, and 0 for somebody who is no supporter."""
    if profile.supporter is None:
        return 0
    return places_of(profile.supporter, profile.pace, standing_with(profile, held=held))


def standing_with(
    profile: Profile, *, held: int, has_supporter: bool = False, waiting_since: date | None = None
) -> Standing:
    """Give the standing of somebody who holds so many matches as a supporter, has a supporter, or waits for one."""
    cost = place_cost_of(profile.supporter, profile.pace) if profile.supporter is not None else 0
    return Standing(
        waiting_since=waiting_since,
        has_supporter=has_supporter,
        held_matches=held,
        held_quarter_minutes=held * cost,
    )
