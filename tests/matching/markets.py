"""Problems for the solvers at scale: drawn to be hard, packed into words, their pairs stored or asked for in parts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from matching.objective import kept_entries
from matching.problem import read_problem
from matching.solvers.market import Market
from matching.sources import StoredPairs
from matching.tile_calls import Scored
from matching.worth import ScoreBounds, Sides, worth_of

BLOCK = 7


def problem_of(scores, mask, capacity, *, seed=0, **options):
    """A problem of the masked cells of an (n, m) array of scores, with random keys."""
    random = np.random.default_rng(seed)
    rows, columns = np.nonzero(mask)
    array = csr_array((scores[mask].astype(np.int64), (rows, columns)), shape=scores.shape)
    keys = tuple(random.integers(0, 2**63, side).astype(np.uint64) for side in scores.shape)
    return read_problem(array, capacity, keys=keys, **options)


def drawn(seed, *, objective=None, most=40):
    """Up to 40 × 40, dense or thin, coarse or fine scores, some below zero, no to three places, earlier pairs."""
    random = np.random.default_rng(seed)
    n, m = (int(side) for side in random.integers(1, most, 2))
    high = int(random.choice([2, 5, 100, 10_000]))
    low = -high // 3 if random.random() < 0.4 else 0
    return problem_of(
        random.integers(low, high, (n, m)),
        random.random((n, m)) < random.random(),
        random.integers(0, 4, m),
        seed=seed,
        priority=random.choice([1, 3, 50, 10**3, 10**6, 10**12], n) if seed % 3 else random.integers(1, 60, n),
        previous=np.where(random.random(n) < 0.4, random.integers(0, m, n), -1),
        objective=objective or ("coverage", "score")[seed % 2],
        keep_margin=int(random.choice([0, 3, 200])),
    )


def market_of(problem):
    kept = kept_entries(problem)
    previous = np.full(problem.shape[0], -1)
    previous[problem.seekers[kept]] = problem.supporters[kept]
    places = np.minimum(problem.capacity, np.bincount(problem.supporters, minlength=problem.shape[1]))
    bounds = ScoreBounds(int(problem.scores.min(initial=0)), int(problem.scores.max(initial=0)))
    sides = Sides(problem.priority, previous, int(places.sum()), problem.seeker_keys, problem.supporter_keys)
    return Market.of(worth_of(problem.objective, problem.keep_margin, bounds, sides), places)


def stored(problem):
    return StoredPairs(
        problem.starts, problem.supporters.astype(np.int32), problem.scores.astype(np.int32), problem.shape[1]
    )


@dataclass
class AskedPairs:
    """The pairs of a problem, of which some can be asked; tells what was asked: (rows, columns) of each call."""

    problem: object
    can_ask_some: bool = True
    asked: list = field(default_factory=list)
    threads: int = 1

    @property
    def shape(self):
        return self.problem.shape

    def stream(self, consume, *, rows=None, columns=None, should_stop=None, on_progress=None):
        del should_stop
        whole = "all" if rows is None else ("rows", rows.size)
        self.asked.append(whole if columns is None else ("columns", columns.size))
        rows = np.arange(self.shape[0]) if rows is None else rows
        for first in range(0, rows.size, BLOCK):
            some = rows[first : first + BLOCK]
            entries = [np.arange(*self.problem.starts[row : row + 2]) for row in some]
            if columns is not None:
                entries = [at[np.isin(self.problem.supporters[at], columns)] for at in entries]
            at = np.concatenate([np.empty(0, dtype=np.int64), *entries])
            lengths = np.array([each.size for each in entries], dtype=np.int64)
            supporters, scores = (each[at].astype(np.int32) for each in (self.problem.supporters, self.problem.scores))
            yield consume(some.copy(), Scored(lengths, supporters, scores))
            if on_progress is not None:
                on_progress(first + some.size, rows.size)


def digits_of(problem, market, found):
    """Surpluses and prices in digits, in the caller's order."""
    worth = market.worth
    surplus = np.empty((problem.shape[0], 4), dtype=np.int64)
    price = np.empty((problem.shape[1], 4), dtype=np.int64)
    surplus[problem.seeker_order] = worth.digits_of(found.surplus_hi, found.surplus_lo)
    price[problem.supporter_order] = worth.digits_of(found.price_hi, found.price_lo)
    return surplus, price


def check_same(problem, market, found, expected):
    """A solution says what an assignment says, to the last digit of prices."""
    surplus, price = digits_of(problem, market, found)
    placed = np.empty(problem.shape[1], dtype=np.bool_)
    placed[problem.supporter_order] = problem.capacity > 0
    assert problem.to_caller_order(found.supporter_of).tolist() == expected.supporter_of.tolist()
    assert surplus.tolist() == expected.certificate.seeker_surplus.tolist()
    assert price[placed].tolist() == expected.certificate.supporter_price[placed].tolist()
    assert int(found.score_of.sum()) == expected.total_score
    assert found.blocking_pairs == expected.blocking_pairs
    assert found.pairs == problem.scores.size
    assert (found.is_best, found.is_bound) == (True, True)
