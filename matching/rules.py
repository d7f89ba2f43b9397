"""The hard rules, in the order in which they are checked; a pair that any of them forbids is an absent edge.

To add one, write the function with its declaration: kernel, reference, API, console and explanations read the
registry. Its hand-computed table goes to tests/matching/test_rules.py. Cheap rules that remove many pairs stand
first; of two rules that forbid the same pair the first is named as the reason. Never here: preferences (factors.py),
a low score in place of a rule, who may be matched at all (eligibility.py).
"""

from __future__ import annotations

from matching.columns import (
    ADULTS_SCOPE,
    IN_PERSON,
    IN_PERSON_SCOPE,
    LAST_MINOR_AGE,
    MINORS_SCOPE,
    Columns,
)
from matching.declare import RULES, Overlap, covers, listed, primitive, rule, shares, shares_start
from matching.meeting import joint_reach, shared_modes, squared_chord

__all__ = ["RULES"]


@rule(key="language", title="Language", reason="no language in common")
def language(c: Columns, i: int, j: int) -> bool:
    """Allow pairs with a language in common."""
    return shares(c.seeker_languages, i, c.supporter_languages, j)


@rule(key="mode", title="Way of meeting", reason="no way of meeting in common")
def mode(c: Columns, i: int, j: int) -> bool:
    """Allow pairs with a mode in common; for minors in person is none."""
    return shared_modes(c, i, j) != 0


@rule(
    key="joint_start",
    title="Time",
    reason="no time in the week that suits both for a whole session",
    overlap=Overlap("seeker_starts", "supporter_starts", block_of="seeker_session"),
)
def joint_start(c: Columns, i: int, j: int) -> bool:
    """Allow pairs with a start that suits both for the seeker's whole session."""
    return shares_start(c.seeker_starts, i, c.supporter_starts, j, c.seeker_session[i])


@rule(key="age_groups", title="Age groups", reason="an age group we do not pair")
def age_groups(c: Columns, i: int, j: int) -> bool:
    """Allow adults with adults, and minors with minors of the same band who have another way to meet than in person."""
    seeker = c.seeker_age[i]
    supporter = c.supporter_age[j]
    if seeker > LAST_MINOR_AGE and supporter > LAST_MINOR_AGE:
        return True
    return seeker == supporter and shared_modes(c, i, j) != 0


@rule(key="gender", title="Wishes about gender", reason="a wish about gender")
def gender(c: Columns, i: int, j: int) -> bool:
    """Allow pairs where each meets the other's wish; a gender not stated meets no wish."""
    seeker_wish = c.seeker_gender_wish[i]
    supporter_wish = c.supporter_gender_wish[j]
    return (seeker_wish == 0 or (seeker_wish & c.supporter_gender[j]) != 0) and (
        supporter_wish == 0 or (supporter_wish & c.seeker_gender[i]) != 0
    )


@rule(key="preferred_ages", title="Wishes about age", reason="a wish about age")
def preferred_ages(c: Columns, i: int, j: int) -> bool:
    """Allow pairs where each is in a band the other wishes for."""
    seeker_wish = c.seeker_age_wish[i]
    supporter_wish = c.supporter_age_wish[j]
    return (seeker_wish == 0 or (seeker_wish >> c.supporter_age[j]) & 1 != 0) and (
        supporter_wish == 0 or (supporter_wish >> c.seeker_age[i]) & 1 != 0
    )


@primitive
def leaves_no_offer_out(c: Columns, i: int, j: int) -> bool:
    """Tell whether the seeker avoids no topic of the supporter."""
    return not shares(c.seeker_boundaries, i, c.supporter_topics, j)


@primitive
def leaves_no_wish_out(c: Columns, i: int, j: int) -> bool:
    """Tell whether the supporter avoids no topic of the seeker."""
    return not shares(c.seeker_topics, i, c.supporter_boundaries, j)


@rule(
    key="boundaries",
    title="Boundaries",
    reason="a topic that one of the two leaves out",
    parts=(leaves_no_offer_out, leaves_no_wish_out),
)
def boundaries(c: Columns, i: int, j: int) -> bool:
    """Allow pairs where neither brings a topic the other avoids."""
    return leaves_no_offer_out(c, i, j) and leaves_no_wish_out(c, i, j)


@rule(key="training", title="Training", reason="training that was asked for")
def training(c: Columns, i: int, j: int) -> bool:
    """Allow pairs where the supporter has every training the seeker needs."""
    return covers(c.required_training, i, c.supporter_training, j)


@rule(key="clearances", title="Clearances", reason="a clearance that is needed for this meeting")
def clearances(c: Columns, i: int, j: int) -> bool:
    """Allow pairs where the supporter is cleared for the seeker's age, and for in person where that is the only way."""
    needed = MINORS_SCOPE if c.seeker_age[i] <= LAST_MINOR_AGE else ADULTS_SCOPE
    if shared_modes(c, i, j) == IN_PERSON:
        needed |= IN_PERSON_SCOPE
    return (c.supporter_scopes[j] & needed) == needed


@rule(key="access", title="Access", reason="access that is needed to meet in person")
def access(c: Columns, i: int, j: int) -> bool:
    """Allow pairs that can meet some other way, or whose supporter offers all the access the seeker needs."""
    return shared_modes(c, i, j) != IN_PERSON or covers(c.seeker_access, i, c.supporter_access, j)


@rule(key="distance", title="Distance", reason="too far apart to meet in person")
def distance(c: Columns, i: int, j: int) -> bool:
    """Allow pairs that can meet some other way, or are both located and within the smaller of both radii."""
    return shared_modes(c, i, j) != IN_PERSON or squared_chord(c, i, j) <= joint_reach(c, i, j)


@rule(key="place_cost", title="Minutes a week", reason="more minutes a week than one place holds")
def place_cost(c: Columns, i: int, j: int) -> bool:
    """Allow pairs where the seeker's minutes fit one place of the supporter."""
    cost = c.supporter_place_cost[j]
    return cost < 0 or c.seeker_need[i] <= cost


@rule(key="blocked", title="Blocks", reason="kept apart by request")
def blocked(c: Columns, i: int, j: int) -> bool:
    """Allow pairs that no block keeps apart."""
    return not listed(c.blocked_starts, c.blocked_list, i, j)


@rule(key="same_person", title="Two people", reason="nobody is paired with themselves")
def same_person(c: Columns, i: int, j: int) -> bool:
    """Allow two different people."""
    return c.seeker_member[i] != c.supporter_member[j]


@rule(key="resting", title="Rest", reason="resting after an earlier answer or ending")
def resting(c: Columns, i: int, j: int) -> bool:
    """Allow pairs that do not rest after a decline or an ending."""
    return not listed(c.resting_starts, c.resting_list, i, j)
