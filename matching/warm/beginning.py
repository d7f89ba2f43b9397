"""Beginning a warm engine from a solved run: one pass over all pairs gives every seeker their arcs and a bound.

Never here: how the run was solved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matching.entries import Ints
from matching.errors import ScoreError
from matching.outcome import Outcome, previous_rows
from matching.problem import WAITING, Keys
from matching.solvers.loops import loops
from matching.sources import THREADS, ShouldStop
from matching.tile_calls import Cells, Scored
from matching.warm.arrays import Arcs, Field
from matching.warm.checking import Streams
from matching.warm.engine import WarmEngine
from matching.warm.packing import Packing, Terms
from matching.warm.standing import Standing
from matching.warm.upkeep import ARCS, LivePairs, Upkeep, packed_arcs

_SAMPLE = 96


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A run that is proven best, n seekers and m supporters at positions from 0.

    Attributes
    ----------
    seeker_keys, supporter_keys, priority, places : of those positions; priority ≥ 1.
    previous, earlier : (n,) supporter of a feasible earlier pair, of any earlier pair; -1 where there is none.
    supporter_of : (n,), -1 where the seeker waits.
    surplus, price : (n, DIGITS), (m, DIGITS), as published.
    """

    seeker_keys: Keys
    supporter_keys: Keys
    priority: Ints
    places: Ints
    previous: Ints
    earlier: Ints
    supporter_of: Ints
    surplus: Ints
    price: Ints

    @classmethod
    def of(cls, outcome: Outcome, cells: Callable[[Ints, Ints], Cells]) -> Solved:
        """Give the run of an outcome, by rows of its cohort; `cells` tells which pairs of rows are feasible.

        Raises ScoreError where it is not proven best.
        """
        cohort, certificate = outcome.cohort, outcome.result.certificate
        if certificate is None or not outcome.result.is_best:
            raise ScoreError("cannot keep a matching that is not proven best")
        earlier = previous_rows(cohort, outcome.previous)
        rows = np.flatnonzero(earlier != WAITING)
        previous, (is_feasible, _) = earlier.copy(), cells(rows, earlier[rows])
        previous[rows[~is_feasible]] = WAITING
        return cls(
            seeker_keys=cohort.seeker_keys,
            supporter_keys=cohort.supporter_keys,
            priority=cohort.priority,
            places=cohort.capacity,
            previous=previous,
            earlier=earlier,
            supporter_of=outcome.result.supporter_of,
            surplus=certificate.seeker_surplus,
            price=certificate.supporter_price,
        )

    @property
    def n(self) -> int:
        """How many seekers there are."""
        return self.supporter_of.size

    @property
    def m(self) -> int:
        """How many supporters there are."""
        return self.places.size


def begin_from(
    solved: Solved,
    source: Streams,
    pairs: LivePairs,
    terms: Terms,
    *,
    threads: int = THREADS,
    should_stop: ShouldStop | None = None,
) -> WarmEngine:
    """Begin where a run ended.

    Parameters
    ----------
    solved : the run.
    source, pairs : its pairs, streamed and by position.
    terms : of the run; score bounds for all that may ever come.
    threads : how many ask for pairs at a time, later.

    Raises
    ------
    Cancelled
        When `should_stop` answers yes. BoundError, ScoreError: what the run's values cannot be packed into.
    """
    upkeep = Upkeep(pairs, terms, threads=threads)
    standing = _stand(upkeep, solved)
    _seat(upkeep, solved)
    _carry_prices(upkeep, standing, solved)
    _price_full(upkeep)
    upkeep.slack = _slack_of(upkeep)
    _choose_arcs(upkeep, source, should_stop)
    field = upkeep.field
    loops().refresh(upkeep.rows, field, np.arange(solved.n))
    is_dear = (field.price_hi > 0) | ((field.price_hi == 0) & (field.price_lo > 0))
    field.anchor[is_dear] = -2
    dear = np.flatnonzero(is_dear)
    field.lost[: dear.size], field.is_lost[dear], field.counts[2] = dear, True, dear.size
    upkeep.mend()
    return WarmEngine(upkeep, standing)


def _stand(upkeep: Upkeep, solved: Solved) -> Standing:
    """Set up positions, keys, priorities and earlier pairs."""
    n, m = solved.n, solved.m
    upkeep.field = Field.empty(n, m)
    upkeep.rows, upkeep.columns = Arcs.empty(n), Arcs.empty(m)
    upkeep.is_seeker, upkeep.is_supporter = np.ones(n, dtype=np.bool_), np.ones(m, dtype=np.bool_)
    field, keys = upkeep.field, solved.supporter_keys
    field.seeker_keys[:], field.turned_keys[:] = solved.seeker_keys, (keys << np.uint64(32)) | (keys >> np.uint64(32))
    field.previous[:] = solved.previous
    priorities = np.unique(solved.priority).size
    pairs = min(n, int(solved.places.sum()))
    kept = int((field.previous != WAITING).sum())
    upkeep.packing = Packing.for_room(upkeep.terms, kept, pairs, priorities)
    standing = Standing(upkeep)
    codes = standing.begin(solved.priority, solved.earlier)
    codes[field.previous != WAITING] = standing.codes.most
    field.base[:] = upkeep.packing.base_of(codes)
    return standing


def _seat(upkeep: Upkeep, solved: Solved) -> None:
    field = upkeep.field
    places = np.minimum(solved.places, max(solved.n, 1))
    starts = np.concatenate(([0], np.cumsum(places)))
    field.supporter_of[:] = solved.supporter_of
    field.slot_start[:], field.slot_room[:], field.places[:] = starts[:-1], places, solved.places
    upkeep.field = field = field.with_slots(max(int(starts[-1]), 1))
    loops().seat(field.supporter_of, starts, field.slots, field.used)


def _carry_prices(upkeep: Upkeep, standing: Standing, solved: Solved) -> None:
    """Write the run's prices and surpluses in the words of this packing."""
    field, packing = upkeep.field, upkeep.packing
    price, surplus = solved.price.copy(), solved.surplus.copy()
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
    for seeker in np.unique(
        np.linspace(0, max(field.base.size - 1, 0), min(_SAMPLE, field.base.size)).astype(np.int64)
    ).tolist():
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
