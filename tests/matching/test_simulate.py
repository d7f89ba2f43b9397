"""A simulated community: the same by seed, true to its books, and in the known directions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest
from scipy.sparse import csr_array

from matching.community import ZONES
from matching.engine import assign
from matching.errors import MatchingError
from matching.simulate import Lived, simulate
from matching.simulated_choices import CHOICES, Waiting
from matching.simulated_figures import FIGURES, compare, difference, estimate
from matching.simulated_people import Plan, gather
from matching.simulated_rates import Rates
from matching.week import Week

WEEK = Week(date(2026, 1, 5), {zone: ((0, 0),) for zone in ZONES})
PLAN = Plan(3, members=400, weeks=26)


@cache
def people():
    return gather(PLAN, WEEK)


@cache
def lived(choice: str, interval: int, reserve: int = 0) -> Lived:
    return simulate(replace(PLAN, choice=choice, interval_hours=interval, reserve=reserve), people())


def test_the_same_plan_lives_the_same_life():
    again = simulate(replace(PLAN, interval_hours=168), gather(PLAN, WEEK))

    first = lived("coverage", 168)
    assert all(np.array_equal(getattr(first, name), getattr(again, name)) for name in Lived.__slots__)


def test_another_seed_is_another_community():
    assert not np.array_equal(gather(replace(PLAN, seed=4), WEEK).scores, people().scores)


@pytest.mark.parametrize("choice", CHOICES)
def test_books_balance_under_every_choice(choice):
    life = lived(choice, 168)

    assert life.proposals >= life.declined + life.withdrawn + life.fits.size > 0
    assert life.load.max() <= 1000
    assert (life.waits >= 0).all()
    assert life.waits.size == life.is_found.size == int((people().seekers_come > 0).sum())
    assert life.early <= life.fits.size


def test_first_come_finds_most_company_at_once_with_the_worst_fit():
    soon = FIGURES["soon"][1]

    for choice in ("coverage", "score", "stable"):
        assert lived("first_come", 1).fits.mean() < lived(choice, 24).fits.mean()
        assert soon(lived("first_come", 1)) > soon(lived(choice, 168))


@pytest.mark.parametrize("choice", ["coverage", "score", "stable"])
def test_longer_batches_find_company_for_fewer_within_a_week(choice):
    soon = FIGURES["soon"][1]

    assert soon(lived(choice, 24)) > soon(lived(choice, 168))


@pytest.mark.parametrize("objective", ["coverage", "score", "stable"])
@pytest.mark.parametrize("seed", range(20))
def test_pairs_that_are_left_out_beforehand_change_no_answer(objective, seed):
    random = np.random.default_rng(seed)
    mask = random.random((30, 6)) < 0.5
    rows, columns = np.nonzero(mask)
    waiting = Waiting(
        starts=np.concatenate(([0], np.cumsum(mask.sum(axis=1)))),
        supporters=columns,
        scores=random.integers(0, 9, rows.size),
        places=random.integers(0, 3, 6),
        weeks=random.integers(0, 3, 30),
        since=np.zeros(30, dtype=np.int64),
        free_since=np.zeros(6, dtype=np.int64),
        luck=np.zeros(30, dtype=np.uint64),
        keys=(np.arange(30, dtype=np.uint64), np.arange(6, dtype=np.uint64)),
    )
    scores = csr_array((waiting.scores, waiting.supporters, waiting.starts), shape=(30, 6))

    whole = assign(scores, waiting.places, waiting.weeks + 1, objective=objective, keys=waiting.keys)

    assert CHOICES[objective](waiting).tolist() == whole.supporter_of.tolist()


def test_a_reserve_that_is_off_changes_nothing_and_one_that_is_on_does():
    assert lived("coverage", 168, 0).proposals == lived("coverage", 168).proposals
    assert not np.array_equal(lived("coverage", 168, 300).fits, lived("coverage", 168).fits)


@pytest.mark.parametrize("change", [{"choice": "best"}, {"interval_hours": 36}, {"interval_hours": 0}])
def test_a_plan_that_is_none_is_refused(change):
    with pytest.raises(MatchingError, match="cannot"):
        simulate(replace(PLAN, **change), people())


def test_the_chance_of_an_early_end_a_day_adds_up_to_that_of_a_year():
    chance = Rates().early_ends_a_day / 1_000_000

    assert 1 - (1 - chance) ** 364 == pytest.approx(0.381, abs=0.001)


def test_estimates_have_students_interval():
    mean, half_width = estimate([1.0, 2.0, 3.0])

    assert (mean, round(half_width, 3)) == (2.0, 2.484)
    assert estimate([5.0]) == (5.0, 0.0)


def test_every_way_is_compared_on_the_same_communities():
    told = []
    rows = compare(
        replace(PLAN, members=120, weeks=8),
        WEEK,
        seeds=2,
        choices=("coverage", "random"),
        intervals=("weekly",),
        on_progress=lambda done, every: told.append((done, every)),
    )

    assert [(row.choice, row.interval) for row in rows] == [("coverage", "weekly"), ("random", "weekly")]
    assert set(rows[0].figures) == set(FIGURES)
    assert told[-1] == (4, 4)


def test_a_difference_is_taken_community_by_community():
    plan = replace(PLAN, members=120, weeks=8)
    ways = ("first_come", "weekly"), ("coverage", "weekly")

    told = difference(plan, WEEK, seeds=2, one=ways[0], other=ways[1])

    rows = compare(plan, WEEK, seeds=2, choices=("first_come", "coverage"), intervals=("weekly",))
    assert told["fit"].mean == pytest.approx(rows[0].figures["fit"].mean - rows[1].figures["fit"].mean)
    assert difference(plan, WEEK, seeds=2, one=ways[0], other=ways[0])["found"] == (0.0, 0.0)
