"""A best matching and its certificate as a graph in which every change has a price: the residual graph.

Built once for a run, then asked as often as anyone likes: nothing in it changes, so threads may share it. Forcing,
forbidding, one place more or less are each one cheapest path (`native_residual.py`); `overrides.py` and `places.py` say
what a path means. Never here: words for people, solving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matching.code_cache import default_directory, digest_of, imported
from matching.entries import Ints
from matching.errors import MatchingError
from matching.kernel import score_pairs
from matching.objective import kept_entries
from matching.outcome import Assignment, Outcome, previous_rows
from matching.policy import Objective
from matching.problem import WAITING, Keys, Problem, read_problem
from matching.worth import ScoreBounds, Sides, Worth, worth_of

Indices = NDArray[np.int32]
Flags = NDArray[np.bool_]

ScoresOf = Callable[[int, int], int | None]

START, NOBODY, NO_END = -2, -1, -1
"""What loops give for the node before the first of a way, for a step in which nobody moves; a way of any cost."""


class Arrays(NamedTuple):
    """What compiled loops read; rows are seekers and supporters in the order of their keys.

    Attributes
    ----------
    starts, supporters, words : (n + 1,), (pairs,) int32, (pairs,) every feasible pair and its first word.
    seeker_keys, turned_keys : (n,), (m,) uint64; a supporter's key is turned by 32 bits.
    supporter_of : (n,) int32, -1 = waiting. waiting : int32, the seekers who wait.
    places, used, slot_starts : (m,), (m,), (m + 1,) of `slots`, int32: the seekers in each supporter's places.
    price_hi, price_lo, surplus_hi, surplus_lo : the smallest prices, in words.
    """

    starts: Ints
    supporters: Indices
    words: Ints
    seeker_keys: Keys
    turned_keys: Keys
    supporter_of: Indices
    waiting: Indices
    places: Ints
    used: Ints
    slot_starts: Ints
    slots: Indices
    price_hi: Ints
    price_lo: Ints
    surplus_hi: Ints
    surplus_lo: Ints


class Step(NamedTuple):
    """A seeker who leaves one supporter for another; `WAITING` where there is none."""

    seeker: int
    before: int
    after: int


@dataclass(frozen=True, eq=False)
class Residual:
    """The residual graph of a proven matching.

    Attributes
    ----------
    problem : with every feasible pair, or those near the matching (`nearby.py`). arrays : see there.
    worth : how words are packed.
    own_base : (n,) what a seeker's pairs would be worth before their score, had they no earlier pair.
    within : a way that costs more than this in the first word may not be the cheapest, for lack of pairs; `NO_END`
        where none is missing. Else the arrays list the pairs of each seeker by how far they fall short of the prices.
    scores_of : gives the score of any two sorted rows, None where they are kept apart; None where none is missing.
    """

    problem: Problem
    arrays: Arrays
    worth: Worth
    own_base: Ints
    within: int = NO_END
    scores_of: ScoresOf | None = None

    @classmethod
    def of(cls, problem: Problem, result: Assignment, *, worth: Worth | None = None) -> Residual:
        """Take a problem and its proven assignment; `worth` where the problem has not every pair.

        Raises
        ------
        MatchingError
            When the assignment is not proven best, or is `stable`, which has no prices. BoundError: when scores and
            priorities need more than two words.
        """
        certificate = result.certificate
        if problem.objective is Objective.STABLE or certificate is None or not result.is_best:
            raise MatchingError("cannot price changes of a matching that is not proven best by prices")
        worth = worth or _worth(problem)
        supporter_of = problem.from_caller_order(result.supporter_of)
        surplus = certificate.seeker_surplus[problem.seeker_order]
        price = certificate.supporter_price[problem.supporter_order]
        # One more than could ever be used, so that one less than that is not one too few.
        places = np.minimum(problem.capacity, problem.shape[0] + 1)
        used = np.bincount(supporter_of[supporter_of != WAITING], minlength=problem.shape[1])
        slot_starts = np.concatenate(([0], np.cumsum(used)))
        by_supporter = np.argsort(supporter_of, kind="stable")[np.count_nonzero(supporter_of == WAITING) :]
        arrays = Arrays(
            starts=problem.starts.copy(),
            supporters=problem.supporters.astype(np.int32),
            words=worth.words_of(problem.seekers, problem.supporters, problem.scores),
            seeker_keys=worth.seeker_keys,
            turned_keys=worth.turned_keys,
            supporter_of=supporter_of.astype(np.int32),
            waiting=np.flatnonzero(supporter_of == WAITING).astype(np.int32),
            places=places,
            used=used.astype(np.int64),
            slot_starts=slot_starts.astype(np.int64),
            slots=by_supporter.astype(np.int32),
            price_hi=first_words(worth, price),
            price_lo=price[:, 3].copy(),
            surplus_hi=first_words(worth, surplus),
            surplus_lo=surplus[:, 3].copy(),
        )
        return cls(problem, arrays, worth, _own_base(problem, worth))

    @classmethod
    def of_outcome(cls, outcome: Outcome) -> Residual:
        """Score the pairs of a run's cohort again, once for all questions about it; errors as of `of`."""
        return cls.of(problem_of(outcome), outcome.result)

    @property
    def shape(self) -> tuple[int, int]:
        """Seekers and supporters: (n, m)."""
        return self.problem.shape

    @cached_property
    def score_of(self) -> Ints:
        """Score of each seeker's own pair, 0 where they wait; (n,)."""
        problem = self.problem
        chosen = self.arrays.supporter_of[problem.seekers] == problem.supporters
        scores = np.zeros(self.shape[0], dtype=np.int64)
        scores[problem.seekers[chosen]] = problem.scores[chosen]
        return scores

    def seeker_row(self, seeker: int) -> int:
        """Give the sorted row of a seeker of the caller."""
        return int(self._sorted_rows[0][seeker])

    def supporter_row(self, supporter: int) -> int:
        """Give the sorted row of a supporter of the caller."""
        return int(self._sorted_rows[1][supporter])

    @cached_property
    def _sorted_rows(self) -> tuple[Ints, Ints]:
        return np.argsort(self.problem.seeker_order), np.argsort(self.problem.supporter_order)

    def pair(self, seeker: int, supporter: int) -> int | None:
        """Find the entry of a pair; None where it is not feasible."""
        begin, end = self.problem.starts[seeker : seeker + 2].tolist()
        at = begin + int(np.searchsorted(self.problem.supporters[begin:end], supporter))
        return at if at < end and int(self.problem.supporters[at]) == supporter else None

    def score_between(self, seeker: int, supporter: int) -> int | None:
        """Give the score of a pair of sorted rows; None where it is not feasible."""
        entry = self.pair(seeker, supporter)
        if entry is not None:
            return int(self.problem.scores[entry])
        return None if self.scores_of is None else self.scores_of(seeker, supporter)

    def node_of(self, seeker: int) -> int:
        """Give the node a seeker is at: their supporter, or m where they wait."""
        supporter = int(self.arrays.supporter_of[seeker])
        return self.shape[1] if supporter == WAITING else supporter

    def steps_to(self, node: int, via: Indices, by: Indices) -> tuple[Step, ...]:
        """Read the way to a node off backwards; where nobody moves there is no step."""
        steps = []
        while node != START:
            if by[node] != NOBODY:
                steps.append(self.step_of(int(by[node]), node))
            node = int(via[node])
        return tuple(reversed(steps))

    def step_of(self, seeker: int, node: int) -> Step:
        """Let a seeker leave where they are for a node."""
        return Step(seeker, int(self.arrays.supporter_of[seeker]), WAITING if node == self.shape[1] else node)


def problem_of(outcome: Outcome, scores: csr_array | None = None) -> Problem:
    """Give a run's problem over these pairs, (seekers, supporters); None: over all of its cohort, scored again."""
    cohort, policy = outcome.cohort, outcome.policy
    return read_problem(
        score_pairs(cohort) if scores is None else scores,
        cohort.capacity,
        cohort.priority,
        previous_rows(cohort, outcome.previous),
        objective=policy.objective,
        keep_margin=policy.keep_margin,
        keys=(cohort.seeker_keys, cohort.supporter_keys),
    )


@cache
def compiled_residual(directory: Path | None = None) -> ModuleType:
    """Give the compiled loops, compiling them where the directory (default: `code_cache`'s) does not hold them."""
    here = Path(__file__)
    source = here.with_name("native_residual.py")
    shared = here.parent / "solvers" / "native" / "words.py"
    name = f"residual_{digest_of([source, shared])}"
    module = imported(name, source.read_text("utf-8"), directory or default_directory())
    nobody, narrow, keys = np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.uint64)
    pairs, none = (nobody, narrow, nobody, keys, keys, narrow, narrow), np.zeros(1, np.int64)
    arrays = Arrays(*pairs, nobody, nobody, none, narrow, nobody, nobody, nobody, nobody)._replace(starts=none)
    module.shortest(arrays, 0, NOBODY, 0, NOBODY, 0, NO_END)
    module.toward_waiting(arrays, none, nobody, nobody)
    module.tight_tree(arrays)
    return module


def _worth(problem: Problem) -> Worth:
    kept = np.flatnonzero(kept_entries(problem))
    previous = np.full(problem.shape[0], WAITING, dtype=np.int64)
    previous[problem.seekers[kept]] = problem.supporters[kept]
    places = np.minimum(problem.capacity, np.bincount(problem.supporters, minlength=problem.shape[1]))
    bounds = ScoreBounds(int(problem.scores.min(initial=0)), int(problem.scores.max(initial=0)))
    sides = Sides(problem.priority, previous, int(places.sum()), problem.seeker_keys, problem.supporter_keys)
    return worth_of(problem.objective, problem.keep_margin, bounds, sides)


def first_words(worth: Worth, digits: Ints) -> Ints:
    """Pack the digits of prices or surpluses, (rows, 4), into first words."""
    words: Ints = digits[:, 0] * worth.unit + digits[:, 1] * worth.radix + digits[:, 2]
    return words


def _own_base(problem: Problem, worth: Worth) -> Ints:
    if worth.ranks is None:
        return worth.base
    own = np.unique(problem.priority, return_inverse=True)[1].astype(np.int64) + 1
    bases: Ints = own * worth.unit
    return bases
