"""The proof that comes with a matching: prices of supporters and surpluses of seekers, in the digits of the objective.

What makes it valid is checked by `verify.py`; how prices are found is in `prices.py`. Only the value lives here.
"""

from __future__ import annotations

from dataclasses import dataclass

from matching.entries import Ints


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """Dual variables of an assignment and both sides of the equation that proves it best.

    Valid when no vector is negative, surplus + price ≥ value for every feasible pair, and primal = dual. Published
    prices are the smallest ones: a supporter's price is exactly the worth of one more place with them.

    Under ``stable`` the vectors say what each side has: a seeker's surplus is the value of their own pair, zeros where
    they wait; a supporter's price is the value of their least pair by (score, tie) when every place is taken, else
    zeros; primal and dual are both the value of the pairs. Valid when these are true and no feasible pair is strictly
    better than both, by (score, tie), for a supporter who has places.

    Attributes
    ----------
    seeker_surplus : (n, digits) int64, read-only.
    supporter_price : (m, digits) int64, read-only.
    primal : the digits of the matching's value, Python ints.
    dual : the digits of Σ surplus + Σ places × price, Python ints.
    """

    seeker_surplus: Ints
    supporter_price: Ints
    primal: tuple[int, ...]
    dual: tuple[int, ...]
