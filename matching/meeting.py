"""How a pair could meet: the modes left to it, and how far apart it is. Shared by rules and factors.

Functions here obey the limits of declared functions (`declare.py`). Never here: a verdict on a pair.
"""

from __future__ import annotations

from matching.columns import IN_PERSON, LAST_MINOR_AGE, Columns
from matching.declare import primitive


@primitive
def shared_modes(c: Columns, i: int, j: int) -> int:
    """Give the modes both have, as bits; for minors meeting in person never counts."""
    shared = c.seeker_modes[i] & c.supporter_modes[j]
    if c.seeker_age[i] <= LAST_MINOR_AGE or c.supporter_age[j] <= LAST_MINOR_AGE:
        shared &= ~IN_PERSON
    return shared


@primitive
def squared_chord(c: Columns, i: int, j: int) -> int:
    """Give the squared straight-line distance through the earth, radius 2³⁰: at most 2⁶² and a rounding."""
    x = c.seeker_x[i] - c.supporter_x[j]
    y = c.seeker_y[i] - c.supporter_y[j]
    z = c.seeker_z[i] - c.supporter_z[j]
    return x * x + y * y + z * z


@primitive
def joint_reach(c: Columns, i: int, j: int) -> int:
    """Give the squared chord of the smaller radius; -1 where either is not located."""
    return min(c.seeker_reach[i], c.supporter_reach[j])
