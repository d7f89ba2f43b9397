"""Other people's solvers, each asked as kindly as its interface allows.

A peer is one row of `PEERS`: `prepare` turns the question into what the library takes, `solve` is the library's call
alone, `read` turns its result into the supporter of each seeker. The three are timed apart, so that nobody is charged
for our conversion. `bound` says why the answer is exact: what it needs must be below its limit, else the peer is shown
as not exact here. A new peer is three functions and a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from benchmarks.peers import dense, graphs, greedy, sparse
from benchmarks.peers.bounds import Bound, costs_times_nodes, float_paths, python_integers, wide_integers
from benchmarks.question import Ints, Question


@dataclass(frozen=True, slots=True)
class Peer:
    """One solver. `needs`: the module it lives in. `bound`: None for a solver that does not claim the best answer."""

    name: str
    needs: str
    prepare: Callable[[Question], Any]
    solve: Callable[[Any], Any]
    read: Callable[[Question, Any, Any], Ints]
    bound: Callable[[Question], Bound] | None

    @property
    def is_installed(self) -> bool:
        """Tell whether its library is here."""
        return find_spec(self.needs) is not None


_ROWS = (
    Peer(
        "scipy linear_sum_assignment",
        "scipy",
        dense.prepare_slots_by_seekers,
        dense.solve_scipy,
        dense.read_slots_by_seekers,
        float_paths,
    ),
    Peer(
        "scipy linear_sum_assignment, as usually called",
        "scipy",
        dense.prepare_seekers_by_slots,
        dense.solve_scipy_maximising,
        dense.read_seekers_by_slots,
        float_paths,
    ),
    Peer(
        "scipy min_weight_full_bipartite_matching",
        "scipy",
        sparse.prepare_full,
        sparse.solve_full,
        sparse.read_full,
        float_paths,
    ),
    Peer(
        "OR-Tools SimpleMinCostFlow",
        "ortools",
        sparse.prepare_flow,
        sparse.solve_flow,
        sparse.read_flow,
        costs_times_nodes,
    ),
    Peer(
        "lapx lapjvh", "lap", dense.prepare_slots_by_seekers, dense.solve_lapx, dense.read_slots_by_seekers, float_paths
    ),
    Peer(
        "rustworkx max_weight_matching",
        "rustworkx",
        graphs.prepare_rustworkx,
        graphs.solve_rustworkx,
        graphs.read_rustworkx,
        wide_integers,
    ),
    Peer(
        "networkx max_weight_matching",
        "networkx",
        graphs.prepare_blossom,
        graphs.solve_blossom,
        graphs.read_blossom,
        python_integers,
    ),
    Peer(
        "networkx network_simplex",
        "networkx",
        graphs.prepare_simplex,
        graphs.solve_simplex,
        graphs.read_simplex,
        python_integers,
    ),
    Peer("greedy, best pair first", "numpy", greedy.prepare, greedy.solve, greedy.read, None),
)

PEERS: dict[str, Peer] = {peer.name: peer for peer in _ROWS}
"""Name → peer, in the order of the tables."""
