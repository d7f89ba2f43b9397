"""The one seam behind which matchings are found: `solve` takes valued edges and gives each seeker a supporter.

Each solver is a module here that works on a connected `Graph`: `narrow` has `dense` solve the leading digits that
fit one number and keeps what is still open, `paths` finishes with exact integers of any size. Nothing outside this
package may know which solver ran: every exact solver gives a matching of the same value, and with distinct ties the
same one. Where pairs are many, `at_scale` takes their place, and `stable` and `stable_at_scale` find stable matchings.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matching.entries import Ints
from matching.errors import Cancelled
from matching.graph import Graph
from matching.objective import is_worth_more_than_waiting
from matching.problem import WAITING
from matching.solvers.narrow import narrow
from matching.solvers.paths import assign_by_paths


def solve(graph: Graph, *, should_stop: Callable[[], bool] | None = None) -> Ints:
    """Find a matching whose value vector is the greatest, compared from left to right.

    Parameters
    ----------
    graph : feasible pairs with value vectors within the bounds of `objective.values_of`.
    should_stop : asked between steps; yes raises Cancelled.

    Returns
    -------
    (n,) supporter of each seeker, -1 where the seeker waits. No more seekers than places; no pair that is not worth
    more than waiting.
    """
    supporter_of = np.full(graph.n, WAITING, dtype=np.int64)
    useful = is_worth_more_than_waiting(graph.values) & (graph.places[graph.supporters] > 0)
    parts = [(part, 1) for part in graph.with_edges(useful).components()]
    while parts:
        if should_stop is not None and should_stop():
            raise Cancelled("stopped before every part of the graph was matched")
        part, least_digits = parts.pop()
        narrowed = narrow(part, least_digits=least_digits)
        if narrowed is not None and narrowed.rest is not None:
            parts.extend((rest, 2) for rest in narrowed.rest.components())
            continue
        answer = assign_by_paths(part, should_stop=should_stop) if narrowed is None else narrowed.supporter_of
        matched = answer != WAITING
        supporter_of[part.seeker_ids[matched]] = part.supporter_ids[answer[matched]]
    return supporter_of
