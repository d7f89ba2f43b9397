"""Solvers of stored pairs: scipy's sparse assignment, and OR-Tools' minimum-cost flow with bulk arcs."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array, hstack
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from benchmarks.question import WAITING, CannotGoError, Ints, Question

BYTES_A_STORED_COST = 12
"""A double and an index of 32 bits."""
BYTES_AN_ARC = 48
"""What OR-Tools keeps at least of an arc: both directions, capacity, cost, flow."""


def prepare_full(question: Question) -> csr_array:
    """Give every seeker a column to wait in, so that a full matching exists; no cost is 0, which scipy would drop."""
    slots = question.slot_of
    entries = int(question.places[question.scores.indices].sum())
    question.check_fits(2 * BYTES_A_STORED_COST * entries, "the stored costs")
    costs = (1 + question.greatest - question.scores.data).astype(np.float64)
    pairs = csr_array((costs, question.scores.indices, question.scores.indptr), shape=question.scores.shape)[:, slots]
    n = question.seekers
    wait = np.full(n, float(1 + question.greatest + question.bonus))
    columns: csr_array = hstack([pairs, csr_array((wait, np.arange(n), np.arange(n + 1)), shape=(n, n))], format="csr")
    return columns


def solve_full(costs: csr_array) -> Any:
    """Find the full matching of least cost."""
    return min_weight_full_bipartite_matching(costs)


def read_full(question: Question, _: csr_array, chosen: Any) -> Ints:
    """Leave out those who wait."""
    seekers, columns = chosen
    supporter_of = np.full(question.seekers, WAITING, dtype=np.int64)
    is_pair = columns < question.slot_of.size
    supporter_of[seekers[is_pair]] = question.slot_of[columns[is_pair]]
    return supporter_of


def prepare_flow(question: Question) -> Any:
    """Add one arc a pair in bulk; places are the supporters' demand, and the largest flow comes before its cost."""
    from ortools.graph.python import min_cost_flow

    question.check_fits(BYTES_AN_ARC * int(question.scores.nnz), "the arcs")
    n, m = question.seekers, question.supporters
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        question.rows.astype(np.int32),
        (n + question.scores.indices).astype(np.int32),
        np.ones(question.scores.nnz, dtype=np.int64),
        -question.scores.data,
    )
    supplies = np.concatenate([np.ones(n, dtype=np.int64), -question.places])
    flow.set_nodes_supplies(np.arange(n + m, dtype=np.int32), supplies)
    return flow


def solve_flow(flow: Any) -> Any:
    """Find the largest flow of least cost; anything but an optimum is told as it is."""
    status = flow.solve_max_flow_with_min_cost()
    if status != flow.OPTIMAL:
        raise CannotGoError(f"OR-Tools answers {status.name if hasattr(status, 'name') else status}")
    return flow


def read_flow(question: Question, _: Any, flow: Any) -> Ints:
    """Read the arcs that carry somebody."""
    used = flow.flows(np.arange(question.scores.nnz, dtype=np.int32)) > 0
    supporter_of = np.full(question.seekers, WAITING, dtype=np.int64)
    supporter_of[question.rows[used]] = question.scores.indices[used]
    return supporter_of
