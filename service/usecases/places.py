"""How many places a supporter has, and how many are left.

A match that holds a place holds one whole place, whatever its seeker needs of it: so the number of places is the same
before and after every match, and never depends on whom a supporter meets.
"""

from __future__ import annotations

from datetime import date

from matching.eligibility import place_cost_of, places_of
from matching.profile import Profile, Standing
from service.records.care import Search
from service.records.member import Member


def places_left(profile: Profile, *, held: int) -> int:
    """Give a supporter's free places beside `held` matches; never below 0, and 0 for somebody who is no supporter."""
    if profile.supporter is None:
        return 0
    cost = place_cost_of(profile.supporter, profile.pace)
    standing = Standing(held_matches=held, held_quarter_minutes=held * cost)
    return places_of(profile.supporter, profile.pace, standing)


def standing_of(member: Member, *, held: int, holds_match: bool, today: date) -> Standing:
    """Give what the engine should know of a member beside the profile.

    `held` counts the matches that hold one of their places; `holds_match`: one of these holds them as a seeker.
    """
    profile, care = member.profile, member.care
    cost = place_cost_of(profile.supporter, profile.pace) if profile.supporter is not None else 0
    return Standing(
        waiting_since=member.waiting_since_on(today),
        is_on_hold=care.is_on_hold,
        is_recovering=care.is_recovering(today),
        has_supporter=holds_match or care.search is not Search.LOOKING,
        held_matches=held,
        held_quarter_minutes=held * cost,
        lost_supporter=care.lost_supporter_on is not None,
        boost=care.boost if care.boost_until is not None and today < care.boost_until else 0,
    )
