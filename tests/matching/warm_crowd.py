"""A market that changes, written down plainly, beside the warm engine that must agree with a solve from scratch."""

from __future__ import annotations

from random import Random

import numpy as np

from matching.engine import assign
from matching.entries import Ints
from matching.outcome import Assignment
from matching.policy import Objective
from matching.tile_calls import Scored
from matching.warm import Terms, WarmEngine
from matching.worth import ScoreBounds
from tests.matching.instances import sparse

WAITING = -1


class PlainPairs:
    """Feasible pairs as a dictionary: (seeker, supporter) → score."""

    def __init__(self) -> None:
        self.scores: dict[tuple[int, int], int] = {}

    def prepare(self) -> None:
        pass

    def rows(self, seekers: Ints) -> Scored:
        return _scored([[(j, score) for (i, j), score in sorted(self.scores.items()) if i == at] for at in seekers])

    def columns(self, supporters: Ints) -> Scored:
        return _scored([[(i, score) for (i, j), score in sorted(self.scores.items()) if j == at] for at in supporters])

    def forget(self, *, seeker: int | None = None, supporter: int | None = None) -> None:
        self.scores = {(i, j): score for (i, j), score in self.scores.items() if i != seeker and j != supporter}


def _scored(found: list[list[tuple[int, int]]]) -> Scored:
    pairs = np.array([pair for each in found for pair in each], np.int32).reshape(-1, 2)
    return Scored(np.array([len(each) for each in found], np.int64), pairs[:, 0].copy(), pairs[:, 1].copy())


class Crowd:
    """Random changes of a small market, told to a warm engine one at a time."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        most = self.draw.choice([2, 4, 100, 10_000])
        self.bounds = ScoreBounds(self.draw.choice([0, 0, -(most // 3)]), most)
        self.objective = self.draw.choice(["coverage", "score"])
        self.margin = self.draw.choice([0, 3, 200])
        self.urgency = self.draw.choice([1, 5, 60, 10**6])
        self.density = self.draw.uniform(0.2, 1.0)
        self.sizes = self.draw.randint(1, 24), self.draw.randint(1, 15)
        self.pairs = PlainPairs()
        terms = Terms(Objective(self.objective), self.margin, self.bounds)
        self.engine = WarmEngine.empty(self.pairs, terms)
        self.seekers: dict[int, tuple[int, int, int]] = {}  # position → key, priority, earlier supporter
        self.supporters: dict[int, tuple[int, int]] = {}  # position → key, places

    def change(self) -> None:
        """Make one change, of those that are possible."""
        kinds = [self._come_or_go_seeker, self._come_or_go_supporter, self._change_seeker, self._change_supporter]
        self.draw.choices(kinds, weights=[4, 3, 2, 2])[0]()

    def _key(self) -> int:
        return self.draw.getrandbits(64)

    def _earlier(self) -> int:
        return self.draw.choice([WAITING, *self.supporters])

    def _score_row(self, seeker: int) -> None:
        self.pairs.forget(seeker=seeker)
        for supporter in self.supporters:
            if self.draw.random() < self.density:
                self.pairs.scores[seeker, supporter] = self.draw.randint(*self.bounds)

    def _score_column(self, supporter: int) -> None:
        self.pairs.forget(supporter=supporter)
        for seeker in self.seekers:
            if self.draw.random() < self.density:
                self.pairs.scores[seeker, supporter] = self.draw.randint(*self.bounds)

    def _come_or_go_seeker(self) -> None:
        at = self.draw.randrange(self.sizes[0])
        if at in self.seekers:
            del self.seekers[at]
            self.pairs.forget(seeker=at)
            self.engine.remove_seeker(at)
            return
        self._score_row(at)
        self.seekers[at] = key, priority, earlier = self._key(), self.draw.randint(1, self.urgency), self._earlier()
        self.engine.add_seeker(at, key=key, priority=priority, previous=earlier)

    def _come_or_go_supporter(self) -> None:
        at = self.draw.randrange(self.sizes[1])
        if at in self.supporters:
            del self.supporters[at]
            self.pairs.forget(supporter=at)
            self.seekers = {
                i: (key, priority, WAITING if earlier == at else earlier)
                for i, (key, priority, earlier) in self.seekers.items()
            }
            self.engine.remove_supporter(at)
            return
        self._score_column(at)
        self.supporters[at] = key, places = self._key(), self.draw.randint(0, 3)
        self.engine.add_supporter(at, key=key, places=places)

    def _change_seeker(self) -> None:
        if not self.seekers:
            return
        at = self.draw.choice(list(self.seekers))
        key, _, earlier = self.seekers[at]
        priority = self.draw.randint(1, self.urgency)
        if self.draw.random() < 0.4:
            self.engine.set_priority(at, priority)
        else:
            self._score_row(at)
            earlier = self._earlier()
            self.engine.edit_seeker(at, priority=priority, previous=earlier)
        self.seekers[at] = key, priority, earlier

    def _change_supporter(self) -> None:
        if not self.supporters:
            return
        at = self.draw.choice(list(self.supporters))
        key, _ = self.supporters[at]
        places = self.draw.randint(0, 3)
        if self.draw.random() < 0.5:
            self.engine.set_places(at, places)
        else:
            self._score_column(at)
            self.engine.edit_supporter(at, places=places)
        self.supporters[at] = key, places

    def from_scratch(self) -> tuple[Assignment, list[int], list[int]]:
        """Solve all who are present; with the positions of both sides."""
        rows, columns = sorted(self.seekers), sorted(self.supporters)
        scores = {(rows.index(i), columns.index(j)): score for (i, j), score in self.pairs.scores.items()}
        answer = assign(
            sparse(scores, (len(rows), len(columns))),
            [self.supporters[j][1] for j in columns],
            [self.seekers[i][1] for i in rows],
            [columns.index(self.seekers[i][2]) if self.seekers[i][2] != WAITING else WAITING for i in rows],
            objective=self.objective,
            keep_margin=self.margin,
            keys=([self.seekers[i][0] for i in rows], [self.supporters[j][0] for j in columns]),
        )
        return answer, rows, columns


def assert_as_from_scratch(crowd: Crowd) -> None:
    """Pairs, every published price and surplus, and the value are those of a solve from scratch."""
    answer, rows, columns = crowd.from_scratch()
    if not rows or not columns:
        return
    assert answer.certificate is not None
    held = crowd.engine.supporter_of[rows].tolist()
    assert [columns.index(j) if j != WAITING else WAITING for j in held] == answer.supporter_of.tolist()
    assert crowd.engine.supporter_price()[columns].tolist() == answer.certificate.supporter_price.tolist()
    assert crowd.engine.seeker_surplus()[rows].tolist() == answer.certificate.seeker_surplus.tolist()
    assert crowd.engine.value() == answer.certificate.primal
