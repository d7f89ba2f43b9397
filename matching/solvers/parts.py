"""Independent parts of a market: sites, languages or anything else that no feasible pair bridges.

A best matching of the whole is one of each part, and so are the smallest prices, since no pair connects two parts. So
parts may be solved anywhere, and what comes back is put together in the order of the whole. Never here: who solves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from matching.entries import Ints
from matching.problem import WAITING
from matching.solvers.at_scale import MEMORY_BYTES, Solution, solve_at_scale
from matching.solvers.market import Market
from matching.sources import StoredPairs

WORTH_PARTING = 100_000
"""Feasible pairs from which a part is solved by itself; smaller ones are solved together."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some seekers and supporters, whom no pair connects to others.

    Attributes
    ----------
    rows, columns : which, ascending, in the whole. source, market : the same as one of its own.
    prices : (columns,) first words of an earlier run's prices, or None.
    """

    rows: Ints
    columns: Ints
    source: StoredPairs
    market: Market
    prices: Ints | None
    memory_bytes: int = MEMORY_BYTES


def parts_of(
    source: StoredPairs,
    market: Market,
    prices: Ints | None,
    *,
    memory_bytes: int = MEMORY_BYTES,
    worth_parting: int = WORTH_PARTING,
) -> tuple[Part, ...]:
    """Cut a market where no pair is cut; a single part where nothing is gained. Who has no pair may be in none."""
    n, m = source.shape
    part_of_row, part_of_column, count = _numbered(source, n, m, worth_parting)
    parts = []
    for number in range(count):
        rows, columns = np.flatnonzero(part_of_row == number), np.flatnonzero(part_of_column == number)
        parts.append(_part(source, market, prices, rows, columns, memory_bytes))
    # Who has no pair waits, at no price: nothing is to be solved.
    return tuple(part for part in parts if part.source.supporters.size)


def solve_part(part: Part) -> Solution:
    """Solve one part to its end."""
    return solve_at_scale(part.source, part.market, memory_bytes=part.memory_bytes, prices=part.prices)


def together(market: Market, parts: Sequence[Part], solutions: Iterable[Solution]) -> Solution:
    """Put the solutions of all parts together."""
    n, m = market.n, market.m
    supporter_of = np.full(n, WAITING, dtype=np.int64)
    score_of, surplus_hi, surplus_lo = (np.zeros(n, dtype=np.int64) for _ in range(3))
    price_hi, price_lo = (np.zeros(m, dtype=np.int64) for _ in range(2))
    found = []
    for part, solution in zip(parts, solutions, strict=True):
        matched = solution.supporter_of != WAITING
        supporter_of[part.rows[matched]] = part.columns[solution.supporter_of[matched]]
        score_of[part.rows] = solution.score_of
        surplus_hi[part.rows], surplus_lo[part.rows] = solution.surplus_hi, solution.surplus_lo
        price_hi[part.columns], price_lo[part.columns] = solution.price_hi, solution.price_lo
        found.append(solution)
    return Solution(
        supporter_of,
        score_of,
        price_hi,
        price_lo,
        surplus_hi,
        surplus_lo,
        pairs=_sum([each.pairs for each in found]),
        blocking_pairs=_sum([each.blocking_pairs for each in found]),
        rounds=max((each.rounds for each in found), default=0),
        is_best=all(each.is_best for each in found),
        is_bound=all(each.is_bound for each in found),
    )


def _numbered(source: StoredPairs, n: int, m: int, worth_parting: int) -> tuple[Ints, Ints, int]:
    """Give the number of the part of each row and column, and how many parts there are."""
    pairs = csr_array((np.ones(source.supporters.size, dtype=np.int8), source.supporters, source.starts), shape=(n, m))
    indices, starts = pairs.indices + n, np.concatenate((pairs.indptr, np.full(m, pairs.indptr[-1])))
    joined = csr_array((pairs.data, indices, starts), shape=(n + m, n + m))
    count, labels = connected_components(joined, directed=False)
    size = np.bincount(labels[:n], weights=np.diff(source.starts), minlength=count)
    large = np.flatnonzero(size >= worth_parting)
    if large.size == 0:
        return np.zeros(n, dtype=np.int64), np.zeros(m, dtype=np.int64), 1
    number_of = np.full(count, large.size, dtype=np.int64)
    number_of[large] = np.arange(large.size)
    numbers = number_of[labels]
    return numbers[:n], numbers[n:], int(numbers.max(initial=0)) + 1


def _part(
    source: StoredPairs, market: Market, prices: Ints | None, rows: Ints, columns: Ints, memory_bytes: int
) -> Part:
    worth = market.worth
    column_of = np.full(market.m + 1, WAITING, dtype=np.int64)
    column_of[columns] = np.arange(columns.size)
    lengths = np.diff(source.starts)[rows]
    starts = np.concatenate(([0], np.cumsum(lengths)))
    at = np.repeat(source.starts[rows] - starts[:-1], lengths) + np.arange(int(starts[-1]))
    own = replace(
        worth,
        base=worth.base[rows],
        # The last entry of `column_of` answers for -1, whoever has no earlier pair.
        previous=column_of[worth.previous[rows]],
        ranks=None if worth.ranks is None else worth.ranks[rows],
        seeker_keys=worth.seeker_keys[rows],
        supporter_keys=worth.supporter_keys[columns],
        turned_keys=worth.turned_keys[columns],
    )
    return Part(
        rows=rows,
        columns=columns,
        source=StoredPairs(
            starts,
            column_of[source.supporters[at]].astype(np.int32),
            source.scores[at],
            columns.size,
            source.threads,
        ),
        market=Market.of(own, market.places[columns]),
        prices=None if prices is None else prices[columns],
        memory_bytes=memory_bytes,
    )


def _sum(numbers: Sequence[int | None]) -> int | None:
    return None if any(number is None for number in numbers) else sum(number or 0 for number in numbers)
