"""The engine, as the benchmarks call it: the one file to change when its entry points do.

Never here: what is measured around it, or anything of the peers.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.question import Ints, Question
from matching import kernel
from matching.cohort import Cohort
from matching.engine import assign, match
from matching.outcome import Outcome
from matching.policy import Policy
from matching.scorer import PairScorer
from matching.verify import verify_outcome

Stages = dict[str, float]
"""Stage → seconds."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A matching of a cohort with its stages."""

    outcome: Outcome
    stages: Stages

    @property
    def seconds(self) -> float:
        """From the cohort to the certified matching."""
        return sum(self.stages.values())


def compile_ahead() -> None:
    """Compile what is not compiled yet, once for all the children."""
    kernel.main()


def question_of(cohort: Cohort, memory_limit: int) -> Question:
    """Score every pair, as a peer would have it."""
    return Question(kernel.score_pairs(cohort), cohort.capacity, memory_limit)


def assign_plainly(question: Question) -> Ints:
    """Answer what peers are asked, from the same scores; with certificate."""
    return assign(question.scores, question.capacity).supporter_of


def match_fully(cohort: Cohort, policy: Policy, last: Outcome | None = None) -> Matched:
    """Find the best matching of a cohort by the whole objective, with its certificate; stages apart.

    `last` : an earlier outcome, whose pairs are open proposals and whose prices are a start.
    """
    stages: Stages = {}
    stage, begun = "prepare", time.perf_counter()

    def on_stage(name: str | None) -> None:
        nonlocal stage, begun
        now = time.perf_counter()
        stages[stage] = stages.get(stage, 0.0) + now - begun
        stage, begun = name or "", now

    previous = {pair.seeker_id: pair.supporter_id for pair in last.pairs} if last else None
    outcome = match(
        cohort,
        policy,
        previous,
        on_stage=on_stage,
        prices=prices_of(last) if last else None,
        threads=os.cpu_count() or 1,
    )
    on_stage(None)
    return Matched(outcome, stages)


def prices_of(outcome: Outcome) -> dict[str, list[int]]:
    """Give every supporter's price, as the certificate has it."""
    certificate = outcome.result.certificate
    if certificate is None:
        return {}
    return dict(zip(outcome.cohort.supporter_ids, certificate.supporter_price.tolist(), strict=True))


def match_plainly(cohort: Cohort, policy: Policy) -> Matched:
    """Find what peers are asked for: everybody equally urgent, no margin; ties and certificate stay."""
    equal = replace(cohort, priority=np.ones_like(cohort.priority))
    return match_fully(equal, replace(policy, keep_margin=0))


def check(matched: Matched) -> None:
    """Let the verifier judge every pair again; raises CertificateError."""
    verify_outcome(matched.outcome.cohort, matched.outcome)


def facts_of(outcome: Outcome) -> dict[str, int]:
    """Give what the tables say of a matching. Evaluated: pairs that are looked at in one pass, the rest is skipped."""
    return {
        "seekers": len(outcome.cohort.priority),
        "supporters": len(outcome.cohort.capacity),
        "matched": outcome.matched,
        "total_score": outcome.total_score,
        "pairs_all": outcome.pairs_checked,
        "pairs_evaluated": PairScorer.of(outcome.cohort).pairs_visited,
        "pairs_feasible": outcome.pairs_feasible or 0,
        "places": outcome.places,
        "kept": outcome.kept,
        "blocking_pairs": outcome.blocking_pairs or 0,
    }
