"""Beginning a warm engine from a solved run: one pass over all pairs gives every seeker their arcs and a bound.

Never here: how the run was solved.
"""

from __future__ import annotations

import numpy as np

from matching.entries import Ints
from matching.problem import WAITING
from matching.solvers.at_scale import Solution
from matching.solvers.loops import loops
from matching.solvers.market import Market
from matching.sources import ShouldStop
from matching.tile_calls import Scored
from matching.warm.arrays import Arcs, Field
from matching.warm.checking import Streams
from matching.warm.engine import WarmEngine
from matching.warm.packing import Packing, Terms
from matching.warm.standing import Standing
from matching.warm.upkeep import ARCS, LivePairs, Upkeep, packed_arcs

_SAMPLE = 96


def begin_from(  # noqa: PLR0913 - a run and where its pairs are
    market: Market,
    solution: Solution,
    source: Streams,
    pairs: LivePairs,
    terms: Terms,
    *,
    priority: Ints,
    should_stop: ShouldStop | None = None,
) -> WarmEngine:
    """Begin where a run ended.

    Parameters
    ----------
    market, solution : of the run, `solution.is_best`. Its rows are positions from 0.
    source, pairs : the same pairs, streamed and by position.
    terms : of the run; score bounds for all that may ever come.
    priority : (n,) ≥ 1.

    Raises
    ------
    Cancelled
        When `should_stop` answers yes. BoundError, ScoreError: what the run's values cannot be packed into.
    """
    upkeep = Upkeep(pairs, terms)
    standing = _stand(upkeep, market, priority)
    _seat(upkeep, market, solution)
    _carry_prices(upkeep, standing, market, solution)
    _price_full(upkeep)
    upkeep.slack = _slack_of(upkeep)
    _choose_arcs(upkeep, source, should_stop)
    field = upkeep.field
    loops().refresh(upkeep.rows, field, np.arange(market.n))
    is_dear = (field.price_hi > 0) | ((field.price_hi == 0) & (field.price_lo > 0))
    field.anchor[is_dear] = -2
    dear = np.flatnonzero(is_dear)
    field.lost[: dear.size], field.is_lost[dear], field.counts[2] = dear, True, dear.size
    upkeep.mend()
    return WarmEngine(upkeep, standing)


def _stand(upkeep: Upkeep, market: Market, priority: Ints) -> Standing:
    """Set up positions, keys, priorities and earlier pairs."""
    n, m, worth = market.n, market.m, market.worth
    upkeep.field = Field.empty(n, m)
    upkeep.rows, upkeep.columns = Arcs.empty(n), Arcs.empty(m)
    upkeep.is_seeker, upkeep.is_supporter = np.ones(n, dtype=np.bool_), np.ones(m, dtype=np.bool_)
    field = upkeep.field
    field.seeker_keys[:], field.turned_keys[:] = worth.seeker_keys, worth.turned_keys
    field.previous[:] = worth.previous
    values, counts = np.unique(priority, return_counts=True)
    pairs = min(n, int(market.places.sum()))
    kept = int((field.previous != WAITING).sum())
    upkeep.packing = Packing.for_room(upkeep.terms, kept, pairs, values.size)
    standing = Standing(upkeep)
    standing.priority[:], standing.earlier[:] = priority, worth.previous
    standing.codes.begin(values.tolist(), counts.tolist(), upkeep.packing.most_code)
    codes = standing.codes.codes()[np.searchsorted(values, priority)]
    codes[field.previous != WAITING] = standing.codes.top()
    field.base[:] = upkeep.packing.base_of(codes)
    return standing


def _seat(upkeep: Upkeep, market: Market, solution: Solution) -> None:
    field = upkeep.field
    field.supporter_of[:] = solution.supporter_of
    field.slot_start[:], field.slot_room[:], field.places[:] = market.slot_starts[:-1], market.places, market.places
    upkeep.field = field = field.with_slots(max(int(market.slot_starts[-1]), 1))
    loops().seat(field.supporter_of, market.slot_starts, field.slots, field.used)


def _carry_prices(upkeep: Upkeep, standing: Standing, market: Market, solution: Solution) -> None:
    """Write the run's prices and surpluses in the words of this packing."""
    field, packing = upkeep.field, upkeep.packing
    price = market.worth.digits_of(solution.price_hi, solution.price_lo)
    surplus = market.worth.digits_of(solution.surplus_hi, solution.surplus_lo)
    if standing.has_ranks:
        code_of = np.concatenate(([0], standing.codes.codes()))
        price[:, 0] = code_of[price[:, 0]]
        held = np.append(price[:, 0], 0)[field.supporter_of]
        surplus[:, 0] = np.where(field.supporter_of == WAITING, 0, field.base // packing.unit - held)
    field.price_hi[:], field.price_lo[:] = packing.word(price), price[:, 3]
    field.surplus_hi[:], field.surplus_lo[:] = packing.word(surplus), surplus[:, 3]


def _price_full(upkeep: Upkeep) -> None:
    """Price those who have no place to give: a run at scale leaves them out."""
    field = upkeep.field
    for supporter in np.flatnonzero(field.places == 0).tolist():
        pairs = upkeep.read_column(supporter)
        hi, lo, _ = loops().worth_of_column(field, supporter, pairs[0], upkeep.gains_of_column(supporter, pairs))
        field.price_hi[supporter], field.price_lo[supporter] = hi, lo


def _slack_of(upkeep: Upkeep) -> tuple[int, int]:
    """Half of what lies, for most of some seekers, between their best pair and the first that gets no arc."""
    field, gaps = upkeep.field, []
    for seeker in np.unique(np.linspace(0, field.base.size - 1, _SAMPLE).astype(np.int64)).tolist():
        supporters, scores = upkeep.read_row(seeker)
        if supporters.size > ARCS:
            worth = upkeep.gains_of_row(seeker, (supporters, scores)) - field.price_hi[supporters]
            best = np.partition(worth, supporters.size - ARCS - 1)
            own = max(int(worth.max()), -int(field.base[seeker]))
            gaps.append(max(own - int(best[-ARCS - 1]), 0))
    slack = int(np.quantile(gaps, 0.25)) // 2 if gaps else upkeep.packing.scale
    # Where whole points do not tell pairs apart, ties do.
    return (slack, 0) if slack else (0, 1 << 30)


def _choose_arcs(upkeep: Upkeep, source: Streams, should_stop: ShouldStop | None) -> None:
    field, packing = upkeep.field, upkeep.packing
    n, m = field.base.size, field.anchor.size
    low_hi, low_lo = field.price_hi - upkeep.slack[0], field.price_lo - upkeep.slack[1]
    is_below = (low_hi < 0) | ((low_hi == 0) & (low_lo < 0))
    low_hi[is_below], low_lo[is_below] = 0, 0
    to, gain = np.zeros((n, ARCS), dtype=np.int32), np.zeros((n, ARCS), dtype=np.int64)
    sizes = np.zeros(n, dtype=np.int64)
    choose = loops().choose_of_rows

    def consume(rows: Ints, scored: Scored) -> tuple[Ints, Ints]:
        floor = low_hi.copy(), low_lo.copy()
        choose(field, rows, *scored, packing.scale, packing.bonus, *floor, to, gain, sizes)
        return floor

    floor_hi, floor_lo = low_hi.copy(), low_lo.copy()
    for hi, lo in source.stream(consume, should_stop=should_stop):
        # Bounds hold for any higher floors, too.
        is_higher = (hi > floor_hi) | ((hi == floor_hi) & (lo > floor_lo))
        floor_hi[is_higher], floor_lo[is_higher] = hi[is_higher], lo[is_higher]
    field.floor_hi[:], field.floor_lo[:] = floor_hi, floor_lo
    starts = np.arange(n) * ARCS
    everything = Arcs(starts, sizes, np.full(n, ARCS), to.ravel(), gain.ravel(), np.array([n * ARCS]))
    upkeep.rows = packed_arcs(everything, 0)
    ends = np.concatenate(([0], np.cumsum(sizes)))
    is_arc = np.arange(ARCS) < sizes[:, None]
    column_ends, seekers, gains = loops().transposed(ends, to[is_arc], gain[is_arc], m)
    lengths = np.diff(column_ends)
    by_column = Arcs(column_ends[:-1].copy(), lengths, lengths.copy(), seekers, gains, column_ends[-1:].copy())
    upkeep.columns = packed_arcs(by_column, 0)
