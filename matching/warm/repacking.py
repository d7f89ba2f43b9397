"""Carrying a warm market over into another packing, digit by digit: matching, prices and bounds stay what they are."""

from __future__ import annotations

import numpy as np

from matching.entries import Ints
from matching.policy import Objective
from matching.warm.packing import Packing, PriorityCodes
from matching.warm.upkeep import Upkeep

LEAST = -(2**61)


def carry_over(upkeep: Upkeep, codes: PriorityCodes, packing: Packing) -> None:
    """Pack every word of a market anew and spread the codes of priorities; raises BoundError before any change."""
    field, old = upkeep.field, upkeep.packing
    own = field.base // old.unit if old.terms.objective is Objective.COVERAGE else np.zeros_like(field.base)
    has_bound = field.bound_hi > LEAST // 2
    price, floor = old.digits(field.price_hi, field.price_lo), old.digits(field.floor_hi, field.floor_lo)
    surplus = old.digits(field.surplus_hi, field.surplus_lo)
    bound = old.digits(np.where(has_bound, field.bound_hi, 0), field.bound_lo)
    if old.terms.objective is Objective.COVERAGE:
        before, after = (np.concatenate(([0], each)) for each in codes.spread(packing.most_code))

        def carried(code: Ints) -> Ints:
            new: Ints = after[np.searchsorted(before, code)]
            return new

        new_own = carried(own)
        # Surplus and bound name their seeker's code less that of a price.
        surplus[:, 0] = new_own - carried(own - surplus[:, 0])
        bound[:, 0] = new_own - carried(np.where(has_bound, own - bound[:, 0], 0))
        price[:, 0], floor[:, 0] = carried(price[:, 0]), carried(floor[:, 0])
        field.base[:] = packing.base_of(new_own)
    else:
        field.base[:] = np.where(upkeep.is_seeker & (field.base != 0), packing.radix, 0)
    for arcs in (upkeep.rows, upkeep.columns):
        arcs.gain[: arcs.end[0]] = packing.word(
            old.digits(arcs.gain[: arcs.end[0]], np.zeros(int(arcs.end[0]), dtype=np.int64))
        )
    field.price_hi[:], field.surplus_hi[:] = packing.word(price), packing.word(surplus)
    field.floor_hi[:] = packing.word(floor)
    field.bound_hi[:] = np.where(has_bound, packing.word(bound), LEAST)
    slack = np.array([upkeep.slack[0]]), np.array([0])
    upkeep.slack = (int(packing.word(old.digits(*slack))[0]), upkeep.slack[1])
    upkeep.packing = packing
