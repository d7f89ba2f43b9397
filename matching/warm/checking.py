"""The full check of a warm market: every pair priced, prices the smallest, places kept to.

It is meant for out of band: it looks at all pairs. Never here: mending what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from matching.entries import Ints
from matching.errors import Cancelled, CertificateError
from matching.problem import WAITING
from matching.solvers.loops import loops
from matching.sources import ShouldStop
from matching.stability import thresholds_of
from matching.tile_calls import Scored
from matching.warm.engine import WarmEngine
from matching.warm.upkeep import Upkeep

T = TypeVar("T")


class Streams(Protocol):
    """Gives all pairs in blocks of rows, each row once; see `sources.PairSource`."""

    def stream(self, consume: Callable[[Ints, Scored], T], *, should_stop: ShouldStop | None = None) -> Iterator[T]:
        """Give each block to `consume`, and its answers."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check counted over all pairs: feasible ones, and those both sides would rather have."""

    pairs: int
    blocking_pairs: int


def check(engine: WarmEngine, source: Streams | None = None, *, should_stop: ShouldStop | None = None) -> Checked:
    """Hold matching and prices against every pair; by default row after row, else from a source with these positions.

    Raises
    ------
    CertificateError
        When a surplus is not the best value less price over all pairs, a place is taken twice or free at a price, a
        seeker waits with a surplus, or a price could be smaller. Cancelled when `should_stop` answers yes.
    """
    upkeep = engine.upkeep
    field = upkeep.field
    _check_places(upkeep)
    packing, supporter_of = upkeep.packing, engine.supporter_of
    scores = packing.scores_of(upkeep.held_gains(), (field.previous == supporter_of) & (supporter_of != WAITING))
    turned = field.turned_keys
    supporter_keys = (turned >> np.uint64(32)) | (turned << np.uint64(32))
    own = thresholds_of(supporter_of, scores, field.places, field.seeker_keys, supporter_keys)
    best = np.zeros_like(field.surplus_hi), np.zeros_like(field.surplus_lo)
    find = loops().dues

    def consume(rows: Ints, scored: Scored) -> tuple[int, int]:
        return scored.supporters.size, find(field, own, rows, *scored, packing.scale, packing.bonus, *best)

    counts = list((source or _Rows(upkeep)).stream(consume, should_stop=should_stop))
    is_off = (best[0] != field.surplus_hi) | (best[1] != field.surplus_lo)
    if is_off.any():
        raise CertificateError(
            f"cannot vouch for the warm matching: {int(is_off.sum())} seekers are due another surplus"
        )
    _check_smallest(upkeep)
    return Checked(sum(pairs for pairs, _ in counts), sum(blocking for _, blocking in counts))


def _check_places(upkeep: Upkeep) -> None:
    field = upkeep.field
    matched = field.supporter_of[field.supporter_of != WAITING]
    used = np.bincount(matched, minlength=field.anchor.size)
    has_price = (field.price_hi != 0) | (field.price_lo != 0)
    if (used > field.places).any() or (has_price & (used < field.places)).any():
        raise CertificateError("cannot vouch for the warm matching: places are taken twice, or free at a price")
    waits = field.supporter_of == WAITING
    is_negative = (field.price_hi < 0) | ((field.price_hi == 0) & (field.price_lo < 0))
    if is_negative.any() or field.surplus_hi[waits].any() or field.surplus_lo[waits].any():
        raise CertificateError("cannot vouch for the warm matching: somebody waits who need not")


def _check_smallest(upkeep: Upkeep) -> None:
    """Let prices fall as far as they may, on a copy: they must not."""
    field, rows = upkeep.field, upkeep.rows
    starts = np.concatenate(([0], np.cumsum(rows.size)))
    at = np.repeat(rows.start - starts[:-1], rows.size) + np.arange(starts[-1])
    owners = np.repeat(np.arange(rows.size.size), rows.size)
    weights = rows.gain[at] + field.base[owners]
    prices = [getattr(field, name).copy() for name in ("price_hi", "price_lo", "surplus_hi", "surplus_lo")]
    matched = field.supporter_of[field.supporter_of != WAITING]
    slot_starts = np.concatenate(([0], np.cumsum(np.bincount(matched, minlength=field.anchor.size)))).astype(np.int64)
    slots, used = np.zeros(max(int(slot_starts[-1]), 1), dtype=np.int32), np.zeros(field.anchor.size, dtype=np.int64)
    loops().seat(field.supporter_of, slot_starts, slots, used)
    loops().lower(
        starts, rows.to[at], weights, field.seeker_keys, field.turned_keys, slot_starts, field.supporter_of, *prices,
        slots, used,
    )  # fmt: skip
    if (prices[0] != field.price_hi).any() or (prices[1] != field.price_lo).any():
        raise CertificateError("cannot vouch for the warm matching: prices could be smaller")


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """All pairs as a source, row after row."""

    upkeep: Upkeep

    def stream(self, consume: Callable[[Ints, Scored], T], *, should_stop: ShouldStop | None = None) -> Iterator[T]:
        for seeker in np.flatnonzero(self.upkeep.is_seeker).tolist():
            if should_stop is not None and should_stop():
                raise Cancelled("stopped before every row was looked at")
            supporters, scores = self.upkeep.read_row(seeker)
            yield consume(np.array([seeker]), Scored(np.array([supporters.size]), supporters, scores))
