"""Small assignment problems, and the slow exhaustive answer that every solver must agree with, digit by digit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array

WAITING = -1


@dataclass(frozen=True)
class Instance:
    """What `assign` takes, as plain Python values; `scores` maps a feasible (seeker, supporter) to its score."""

    scores: dict[tuple[int, int], int]
    capacity: tuple[int, ...]
    priority: tuple[int, ...]
    previous: tuple[int, ...]
    objective: str = "coverage"
    keep_margin: int = 0
    keys: tuple[tuple[int, ...], tuple[int, ...]] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.priority), len(self.capacity)

    @property
    def array(self) -> csr_array:
        return sparse(self.scores, self.shape)

    @property
    def arguments(self) -> dict[str, Any]:
        """Everything but the scores, by name."""
        return {
            "capacity": list(self.capacity),
            "priority": list(self.priority),
            "previous": list(self.previous),
            "objective": self.objective,
            "keep_margin": self.keep_margin,
            "keys": self.keys,
        }

    def value(self, seeker: int, supporter: int) -> tuple[int, int, int, int]:
        """The value vector of a pair, written down anew from the definition."""
        score = self.scores[seeker, supporter]
        is_kept = int(self.previous[seeker] == supporter)
        tie = self.tie(seeker, supporter)
        if self.objective == "score":
            return score, 1, is_kept, tie
        if self.objective == "stable":
            return 1, score, is_kept, tie
        ranks = sorted(set(self.priority))
        has_proposal = (seeker, self.previous[seeker]) in self.scores
        rank = len(ranks) if has_proposal else 1 + ranks.index(self.priority[seeker])
        return rank, score + is_kept * self.keep_margin, is_kept, tie

    def tie(self, seeker: int, supporter: int) -> int:
        """splitmix64 in plain Python."""
        i = self.keys[0][seeker] if self.keys else seeker
        j = self.keys[1][supporter] if self.keys else supporter
        word = 2**64
        z = ((i ^ ((j << 32 | j >> 32) % word)) + 0x9E3779B97F4A7C15) % word
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % word
        z = (z ^ z >> 27) * 0x94D049BB133111EB % word
        return (z ^ z >> 31) >> 24

    def matchings(self) -> Iterator[tuple[int, ...]]:
        """Every matching within the places, as supporter_of."""
        n, m = self.shape
        choices = [[WAITING, *(j for j in range(m) if (i, j) in self.scores)] for i in range(n)]
        for supporter_of in product(*choices):
            if all(supporter_of.count(j) <= self.capacity[j] for j in range(m)):
                yield supporter_of

    def worth(self, supporter_of: tuple[int, ...]) -> tuple[int, ...]:
        """The digits of a matching's value."""
        values = [self.value(i, j) for i, j in enumerate(supporter_of) if j != WAITING]
        return tuple(map(sum, zip((0, 0, 0, 0), *values, strict=True)))

    def best(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The greatest worth of all matchings, and a matching that has it."""
        return max((self.worth(supporter_of), supporter_of) for supporter_of in self.matchings())

    def blocking_pairs(self, supporter_of: tuple[int, ...]) -> set[tuple[int, int]]:
        """Feasible pairs whose two sides would both strictly rather have each other, by (score, tie)."""
        worth = {pair: (score, self.tie(*pair)) for pair, score in self.scores.items()}
        mine = {i: worth[i, j] for i, j in enumerate(supporter_of) if j != WAITING}
        held = {j: [mine[i] for i in mine if supporter_of[i] == j] for j in range(self.shape[1])}
        return {
            (i, j)
            for (i, j), value in worth.items()
            if (i not in mine or value > mine[i])
            and (len(held[j]) < self.capacity[j] or any(value > other for other in held[j]))
        }

    def best_pairs_first(self) -> tuple[int, ...]:
        """The matching that takes the best pair by (score, tie), then the best of those still free, and so on."""
        supporter_of, free = [WAITING] * self.shape[0], list(self.capacity)
        for i, j in sorted(self.scores, key=lambda pair: (self.scores[pair], self.tie(*pair)), reverse=True):
            if supporter_of[i] == WAITING and free[j]:
                supporter_of[i] = j
                free[j] -= 1
        return tuple(supporter_of)

    def with_place(self, supporter: int) -> Instance:
        """The same with one more place."""
        more = tuple(places + (j == supporter) for j, places in enumerate(self.capacity))
        return replace(self, capacity=more)


def sparse(scores: dict[tuple[int, int], int], shape: tuple[int, int]) -> csr_array:
    """Store every given score, zeros too."""
    rows = np.array([i for i, _ in scores], dtype=np.int64)
    columns = np.array([j for _, j in scores], dtype=np.int64)
    values = np.array(list(scores.values()), dtype=np.int64)
    return coo_array((values, (rows, columns)), shape=shape).tocsr()


def random_instance(seed: int, *, most_seekers: int = 5, most_supporters: int = 4) -> Instance:
    """Draw anything that can go wrong: empty sides, no places, nobody feasible, ties everywhere, negative scores."""
    random = Random(seed)
    n, m = random.randint(0, most_seekers), random.randint(0, most_supporters)
    high = random.choice([0, 1, 3, 10, 10**6, 10**15])
    low = random.choice([0, 0, -high])
    density = random.choice([0.0, 0.3, 0.7, 1.0])
    cells = [(i, j) for i in range(n) for j in range(m)]
    keys = [random.getrandbits(64) for _ in range(n + m)]
    return Instance(
        scores={cell: random.randint(low, high) for cell in cells if random.random() < density},
        capacity=tuple(random.choice([0, 1, 1, 2, 3]) for _ in range(m)),
        priority=tuple(random.choice([1, 1, 2, 5, 10**12]) for _ in range(n)),
        previous=tuple(random.randint(-1, m - 1) for _ in range(n)),
        objective=random.choice(["coverage", "score"]),
        keep_margin=random.choice([0, 0, 1, 200]),
        keys=random.choice([None, (tuple(keys[:n]), tuple(keys[n:]))]),
    )
