"""What every solver is asked: match as many seekers as can be, then score as much as can be, within the places.

An answer is the supporter of each seeker. It is counted here, against the scores, by the same few lines for everybody;
no solver's own total is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Ints = NDArray[np.int64]
WAITING = -1


class CannotGoError(Exception):
    """A solver cannot take this question; the message says why, for the table."""


class WrongAnswerError(Exception):
    """An answer that is no matching of the question, or an exact solver's that another one beats."""


@dataclass(frozen=True)
class Question:
    """Scores and places, as every solver gets them.

    Attributes
    ----------
    scores : (n, m) csr_array of int64; a stored entry is a feasible pair, its score ≥ 0.
    capacity : (m,) places.
    memory_limit : bytes a solver may ask for.
    """

    scores: csr_array
    capacity: Ints
    memory_limit: int

    @property
    def seekers(self) -> int:
        """How many rows."""
        return int(self.scores.shape[0])

    @property
    def supporters(self) -> int:
        """How many columns."""
        return int(self.scores.shape[1])

    @cached_property
    def places(self) -> Ints:
        """Places of each supporter that could be used: as many as there are seekers at most."""
        return np.minimum(self.capacity, self.seekers)

    @cached_property
    def slot_of(self) -> Ints:
        """(slots,) the supporter of each place, for solvers that know no places."""
        return np.repeat(np.arange(self.supporters), self.places)

    @cached_property
    def rows(self) -> Ints:
        """(entries,) the seeker of each stored pair."""
        return np.repeat(np.arange(self.seekers), np.diff(self.scores.indptr))

    @property
    def pairs(self) -> int:
        """More pairs than this no matching has."""
        return min(self.seekers, int(self.slot_of.size))

    @property
    def greatest(self) -> int:
        """The greatest score."""
        return int(self.scores.data.max(initial=0))

    @property
    def bonus(self) -> int:
        """Added to each score it makes one more pair better than any total score."""
        return self.greatest * self.pairs + 1

    def check_fits(self, needed: int, what: str) -> None:
        """Raise CannotGoError where something of so many bytes would not fit."""
        if needed > self.memory_limit:
            raise CannotGoError(f"{what} would take {needed / 2**30:,.0f} GiB")

    def save(self, path: Path) -> None:
        """Write scores and places to a folder, for `load`."""
        path.mkdir(parents=True, exist_ok=True)
        np.savez(
            path / "question.npz",
            data=self.scores.data.astype(np.int64),
            indices=self.scores.indices.astype(np.int32),
            starts=self.scores.indptr.astype(np.int64),
            capacity=self.capacity,
        )

    @classmethod
    def load(cls, path: Path, memory_limit: int) -> Question:
        """Read what `save` wrote."""
        with np.load(path / "question.npz") as stored:
            capacity, starts = stored["capacity"], stored["starts"]
            shape = (starts.size - 1, capacity.size)
            return cls(csr_array((stored["data"], stored["indices"], starts), shape=shape), capacity, memory_limit)


def counted(question: Question, supporter_of: Ints) -> tuple[int, int]:
    """Count an answer: people matched and total score; raises WrongAnswerError when it is no matching."""
    rows = np.flatnonzero(supporter_of != WAITING)
    taken = np.bincount(supporter_of[rows], minlength=question.supporters)
    if (taken > question.capacity).any():
        raise WrongAnswerError(f"{int((taken > question.capacity).sum())} supporters have more seekers than places")
    chosen = supporter_of[question.rows] == question.scores.indices
    if int(chosen.sum()) != rows.size:
        raise WrongAnswerError(f"{rows.size - int(chosen.sum())} of {rows.size} pairs are not feasible")
    return int(rows.size), int(question.scores.data[chosen].sum())


def tiny_question() -> Question:
    """Make 30 seekers and 20 supporters: what every solver warms up on, and must answer rightly before it is timed."""
    draw = np.random.default_rng(20261122)
    is_feasible = draw.random((30, 20)) < 0.3
    scores = csr_array(np.where(is_feasible, draw.integers(1, 10_000, (30, 20)), 0))
    return Question(scores, np.arange(20, dtype=np.int64) % 3, 2**30)
