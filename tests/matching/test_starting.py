"""Starting prices: near the best ones, and whatever they are, no answer depends on them."""

from __future__ import annotations

import numpy as np
import pytest

from matching.assigning import assign_problem
from matching.solvers import at_scale, starting
from matching.solvers.at_scale import solve_at_scale
from matching.solvers.lists import Lists
from matching.solvers.loops import loops
from matching.solvers.market import State
from matching.solvers.starting import start
from matching.worth import WORD_LIMIT
from tests.matching.markets import AskedPairs, check_same, drawn, market_of, problem_of, stored


def community(seed, *, objective="coverage", places=0.8):
    random = np.random.default_rng(seed)
    n, m = 300, 200
    return problem_of(
        random.integers(0, 10_000, (n, m)),
        random.random((n, m)) < 0.3,
        (random.random(m) < places).astype(np.int64) * random.integers(1, 3, m),
        priority=random.integers(1, 40, n),
        objective=objective,
    )


def started(problem, **options):
    market = market_of(problem)
    lists, state = Lists.empty(market, 100), State.of(market)
    lists.fill(stored(problem), market)
    return market, state, start(market, lists, state, **options)


def forget(market, lists, state, *, price=None):
    del price
    return lists.choose(market, np.zeros(market.m, dtype=np.int64), most=1)


def overprice(market, lists, state, *, price=None):
    core = start(market, lists, state, price=price)
    state.price_hi[:] = np.where(market.places > 0, WORD_LIMIT - 1, 0)
    return core


def pair_anybody(market, lists, state, *, price=None):
    core = start(market, lists, state, price=price)
    random = np.random.default_rng(3)
    places = random.permutation(np.repeat(np.arange(market.m), market.places))[: market.n]
    state.supporter_of[:] = -1
    state.supporter_of[: places.size] = places
    state.price_hi[:] = random.integers(0, 2**50, market.m) * (market.places > 0)
    return core


@pytest.mark.parametrize("bad", [forget, overprice, pair_anybody])
@pytest.mark.parametrize("seed", range(25))
def test_a_start_that_is_wrong_changes_no_answer(seed, bad, monkeypatch):
    monkeypatch.setattr(at_scale, "start", bad)
    problem, market = drawn(seed), market_of(drawn(seed))

    found = solve_at_scale(AskedPairs(problem), market)

    check_same(problem, market, found, assign_problem(problem, worth_compiling=1 << 60))


@pytest.mark.parametrize("objective", ["coverage", "score"])
@pytest.mark.parametrize("places", [0.3, 0.95])
def test_it_pairs_within_places_along_arcs_of_the_core(objective, places):
    market, state, core = started(community(1, objective=objective, places=places))

    held = np.bincount(state.supporter_of[state.supporter_of >= 0], minlength=market.m)
    assert (held <= market.places).all()
    assert ((state.price_hi >= 0) & (state.price_hi <= WORD_LIMIT)).all()
    assert np.diff(core.starts).max() <= starting.ARCS


@pytest.mark.parametrize(("objective", "places"), [("coverage", 0.3), ("coverage", 0.95), ("score", 0.95)])
def test_nearly_everybody_who_will_be_is_paired_before_the_first_exact_path(objective, places):
    problem = community(2, objective=objective, places=places)
    _, state, _ = started(problem)

    best = assign_problem(problem, worth_compiling=1 << 60)

    assert int((state.supporter_of >= 0).sum()) >= 0.9 * best.matched


@pytest.mark.parametrize("ranks_off", [0, 2])
def test_it_begins_near_the_end_from_earlier_prices_at_the_levels_of_now(ranks_off):
    problem = community(3)
    best = assign_problem(problem, worth_compiling=1 << 60)
    earlier = best.certificate.supporter_price[problem.supporter_order]
    price = market_of(problem).worth.first_words_of(earlier + np.array([ranks_off, 0, 0, 0]))

    market, state, _ = started(problem, price=price)

    assert int((state.supporter_of >= 0).sum()) >= 0.97 * best.matched
    level, scarce = np.rint(state.price_hi / market.worth.unit), earlier[:, 0] > 0
    assert scarce.sum() > 50
    assert abs(np.median(level[scarce] - earlier[scarce, 0])) <= 1


class PlainLevels:
    """The rank of the first seeker of no way to a free place, for each supporter, by plain augmenting paths."""

    def __init__(self, edges, ranks, places):
        self.edges, self.places = edges, places
        self.holders, self.level = [[] for _ in places], [0] * len(places)
        for rank in sorted(set(ranks), reverse=True):
            closed = [self.closed_to(i) for i, each in enumerate(ranks) if each == rank]
            for supporter in set().union(*closed):
                self.level[supporter] = self.level[supporter] or rank

    def closed_to(self, seeker):
        """Who was seen by a seeker that found no place."""
        seen = set()
        return set() if self.enter(seeker, seen) else seen

    def enter(self, seeker, seen):
        wanted = (supporter for supporter in self.edges[seeker] if supporter not in seen and not self.level[supporter])
        return any(self.take(seeker, supporter, seen) for supporter in wanted)

    def take(self, seeker, supporter, seen):
        seen.add(supporter)
        holders = self.holders[supporter]
        if len(holders) < self.places[supporter]:
            holders.append(seeker)
            return True
        at = next((at for at, other in enumerate(holders) if self.enter(other, seen)), None)
        if at is not None:
            holders[at] = seeker
        return at is not None


@pytest.mark.parametrize("seed", range(60))
def test_levels_say_from_which_rank_on_places_are_scarce(seed):
    random = np.random.default_rng(seed)
    n, m = (int(side) for side in random.integers(1, 14, 2))
    mask = random.random((n, m)) < random.choice([0.2, 0.5])
    ranks, places = random.integers(1, 4, n), random.integers(0, 3, m)
    edges = [np.flatnonzero(row).tolist() for row in mask]
    starts = np.concatenate(([0], np.cumsum(mask.sum(axis=1))))
    supporters = np.flatnonzero(mask) % m
    order, slots = np.argsort(-ranks, kind="stable"), np.concatenate(([0], np.cumsum(places)))

    level = loops().levels(starts, supporters.astype(np.int32), ranks, order, slots)

    assert level.tolist() == PlainLevels(edges, ranks.tolist(), places.tolist()).level
