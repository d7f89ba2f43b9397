"""Solvers of a full matrix: places are repeated rows or columns; 0 for a pair that may not be, −(bonus + score) else.

A feasible pair always beats 0, so a 0 that is chosen stands for waiting and no column of its own is needed. That is the
smallest matrix there is for the question.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.question import WAITING, Ints, Question

Matrix = NDArray[np.float64]


def prepare_slots_by_seekers(question: Question) -> Matrix:
    """Fill (slots, seekers) costs: the orientation both libraries work in, so that they need not copy."""
    return _filled(question, copies=1, is_transposed=True)


def prepare_seekers_by_slots(question: Question) -> Matrix:
    """Fill (seekers, slots) values to maximise, as the manual's example does."""
    matrix = _filled(question, copies=3, is_transposed=False)
    np.negative(matrix, out=matrix)
    return matrix


def solve_scipy(costs: Matrix) -> Any:
    """Minimise."""
    return linear_sum_assignment(costs)


def solve_scipy_maximising(values: Matrix) -> Any:
    """Maximise; scipy negates and, with fewer columns than rows, turns a copy of the matrix."""
    return linear_sum_assignment(values, maximize=True)


def solve_lapx(costs: Matrix) -> Any:
    """Minimise with the fastest of lapx's dense solvers here (lapjv, lapjvx, lapjvs, lapjvc took 4 to 100 × longer)."""
    import lap

    return lap.lapjvh(costs, extend_cost=True, return_cost=False)


def read_slots_by_seekers(question: Question, costs: Matrix, chosen: Any) -> Ints:
    """Leave out the chosen zeros."""
    slots, seekers = chosen
    return _supporter_of(question, seekers, slots, costs[slots, seekers])


def read_seekers_by_slots(question: Question, values: Matrix, chosen: Any) -> Ints:
    """Leave out the chosen zeros."""
    seekers, slots = chosen
    return _supporter_of(question, seekers, slots, values[seekers, slots])


def _filled(question: Question, *, copies: int, is_transposed: bool) -> Matrix:
    slots, seekers = question.slot_of.size, question.seekers
    question.check_fits(8 * slots * seekers * copies, "the full matrix")
    matrix = np.zeros((slots, seekers) if is_transposed else (seekers, slots))
    by_slot = matrix if is_transposed else matrix.T
    first_slot = np.cumsum(question.places) - question.places
    costs = -(question.scores.data + question.bonus).astype(np.float64)
    columns, rows = question.scores.indices, question.rows
    for place in range(int(question.places.max(initial=0))):
        has_place = question.places[columns] > place
        by_slot[first_slot[columns[has_place]] + place, rows[has_place]] = costs[has_place]
    return matrix


def _supporter_of(question: Question, seekers: Ints, slots: Ints, costs: Matrix) -> Ints:
    supporter_of = np.full(question.seekers, WAITING, dtype=np.int64)
    is_pair = costs != 0
    supporter_of[seekers[is_pair]] = question.slot_of[slots[is_pair]]
    return supporter_of
