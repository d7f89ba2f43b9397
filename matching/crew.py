"""Who does parts of a run: this process's threads, or whoever the service has at hand (other processes, machines).

Three kinds of part: scoring blocks of rows (also when prices are held against every pair), weighing blocks of rows for
the verifier, and solving independent parts of a market. Each is a function and what it is to be called with; whoever
calls them elsewhere gives the answers in order, and the result of a run is the same, to the last bit. Never here: how
parts travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from matching.scorer import RunBlocks
from matching.solvers.at_scale import Solution
from matching.solvers.parts import Part
from matching.verifying.sweep import WeighBlocks

SolveParts = Callable[[Iterable[Part], Callable[[], bool] | None], Iterable[Solution]]
"""Solves parts (`solvers.parts.solve_part`) and gives their solutions in order; asked now and then whether to stop,
yes raises `Cancelled`."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who does what; None: this process.

    Attributes
    ----------
    score : called with a `scorer.Scoring` and blocks of rows. weigh : with a `verifying.sweep.Weighing` and blocks.
    solve : see `SolveParts`. block_pairs : pairs of a block to be scored or weighed, None: what is best here.
    """

    score: RunBlocks | None = None
    weigh: WeighBlocks | None = None
    solve: SolveParts | None = None
    block_pairs: int | None = None


HERE = Crew()
