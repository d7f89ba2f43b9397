"""What simulations showed, in figures with confidence intervals over seeds.

Here numbers become floats: nothing is decided by them. A new figure is a row of `FIGURES`. Never here: living through a
plan (`simulate.py`), tables, plots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np

from matching.entries import Ints
from matching.simulate import Lived, simulate
from matching.simulated_choices import CHOICES
from matching.simulated_people import HOURS_A_DAY, Plan, gather
from matching.week import Week

INTERVALS = {"hourly": 1, "daily": 24, "weekly": 168}
_SOON_DAYS = 7


class Estimate(NamedTuple):
    """A mean over seeds, and half the width of its 95 % confidence interval; 0 for one seed."""

    mean: float
    half_width: float


@dataclass(frozen=True, slots=True)
class Row:
    """One way of choosing on one schedule: every figure by its name."""

    choice: str
    interval: str
    reserve: int
    figures: Mapping[str, Estimate]


def _days(waits: Ints, q: float) -> float:
    return float(np.percentile(waits, q)) / HOURS_A_DAY if waits.size else 0.0


FIGURES: dict[str, tuple[str, Callable[[Lived], float]]] = {
    "wait_median": ("days waited, median", lambda lived: _days(lived.waits, 50)),
    "wait_p95": ("days waited, 95th of 100", lambda lived: _days(lived.waits, 95)),
    "wait_longest": ("days waited, longest", lambda lived: _days(lived.waits, 100)),
    "found": ("found company, %", lambda lived: 100 * _share(lived.is_found, lived.is_found.size)),
    "soon": ("within a week, %", lambda lived: _within(lived, _SOON_DAYS)),
    "fit": ("mean points of a match", lambda lived: float(lived.fits.mean()) if lived.fits.size else 0.0),
    "churn": ("proposals that came to nothing, %", lambda lived: 100 * _came_to_nothing(lived)),
    "early": ("matches that ended early, %", lambda lived: 100 * lived.early / max(lived.fits.size, 1)),
    "load": ("places in use, %", lambda lived: float(lived.load.mean()) / 10),
    "idle": ("supporters without a match, %", lambda lived: lived.idle / 10),
}
"""Name → (title, what it makes of a life). Waiting counts to the first match, or as long as was watched."""


def compare(  # noqa: PLR0913 - a comparison is what it varies
    plan: Plan,
    week: Week,
    *,
    seeds: int,
    choices: Sequence[str] = tuple(CHOICES),
    intervals: Sequence[str] = tuple(INTERVALS),
    reserves: Sequence[int] = (0,),
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Row, ...]:
    """Let the same communities live under every choice, schedule and reserve, and sum up.

    Parameters
    ----------
    plan : what they have in common; its seed is the first of so many. week : knows `community.ZONES`.
    on_progress : told (lives lived, all lives).
    """
    ways = list(product(choices, intervals, reserves))
    lives: dict[tuple[str, str, int], list[Lived]] = {way: [] for way in ways}
    for number in range(seeds):
        seeded = replace(plan, seed=plan.seed + number)
        people = gather(seeded, week)
        for at, (choice, interval, reserve) in enumerate(ways):
            way = replace(seeded, choice=choice, interval_hours=INTERVALS[interval], reserve=reserve)
            lives[choice, interval, reserve].append(simulate(way, people))
            if on_progress is not None:
                on_progress(number * len(ways) + at + 1, seeds * len(ways))
    return tuple(Row(*way, _figures(lives[way])) for way in ways)


def difference(
    plan: Plan, week: Week, *, seeds: int, one: tuple[str, str], other: tuple[str, str]
) -> Mapping[str, Estimate]:
    """Estimate by how much every figure of one (choice, interval) exceeds the other's, community by community.

    The same people live both lives, so what differs between communities does not blur what differs between policies.
    """
    found: list[list[float]] = []
    for number in range(seeds):
        seeded = replace(plan, seed=plan.seed + number)
        people = gather(seeded, week)
        first, second = (
            simulate(replace(seeded, choice=choice, interval_hours=INTERVALS[interval]), people)
            for choice, interval in (one, other)
        )
        found.append([figure(first) - figure(second) for _, figure in FIGURES.values()])
    return dict(zip(FIGURES, map(estimate, zip(*found, strict=True)), strict=True))


def _figures(lives: Iterable[Lived]) -> Mapping[str, Estimate]:
    lived = list(lives)
    return {name: estimate([figure(each) for each in lived]) for name, (_, figure) in FIGURES.items()}


def estimate(values: Sequence[float]) -> Estimate:
    """Give the mean of a few values, and half its confidence interval by Student's t."""
    from scipy.stats import t

    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(mean, 0.0)
    error = float(np.std(values, ddof=1)) / len(values) ** 0.5
    return Estimate(mean, float(t.ppf(0.975, len(values) - 1)) * error)


def _within(lived: Lived, days: int) -> float:
    """Share of those who could be watched so long who had company by then."""
    hours = days * HOURS_A_DAY
    is_watched = lived.came + hours <= lived.hours
    return 100 * _share(lived.is_found[is_watched] & (lived.waits[is_watched] <= hours), int(is_watched.sum()))


def _share(marks: Ints, of: int) -> float:
    return float(np.count_nonzero(marks)) / max(of, 1)


def _came_to_nothing(lived: Lived) -> float:
    return (lived.declined + lived.withdrawn) / max(lived.proposals, 1)
