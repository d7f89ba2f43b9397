"""Deferred acceptance with places: the matching in which no two would both rather have each other.

Both sides rank pairs by (score, tie), the greater the better, and any pair is better than waiting or a free place.
Works on compressed rows of pairs, the whole of a problem or a core of it; large ones run in the compiled loops of
`native_stable.py` (`python -m matching.kernel` compiles them ahead). Never here: priority, margins, earlier pairs, none
of which a ranking by both sides knows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from heapq import heappush, heappushpop
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.code_cache import default_directory, digest_of, imported
from matching.entries import Ints
from matching.errors import Cancelled
from matching.keys import ties_of
from matching.problem import WAITING, Keys, Problem
from matching.stability import Thresholds, thresholds_of

WORTH_COMPILING = 40_000
"""Pairs from which the compiled loops take less time, with what loading them takes."""

_ASK_EVERY = 4096


Integers = NDArray[np.signedinteger[Any]]
"""Of any width."""


class Rows(NamedTuple):
    """Feasible pairs as compressed rows, each pair once, in any order inside a row.

    Attributes
    ----------
    starts : (n + 1,) pairs of seeker i are ``starts[i]:starts[i + 1]``.
    supporters, scores : (pairs,) integers of any width; plain scores, no margin.
    seeker_keys, supporter_keys : (n,), (m,) uint64, distinct.
    capacity : (m,) places, ≥ 0.
    """

    starts: Ints
    supporters: Integers
    scores: Integers
    seeker_keys: Keys
    supporter_keys: Keys
    capacity: Ints

    @classmethod
    def of(cls, problem: Problem) -> Rows:
        """Take every pair of a problem."""
        keys = problem.seeker_keys, problem.supporter_keys
        return cls(problem.starts, problem.supporters, problem.scores, *keys, problem.capacity)


class Stable(NamedTuple):
    """A stable matching of the rows: `supporter_of` (n,) int64, -1 = waiting; `score_of` (n,) int64, 0 = waiting.

    A feasible pair outside the rows disturbs it exactly when it passes `thresholds` (`stability.is_blocking`); when
    none does, the matching is the stable one of all pairs.
    """

    supporter_of: Ints
    score_of: Ints
    thresholds: Thresholds


def assign_stably(
    rows: Rows, *, should_stop: Callable[[], bool] | None = None, worth_compiling: int = WORTH_COMPILING
) -> Stable:
    """Let seekers propose, best pair first, and every supporter hold the best as far as there are places.

    Raises Cancelled when `should_stop` answers yes; from `worth_compiling` pairs on the compiled loops are used.

    Notes
    -----
    Gale and Shapley, "College admissions and the stability of marriage", 1962. Since a pair ranks the same for both
    its sides, there is one stable matching: the best pair of all is in it, then the best pair of those still free, and
    so on. Pairs of equal (score, tie) rank by position, the earlier supporter and the earlier seeker first, so the
    answer is unique even then. Each pair is proposed at most once: O(pairs × log pairs).
    """
    find = _compiled if rows.supporters.size >= worth_compiling else _plain
    supporter_of, score_of = find(rows, should_stop)
    keys = rows.seeker_keys, rows.supporter_keys
    return Stable(supporter_of, score_of, thresholds_of(supporter_of, score_of, rows.capacity, *keys))


def _plain(rows: Rows, should_stop: Callable[[], bool] | None) -> tuple[Ints, Ints]:
    n = rows.starts.size - 1
    seekers = np.repeat(np.arange(n), np.diff(rows.starts))
    ties = ties_of(rows.seeker_keys[seekers], rows.supporter_keys[rows.supporters])
    order = np.lexsort((rows.supporters, -ties, -rows.scores.astype(np.int64), seekers))
    wanted = list(zip(rows.supporters[order].tolist(), rows.scores[order].tolist(), ties[order].tolist(), strict=True))
    next_of, end_of, places = rows.starts[:-1].tolist(), rows.starts[1:].tolist(), rows.capacity.tolist()
    held: list[list[tuple[int, int, int]]] = [[] for _ in places]  # a heap each, the least pair first
    for newcomer in range(n):
        if newcomer % _ASK_EVERY == 0:
            _ask(should_stop)
        seeker = newcomer
        while seeker != WAITING and next_of[seeker] < end_of[seeker]:
            supporter, score, tie = wanted[next_of[seeker]]
            next_of[seeker] += 1
            pair = (score, tie, -seeker)
            if len(held[supporter]) < places[supporter]:
                heappush(held[supporter], pair)
                seeker = WAITING
            else:
                # The least pair goes, the new one itself where it is the least or there are no places.
                seeker = -heappushpop(held[supporter], pair)[2]
    supporter_of, score_of = np.full(n, WAITING, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for supporter, pairs in enumerate(held):
        for score, _, minus_seeker in pairs:
            supporter_of[-minus_seeker], score_of[-minus_seeker] = supporter, score
    return supporter_of, score_of


def _compiled(rows: Rows, should_stop: Callable[[], bool] | None) -> tuple[Ints, Ints]:
    native = compiled_stable()
    starts, scores = rows.starts.astype(np.int64), rows.scores.astype(np.int64)
    supporters, n, m = rows.supporters.astype(np.int32), starts.size - 1, rows.capacity.size
    seekers = np.repeat(np.arange(n, dtype=np.int32), np.diff(starts))
    ties, wishes = np.empty(scores.size, dtype=np.int64), np.empty(scores.size, dtype=np.int32)
    native.fill_ties(starts, supporters, rows.seeker_keys, rows.supporter_keys, ties)
    places = np.minimum(rows.capacity, np.bincount(supporters, minlength=m))
    slot_starts = np.concatenate(([0], np.cumsum(places)))
    held, used = np.empty(slot_starts[-1], dtype=np.int64), np.zeros(m, dtype=np.int64)
    left = np.full(n, -1, dtype=np.int64)
    for first in range(0, n, _ASK_EVERY):
        _ask(should_stop)
        end = min(first + _ASK_EVERY, n)
        native.propose(starts, supporters, scores, ties, seekers, slot_starts, first, end, wishes, left, held, used)
    taken = held[np.arange(held.size) - np.repeat(slot_starts[:-1], places) < np.repeat(used, places)]
    supporter_of, score_of = np.full(n, WAITING, dtype=np.int64), np.zeros(n, dtype=np.int64)
    supporter_of[seekers[taken]], score_of[seekers[taken]] = supporters[taken], scores[taken]
    return supporter_of, score_of


@cache
def compiled_stable(directory: Path | None = None) -> ModuleType:
    """Give the compiled loops, compiling them where the directory (default: `code_cache`'s) holds none of this text."""
    source = Path(__file__).with_name("native_stable.py")
    module = imported(f"stable_{digest_of([source])}", source.read_text("utf-8"), directory or default_directory())
    nobody, one, keys = np.empty(0, dtype=np.int64), np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.uint64)
    narrow = np.empty(0, dtype=np.int32)
    module.fill_ties(one, narrow, keys, keys, nobody)
    module.propose(one, narrow, nobody, nobody, narrow, one, 0, 0, narrow, nobody, nobody, nobody)
    for scores in (narrow, nobody):
        module.find_blocking(nobody, nobody, narrow, scores, nobody, nobody, nobody, nobody, keys, keys, nobody)
    return module


def _ask(should_stop: Callable[[], bool] | None) -> None:
    if should_stop is not None and should_stop():
        raise Cancelled("stopped before every seeker had proposed")
