"""Who lives in a simulated community: everybody who is there at the start or will come, drawn once for all policies.

Never here: what becomes of them (`simulate.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from matching.cohort import Cohort
from matching.community import sample_cohort
from matching.crowd import Shape
from matching.draws import Draws
from matching.entries import Ints
from matching.kernel import score_pairs
from matching.simulated_rates import Rates
from matching.week import Week

HOURS_A_DAY, DAYS_A_WEEK = 24, 7


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated.

    Attributes
    ----------
    members : in the community at the start. weeks : how long it is watched.
    choice : a key of `CHOICES`. interval_hours : between two runs, 1, or a multiple of 24.
    reserve : thousandths of supporters with room whose places are held (`reserve.py`); 0 is off.
    """

    seed: int
    members: int = 5000
    weeks: int = 52
    choice: str = "coverage"
    interval_hours: int = 24
    reserve: int = 0
    rates: Rates = field(default_factory=Rates)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody who is there, or will come, and whom they could meet.

    Attributes
    ----------
    starts, supporters, scores : feasible pairs, compressed by seeker.
    seekers_come, supporters_come : hour of arrival; 0 for those who are there from the start.
    """

    cohort: Cohort
    starts: Ints
    supporters: Ints
    scores: Ints
    seekers_come: Ints
    supporters_come: Ints


def gather(plan: Plan, week: Week) -> People:
    """Draw everybody a plan needs; the same for every choice, interval and reserve. `week` knows `community.ZONES`."""
    rates = plan.rates
    newcomers = plan.members * rates.turnover * plan.weeks // (1000 * 52)
    stock = _split(plan.members, rates)
    coming = _split(newcomers, rates)
    cohort = sample_cohort(
        seed=plan.seed,
        seekers=stock[0] + coming[0],
        supporters=stock[1] + coming[1],
        week=week,
        shape=Shape(both=0, away=0),
    )
    pairs = score_pairs(cohort)
    hours = plan.weeks * DAYS_A_WEEK * HOURS_A_DAY
    come = [
        _arrivals(Draws(plan.seed, rows), name, there, hours)
        for rows, name, there in ((cohort.n, "seekers come", stock[0]), (cohort.m, "supporters come", stock[1]))
    ]
    return People(
        cohort, pairs.indptr.astype(np.int64), pairs.indices.astype(np.int64), pairs.data.astype(np.int64), *come
    )


def _split(members: int, rates: Rates) -> tuple[int, int]:
    supporters = members * 1000 // (1000 + rates.seekers_per_supporter)
    return members - supporters, supporters


def _arrivals(draws: Draws, name: str, there: int, hours: int) -> Ints:
    come = 1 + draws.below(f"{name}: hour", hours - 1)
    come[np.argsort(draws.raw(f"{name}: from the start"), kind="stable")[:there]] = 0
    return come
