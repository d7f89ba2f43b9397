"""Who is ready to be asked: supporters with a free place, and what stands between them and those who are looking.

Never here: words for people (`sentences.py`), advice on what to change (`smallest_change.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matching import compiled
from matching.cohort import Cohort
from matching.entries import Ints
from matching.explain import MINIMUM_SCORE, reasons_of
from matching.obstacles import first_counts
from matching.outcome import Outcome
from matching.problem import WAITING
from matching.reference import rule_that_forbids, score_of
from matching.scorer import is_worth_loading
from matching.tile_calls import CompiledAsking


class Between(NamedTuple):
    """A hard rule, its reason in words, and of how many who are looking it is the first to stand between."""

    rule: str
    reason: str
    seekers: int


@dataclass(frozen=True, slots=True)
class ReadyToBeAsked:
    """A supporter with a free place.

    Attributes
    ----------
    places : free ones. removed : most first; together with `feasible` they are all who are still looking.
    feasible : those looking whom they could meet; under ``coverage`` nobody.
    """

    supporter_id: str
    places: int
    removed: tuple[Between, ...]
    feasible: int


def ready_to_be_asked(outcome: Outcome) -> tuple[ReadyToBeAsked, ...]:
    """List the supporters whom a run left a free place, by id, and what stands between them and who is looking."""
    cohort, supporter_of = outcome.cohort, outcome.result.supporter_of
    free = cohort.capacity - np.bincount(supporter_of[supporter_of != WAITING], minlength=cohort.m)
    supporters, seekers = np.flatnonzero(free > 0), np.flatnonzero(supporter_of == WAITING)
    if is_worth_loading(supporters.size * seekers.size):
        counts = list(_compiled(cohort, seekers, supporters))
    else:
        counts = [_plain(cohort, seekers, supporter) for supporter in supporters.tolist()]
    reasons = reasons_of(cohort)
    found = [
        ReadyToBeAsked(
            supporter_id=cohort.supporter_ids[supporter],
            places=int(free[supporter]),
            removed=tuple(
                sorted(
                    (Between(key, reason, count[key]) for key, reason in reasons.items() if count[key]),
                    key=lambda each: -each.seekers,
                )
            ),
            feasible=seekers.size - count.total(),
        )
        for supporter, count in zip(supporters.tolist(), counts, strict=True)
    ]
    return tuple(sorted(found, key=lambda each: each.supporter_id))


def _plain(cohort: Cohort, seekers: Ints, supporter: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    for seeker in seekers.tolist():
        rule = rule_that_forbids(cohort, seeker, supporter)
        if rule is None and score_of(cohort, seeker, supporter) is None:
            rule = MINIMUM_SCORE
        if rule is not None:
            counts[rule] += 1
    return counts


def _compiled(cohort: Cohort, seekers: Ints, supporters: Ints) -> Iterator[Counter[str]]:
    from matching.scorer import PairScorer

    counted = first_counts(cohort, CompiledAsking(compiled.load(), cohort), seekers, supporters, axis=0)
    scored = PairScorer.of(cohort).columns(supporters)
    of_column = np.repeat(np.arange(supporters.size), scored.lengths)
    met = np.bincount(of_column[np.isin(scored.supporters, seekers)], minlength=supporters.size)
    # Whom no rule keeps away and who is not feasible all the same has too few points in common.
    short = seekers.size - sum(counted) - met
    keys = tuple(reasons_of(cohort))
    for column in np.column_stack([*counted, short]).tolist():
        yield Counter({key: count for key, count in zip(keys, column, strict=True) if count})
