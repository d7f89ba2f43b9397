"""Shortest augmenting paths on 64-bit integers, compiled: as exact as `paths` where the bound holds, and far faster.

Takes one packed integer a pair, so it serves `narrow`. The loops are in `native_paths.py`, compiled when first wanted
(`python -m matching.kernel` does it ahead). Nothing here may round.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

from matching.code_cache import default_directory, digest_of, imported
from matching.entries import Ints
from matching.errors import Cancelled
from matching.graph import Graph
from matching.problem import WAITING

WORD_LIMIT = 2**62
"""Three times the greatest value must stay below it; see `assign_by_words`."""

WORTH_COMPILING = 40_000
"""Edges from which the compiled loops take less time than `dense`, with what loading them takes."""

_ASK_EVERY = 256


def is_worth_compiling(graph: Graph) -> bool:
    """Tell whether a graph is so large that the compiled loops are worth loading."""
    return graph.seekers.size >= WORTH_COMPILING


def assign_by_words(graph: Graph, values: Ints, should_stop: Callable[[], bool] | None = None) -> Ints:
    """Find a matching of greatest summed value.

    Parameters
    ----------
    graph : its edges and places; its own value vectors are not looked at.
    values : (edges,) each greater than 0, and three times the greatest below `WORD_LIMIT`.
    should_stop : asked every few hundred seekers; yes raises Cancelled.

    Returns
    -------
    (n,) supporter of each seeker inside the graph, -1 where the seeker waits.

    Notes
    -----
    With V the greatest value: surplus and price stay within 0…V, since a surplus starts as a value less a price and
    only falls, and a full supporter's price is a value less a surplus. A search never follows a path of length V or
    more, and a length is such a distance + surplus − value + price: its partial sums stay within −V…3V.
    """
    native, starts = compiled_paths(), graph.starts
    slot_starts = np.concatenate(([0], np.cumsum(graph.useful_places)))
    supporter_of = np.full(graph.n, WAITING, dtype=np.int64)
    state = (supporter_of, *(np.zeros(size, dtype=np.int64) for size in (graph.m, graph.n, slot_starts[-1], graph.m)))
    # With the worthiest first, latecomers soon find that waiting is best: searches stay short.
    best = np.zeros(graph.n, dtype=np.int64)
    np.maximum.at(best, graph.seekers, values)
    order = np.argsort(-best, kind="stable")
    for first in range(0, graph.n, _ASK_EVERY):
        if should_stop is not None and should_stop():
            raise Cancelled("stopped before every seeker of the graph had entered")
        newcomers = order[first : first + _ASK_EVERY]
        native.enter(starts, graph.supporters, values, slot_starts, newcomers, *state)
    return supporter_of


@cache
def compiled_paths(directory: Path | None = None) -> ModuleType:
    """Give the compiled loops, compiling them where the directory (default: `code_cache`'s) holds none of this text."""
    source = Path(__file__).with_name("native_paths.py")
    module = imported(f"paths_{digest_of([source])}", source.read_text("utf-8"), directory or default_directory())
    nobody, one = np.empty(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
    module.enter(one, nobody, nobody, one, nobody, nobody, nobody, nobody, nobody, nobody)
    return module
