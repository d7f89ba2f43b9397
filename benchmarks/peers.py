"""Other exact solvers for the same question: most people matched, then the greatest score, with places.

A peer answers (people matched, total score), or None where it cannot go. A new peer is one function and one row of
`PEERS`.
"""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

Answer = tuple[int, int]
Peer = Callable[[csr_array, np.ndarray], Answer | None]

LARGEST_DENSE_CELLS = 60_000_000
LARGEST_GRAPH_PAIRS = 10_000


def scipy_dense(scores: csr_array, capacity: np.ndarray) -> Answer | None:
    """scipy.optimize.linear_sum_assignment: places as repeated columns, waiting as columns of zero."""
    n, m = scores.shape
    slot_of = np.repeat(np.arange(m), np.minimum(capacity, n))
    if n * (slot_of.size + n) > LARGEST_DENSE_CELLS:
        return None
    bonus = _bonus(scores)
    worth = np.full((n, m), -1.0)
    pairs = scores.tocoo()
    worth[pairs.row, pairs.col] = pairs.data + float(bonus)
    dense = np.hstack([worth[:, slot_of], np.zeros((n, n))])
    rows, columns = linear_sum_assignment(dense, maximize=True)
    total = sum(int(dense[row, column]) for row, column in zip(rows, columns, strict=True))
    return divmod_total(total, bonus)


def networkx_blossom(scores: csr_array, capacity: np.ndarray) -> Answer | None:
    """networkx.max_weight_matching: places as repeated nodes, largest matchings first."""
    pairs = scores.tocoo()
    if int(capacity[pairs.col].sum()) > LARGEST_GRAPH_PAIRS:
        return None
    graph = nx.Graph()
    for seeker, supporter, score in zip(pairs.row.tolist(), pairs.col.tolist(), pairs.data.tolist(), strict=True):
        for place in range(int(capacity[supporter])):
            graph.add_edge(("seeker", seeker), ("supporter", supporter, place), weight=score)
    chosen = nx.max_weight_matching(graph, maxcardinality=True)
    return len(chosen), sum(graph.edges[pair]["weight"] for pair in chosen)


def greedy(scores: csr_array, capacity: np.ndarray) -> Answer:
    """Best pair first, until none is left: what a spreadsheet does. Not exact; shown for what exactness buys."""
    pairs = scores.tocoo()
    free, is_waiting = capacity.copy(), np.ones(scores.shape[0], dtype=bool)
    matched = total = 0
    for at in np.argsort(-pairs.data, kind="stable").tolist():
        seeker, supporter = int(pairs.row[at]), int(pairs.col[at])
        if is_waiting[seeker] and free[supporter] > 0:
            is_waiting[seeker] = False
            free[supporter] -= 1
            matched, total = matched + 1, total + int(pairs.data[at])
    return matched, total


PEERS: dict[str, Peer] = {
    "scipy linear_sum_assignment": scipy_dense,
    "networkx max_weight_matching": networkx_blossom,
    "greedy (not exact)": greedy,
}


def divmod_total(total: int, bonus: int) -> Answer:
    """Split a sum of (bonus + score) into how many, and the scores."""
    return divmod(total, bonus)


def _bonus(scores: csr_array) -> int:
    """More than any matching's total score, so that one more pair always wins."""
    return int(scores.data.max(initial=0)) * scores.shape[0] + 1
